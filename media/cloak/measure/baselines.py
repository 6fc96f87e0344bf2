"""Changes that know nothing about encoders (C-021), each as strong as is asked for."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from media.cloak.engine import Pixels
from media.cloak.measure.ways import written
from media.cloak.quarter import STEP, added

Change = Callable[[Pixels, float, np.random.Generator], Pixels]


def moved(picture: Pixels, change: NDArray[np.float64]) -> Pixels:
    """The picture with a change in steps of 255, rounded."""
    return np.clip(np.rint(picture + change), 0, 255).astype(np.uint8)


def _sign(picture: Pixels, size: float, random: np.random.Generator) -> Pixels:
    return moved(picture, random.choice([-size, size], picture.shape))


def _quarter(picture: Pixels, channels: int, random: np.random.Generator) -> list[NDArray[np.float32]]:
    height, width = (-(-length // STEP) for length in picture.shape[:2])
    return list(random.standard_normal((channels, height, width), dtype=np.float32))


def _low(picture: Pixels, size: float, random: np.random.Generator) -> Pixels:
    return added(picture, *(plane * np.float32(size) for plane in _quarter(picture, 3, random)))


def _low_luma(picture: Pixels, size: float, random: np.random.Generator) -> Pixels:
    return added(picture, *(plane * np.float32(size) for plane in _quarter(picture, 1, random)))


def _grating(picture: Pixels, size: float, random: np.random.Generator) -> Pixels:
    """Diagonal stripes 17 pixels wide: what a generator collapses to when nothing asks for variety."""
    height, width = picture.shape[:2]
    stripes = np.sin(2 * np.pi * (np.arange(height)[:, None] + np.arange(width)[None, :]) / (17 * np.sqrt(2)))
    return moved(picture, size * stripes[..., None].repeat(3, -1))


BASELINES: Mapping[str, Change] = {
    "low-frequency noise": _low,
    "low-frequency luma noise": _low_luma,
    "sign noise": _sign,
    "grating": _grating,
}


def jpeg_alone(picture: Pixels) -> Pixels:
    """No change but that of writing the picture as JPEG of quality 90."""
    return written(picture, "JPEG", 90)


def as_visible(
    change: Callable[[float], Pixels], visible: Callable[[Pixels], float], wanted: float, power: float
) -> Pixels:
    """The change at the size at which it is as visible as wanted; visibility grows with size to the given power.

    Six steps of bisection in logarithms after a guess by that power; within 2 % in practice.
    """
    size = 2.0
    for _ in range(6):
        made = change(size)
        felt = visible(made)
        if felt <= 0:
            size *= 2
            continue
        ratio = wanted / felt
        if abs(np.log(ratio)) < 0.02:
            return made
        size = float(np.clip(size * ratio ** (1 / power), 0.05, 64))
    return change(size)
