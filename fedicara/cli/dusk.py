"""Draws the demo's picture: hills at dusk, one behind the other, with grain. `python -m fedicara.cli.dusk FILE`."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 1600, 1067
RIDGES = 7

_SKY = np.array([[38, 33, 71], [112, 62, 105], [214, 110, 97], [246, 180, 120], [253, 222, 168]], dtype=float)
_FAR, _NEAR = np.array([176.0, 102, 118]), np.array([18.0, 17, 36])

Field = NDArray[Any]


def draw(seed: int = 7) -> Image.Image:
    """A picture of 1600 × 1067 pixels; the same seed gives the same picture."""
    chance = np.random.default_rng(seed)
    picture = _sky()
    _put_sun(picture)
    for ridge in range(RIDGES):
        _put_ridge(picture, ridge / (RIDGES - 1), chance)
    picture += chance.normal(0, 3.2, (HEIGHT, WIDTH, 1)) + chance.normal(0, 1.2, picture.shape)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _sky() -> Field:
    """Dark blue above, light where the sun goes down."""
    height = np.linspace(0, 1, HEIGHT) ** 0.85
    stops = np.linspace(0, 0.72, len(_SKY))
    column = np.stack([np.interp(height, stops, _SKY[:, channel]) for channel in range(3)], axis=1)
    return np.repeat(column[:, None, :], WIDTH, axis=1)


def _put_sun(picture: Field) -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(columns - WIDTH * 0.64, rows - HEIGHT * 0.43)
    disc = np.clip(62 - distance, 0, 1)[..., None]
    glow = np.exp(-distance / 210)[..., None]
    picture += glow * np.array([74, 52, 26])
    picture += disc * (np.array([255, 240, 208]) - picture)


def _put_ridge(picture: Field, near: float, chance: np.random.Generator) -> None:
    """Nearer ridges lie lower, swing wider and are darker; mist lies at their feet."""
    columns = np.linspace(0, 1, WIDTH)
    line = np.full(WIDTH, HEIGHT * (0.45 + 0.42 * near**1.15))
    for octave in range(1, 9):
        swing = HEIGHT * (0.042 + 0.02 * near) / octave**1.15
        line += swing * np.sin(2 * np.pi * (columns * octave * chance.uniform(0.6, 1.3) + chance.random()))
    depth = np.arange(HEIGHT)[:, None] - line[None, :]
    colour = _FAR + (_NEAR - _FAR) * near**0.8
    mist = np.exp(-np.clip(HEIGHT * 0.2 - depth, 0, None) / (HEIGHT * 0.09))[..., None] * (1 - near) * 0.45
    shade = colour + mist * (np.array([246, 190, 150]) - colour)
    cover = np.clip(depth, 0, 1)[..., None]
    picture += cover * (shade - picture)


if __name__ == "__main__":
    draw().save(Path(sys.argv[1]), quality=95, subsampling=0)
