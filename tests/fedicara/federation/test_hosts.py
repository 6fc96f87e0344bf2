"""Hosts that die and live again, and how each wants to be spoken to: remembered within bounds."""

import json
from dataclasses import replace
from datetime import datetime

import httpx
import pytest

from activitypub import rfc9421
from activitypub.names import ACTIVITY_JSON, RFC_9421
from fedicara.federation.kinds import KINDS
from fedicara.federation.network.http import Door
from fedicara.federation.said import outbox, recipients
from fedicara.federation.servers import hosts
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Follow, Host, Job
from fedicara.server import Server
from tests.carried import Carried
from tests.fedicara.federation.stage import HOME, Home, Peer, key_pair
from tests.fedicara.federation.test_delivery import follower, published
from tests.fediverse import Clock

pytestmark = pytest.mark.anyio


class Moody(httpx.AsyncBaseTransport):
    """Another server whose inboxes answer as it feels, 0 for not at all; the rest is what `stage` serves."""

    def __init__(self, home: Home) -> None:
        self._rest = home.elsewhere
        self.mood = 202
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._rest.handle_async_request(request)
        self.asked.append(request)
        if self.mood == 0:
            raise httpx.ConnectError("nobody answers", request=request)
        return httpx.Response(self.mood, stream=httpx.ByteStream(b""))

    def heard(self) -> list[str]:
        """The ids of the objects that came since the last time."""
        bodies = [json.loads(request.content) for request in self.asked]
        self.asked.clear()
        return [body["object"]["id"] if isinstance(body["object"], dict) else body["id"] for body in bodies]


class Scene:
    """An artist here, a follower there, and a clock."""

    def __init__(self, home: Home, artist: Actor, peer: Peer) -> None:
        self.home, self.artist, self.peer = home, artist, peer
        self.clock, self.there = Clock(), Moody(home)
        door = Door(home.server.settings, Carried(self.there))
        self.server: Server = replace(home.server, network=door, now=self.clock)

    async def posts(self) -> str:
        """Publish a work and do what is due."""
        work = await published(self.home, self.artist)
        async with self.server.database.transaction():
            await outbox.publish_create(self.server, work)
        await self.work()
        return str(work.uri)

    async def work(self) -> None:
        await Worker(self.server, LeaseTable(self.server), KINDS).drain()

    async def day(self) -> None:
        self.clock.advance(days=1)
        await self.work()

    async def host(self) -> Host | None:
        return await Host.get_or_none(host="good.example")


@pytest.fixture
async def scene(home: Home) -> Scene:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, peer)
    return Scene(home, artist, peer)


async def dies(scene: Scene) -> None:
    """Fail on seven different days."""
    scene.there.mood = 503
    await scene.posts()
    for _ in range(6):
        await scene.day()
    known = await scene.host()
    assert known is not None
    assert known.failed_days == 7
    scene.there.asked.clear()


@pytest.mark.threat("REL-07")
@pytest.mark.parametrize("mood", [503, 0])
async def test_a_host_that_fails_on_seven_days_gets_one_delivery_a_day_until_one_arrives(
    scene: Scene, mood: int
) -> None:
    scene.there.mood = mood
    first = await scene.posts()
    for day in range(1, 7):
        assert (await scene.host()).failed_days == day  # type: ignore[union-attr]
        scene.there.asked.clear()
        await scene.posts()
        assert len(scene.there.asked) >= 1, "a host that failed on fewer days is tried as usual"
        await scene.day()
    assert (await scene.host()).failed_days == 7  # type: ignore[union-attr]
    scene.there.asked.clear()
    await scene.posts()
    assert scene.there.heard() == [], "no probe on the day on which it was found dead"
    await scene.day()
    probes = len(scene.there.heard()) + len([await scene.posts(), await scene.posts()]) - 2
    probes += len(scene.there.heard())
    assert probes == 1
    scene.there.mood = 202
    scene.clock.advance(days=1)
    probe = await scene.posts()
    assert scene.there.heard() == [probe], "what was missed is not sent again"
    assert (await scene.host()).failed_days == 0  # type: ignore[union-attr]
    last = await scene.posts()
    assert scene.there.heard() == [last]
    assert first != last
    assert await Follow.filter(followed_id=scene.artist.id, accepted=True).count() == 1
    assert await Job.all().count() == 0


