"""The loop that runs jobs."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fedicara.jobs import places
from fedicara.jobs import worker as jobs_worker
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import IN_COMPANY, ITS_OWN, Claim, Order
from fedicara.jobs.worker import Bury, Done, Kind, Outcome, Retry, Worker
from fedicara.models import Actor
from fedicara.server import Server
from tests.fedicara.rooms import clock, local

pytestmark = pytest.mark.anyio


class Diary:
    """Jobs that write down that they ran, and do as they are told."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.ended: list[int] = []
        self.door = asyncio.Event()
        self.outcome: Outcome | Exception = Done()

    async def run(self, server: Server, claim: Claim) -> Outcome:
        self.began.append(claim.payload["number"])
        if claim.payload.get("waits"):
            await self.door.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        self.ended.append(claim.payload["number"])
        return self.outcome


async def put(server: Server, *numbers: int, waits: bool = False, lane: str = "") -> None:
    async with server.database.transaction():
        await LeaseTable(server).enqueue(
            *(Order("write", {"number": number, "waits": waits}, lane=lane) for number in numbers)
        )


def worker(server: Server, diary: Diary, **kind: float) -> Worker:
    return Worker(server, LeaseTable(server), {"write": Kind(diary.run, **kind)})  # type: ignore[arg-type]


