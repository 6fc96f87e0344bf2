"""A low-frequency change of luma, shaped by the picture and hidden in its texture; numpy and Pillow alone."""

import numpy as np

from media.cloak.engine import Cloaked, Engine, Pixels, Strength
from media.cloak.quarter import Plane, added, blurred, quarters, visibility


def cloak(picture: Pixels, strength: Strength, seed: bytes) -> Cloaked:
    """Add the change to the picture, (height, width, 3) uint8; no value moves by more than the strength's peak."""
    luma, activity = quarters(picture)
    mask = visibility(luma, activity)
    change = mask * _field(luma, np.random.default_rng(list(seed))) * strength.peak
    return Cloaked(added(picture, change), {"peak": strength.peak, "coverage": round(float(mask.mean()), 4)})


def _field(luma: Plane, random: np.random.Generator) -> Plane:
    """The direction of the change, -1 to 1: broad noise, and the picture's own forms made stronger or weaker."""
    noise = random.standard_normal(luma.shape, dtype=np.float32)
    noise = _even(_round(noise, 1) - _round(noise, 2))
    sway = _even(_round(random.standard_normal(luma.shape, dtype=np.float32), 3))
    forms = np.tanh((blurred(luma, 1) - blurred(luma, 4)) / 8)
    field: Plane = np.tanh(noise + sway * forms)
    return field


def _even(plane: Plane) -> Plane:
    """The same plane with a standard deviation of one."""
    return plane / np.float32(max(float(plane.std()), 1e-6))


def _round(plane: Plane, radius: int) -> Plane:
    """Blurred twice, so that the square of the blur does not show."""
    return blurred(blurred(plane, radius), radius)


TEXTURE = Engine("texture", "1", experimental=True, cloak=cloak)
