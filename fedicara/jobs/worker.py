"""The loop that claims jobs, runs them, and decides what a failure means."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from fedicara.jobs.places import Places
from fedicara.jobs.queue import IN_COMPANY, ITS_OWN, Claim, Queue
from fedicara.jobs.schedule import delay
from fedicara.models.troubles import trouble_of
from fedicara.reads import stated
from fedicara.server import Server

log = structlog.get_logger()

IDLE = 1.0
COMMIT = 0.02
# Three crashes: one that made a suspect of it, two of its own.
POISON = IN_COMPANY + 2 * ITS_OWN
HEAD_START = 1.0
OLD_ENOUGH = 10.0


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
_WORDS: Mapping[type[Outcome], str] = {Done: "done", Retry: "retry", Bury: "given_up"}
Run = Callable[[Server, Claim], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of one kind are run: at once in all (`slow` more of lanes that are slow), at once per lane, how long.

    `given_up` is told of a job whose every attempt crashed, so that nobody waits for it any longer.
    """

    run: Run
    at_once: int = 1
    per_lane: int = 1
    slow: int = 0
    lease: float = 45.0
    limit: float = 120.0
    given_up: Callable[[Server, Claim], Awaitable[None]] | None = None


class Worker:
    """Runs jobs of the given kinds until stopped.

    What a process that died had in hand is suspected. One suspect begins at a time, the next when it ended or has lived
    for a second: so a crash names its cause, and who was only near is not given up with it (REL-03, REL-19). A process
    begins none while it is young: where processes are killed one after the other, no job is to blame.
    """

    def __init__(self, server: Server, queue: Queue, kinds: Mapping[str, Kind]) -> None:
        self._server = server
        self._queue = queue
        self._kinds = kinds
        self._places = {name: Places(kind.at_once, kind.slow) for name, kind in kinds.items()}
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._done: list[Claim] = []
        self._accused: Claim | None = None
        self._next_suspect = time.monotonic() + OLD_ENOUGH
        self._stopping = False

    async def run(self) -> None:
        """Work until cancelled or stopped; jobs in hand are finished on stop, given back on cancel."""
        self._server.database.bind()
        try:
            async with self._queue.listening():
                while not self._stopping:
                    self._server.wake.clear()
                    if not await self._started():
                        await self._sleep()
            while self._running:
                await self._one_ended()
                await self._forget_done()
        finally:
            await self._give_back()

    async def stop(self, within: float = 25.0) -> None:
        """Take no more jobs, wait for those in hand, give back what is not done in time."""
        self._stopping = True
        self._server.wake.set()
        if self._running:
            await asyncio.wait(list(self._running), timeout=within)
        await self._give_back()

    async def _give_back(self) -> None:
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._forget_done()

    async def _forget_done(self) -> None:
        """Forget in one statement what was done since the last time; a crash before it means one more attempt."""
        done, self._done = self._done, []
        try:
            if done:
                await self._queue.done(*done)
        except BaseException:
            self._done += done
            raise

    async def _started(self) -> int:
        """Like `start_due`; a database that does not answer is asked again later."""
        try:
            return await self.start_due()
        except Exception:
            log.exception("no jobs could be claimed")
            return 0

    async def drain(self) -> None:
        """Work until nothing is due; for tests and commands."""
        self._next_suspect = 0.0
        # A job that ended while others were looked for may have kept one of its lane waiting.
        while await self.start_due() or self._running or self._done:
            await self._one_ended()
        await self._forget_done()

    async def _one_ended(self) -> None:
        """Wait for the first job to end; not at all where one did that is still to be forgotten: others may wait for it."""
        if self._running and not self._done:
            await asyncio.wait(list(self._running), return_when=asyncio.FIRST_COMPLETED)

    async def start_due(self) -> int:
        """Claim what there is room for and start it; how many were started."""
        await stated.look(self._server)
        await self._forget_done()
        started = await self._start_suspect()
        for name, kind in self._kinds.items():
            room, without = self._places[name].room()
            if room > 0:
                for claim in await self._queue.claim({name: kind.per_lane}, room, kind.lease, without):
                    self._start(claim)
                    started += 1
        return started

    async def _start_suspect(self) -> int:
        """Start one job of a process that died, if it is time for the next; how many were started."""
        if self._accused is not None or time.monotonic() < self._next_suspect:
            return 0
        self._next_suspect = time.monotonic() + IDLE
        leases = {name: kind.lease for name, kind in self._kinds.items() if self._places[name].room()[0] > 0}
        claim = await self._queue.suspect(leases)
        if claim is None:
            return 0
        ours = next((each for each in self._running.values() if each.id == claim.id), None)
        if ours is not None:
            # It lives: the clock jumped, not the process (REL-18).
            await self._queue.extend(ours, self._kinds[ours.kind].lease)
            return 0
        self._accused = claim
        self._start(claim)
        return 1

    def _acquit(self, claim: Claim) -> None:
        """The suspect ended or lives on, and that is written down: the next one may begin."""
        if claim is self._accused:
            self._accused = None
            self._next_suspect = 0.0
            self._server.wake.set()

    def _start(self, claim: Claim) -> None:
        task = asyncio.create_task(self._work(self._kinds[claim.kind], claim))
        self._running[task] = claim
        self._places[claim.kind].begin(claim)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        claim = self._running.pop(task)
        self._places[claim.kind].end(claim)
        self._acquit(claim)
        if not task.cancelled() and (error := task.exception()):
            log.error("the end of a job was not written down", error=repr(error))
        self._server.wake.set()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            # Not wait_for: on Python 3.11 it loses a cancellation that comes in the moment of the wake.
            async with asyncio.timeout(IDLE):
                await self._server.wake.wait()
            # Whoever enqueues wakes the worker inside a transaction; the commit comes a moment later.
            await asyncio.sleep(COMMIT)

    async def _work(self, kind: Kind, claim: Claim) -> None:
        self._server.database.bind()
        renewal = asyncio.create_task(self._renew(kind, claim))
        try:
            outcome, crashed = await self._outcome(kind, claim)
            await self._write_down(claim, outcome, crashed)
        except asyncio.CancelledError:
            await self._queue.release(claim)
            raise
        finally:
            renewal.cancel()

    async def _renew(self, kind: Kind, claim: Claim) -> None:
        """Keep the job as long as it runs: nobody else may begin it meanwhile."""
        pause = HEAD_START if claim.suspect else kind.lease / 2
        while True:
            await asyncio.sleep(pause)
            pause = kind.lease / 2
            try:
                await self._queue.extend(claim, kind.lease)
                self._acquit(claim)
            except Exception:
                log.exception("a lease was not renewed", kind=claim.kind, job=claim.id)

    async def _outcome(self, kind: Kind, claim: Claim) -> tuple[Outcome, bool]:
        """What became of the job, and whether it crashed."""
        if claim.crashes >= POISON:
            return Bury("every attempt ended without an outcome"), True
        limit = asyncio.timeout(kind.limit)
        try:
            async with limit:
                return await kind.run(self._server, claim), False
        except Exception as error:
            if trouble_of(error) and not limit.expired():
                # The database or the disk, not the job: it may try as often as it takes.
                log.warning("job not done for the moment", kind=claim.kind, job=claim.id, error=repr(error))
                return Retry(repr(error)), False
            log.exception("job failed", kind=claim.kind, job=claim.id)
            last = claim.crashes + ITS_OWN >= POISON
            return (Bury(repr(error)) if last else Retry(repr(error))), True

    async def _write_down(self, claim: Claim, outcome: Outcome, crashed: bool) -> None:
        """Settle, as soon as the database lets us; the lease is renewed until then."""
        while True:
            try:
                return await self._settle(claim, outcome, crashed)
            except Exception as error:
                if trouble_of(error) is None:
                    raise
                log.warning("the end of a job cannot be written down yet", job=claim.id, error=repr(error))
            await asyncio.sleep(IDLE)

    async def _settle(self, claim: Claim, outcome: Outcome, crashed: bool) -> None:
        self._server.outcomes[claim.kind, _WORDS[type(outcome)]] += 1
        match outcome:
            case Done():
                self._done.append(claim)
            case Retry(error, after):
                pause = delay(claim.attempts) if after is None else after
                await self._queue.retry(claim, pause, error, crashed=crashed)
            case Bury(error):
                log.warning("job given up", kind=claim.kind, job=claim.id, error=error)
                given_up = self._kinds[claim.kind].given_up
                if crashed and given_up is not None:
                    await given_up(self._server, claim)
                await self._queue.bury(claim, error)