async def until(condition: object) -> None:
    async with asyncio.timeout(60):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(made: Worker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(made.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def row(server: Server) -> tuple[int, int, bool, str, int]:
    """Attempts, crashes, buried, error and lease of the only job."""
    found = await server.database.row("SELECT attempts, crashes, buried, error, leased FROM jobs")
    assert found is not None
    return found["attempts"], found["crashes"], bool(found["buried"]), found["error"], found["leased"]


async def test_drain_works_until_nothing_is_due(server: Server) -> None:
    diary = Diary()
    await put(server, *range(30))
    await worker(server, diary, at_once=4, per_lane=4).drain()
    assert sorted(diary.ended) == list(range(30))
    assert await LeaseTable(server).counts() == {}


async def test_the_models_of_a_job_speak_to_its_server(server: Server) -> None:
    await local(server, "ada")
    found: list[int] = []

    async def count(_: Server, claim: Claim) -> Outcome:
        found.append(await Actor.all().count())
        return Done()

    await put(server, 1)
    await Worker(server, LeaseTable(server), {"write": Kind(count)}).drain()
    assert found == [1]


async def test_no_more_run_at_once_than_the_kind_says(server: Server) -> None:
    diary = Diary()
    await put(server, *range(5), waits=True)
    async with running(worker(server, diary, at_once=2, per_lane=5)):
        await until(lambda: len(diary.began) == 2)
        await asyncio.sleep(0.1)
        assert diary.began == [0, 1]


async def test_a_job_enqueued_while_the_worker_sleeps_wakes_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "IDLE", 600.0)
    # However long the commit takes on a busy machine.
    monkeypatch.setattr(jobs_worker, "COMMIT", 1.0)
    diary = Diary()
    async with running(worker(server, diary)):
        await asyncio.sleep(0.1)
        async with server.database.transaction():
            await LeaseTable(server).enqueue(Order("write", {"number": 1}))
            await asyncio.sleep(0.005)
        await until(lambda: diary.ended == [1])


@pytest.mark.threat("REL-19")
async def test_a_job_that_always_raises_is_buried_after_three_attempts(server: Server) -> None:
    diary = Diary()
    diary.outcome = ZeroDivisionError("again")
    await put(server, 1)
    for _ in range(6):
        await worker(server, diary).drain()
        clock(server).forward(days=1)
    assert diary.began == [1, 1, 1]
    assert await row(server) == (3, 2 * ITS_OWN, True, "ZeroDivisionError('again')", 0)


async def test_a_job_that_is_retried_often_is_not_buried_for_one_crash(server: Server) -> None:
    diary = Diary()
    diary.outcome = Retry("not yet", after=0.0)
    await put(server, 1)
    made = worker(server, diary)
    for _ in range(5):
        await made.start_due()
        await until(lambda: not made._running)
    diary.outcome = ZeroDivisionError("once")
    await made.drain()
    assert await row(server) == (6, ITS_OWN, False, "ZeroDivisionError('once')", 0)


async def test_a_job_that_gives_up_is_buried_with_its_reason(server: Server) -> None:
    diary = Diary()
    diary.outcome = Bury("no such place")
    await put(server, 1)
    await worker(server, diary).drain()
    assert await row(server) == (1, 0, True, "no such place", 0)


async def test_a_long_job_keeps_its_lease(server: Server) -> None:
    diary, queue = Diary(), LeaseTable(server)
    await put(server, 1, waits=True)
    async with running(worker(server, diary, lease=0.4)):
        await until(lambda: diary.began == [1])
        for _ in range(4):
            clock(server).forward(seconds=0.3)
            await asyncio.sleep(0.3)
            assert await queue.claim({"write": 5}, 5, 60.0) == []
        diary.door.set()
        await until(lambda: diary.ended == [1])
    assert await queue.counts() == {}


async def test_stop_finishes_what_is_in_hand_and_takes_no_more(server: Server) -> None:
    diary = Diary()
    made = worker(server, diary)
    await put(server, 1, 2, waits=True)
    async with running(made) as task:
        await until(lambda: diary.began == [1])
        stopping = asyncio.create_task(made.stop())
        await asyncio.sleep(0.05)
        assert not task.done()
        diary.door.set()
        await stopping
        await asyncio.wait_for(task, 5)
    assert (diary.began, diary.ended) == ([1], [1])
    assert await LeaseTable(server).counts() == {"write": 1}


async def test_what_does_not_finish_in_time_is_given_back_untouched(server: Server) -> None:
    diary = Diary()
    made = worker(server, diary)
    await put(server, 1, waits=True)
    async with running(made) as task:
        await until(lambda: diary.began == [1])
        await made.stop(within=0.05)
        await asyncio.wait_for(task, 5)
    assert await row(server) == (0, 0, False, "", 0)


async def test_a_cancelled_worker_gives_its_jobs_back(server: Server) -> None:
    diary = Diary()
    await put(server, 1, waits=True)
    async with running(worker(server, diary)):
        await until(lambda: diary.began == [1])
    assert await row(server) == (0, 0, False, "", 0)


async def test_a_worker_outlives_a_database_that_does_not_answer(server: Server) -> None:
    diary = Diary()
    async with running(worker(server, diary)) as task:
        await server.database.execute("ALTER TABLE jobs RENAME TO elsewhere")
        await asyncio.sleep(0.1)
        server.wake.set()
        await asyncio.sleep(0.1)
        assert not task.done()
        await server.database.execute("ALTER TABLE elsewhere RENAME TO jobs")
        await put(server, 1)
        await until(lambda: diary.ended == [1])


@pytest.mark.threat("REL-19")
async def test_a_job_that_never_ends_is_stopped_and_buried_while_others_go_on(server: Server) -> None:
    diary = Diary()
    await put(server, 1, waits=True)
    await put(server, *range(2, 8))
    for _ in range(4):
        await worker(server, diary, at_once=2, per_lane=2, limit=0.1).drain()
        clock(server).forward(days=1)
    assert diary.began.count(1) == 3
    assert sorted(diary.ended) == list(range(2, 8))
    attempts, crashes, buried, error, _ = await row(server)
    assert (attempts, crashes, buried) == (3, 2 * ITS_OWN, True)
    assert error.startswith("TimeoutError")


@pytest.mark.threat("REL-01", "REL-19")
async def test_one_at_a_time_begins_of_those_that_were_there_when_a_process_died(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "OLD_ENOUGH", 0.0)
    monkeypatch.setattr(jobs_worker, "HEAD_START", 600.0)
    queue, diary = LeaseTable(server), Diary()
    await put(server, 1, 2, 3, waits=True)
    await queue.claim({"write": 5}, 2, 60.0)
    clock(server).forward(seconds=61)
    made = worker(server, diary, at_once=5, per_lane=5)
    async with running(made):
        await until(lambda: sorted(diary.began) == [1, 3])
        made._next_suspect = 0.0
        await made.start_due()
        assert sorted(diary.began) == [1, 3]
        diary.door.set()
        await until(lambda: sorted(diary.ended) == [1, 2, 3])


async def test_a_suspect_that_takes_long_keeps_the_next_waiting_for_a_moment_only(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "OLD_ENOUGH", 0.0)
    monkeypatch.setattr(jobs_worker, "HEAD_START", 0.05)
    monkeypatch.setattr(jobs_worker, "IDLE", 0.05)
    queue, diary = LeaseTable(server), Diary()
    await put(server, 1, 2, waits=True)
    await queue.claim({"write": 5}, 2, 60.0)
    clock(server).forward(seconds=61)
    async with running(worker(server, diary, at_once=5, per_lane=5)):
        await until(lambda: diary.began == [1, 2])
        crashes = "SELECT crashes FROM jobs ORDER BY id"
        async with asyncio.timeout(60):
            while [each["crashes"] for each in await server.database.rows(crashes)] != [2 * IN_COMPANY] * 2:
                await asyncio.sleep(0.005)


@pytest.mark.threat("REL-03")
async def test_a_young_process_begins_nothing_that_another_had_in_hand(server: Server) -> None:
    queue, diary = LeaseTable(server), Diary()
    await put(server, 1, 2, waits=True)
    await queue.claim({"write": 5}, 1, 60.0)
    clock(server).forward(seconds=61)
    async with running(worker(server, diary, at_once=5, per_lane=5)) as task:
        await until(lambda: diary.began == [2])
        assert not task.done()
        assert diary.began == [2]


@pytest.mark.threat("REL-18")
async def test_a_clock_that_jumps_makes_no_job_begin_twice(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "OLD_ENOUGH", 0.0)
    queue, diary = LeaseTable(server), Diary()
    await put(server, 1, waits=True)
    made = worker(server, diary, at_once=5, per_lane=5)
    async with running(made):
        await until(lambda: diary.began == [1])
        for hours in (3, -6):
            clock(server).forward(hours=hours)
            made._next_suspect = 0.0
            assert await made.start_due() == 0
            assert await queue.suspect({"write": 60.0}) is None
        diary.door.set()
        await until(lambda: diary.ended == [1])
    assert (await queue.counts(), diary.began) == ({}, [1])


@pytest.mark.threat("REL-06")
async def test_lanes_that_keep_jobs_waiting_do_not_keep_those_of_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SLOW", 0.05)
    monkeypatch.setattr(jobs_worker, "IDLE", 0.05)
    diary = Diary()
    for lane in range(6):
        await put(server, *range(lane * 10, lane * 10 + 5), waits=True, lane=f"dark{lane}")
    async with running(worker(server, diary, at_once=2, per_lane=2, slow=12)):
        await until(lambda: len(diary.began) == 12)
        await put(server, *range(100, 110), lane="healthy")
        await until(lambda: diary.ended == list(range(100, 110)))
    assert len(diary.began) == 22


async def test_slow_lanes_have_only_their_own_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SLOW", 0.0)
    made = places.Places(2, 3)
    assert made.room() == (2, frozenset())
    claims = [Claim(number, "write", f"dark{number}", {}, 0) for number in range(3)]
    for claim in claims:
        made.begin(claim)
    assert made.room() == (2, frozenset({"dark0", "dark1", "dark2"}))
    made.end(claims[0])
    assert made.room() == (1, frozenset())
    monkeypatch.setattr(places, "SLOW", 60.0)
    made.begin(claims[0])
    made.end(claims[0])
    assert made.room() == (1, frozenset())


async def test_the_slowest_lanes_remembered_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SLOW", 0.0)
    monkeypatch.setattr(places, "_REMEMBERED", 2)
    made = places.Places(1, 1)
    for number in range(4):
        claim = Claim(number, "write", f"dark{number}", {}, 0)
        made.begin(claim)
        made.end(claim)
    assert list(made._slow_lanes) == ["dark2", "dark3"]


@pytest.mark.threat("REL-14", "REL-15")
async def test_a_job_that_fails_for_want_of_a_database_or_a_disk_is_never_given_up(server: Server) -> None:
    diary = Diary()
    diary.outcome = OSError(errno.ENOSPC, "No space left on device")
    await put(server, 1)
    for _ in range(6):
        await worker(server, diary).drain()
        clock(server).forward(days=1)
    attempts, crashes, buried, _, _ = await row(server)
    assert (attempts, crashes, buried) == (6, 0, False)


async def test_the_end_of_a_job_is_written_down_as_soon_as_the_database_takes_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "IDLE", 0.01)
    diary, queue = Diary(), FaultyQueue(server)
    diary.outcome = Bury("no such place")
    await put(server, 1)
    await Worker(server, queue, {"write": Kind(diary.run)}).drain()
    assert queue.failures == 0
    assert await row(server) == (1, 0, True, "no such place", 0)


class FaultyQueue(LeaseTable):
    """A queue whose database is away the first three times that a job is given up."""

    failures = 3

    async def bury(self, claim: Claim, error: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError
        await super().bury(claim, error)
