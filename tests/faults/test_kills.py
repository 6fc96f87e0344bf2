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

JOBS, KILLS, IN_FLIGHT = 120, 12, 4


@pytest.mark.threat("REL-01", "REL-17")
def test_what_killed_workers_had_in_hand_is_done_by_others_and_nothing_is_given_up(tmp_path: Path) -> None:
    url, diary, chance = (
        sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}"),
        tmp_path / "diary",
        random.Random(4),
    )
    asyncio.run(_order(url, tmp_path))
    deaths = [(turn, chance.randrange(1, 16)) for turn in range(KILLS)]
    killed = sum(in_a_fork(lambda death=death: _work(url, tmp_path, diary, death)) for death in deaths)
    asyncio.run(_work(url, tmp_path, diary, (KILLS, 0)))
    done = Counter(diary.read_text().split())
    assert killed == KILLS
    assert set(done) == {str(number) for number in range(JOBS)}
    assert sum(done.values()) - JOBS <= KILLS * IN_FLIGHT
    assert asyncio.run(_left(url, tmp_path)) == []
    assert integrity(tmp_path / "test.db") == "ok"


async def _order(url: str, folder: Path) -> None:
    async with room(url, folder) as server:
        async with server.database.transaction():
            orders = (Order("write", {"number": number}, lane=f"host{number % 9}") for number in range(JOBS))
            await LeaseTable(server).enqueue(*orders)
        assert all(kind.lease <= 60 for kind in kinds(server).values())


async def _work(url: str, folder: Path, diary: Path, death: tuple[int, int]) -> None:
    """Work off everything, an hour later each turn; die at random after so many jobs."""
    turn, last = death
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

    async with room(url, folder) as server:
        clock(server).moment = datetime.now(UTC) + timedelta(hours=turn)
        await Worker(
            server, LeaseTable(server), {"write": Kind(write, at_once=IN_FLIGHT, per_lane=2)}
        ).drain()


async def _left(url: str, folder: Path) -> list[int]:
    async with room(url, folder) as server:
        return [row["id"] for row in await server.database.rows("SELECT id FROM jobs")]


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
        process.wait(10)
    with place.serving():
        assert "Disallow" in place.get("/robots.txt")
    assert integrity(tmp_path / "data" / "fedicara.db") == "ok"
