"""The one function type of all cloaks, and what goes in and comes out of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Strength(StrEnum):
    """How far a cloak may move one value of one pixel (C-001)."""

    light = "light"
    standard = "standard"
    strong = "strong"

    @property
    def peak(self) -> int:
        """The largest change, in steps of 255."""
        return {"light": 4, "standard": 6, "strong": 10}[self.value]


@dataclass(frozen=True)
class Cloaked:
    """The changed pixels, of the same shape as those given, and what the engine measured while making them."""

    picture: Pixels
    report: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Engine:
    """A cloak by name and version; `cloak` takes (height, width, 3) uint8 RGB, a strength and a seed.

    It never writes into the picture it is given, and the same picture, strength and seed give the same result.
    `measured` is the sentence that says what it was measured to do and under which conditions, empty where nothing is.
    """

    name: str
    version: str
    experimental: bool
    cloak: Callable[[Pixels, Strength, bytes], Cloaked]
    changes: bool = True
    measured: str = ""
