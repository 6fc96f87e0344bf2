"""Processes that are killed, small versions of `bench faults`: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bench.faults import crash_points, crashes, deliveries
from bench.faults.row import Run
from fedicara.actions.kinds import kinds
from fedicara.jobs import worker as jobs_worker
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Kind, Outcome, Worker
from fedicara.models import Inbound, Like
from fedicara.server import Server
from tests import sqlite
from tests.faults.forks import in_a_fork, integrity
from tests.fedicara.cli.command import Place
from tests.fedicara.federation.stage import Home, open_home
from tests.fedicara.rooms import clock, posted, room

JOBS, KILLS, IN_FLIGHT = 200, 12, 4


@pytest.mark.threat("REL-01", "REL-17")
def test_what_killed_workers_had_in_hand_is_done_by_others_and_nothing_is_given_up(tmp_path: Path) -> None:
    url, diary, chance = (
        sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}"),
        tmp_path / "diary",
        random.Random(4),
    )
    orders = [Order("write", {"number": number}, lane=f"host{number % 90}") for number in range(JOBS)]
    asyncio.run(_order(url, tmp_path, orders))
    deaths = [(turn, chance.randrange(1, 16)) for turn in range(KILLS)]
    killed = sum(in_a_fork(lambda death=death: _work(url, tmp_path, diary, death)) for death in deaths)
    asyncio.run(_work(url, tmp_path, diary, (KILLS, 0)))
    done = Counter(diary.read_text().split())
    assert killed == KILLS
    assert set(done) == {str(number) for number in range(JOBS)}
    assert sum(done.values()) - JOBS <= KILLS * IN_FLIGHT
    assert asyncio.run(_left(url, tmp_path)) == []
    assert integrity(tmp_path / "test.db") == "ok"


async def _order(url: str, folder: Path, orders: list[Order]) -> None:
    async with room(url, folder) as server:
        async with server.database.transaction():
            await LeaseTable(server).enqueue(*orders)
        assert all(kind.lease <= 60 for kind in kinds(server).values())


async def _work(url: str, folder: Path, diary: Path, death: tuple[int, int]) -> None:
    """Work off everything, an hour later each turn; die at random after so many jobs."""
    turn, last = death
    run = _writes(diary, last)
    async with room(url, folder) as server:
        clock(server).moment = datetime.now(UTC) + timedelta(hours=turn)
        made = Worker(server, LeaseTable(server), {"write": Kind(run, at_once=IN_FLIGHT, per_lane=2)})
        await (made.run() if last else made.drain())


def _writes(diary: Path, last: int = 0) -> jobs_worker.Run:
    """Jobs that write down that they ran; the process dies with the last of so many."""
    written = 0

    async def write(server: Server, claim: Claim) -> Outcome:
        nonlocal written
        await asyncio.sleep(0.002)
        with diary.open("a") as file:
            file.write(f"{claim.payload['number']}\n")
        written += 1
        if written == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return Done()

    return write


async def _left(url: str, folder: Path) -> list[str]:
    async with room(url, folder) as server:
        rows = await server.database.rows("SELECT payload FROM jobs")
        return [json.loads(row["payload"]).get("does", row["payload"]) for row in rows]


@pytest.mark.threat("REL-19")
def test_three_crashes_bury_the_job_that_causes_them_and_none_that_was_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "OLD_ENOUGH", 0.0)
    monkeypatch.setattr(jobs_worker, "HEAD_START", 0.02)
    monkeypatch.setattr(jobs_worker, "IDLE", 0.02)
    url, diary = sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}"), tmp_path / "diary"
    jobs = [Order("write", {"does": what}, lane=what) for what in ("lasts", "kills", "quick", "quick")]
    asyncio.run(_order(url, tmp_path, jobs))
    killed = sum(in_a_fork(lambda turn=turn: _poisoned(url, tmp_path, diary, turn)) for turn in range(4))
    assert killed == 3
    assert Counter(diary.read_text().split()) == {"lasts": 1, "quick": 2}
    assert asyncio.run(_left(url, tmp_path)) == ["kills"]


async def _poisoned(url: str, folder: Path, diary: Path, turn: int) -> None:
    """One job kills its process at once; one is there each time, since it ends in the last turn alone."""

    async def write(server: Server, claim: Claim) -> Outcome:
        does = claim.payload["does"]
        if does == "kills":
            os.kill(os.getpid(), signal.SIGKILL)
        while does == "lasts" and turn < 3:
            await asyncio.sleep(1)
        with diary.open("a") as file:
            file.write(f"{does}\n")
        return Done()

    async with room(url, folder) as server:
        clock(server).moment = datetime.now(UTC) + timedelta(hours=turn)
        made = Worker(server, LeaseTable(server), {"write": Kind(write, at_once=9, per_lane=2)})
        await (made.run() if turn < 3 else made.drain())


@pytest.mark.threat("REL-03")
def test_nothing_is_given_up_where_processes_are_killed_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "IDLE", 0.01)
    url, diary = sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}"), tmp_path / "diary"
    chance, numbers = random.Random(8), range(60)
    asyncio.run(_order(url, tmp_path, [Order("write", {"number": number}) for number in numbers]))
    for turn in range(30):
        death = (turn, chance.randrange(5, 60))
        assert in_a_fork(lambda death=death: _killed_soon(url, tmp_path, diary, death))
    asyncio.run(_work(url, tmp_path, diary, (30, 0)))
    assert set(diary.read_text().split()) == {str(number) for number in numbers}
    assert asyncio.run(_left(url, tmp_path)) == []


async def _killed_soon(url: str, folder: Path, diary: Path, death: tuple[int, int]) -> None:
    """Work, and be killed from outside after so many milliseconds, whatever is in hand."""
    turn, milliseconds = death
    async with room(url, folder) as server:
        clock(server).moment = datetime.now(UTC) + timedelta(hours=turn)
        asyncio.get_running_loop().call_later(milliseconds / 1000, os.kill, os.getpid(), signal.SIGKILL)
        await Worker(server, LeaseTable(server), {"write": Kind(_writes(diary), at_once=8, per_lane=8)}).run()


@pytest.mark.threat("REL-02")
def test_a_process_that_dies_at_any_database_call_leaves_changes_with_their_deliveries(
    tmp_path: Path,
) -> None:
    findings = asyncio.run(crashes.between_calls(Run(tmp_path, 11, scale=0.02)))
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.threat("REL-03")
def test_whatever_was_answered_2xx_takes_effect_once_though_the_process_dies(tmp_path: Path) -> None:
    url, told, chance = sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}"), tmp_path / "told", random.Random(5)
    works = asyncio.run(_prepare(url, tmp_path))
    deaths = 0
    for _ in range(12):
        call = chance.randrange(1, 60)
        deaths += in_a_fork(lambda call=call: _hear(url, tmp_path, works, (told, call)))
    asyncio.run(_hear(url, tmp_path, works, (told, 0)))
    answered = set(told.read_text().split())
    effects, kept = asyncio.run(_effects(url, tmp_path))
    assert deaths > 6
    assert answered == set(effects)
    assert len(effects) == len(set(effects)) == len(works)
    assert sorted(kept) == sorted(set(kept))
    assert integrity(tmp_path / "test.db") == "ok"


async def _prepare(url: str, folder: Path) -> list[str]:
    async with open_home(url, folder) as home:
        artist = await home.artist()
        await home.hear(home.peer(), home.peer().says("Follow", artist.uri))
        return [(await posted(artist)).uri for _ in range(8)]


async def _hear(url: str, folder: Path, works: list[str], death: tuple[Path, int]) -> None:
    """Hear the Likes of all works and handle them, die at a database call; what was answered is written down."""
    told, call = death
    async with open_home(url, folder) as home:
        if call:
            crash_points._die_at(call, after=call % 2 == 0)
        for number, work in enumerate(works):
            identifier = f"https://good.example/likes/{number}"
            answer = await _say(home, {"id": identifier, "type": "Like", "object": work})
            assert answer.status_code == 202
            with told.open("a") as file:
                file.write(f"{identifier}\n")
        # Every process comes when the leases of the one before have run out.
        await home.server.database.execute("UPDATE jobs SET leased = 1 WHERE leased > 0")
        await home.work()


async def _say(home: Home, activity: dict[str, str]) -> httpx.Response:
    peer = home.peer()
    return await home.post(peer, json.dumps(activity | {"actor": peer.uri}).encode())


async def _effects(url: str, folder: Path) -> tuple[list[str], list[str]]:
    async with open_home(url, folder):
        likes = [like.uri for like in await Like.all()]
        return likes, [inbound.uri for inbound in await Inbound.all()]


@pytest.mark.threat("REL-04")
def test_hosts_that_fail_half_the_time_get_everything_within_twenty_attempts(tmp_path: Path) -> None:
    findings = asyncio.run(deliveries.half_the_time(Run(tmp_path, 3, scale=0.02)))
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.slow
@pytest.mark.threat("REL-17")
def test_a_server_that_was_killed_starts_again_by_itself(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    with place.serving() as process:
        process.kill()
        process.wait(60)
    with place.serving():
        assert "Disallow" in place.get("/robots.txt")
    assert integrity(tmp_path / "data" / "fedicara.db") == "ok"
