"""The eye's sensitivity to contrast, and where in a picture nothing hides a change."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media.cloak.engine import Pixels
from media.cloak.quarter import quarters, visibility

PER_DEGREE = 60.0  # pixels to a degree of sight


def sensitivity(height: int, width: int) -> NDArray[np.float64]:
    """The weight of each frequency of a real transform of that size, 0 to 1 (Mannos and Sakrison 1974)."""
    cycles = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]) * PER_DEGREE
    weights: NDArray[np.float64] = 2.6 * (0.0192 + 0.114 * cycles) * np.exp(-((0.114 * cycles) ** 1.1))
    return weights


def smoothness(picture: Pixels) -> NDArray[np.float32]:
    """1 where the picture is flat or a blurred gradient, 0 where texture hides everything; (height, width)."""
    shown = visibility(*quarters(picture)) / 0.5
    plane = Image.fromarray(1 - np.clip(shown, 0, 1))
    height, width = picture.shape[:2]
    return np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))


def luma(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rec. 601 luma of (height, width, 3)."""
    weights = np.array([0.299, 0.587, 0.114])
    plane: NDArray[np.float64] = pixels @ weights
    return plane


def seen(picture: Pixels, change: NDArray[np.float64]) -> float:
    """The root mean square, in steps of 255, of what the eye sees of a change (height, width, 3) on smooth areas.

    Where the picture has no smooth area, of what it sees anywhere.
    """
    plane = luma(change)
    height, width = plane.shape
    felt = np.fft.irfft2(np.fft.rfft2(plane) * sensitivity(height, width), s=(height, width))
    weights = smoothness(picture).astype(np.float64)
    if weights.sum() < 0.01 * weights.size:
        weights = np.ones_like(weights)
    return float(np.sqrt((np.square(felt) * weights).sum() / weights.sum()))
