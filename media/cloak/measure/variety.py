"""Whether two changes are alike, and whether one gathers in a peak that could be filtered out (C-027)."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media.cloak.engine import Pixels
from media.cloak.measure.contrast import luma
from media.cloak.quarter import STEP

Plane = NDArray[np.float64]


def drawn(before: Pixels, after: Pixels) -> Plane:
    """The change of luma at a quarter of the resolution, where it was drawn."""
    change = luma(after.astype(np.float64) - before).astype(np.float32)
    return np.asarray(Image.fromarray(change).reduce(STEP), dtype=np.float64)


def likeness(changes: list[Plane]) -> float:
    """The mean size of the correlation between two changes of equal size."""
    return float(np.mean([abs(_correlation(one, other)) for one, other in combinations(changes, 2)]))


def spectra(changes: list[Plane]) -> float:
    """The mean correlation between the magnitudes of their spectra, which no shift changes."""
    magnitudes = [_magnitude(change) for change in changes]
    return float(np.mean([_correlation(one, other) for one, other in combinations(magnitudes, 2)]))


def peak(change: Plane) -> float:
    """The share of the energy that the highest peak of the spectrum and its eight neighbours hold."""
    energy = _magnitude(change) ** 2
    total = energy.sum()
    if total <= 0:
        return 0.0
    around = sum(np.roll(energy, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1))
    # A real signal has each frequency twice, at opposite places.
    return float(2 * np.max(around) / total)


def _magnitude(change: Plane) -> Plane:
    height, width = change.shape
    window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
    magnitude = np.abs(np.fft.fft2((change - change.mean()) * window))
    magnitude[0, 0] = 0
    return magnitude


def _correlation(one: Plane, other: Plane) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
