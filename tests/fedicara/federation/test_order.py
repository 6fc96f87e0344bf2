"""The order of what is said about one work: what a peer holds in the end, however it failed meanwhile."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fedicara.federation import order, outbox
from fedicara.federation.deliver import deliver
from fedicara.federation.http import Door
from fedicara.federation.kinds import KINDS
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Retry, Worker
from fedicara.models import Activity, Job, Work
from fedicara.server import Server
from tests.carried import Carried
from tests.fedicara.federation.stage import Home
from tests.fedicara.federation.test_delivery import follower, published
from tests.fediverse import Clock

pytestmark = pytest.mark.anyio
SEED = 20261124
WORKS = 12
# More at once to one host than is usual, so that there is much to overtake.
CROWDED = {"deliver": replace(KINDS["deliver"], at_once=40, per_lane=40)}


class Shaky(httpx.AsyncBaseTransport):
    """A peer that remembers no deletions, ignores edits of what it does not know, and fails half the time.

    A failure comes before or after it took what was said; it takes a moment for either.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.steady = False
        self.holds: dict[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fails, takes = self.chance.random() < 0.5 and not self.steady, self.chance.random() < 0.5
        await asyncio.sleep(self.chance.random() * 0.05)
        if takes or not fails:
            self._take(json.loads(request.content))
        await asyncio.sleep(self.chance.random() * 0.002)
        if fails and self.chance.random() < 0.5:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(503 if fails else 202, stream=httpx.ByteStream(b""))

    def _take(self, said: dict[str, Any]) -> None:
        what = said["object"]
        if said["type"] == "Delete":
            self.holds.pop(what["id"], None)
        elif said["type"] == "Create":
            self.holds.setdefault(what["id"], what["name"])
        elif what["id"] in self.holds:
            self.holds[what["id"]] = what["name"]


async def lives(server: Server, work: Work, chance: random.Random) -> str | None:
    """Publish, edit and perhaps delete a work with pauses between; its last title, None where it is gone."""
    async with server.database.transaction():
        await outbox.publish_create(server, work)
    for number in range(chance.randint(0, 3)):
        await asyncio.sleep(chance.random() * 0.05)
        async with server.database.transaction():
            work.title, work.revision = f"Title {number}", work.revision + 1
            await work.save()
            await outbox.publish_update(server, work)
    if chance.random() < 0.6:
        return str(work.title)
    await asyncio.sleep(chance.random() * 0.05)
    async with server.database.transaction():
        await outbox.publish_delete(server, work)
        await work.delete()
    return None


@pytest.mark.rule("F-372")
@pytest.mark.threat("REL-09")
@pytest.mark.sqlite_first
async def test_a_peer_that_fails_at_random_holds_the_right_thing_in_the_end(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    chance, clock = random.Random(SEED), Clock()
    peer = Shaky(chance)
    server = replace(home.server, network=Door(home.server.settings, Carried(peer)), now=clock)
    works = [await published(home, artist) for _ in range(WORKS)]
    worker = Worker(server, LeaseTable(server), CROWDED)
    running = asyncio.create_task(worker.run())
    ends = await asyncio.gather(*(lives(server, work, chance) for work in works))
    await worker.stop()
    await running
    for _ in range(60):
        clock.advance(hours=1)
        await Worker(server, LeaseTable(server), CROWDED).drain()
        if not await Job.all().count():
            break
    peer.steady = True
    assert await Job.all().count() == 0, f"seed {SEED}"
    expected = {work.uri: end for work, end in zip(works, ends, strict=True) if end is not None}
    assert peer.holds == expected, f"seed {SEED}"


@pytest.mark.rule("F-372")
async def test_an_edit_that_was_overtaken_is_left_out(
    home: Home,
) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    work = await published(home, artist)
    async with home.server.database.transaction():
        await outbox.publish_create(home.server, work)
        await outbox.publish_update(home.server, work)
        await outbox.publish_update(home.server, work)
    await home.work()
    assert [activity["type"] for _, activity in home.elsewhere.posted] == ["Accept", "Create", "Update"]
    last = await Activity.filter(type="Update").order_by("-id").first()
    assert last is not None
    assert home.sent("Update")[0][1]["id"].endswith(str(last.id))


class Slow(httpx.AsyncBaseTransport):
    """A peer that takes its time over the first request, until the test says so."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.took: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.took.append(json.loads(request.content)["type"])
        self.began.set()
        await self.may_go_on.wait()
        return httpx.Response(202, stream=httpx.ByteStream(b""))


@pytest.mark.rule("F-372")
@pytest.mark.threat("REL-09")
async def test_a_delete_waits_until_what_is_under_way_has_arrived(home: Home) -> None:
    artist, peer = await home.artist(), Slow()
    await follower(home, artist, home.peer())
    server = replace(home.server, network=Door(home.server.settings, Carried(peer)))
    work = await published(home, artist)
    async with server.database.transaction():
        await outbox.publish_create(server, work)
    worker = Worker(server, LeaseTable(server), KINDS)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(peer.began.wait(), 30)
    async with server.database.transaction():
        await outbox.publish_delete(server, work)
        await work.delete()
    await until(lambda: in_hand(2))
    await asyncio.sleep(0.1)
    assert peer.took == ["Create"]
    peer.may_go_on.set()
    await until(lambda: in_hand(0))
    await worker.stop()
    await running
    assert peer.took == ["Create", "Delete"]


async def in_hand(count: int) -> bool:
    return await Job.filter(leased__gt=0).count() == count


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():
        await asyncio.sleep(0.01)


@pytest.mark.rule("F-372")
async def test_what_waits_too_long_for_its_turn_is_tried_again_later(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "PATIENCE", 0.0)
    inbox, queue = "https://good.example/inbox", LeaseTable(home.server)
    await queue.enqueue(Order("deliver", {}, key=order.key(1, inbox)))
    [held] = await queue.claim({"deliver": 2}, 1, 60.0)
    later = Claim(9, "deliver", "", {"activity": 2, "inbox": inbox, "after": [1]}, 0)
    assert isinstance(await deliver(home.server, later), Retry)
    await queue.retry(held, timedelta(hours=1).total_seconds(), "503")
    assert not isinstance(await deliver(home.server, later), Retry)
