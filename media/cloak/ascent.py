"""A climb on the operator's own encoders, from the generator's change, in overlapping tiles, until the time is up."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.cloak.engine import Cloaked, Engine, Pixels, Strength
from media.cloak.generator import MODEL, draw
from media.cloak.prepared import inputs
from media.cloak.quarter import STEP, Plane, added
from media.errors import CloakFailed

TILE, OVERLAP = 96, 16  # of the change, at a quarter of the resolution: 384 pixels, of which 64 are shared
RATE = 0.15  # of the mask, in one step
MOST_STEPS = 60


@dataclass(frozen=True)
class Box:
    """A tile of the change, and where it lies."""

    rows: slice
    columns: slice


@dataclass(frozen=True)
class Climb:
    """Weight files of encoders that the operator has, and the seconds that one picture may take."""

    encoders: tuple[str, ...]
    seconds: float


def engine(how: Climb) -> Engine:
    """The engine for these encoders and this time."""

    def cloak(picture: Pixels, strength: Strength, seed: bytes) -> Cloaked:
        return climb(picture, (strength, seed), _loaded(how.encoders), how.seconds)

    return Engine("ascent", "1", experimental=True, cloak=cloak)


def climb(picture: Pixels, how: tuple[Strength, bytes], encoders: Sequence[Any], seconds: float) -> Cloaked:
    """Add the change to the picture, (height, width, 3) uint8; no value moves by more than the strength's peak.

    Each encoder takes (1, 3, height, width), 0 to 1. Every tile gets an equal share of the time (madry et al. 2018,
    projected gradient, at a quarter of the resolution).
    """
    strength, seed = how
    given = inputs(picture, np.random.default_rng(list(seed)))
    change = draw(MODEL, given)
    boxes = list(tiles(change.shape[1], change.shape[2]))
    total, weight = np.zeros_like(change), np.zeros_like(change[0])
    until, steps = time.monotonic() + seconds, 0
    for number, box in enumerate(boxes):
        share = (until - time.monotonic()) / (len(boxes) - number)
        tile = _Tile(picture, given[4], change, box, strength.peak)
        drawn, taken = tile.climbed(encoders, max(share, 0.0))
        ramp = _ramp(drawn.shape[1], drawn.shape[2])
        total[:, box.rows, box.columns] += drawn * ramp
        weight[box.rows, box.columns] += ramp
        steps += taken
    change = total / weight * np.float32(strength.peak)
    report = {"peak": strength.peak, "steps": steps / len(boxes), "tiles": len(boxes)}
    return Cloaked(added(picture, *change.astype(np.float32)), report)


class _Tile:
    def __init__(self, picture: Pixels, mask: Plane, change: Plane, box: Box, peak: int) -> None:
        self.torch = _torch()
        rows, columns = (slice(side.start * STEP, side.stop * STEP) for side in (box.rows, box.columns))
        self.pixels = self._tensor(picture[rows, columns].transpose(2, 0, 1) / np.float32(255))
        self.mask = self._tensor(mask[np.newaxis, box.rows, box.columns])
        self.start = self._tensor(change[:, box.rows, box.columns])
        self.peak = peak / 255

    def _tensor(self, values: NDArray[Any]) -> Any:
        return self.torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None]

    def climbed(self, encoders: Sequence[Any], seconds: float) -> tuple[Plane, int]:
        """The change of this tile after as many steps as the time allows, and their number."""
        until, drawn, taken = time.monotonic() + seconds, self.start, 0
        origins = [encoder(self.pixels)[-1] for encoder in encoders]
        while taken < MOST_STEPS and time.monotonic() < until:
            drawn = self._step(drawn, encoders, origins)
            taken += 1
        return drawn[0].numpy(), taken

    def _step(self, drawn: Any, encoders: Sequence[Any], origins: Sequence[Any]) -> Any:
        drawn = drawn.detach().requires_grad_(requires_grad=True)
        grown = self.torch.nn.functional.interpolate(drawn, self.pixels.shape[-2:], mode="bilinear")
        seen = (self.pixels + grown * self.peak).clamp(0, 1)
        moved = [
            self.torch.log((encoder(seen)[-1] - origin).norm() / origin.norm() + 1e-6)
            for encoder, origin in zip(encoders, origins, strict=True)
        ]
        (slope,) = self.torch.autograd.grad(sum(moved), drawn)
        even = slope / (slope.square().mean().sqrt() + 1e-12)
        raised = drawn.detach() + RATE * self.mask * self.torch.tanh(even)
        return self.torch.minimum(self.torch.maximum(raised, -self.mask), self.mask)


def tiles(height: int, width: int) -> Iterator[Box]:
    """Boxes that cover the change, each sharing `OVERLAP` with those beside it."""
    for top in _starts(height):
        for left in _starts(width):
            yield Box(slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width)))


def _starts(length: int) -> list[int]:
    if length <= TILE:
        return [0]
    count = -(-(length - OVERLAP) // (TILE - OVERLAP))
    return [round(number * (length - TILE) / (count - 1)) for number in range(count)]


def _ramp(height: int, width: int) -> Plane:
    """Weights that rise from the edge of a tile, so that tiles fade into each other."""
    rows, columns = (
        np.minimum(np.minimum(np.arange(1, side + 1), np.arange(side, 0, -1)), OVERLAP).astype(np.float32)
        for side in (height, width)
    )
    return rows[:, None] * columns[None, :]


def _torch() -> Any:
    # Loaded here, not with the module: only operators who chose this engine have it.
    try:
        return import_module("torch")
    except ImportError as error:
        raise CloakFailed("The strong cloak needs the extra cloak-strong, which is not installed.") from error


def _loaded(encoders: Sequence[str]) -> list[Any]:
    if not encoders:
        raise CloakFailed("The strong cloak has no encoder on this server, so the picture was not published.")
    _torch()
    try:
        load = import_module("media.cloak.encoders").load
        return [load(Path(path)) for path in encoders]
    except (ImportError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise CloakFailed(
            "An encoder of the strong cloak cannot be read, so the picture was not published."
        ) from error


ASCENT = engine(Climb((), 0.0))
