"""Threads filled in within bounds, and how much strangers can make this server ask."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedicara.federation.fetched import conversations
from fedicara.federation.network.bounds import registrable
from fedicara.memory import Hourly
from fedicara.models import Actor, Work
from tests.fedicara.federation.stage import HOME, Home, Peer, open_home
from tests.fedicara.rooms import Clock

pytestmark = pytest.mark.anyio


def someone(home: Home, name: str, host: str) -> Peer:
    """Somebody elsewhere; all of them share one key, since making one is slow."""
    return Peer(home.elsewhere, host, name, key_name="shared")


def asked(home: Home, start: str = "") -> list[str]:
    urls = [str(request.url) for request in home.elsewhere.requests if request.method == "GET"]
    return [url for url in urls if url.startswith(start)]


async def followed(home: Home, name: str = "ada", host: str = "good.example") -> tuple[Actor, Peer]:
    """Somebody elsewhere whom an artist here follows, known for a while."""
    artist, peer = await home.artist(), someone(home, name, host)
    await home.hear(peer, peer.says("Follow", artist.uri))
    await home.follows(artist, peer)
    clock(home).forward(minutes=30)
    home.elsewhere.requests.clear()
    return artist, peer


def clock(home: Home) -> Clock:
    """Let the server's time pass when told; signatures of the tests are made now, so only a little."""
    if not isinstance(home.server.now, Clock):
        object.__setattr__(home.server, "now", Clock())
    assert isinstance(home.server.now, Clock)
    return home.server.now


def serve(home: Home, peer: Peer, number: int, **more: Any) -> str:
    """Serve a post that was sent to nobody; its id."""
    note = peer.note(number, **more)
    home.elsewhere.serve(note["id"], note)
    return str(note["id"])


def chain(home: Home, peer: Peer, length: int) -> list[str]:
    """Posts that each reply to the one before, the first of them first."""
    ids = [serve(home, peer, 0)]
    for number in range(1, length):
        ids.append(serve(home, peer, number, inReplyTo=ids[-1]))
    return ids


@pytest.mark.rule("F-204", "F-356")
@pytest.mark.threat("DOS-07")
async def test_a_long_thread_is_climbed_a_few_steps_at_a_time_and_taken_up_again(home: Home) -> None:
    _, peer = await followed(home)
    ids = chain(home, peer, 100)
    await home.hear(peer, peer.says("Create", peer.note(100, inReplyTo=ids[-1])))
    assert len(asked(home)) <= 20
    first = await Work.filter(uri__in=ids).count()
    assert first == conversations.HEIGHT_FOR_STRANGERS
    assert await Work.filter(uri=ids[-1], retrieved=True, in_reply_to=ids[-2]).exists()
    await home.hear(peer, peer.says("Create", peer.note(101, inReplyTo=peer.note(100)["id"])))
    assert await Work.filter(uri__in=ids).count() == 2 * first
    assert len(asked(home)) <= 40
    # A person who opens it lets it be climbed higher, once in a quarter of an hour.
    lowest = await Work.get(uri=peer.note(101)["id"])
    for _ in range(2):
        await conversations.look(home.server, lowest.id)
        await home.work()
    assert await Work.filter(uri__in=ids).count() == 2 * first + conversations.HEIGHT


@pytest.mark.rule("F-356")
@pytest.mark.threat("DOS-07")
async def test_a_thread_that_goes_round_ends(home: Home) -> None:
    _, peer = await followed(home)
    two = peer.note(2)["id"]
    one = serve(home, peer, 1, inReplyTo=two)
    serve(home, peer, 2, inReplyTo=one)
    await home.hear(peer, peer.says("Create", peer.note(3, inReplyTo=one)))
    own = peer.note(4)["id"]
    serve(home, peer, 4, inReplyTo=own)
    await home.hear(peer, peer.says("Create", peer.note(5, inReplyTo=own)))
    await home.hear(peer, peer.says("Create", peer.note(6, inReplyTo=peer.note(6)["id"])))
    assert sorted(asked(home, "https://good.example/notes")) == sorted([one, two, own])
    assert await Work.all().count() == 6


@pytest.mark.rule("F-354")
@pytest.mark.threat("DOS-08")
async def test_one_activity_leads_to_at_most_one_new_actor(home: Home) -> None:
    _, peer = await followed(home)
    above: str | None = None
    for number in range(5):
        author = someone(home, f"u{number}", f"h{number}.evil.example")
        above = serve(home, author, number, inReplyTo=above)
    mentions = [
        {"type": "Mention", "href": someone(home, "m", f"m{n}.evil.example").uri, "name": "@m"}
        for n in range(10)
    ]
    before = await Actor.all().count()
    words = '<a class="mention" href="https://m1.evil.example/users/m">@m</a>'
    reply = peer.note(9, inReplyTo=above, tag=mentions, content=words, cc=[each["href"] for each in mentions])
    await home.hear(peer, peer.says("Create", reply))
    assert await Actor.all().count() == before + 1
    assert not [url for url in asked(home) if url.startswith("https://m")]
    assert "https://m1.evil.example/users/m" in (await Work.get(uri=reply["id"])).content


