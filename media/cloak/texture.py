"""A low-frequency change of luma, shaped by the picture and hidden in its texture; numpy and Pillow alone."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from media.cloak.engine import Cloaked, Engine, Pixels, Strength

Plane = NDArray[np.float32]

STEP = 4  # the change is drawn at a quarter of the resolution: those frequencies survive JPEG and halving
ROWS = 256  # worked on at once, so that memory beyond the picture stays small
_EDGES = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 4, -1, 0, -1, 0), scale=1, offset=128)
_DISTANCE = [abs(value - 128) for value in range(256)]
_STILL, _BUSY = 4.0, 32.0  # mean absolute Laplacian: below, nothing may change; above, everything may
_BROAD = 8.0  # mean contrast at the change's own scale that hides all of it


def cloak(picture: Pixels, strength: Strength, seed: bytes) -> Cloaked:
    """Add the change to the picture, (height, width, 3) uint8; no value moves by more than the strength's peak."""
    luma, activity = _quarters(picture)
    mask = visibility(luma, activity)
    change = mask * _field(luma, np.random.default_rng(list(seed))) * strength.peak
    return Cloaked(_added(picture, change), {"peak": strength.peak, "coverage": round(float(mask.mean()), 4)})


def visibility(luma: Plane, activity: Plane) -> Plane:
    """How much may change, 0 to 1: nothing where the picture is flat or a smooth gradient, less in the extremes.

    `activity` is the mean absolute Laplacian, which is nothing on any even gradient. The mean of its square root
    counts texture, which is everywhere, above a lone edge, which is not.
    """
    texture = np.square(_blurred(np.sqrt(activity), 1))
    allowed = np.clip((texture - _STILL) / (_BUSY - _STILL), 0, 1)
    # What is broad hides behind what is broad: fine grain alone covers only a little of it.
    broad = _blurred(np.abs(luma - _blurred(luma, 2)), 2)
    allowed = allowed * (0.35 + 0.65 * np.clip(broad / _BROAD, 0, 1))
    brightness = 0.4 + 0.6 * np.sin(luma * (np.pi / 255))
    visible: Plane = (allowed * brightness).astype(np.float32)
    return visible


def _quarters(picture: Pixels) -> tuple[Plane, Plane]:
    """Luma and activity at a quarter of the resolution."""
    height, width = picture.shape[:2]
    luma = Image.new("L", (width, height))
    for top in range(0, height, ROWS):
        luma.paste(Image.fromarray(picture[top : top + ROWS]).convert("L"), (0, top))
    activity = luma.filter(_EDGES).point(_DISTANCE).crop((1, 1, width - 1, height - 1))
    small = luma.reduce(STEP)
    # The filter does not know the outermost pixels; without them the rest is stretched by two pixels in all.
    edges = activity.reduce(STEP).resize(small.size, Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32), np.asarray(edges, dtype=np.float32)


def _field(luma: Plane, random: np.random.Generator) -> Plane:
    """The direction of the change, -1 to 1: broad noise, and the picture's own forms made stronger or weaker."""
    noise = random.standard_normal(luma.shape, dtype=np.float32)
    noise = _even(_round(noise, 1) - _round(noise, 2))
    sway = _even(_round(random.standard_normal(luma.shape, dtype=np.float32), 3))
    forms = np.tanh((_blurred(luma, 1) - _blurred(luma, 4)) / 8)
    field: Plane = np.tanh(noise + sway * forms)
    return field


def _even(plane: Plane) -> Plane:
    """The same plane with a standard deviation of one."""
    return plane / np.float32(max(float(plane.std()), 1e-6))


def _round(plane: Plane, radius: int) -> Plane:
    """Blurred twice, so that the square of the blur does not show."""
    return _blurred(_blurred(plane, radius), radius)


def _blurred(plane: Plane, radius: int) -> Plane:
    """The mean over a square of side 2 × radius + 1, edges repeated."""
    for axis in (0, 1):
        around = [(radius, radius) if side == axis else (0, 0) for side in (0, 1)]
        padded, length = np.pad(plane, around, mode="edge"), plane.shape[axis]
        total = np.zeros_like(plane)
        for start in range(2 * radius + 1):
            total += padded[start : start + length] if axis == 0 else padded[:, start : start + length]
        plane = total / np.float32(2 * radius + 1)
    return plane


def _added(picture: Pixels, change: Plane) -> Pixels:
    height, width = picture.shape[:2]
    drawn, result = Image.fromarray(change), np.empty_like(picture)
    for top in range(0, height, ROWS):
        rows = min(ROWS, height - top)
        box = (0, top / STEP, width / STEP, (top + rows) / STEP)
        grown = np.asarray(drawn.resize((width, rows), Image.Resampling.BILINEAR, box=box))
        moved = picture[top : top + rows] + np.rint(grown).astype(np.int16)[..., np.newaxis]
        result[top : top + rows] = np.clip(moved, 0, 255)
    return result


TEXTURE = Engine("texture", "1", experimental=True, cloak=cloak)
