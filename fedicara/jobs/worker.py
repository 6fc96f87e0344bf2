"""The loop that claims jobs, runs them, and decides what a failure means."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from fedicara.jobs.queue import Claim, Queue
from fedicara.jobs.schedule import delay
from fedicara.server import Server

log = structlog.get_logger()

IDLE = 1.0
POISON = 3


@dataclass(frozen=True, slots=True)
class Done:
    """The job is finished, well or for good."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, after so many seconds or by the schedule."""

    error: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Bury:
    """Give up and keep the job to be looked at."""

    error: str


Outcome = Done | Retry | Bury
Run = Callable[[Server, Claim], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of one kind are run: at once in all, at once per lane, and for how long a lease."""

    run: Run
    at_once: int = 1
    per_lane: int = 1
    lease: float = 120.0


class Worker:
    """Runs jobs of the given kinds until stopped."""

    def __init__(self, server: Server, queue: Queue, kinds: Mapping[str, Kind]) -> None:
        self._server = server
        self._queue = queue
        self._kinds = kinds
        self._running: dict[asyncio.Task[None], str] = {}
        self._stopping = False

    async def run(self) -> None:
        """Work until cancelled or stopped; jobs in hand are finished on stop, given back on cancel."""
        self._server.database.bind()
        try:
            while not self._stopping:
                self._server.wake.clear()
                if not await self.start_due():
                    await self._sleep()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def stop(self, within: float = 25.0) -> None:
        """Take no more jobs and wait for those in hand."""
        self._stopping = True
        self._server.wake.set()
        if self._running:
            await asyncio.wait(list(self._running), timeout=within)

    async def drain(self) -> None:
        """Work until nothing is due; for tests and commands."""
        while await self.start_due() or self._running:
            if self._running:
                await asyncio.wait(list(self._running), return_when=asyncio.FIRST_COMPLETED)

    async def start_due(self) -> int:
        """Claim what there is room for and start it; how many were started."""
        started = 0
        for name, kind in self._kinds.items():
            room = kind.at_once - sum(running == name for running in self._running.values())
            if room <= 0:
                continue
            for claim in await self._queue.claim({name: kind.per_lane}, room, kind.lease):
                task = asyncio.create_task(self._work(kind, claim))
                self._running[task] = name
                task.add_done_callback(self._ended)
                started += 1
        return started

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._server.wake.set()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wake.wait(), IDLE)

    async def _work(self, kind: Kind, claim: Claim) -> None:
        self._server.database.bind()
        try:
            outcome = await kind.run(self._server, claim)
        except Exception as error:
            log.exception("job failed", kind=claim.kind, job=claim.id)
            outcome = self._after_crash(claim, repr(error))
        await self._settle(claim, outcome)

    def _after_crash(self, claim: Claim, error: str) -> Outcome:
        return Bury(error) if claim.attempts + 1 >= POISON else Retry(error)

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        match outcome:
            case Done():
                await self._queue.done(claim)
            case Retry(error, after):
                pause = delay(claim.attempts) if after is None else after
                await self._queue.retry(claim, pause, error)
            case Bury(error):
                log.warning("job given up", kind=claim.kind, job=claim.id, error=error)
                await self._queue.bury(claim, error)
