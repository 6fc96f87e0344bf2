"""Batches: pictures, each with two seeds, and what the generator is given of them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from media.cloak.measure.contrast import smoothness
from media.cloak.prepared import inputs
from media.cloak.train.pictures import Pictures


@dataclass(frozen=True)
class Batch:
    """`pictures` (n, 3, side, side) 0 to 1, `inputs` (n, 9, side / 4, side / 4), `smooth` (n, side, side)."""

    pictures: Tensor
    inputs: Tensor
    smooth: Tensor


def batch(pictures: Pictures, size: int, random: np.random.Generator) -> Batch:
    """`size` pictures, each twice with noise of its own."""
    crops = [pictures.crop(random) for _ in range(size)]
    given = np.stack([inputs(crop, random) for crop in crops for _ in range(2)])
    smooth = np.stack([smoothness(crop) for crop in crops]).repeat(2, axis=0)
    pixels = np.stack(crops).repeat(2, axis=0).transpose(0, 3, 1, 2)
    return Batch(
        torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255,
        torch.from_numpy(given),
        torch.from_numpy(smooth),
    )