@pytest.mark.threat("REL-07")
async def test_a_valid_request_from_a_dead_host_revives_it_and_a_forged_one_does_not(scene: Scene) -> None:
    await dies(scene)
    scene.there.mood = 202
    scene.peer.key_name = "somebody else"
    assert (await scene.home.get(f"/actors/{scene.artist.id}", scene.peer)).status_code == 401
    await scene.posts()
    assert scene.there.heard() == []
    scene.peer.key_name = ""
    await scene.home.post(scene.peer, scene.peer.says("Like", "https://home.example/objects/1"))
    assert (await scene.host()).failed_days == 0  # type: ignore[union-attr]
    again = await scene.posts()
    assert scene.there.heard() == [again]


async def test_failures_between_which_something_arrived_do_not_add_up(scene: Scene) -> None:
    for mood in (503, 503, 404, 503):
        scene.there.mood = mood
        scene.clock.advance(days=1)
        await scene.posts()
    assert (await scene.host()).failed_days == 1  # type: ignore[union-attr]


@pytest.mark.threat("REL-05")
async def test_an_inbox_that_is_gone_gets_nothing_more_and_the_personal_one_takes_its_place(
    scene: Scene,
) -> None:
    scene.there.mood = 410
    await scene.posts()
    assert await recipients.followers(scene.server, scene.artist.id) == [f"{scene.peer.uri}/inbox"]
    await scene.posts()
    assert await recipients.followers(scene.server, scene.artist.id) == []
    scene.there.asked.clear()
    await scene.posts()
    assert scene.there.asked == []


@pytest.mark.threat("DOS-21")
async def test_what_is_known_of_hosts_expires_and_stays_within_a_number(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies(scene)
    monkeypatch.setattr(hosts, "MOST", 5)
    for number in range(20):
        scene.clock.advance(seconds=1)
        await hosts.failed(scene.server, hosts.Known(f"invented{number}.example"))
    assert sorted(row.host for row in await Host.all()) == [f"invented{n}.example" for n in range(15, 20)]
    monkeypatch.setattr(hosts, "MOST", 1000)
    await Host.all().delete()
    await dies(scene)
    dead = await Host.get(host="good.example")
    await Host.create(host="nobody-there.example", failed_days=9, seen=dead.seen)
    scene.clock.advance(days=31)
    await hosts.failed(scene.server, hosts.Known("new.example"))
    left = [row.host for row in await Host.all().order_by("host")]
    assert left == ["good.example", "new.example"], "a dead host is kept while followers live there"
    await Follow.all().delete()
    scene.clock.advance(seconds=1)
    await hosts.failed(scene.server, hosts.Known("newer.example"))
    assert [row.host for row in await Host.all().order_by("host")] == ["new.example", "newer.example"]


def signed_anew(peer: Peer, path: str, now: datetime) -> dict[str, str]:
    """The headers of a GET signed as RFC 9421 says."""
    private, _ = key_pair(peer.uri)
    return rfc9421.sign("GET", f"{HOME}{path}", None, f"{peer.uri}#main-key", private, now)


@pytest.mark.rule("F-333")
@pytest.mark.parametrize(
    ("lists", "sends", "first"),
    [(True, True, "rfc9421"), (True, False, "cavage"), (False, True, "cavage")],
)
async def test_a_host_that_lists_and_sends_rfc_9421_gets_it_first_and_falls_back_after_401(
    home: Home, lists: bool, sends: bool, first: str
) -> None:
    artist, peer = await home.artist(), home.peer()
    implements = [{"type": "Link", "href": RFC_9421, "name": "RFC 9421"}] if lists else []
    peer.more = {"generator": {"type": "Application", "implements": implements}}
    peer.publish()
    await follower(home, artist, peer)
    if sends:
        path = f"/actors/{artist.id}"
        signed = signed_anew(peer, path, home.server.now())
        answer = await home.client.get(path, headers={"Accept": ACTIVITY_JSON, **signed})
        assert answer.status_code == 200
    scene = Scene(home, artist, peer)
    await scene.posts()
    assert [scheme(request) for request in scene.there.asked] == [first]
    if first == "cavage":
        return
    scene.there.asked.clear()
    scene.there.mood = 401
    await scene.posts()
    assert [scheme(request) for request in scene.there.asked] == ["rfc9421", "cavage"]
    scene.clock.advance(days=31)
    scene.there.asked.clear()
    await scene.posts()
    assert scheme(scene.there.asked[0]) == "cavage", "forgotten after thirty days"


def scheme(request: httpx.Request) -> str:
    return "rfc9421" if "signature-input" in request.headers else "cavage"
