"""The queue as a port: enqueue with the change, claim with a lease, done, retry, bury."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

IN_COMPANY: Final = 1
ITS_OWN: Final = 16


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand; `attempts` counts the ones that failed before, `crashes` weighs the ones without an outcome.

    A process that died weighs `ITS_OWN` for the suspect that it had just begun, and `IN_COMPANY` for all others it had
    in hand. Each claim is charged with that in advance; whoever lives to tell an outcome takes it back.
    """

    id: int
    kind: str
    lane: str
    payload: Mapping[str, Any]
    attempts: int
    crashes: int = 0
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be put in; a second one with the same key changes nothing."""

    kind: str
    payload: Mapping[str, Any]
    lane: str = ""
    key: str | None = None
    delay: float = 0.0


class Queue(Protocol):
    """Delivery is at least once; whoever handles a job is idempotent."""

    async def enqueue(self, *orders: Order) -> None:
        """Put jobs in, inside the caller's transaction."""
        ...

    async def claim(
        self, kinds: Mapping[str, int], count: int, lease: float, without: Collection[str] = ()
    ) -> list[Claim]:
        """Take up to `count` due jobs of these kinds for `lease` seconds, at most kinds[kind] at once per lane.

        Oldest first; a full lane hides no other; lanes in `without` are left alone. A job whose lease ran out keeps its
        place in its lane and is not among them.
        """
        ...

    async def suspect(self, leases: Mapping[str, float]) -> Claim | None:
        """Take one job that a process which died had in hand, of these kinds, each for so many seconds."""
        ...

    async def extend(self, claim: Claim, lease: float) -> None:
        """Keep a job longer; one that lived until here is suspected no more than others if its process dies."""
        ...

    async def done(self, *claims: Claim) -> None:
        """Forget jobs that are done."""
        ...

    async def retry(self, claim: Claim, delay: float, error: str, *, crashed: bool = False) -> None:
        """Put a job back until `delay` seconds from now."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give a job back as if it had not been taken."""
        ...

    async def bury(self, claim: Claim, error: str) -> None:
        """Give a job up, keep it to be looked at."""
        ...

    async def in_hand(self, *keys: str) -> bool:
        """Whether one of the jobs with these keys is being done."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """How many jobs wait, by kind."""
        ...

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Inside, `server.wake` is set when jobs come: this process' own, and others' where the database tells of them."""
        ...