@pytest.mark.rule("F-354")
@pytest.mark.threat("DOS-08")
async def test_a_sender_who_is_new_is_the_one_new_actor(home: Home) -> None:
    artist, stranger, far = (
        await home.artist(),
        someone(home, "new", "new.example"),
        someone(home, "far", "far.example"),
    )
    reply = stranger.note(10, inReplyTo=serve(home, far, 11), cc=[artist.uri])
    await home.hear(stranger, stranger.says("Create", reply))
    assert await Work.filter(uri=reply["id"]).exists()
    assert not await Actor.filter(uri=far.uri).exists()


@pytest.mark.rule("F-356", "F-265")
async def test_opening_a_thread_reads_a_few_replies_of_each_host_once_in_a_quarter_of_an_hour(
    home: Home,
) -> None:
    _, peer = await followed(home)
    post = peer.note(1)
    await home.hear(peer, peer.says("Create", post))
    work = await Work.get(uri=post["id"])
    replies: list[Any] = [HOME + "/objects/1", "https://127.0.0.1/x", 7]
    for host in range(12):
        author = someone(home, f"u{host}", f"h{host}.example")
        replies += [serve(home, author, 10 * host + n, inReplyTo=post["id"]) for n in range(7)]
    astray = serve(home, someone(home, "astray", "astray.example"), 1)
    private = serve(home, peer, 2, inReplyTo=post["id"], to=[f"{peer.uri}/followers"], cc=[])
    collection = {"id": post["id"] + "/replies", "type": "Collection", "items": [astray, private, *replies]}
    home.elsewhere.serve(post["id"], {**post, "replies": collection})
    await conversations.look(home.server, work.id)
    await home.work()
    kept = await Work.filter(in_reply_to=post["id"]).prefetch_related("actor")
    by_host = [sum(each.actor.domain == f"h{host}.example" for each in kept) for host in range(12)]
    # Three of the fifty led to nothing.
    assert by_host == [*[5] * 9, 2, 0, 0]
    assert all(each.retrieved for each in kept)
    assert not await Work.filter(uri__in=[astray, private]).exists()
    assert not [url for url in asked(home) if "127.0.0.1" in url]
    home.elsewhere.requests.clear()
    await conversations.look(home.server, work.id)
    await home.work()
    assert asked(home) == []
    clock(home).forward(minutes=16)
    home.elsewhere.serve(post["id"], {"id": post["id"], "type": "Tombstone"})
    await conversations.look(home.server, work.id)
    await home.work()
    assert post["id"] in asked(home)
    # What is gone there is gone here, as F-352 says.
    assert not await Work.filter(uri=post["id"]).exists()


@pytest.mark.threat("DOS-08")
async def test_a_domain_with_endless_hosts_is_asked_so_often_an_hour(
    database_url: str, tmp_path: Any
) -> None:
    async with open_home(database_url, tmp_path, requests_per_domain=12) as home:
        artist = await home.artist()
        honest = someone(home, "honest", "good.example")
        for number in range(10):
            peer = someone(home, "u", f"h{number}.evil.example")
            answer = await home.hear(peer, peer.says("Follow", artist.uri))
            assert answer.status_code in (202, 503)
        evil = [request for request in home.elsewhere.requests if request.url.host.endswith("evil.example")]
        assert len([request for request in evil if request.method == "GET"]) == 12
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert (await home.hear(honest, honest.says("Follow", artist.uri))).status_code == 202
        clock(home).forward(minutes=4)
        peer = someone(home, "u", "later.evil.example")
        refused = await home.post(peer, peer.says("Follow", artist.uri))
        assert refused.status_code in (202, 503)


@pytest.mark.threat("DOS-08")
def test_hosts_below_one_registered_domain_count_as_one() -> None:
    assert registrable("a.b.evil.example") == "evil.example"
    assert registrable("evil.co.uk") == registrable("x.evil.co.uk") == "evil.co.uk"
    assert registrable("one.github.io") != registrable("two.github.io")
    assert registrable("127.0.0.1") == "127.0.0.1"
    assert registrable("localhost") == "localhost"


@pytest.mark.threat("DOS-08")
def test_counts_of_an_hour_take_no_more_room_than_they_may() -> None:
    counts, now = Hourly(most=2), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    assert [counts.count(name, now) for name in ("a", "b", "c", "a", "d", "c")] == [1, 1, 1, 2, 2, 3]
    assert counts.count("a", now + timedelta(minutes=40)) == 1
