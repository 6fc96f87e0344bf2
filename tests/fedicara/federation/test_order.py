"""The order of what is said about one work: what a peer holds in the end, however it failed meanwhile."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bench.faults.order import CROWDED, Shaky, lives
from fedicara.federation.kinds import KINDS
from fedicara.federation.network.http import Door
from fedicara.federation.said import order, outbox
from fedicara.federation.said.deliver import body_of, deliver
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Retry, Worker
from fedicara.models import Activity, Job
from tests.carried import Carried
from tests.fedicara.federation.stage import Home
from tests.fedicara.federation.test_delivery import follower, published
from tests.fediverse import Clock

pytestmark = pytest.mark.anyio
SEED = 20261124
WORKS = 12


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


@pytest.mark.rule("F-372")
async def test_a_work_that_is_deleted_while_its_edit_is_written_is_not_sent(home: Home) -> None:
    work = await published(home, await home.artist())
    async with home.server.database.transaction():
        await outbox.publish_update(home.server, work)
    said = await Activity.get(type="Update").prefetch_related("actor", "work")
    await work.delete()
    assert await body_of(home.server, said) is None


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
