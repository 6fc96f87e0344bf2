"""Landscapes drawn by code, so that the pages have something to show."""

from io import BytesIO

import numpy as np
from PIL import Image

Colour = tuple[int, int, int]

# Title, alt text, size, sky above, sky at the horizon, nearest land.
WORKS: tuple[tuple[str, str, tuple[int, int], Colour, Colour, Colour], ...] = (
    ("Salt flats", "Pale ridges under a white sky", (1500, 640), (206, 214, 222), (244, 236, 226), (96, 108, 122)),
    ("Tall firs, no wind", "Green slopes rising out of mist", (800, 1200), (178, 200, 196), (232, 236, 224), (22, 54, 46)),
    ("Ember", "Black hills before a burning sky", (1200, 800), (52, 22, 46), (242, 132, 62), (18, 10, 18)),
    ("Ultramarine", "Blue mountains, each paler than the one before it", (1000, 1000), (34, 62, 142), (208, 222, 240), (10, 22, 62)),
    ("First frost", "Grey and rose hills in the early morning", (1400, 900), (176, 178, 204), (248, 216, 208), (70, 64, 92)),
    ("Quarry", "Ochre terraces in flat light", (900, 1100), (226, 206, 166), (246, 236, 214), (112, 70, 34)),
)  # fmt: skip


def landscape(size: tuple[int, int], above: Colour, horizon: Colour, near: Colour, seed: int = 1) -> bytes:
    """Hills, one behind the other, fading into the sky; PNG."""
    width, height = size
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    down = (y / height)[..., None]
    canvas = np.float32(above) * (1 - down) + np.float32(horizon) * down
    for layer in range(6):
        nearness = (layer + 1) / 6
        wave = sum(
            np.sin(x / width * 6.3 * turns + random.uniform(0, 6.3)) / turns for turns in (0.7, 1.6, 3.9, 9.0)
        )
        line = height * (0.3 + 0.6 * nearness) - height * 0.06 * wave
        canvas[y > line] = np.float32(near) * nearness + np.float32(horizon) * (1 - nearness)
    canvas += random.normal(0, 3, canvas.shape)
    out = BytesIO()
    Image.fromarray(canvas.clip(0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()
