"""What the generator is given: the picture at a quarter of its resolution, its activity, the mask and noise."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media.cloak.engine import Pixels
from media.cloak.quarter import STEP, Plane, quarters, visibility

LEAST = (
    0.3  # of the change that even a flat area gets: mostly less than one step of 255 at the standard strength
)
NOISE = 4


def mask(luma: Plane, activity: Plane) -> Plane:
    """How much may change, `LEAST` to 1: the visibility, softened, since a hard mask costs more than it hides."""
    return (LEAST + (1 - LEAST) * visibility(luma, activity) ** 0.35).astype(np.float32)


def inputs(picture: Pixels, random: np.random.Generator) -> NDArray[np.float32]:
    """(9, height, width) at a quarter of the resolution, rounded up: red, green, blue, activity, mask, four of noise."""
    luma, activity = quarters(picture)
    small = np.asarray(Image.fromarray(picture).reduce(STEP), dtype=np.float32)
    noise = random.standard_normal((NOISE, *luma.shape), dtype=np.float32)
    rgb, hidden = small.transpose(2, 0, 1) / 255 - 0.5, mask(luma, activity)
    return np.concatenate([rgb, activity[None] / 32, hidden[None], noise], dtype=np.float32)
