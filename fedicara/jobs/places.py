"""How many jobs of a kind may begin now: lanes that keep jobs waiting have places of their own (REL-06)."""

import time
from typing import Final

from fedicara.jobs.queue import Claim

SLOW: Final = 1.0
_REMEMBERED: Final = 10_000


class Places:
    """The places of one kind: `quick` for lanes that answer, `slow` besides for those that do not within a second.

    A lane is known to be slow until one of its jobs ends in time. Hosts that swallow connections fill the places for slow
    lanes; of those for quick ones each takes one for a second, when it is not known yet.
    """

    def __init__(self, quick: int, slow: int) -> None:
        self._quick = quick
        self._slow = slow
        self._began: dict[int, tuple[str, float]] = {}
        self._slow_lanes: dict[str, None] = {}

    def begin(self, claim: Claim) -> None:
        """A job takes its place."""
        self._began[claim.id] = (claim.lane, time.monotonic())

    def end(self, claim: Claim) -> None:
        """A job leaves its place; how long it had it says how its lane is."""
        lane, began = self._began.pop(claim.id)
        if time.monotonic() - began < SLOW:
            self._slow_lanes.pop(lane, None)
        else:
            self._note(lane)

    def room(self) -> tuple[int, frozenset[str]]:
        """How many may begin now, and which lanes must not."""
        if not self._slow:
            return self._quick - len(self._began), frozenset()
        slow = self._waiting()
        free = min(self._quick - len(self._began) + slow, self._quick + self._slow - len(self._began))
        left = self._slow - slow
        if left > 0 and self._slow_lanes:
            return min(free, left), frozenset()
        return free, frozenset(self._slow_lanes)

    def _waiting(self) -> int:
        """How many jobs of slow lanes have a place, those counted that just became slow."""
        now = time.monotonic()
        for lane, began in self._began.values():
            if now - began >= SLOW:
                self._note(lane)
        return sum(lane in self._slow_lanes for lane, _ in self._began.values())

    def _note(self, lane: str) -> None:
        self._slow_lanes[lane] = None
        if len(self._slow_lanes) > _REMEMBERED:
            del self._slow_lanes[next(iter(self._slow_lanes))]
