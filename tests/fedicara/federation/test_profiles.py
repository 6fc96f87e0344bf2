"""What is read of somebody when the first person here follows them."""

from typing import Any

import pytest

from fedicara.models import Actor, Mention, Pin, Work
from fedicara.reads import home as home_timeline
from fedicara.reads import timeline, works
from fedicara.reads.views import Page
from tests.fedicara.federation.stage import HOME, Home, Peer

pytestmark = pytest.mark.anyio
NEWEST = Page(limit=40)


def serve_profile(home: Home, peer: Peer, latest: list[Any], pinned: list[Any]) -> None:
    """An outbox of pages, and pins inline."""
    first = f"{peer.uri}/outbox?page=true"
    root = {"id": f"{peer.uri}/outbox", "type": "OrderedCollection", "totalItems": 99, "first": first}
    home.elsewhere.serve(root["id"], root)
    older = f"{peer.uri}/outbox?page=2"
    home.elsewhere.serve(
        first, {"id": first, "type": "OrderedCollectionPage", "orderedItems": latest, "next": older}
    )
    featured = f"{peer.uri}/featured"
    home.elsewhere.serve(featured, {"id": featured, "type": "OrderedCollection", "orderedItems": pinned})


async def accepted(home: Home, artist: Actor, peer: Peer) -> None:
    """The artist asked to follow, and the peer lets her."""
    follow = await home.follows(artist, peer)
    await type(follow).filter(id=follow.id).update(accepted=False)
    await home.hear(peer, peer.says("Accept", follow.uri))


def asked(home: Home) -> list[str]:
    return [str(request.url) for request in home.elsewhere.requests if request.method == "GET"]


@pytest.mark.rule("F-201", "F-356")
async def test_the_first_follower_brings_latest_posts_and_pins_to_the_profile_and_to_no_timeline(
    home: Home,
) -> None:
    artist, peer = await home.artist(), home.peer(featured="https://good.example/users/ada/featured")
    await home.hear(peer, peer.says("Like", "https://home.example/objects/1"))
    other = home.peer("eve", "evil.example")
    mention = peer.note(3, published="2026-03-01T00:00:00Z", cc=[artist.uri])
    latest = [
        peer.says("Create", mention),
        peer.says(
            "Create",
            peer.note(2, published="2026-02-01T00:00:00Z", tag=[{"type": "Hashtag", "name": "#ink"}]),
        ),
        peer.says("Announce", other.note(8)),
        peer.says("Create", other.note(9)),
        peer.says("Create", peer.note(4, to=[f"{peer.uri}/followers"], cc=[])),
        peer.note(6, attributedTo=other.uri),
        {"type": "Create", "id": "https://good.example/creates/7", "object": peer.note(7)["id"]},
        "https://good.example/creates/8",
        peer.says(
            "Create", peer.note(9, name="Red", inReplyTo=peer.note(1)["id"], content="", attachment=[])
        ),
        7,
    ]
    home.elsewhere.serve(peer.note(7)["id"], peer.note(7, published="2026-01-02T00:00:00Z"))
    late = peer.note(8, published="2026-01-03T00:00:00Z")
    home.elsewhere.serve(
        "https://good.example/creates/8", peer.says("Create", late) | {"id": "https://good.example/creates/8"}
    )
    home.elsewhere.serve(late["id"], late)
    home.elsewhere.serve(peer.note(1)["id"], peer.note(1, published="2026-01-01T00:00:00Z"))
    pinned = [peer.note(1)["id"], peer.note(2), other.note(9)["id"], "https://good.example/notes/404"]
    serve_profile(home, peer, latest, pinned)
    await accepted(home, artist, peer)
    author = await home.known(peer)
    shown = await works.gallery(home.server, author.id, artist.id, NEWEST)
    assert [work.uri for work in shown] == [peer.note(number)["id"] for number in (3, 2, 8, 7, 1)]
    pins = await Pin.filter(actor_id=author.id).order_by("position").prefetch_related("work")
    assert [pin.work.uri for pin in pins] == [peer.note(number)["id"] for number in (1, 2)]
    assert await Work.all().count() == 5
    assert await Mention.all().count() == 1
    assert await home_timeline.home(home.server, artist.id, NEWEST) == []
    assert await timeline.public(home.server, artist.id, NEWEST, timeline.Kind()) == []
    assert await works.public(home.server, artist.id, NEWEST) == []
    assert await works.by_tag(home.server, "ink", artist.id, NEWEST) == []
    assert not [url for url in asked(home) if "evil" in url or "page=2" in url]
    # A post that is sent as well stands in timelines from then on, at its own date.
    await home.hear(peer, peer.says("Create", mention))
    await home.hear(peer, peer.says("Create", peer.note(5)))
    entries = await home_timeline.home(home.server, artist.id, NEWEST)
    assert [work.uri for work in entries] == [peer.note(5)["id"], peer.note(3)["id"]]


@pytest.mark.rule("F-201", "F-356")
async def test_a_second_follower_causes_no_reading_and_twenty_posts_are_enough(home: Home) -> None:
    lee, kim, peer = (
        await home.artist(),
        await home.artist("kim"),
        home.peer(featured="https://good.example/users/ada/featured"),
    )
    await home.hear(peer, peer.says("Like", "https://home.example/objects/1"))
    embedded = [peer.says("Create", peer.note(number)) for number in range(40)]
    serve_profile(home, peer, embedded, [peer.note(number) for number in range(50, 90)])
    await accepted(home, lee, peer)
    assert await Work.filter(uri__startswith="https://good.example/notes/").count() == 40
    assert await Pin.all().count() == 20
    home.elsewhere.requests.clear()
    await accepted(home, kim, peer)
    assert asked(home) == []


@pytest.mark.rule("F-356")
@pytest.mark.threat("DOS-09", "DOS-06")
async def test_a_hostile_profile_costs_a_bounded_number_of_requests_and_no_job_is_tried_again(
    home: Home,
) -> None:
    artist, peer = await home.artist(), home.peer(featured="https://good.example/users/ada/featured")
    await home.hear(peer, peer.says("Like", "https://home.example/objects/1"))
    inside = [
        "https://127.0.0.1/a",
        "https://10.0.0.1:6379/",
        "http://169.254.169.254/latest",
        HOME + "/actor",
    ]
    endless = [
        {"type": "Create", "id": f"https://good.example/c/{n}", "object": f"https://good.example/n/{n}"}
        for n in range(500)
    ]
    serve_profile(
        home,
        peer,
        [*inside, {"type": "Server", "id": "https://good.example/x"}, *endless],
        [*inside, *endless],
    )
    home.elsewhere.requests.clear()
    await accepted(home, artist, peer)
    assert await Work.all().count() == 0
    urls = asked(home)
    assert len(urls) <= 50
    assert all(url.startswith("https://good.example/") for url in urls)
    rows = await home.server.database.rows("SELECT kind FROM jobs")
    assert [row["kind"] for row in rows] == []


@pytest.mark.threat("DOS-09")
async def test_a_create_of_a_collection_is_no_post_and_nothing_in_it_is_read(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    await home.follows(artist, peer)
    home.elsewhere.requests.clear()
    items = ["https://127.0.0.1/a", "https://10.0.0.1/", "https://other.example/notes/1"]
    for kind in ("Collection", "OrderedCollection"):
        about = {
            "id": f"https://good.example/{kind}",
            "type": kind,
            "items": items,
            "orderedItems": items,
            "attributedTo": peer.uri,
        }
        await home.hear(peer, peer.says("Create", about))
    assert await Work.all().count() == 0
    assert [url for url in asked(home) if not url.startswith("https://good.example/")] == []
