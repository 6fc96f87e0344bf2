"""What a row of tests/threats.csv is run as, and what it finds."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults.scene import Scene


@dataclass(frozen=True)
class Finding:
    """One figure, and whether it is as the row wants it."""

    what: str
    figure: str
    holds: bool = True


@dataclass(frozen=True)
class Run:
    """Where and with what luck a row is run, and how much of it."""

    folder: Path
    seed: int
    scale: float = 1.0

    def scene(self, hosts: tuple[str, ...] = (), **more: Any) -> Scene:
        """A new scene in the run's folder."""
        return Scene(self.folder, random.Random(self.seed), hosts, **more)

    def many(self, whole: int) -> int:
        """So many, scaled."""
        return max(1, round(whole * self.scale))


Row = Callable[[Run], Awaitable[list[Finding]]]


def kept(violations: list[str]) -> Finding:
    """What the checker found."""
    return Finding("invariants broken", "; ".join(violations) or "none", not violations)
