"""What somebody passes on: believed with its author's proof, else asked about at its origin; and what we pass on."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from activitypub import keys, proofs
from activitypub.names import PUBLIC
from fedicara.actions import domains
from fedicara.federation.heard.hints import HINT
from fedicara.models import Activity, Actor, Follow, Inbound, Job, Tombstone, Work
from fedicara.models.ids import new_id
from fedicara.models.moderation import Action
from tests.fedicara.federation.stage import HOME, Home, Peer

pytestmark = pytest.mark.anyio
THREAD = "https://f.example/notes/1"


def multikey(peer: Peer) -> Any:
    """Let the peer list an Ed25519 key; its private half."""
    private, public = keys.generate_ed25519()
    peer.more["assertionMethod"] = [
        {"id": f"{peer.uri}#ed", "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": public}
    ]
    peer.publish()
    return keys.load_private(private)


def proven(peer: Peer, private: Any, activity: dict[str, Any]) -> dict[str, Any]:
    stated = {"@context": "https://www.w3.org/ns/activitystreams", **activity}
    return proofs.sign(stated, f"{peer.uri}#ed", private, datetime.now(UTC))


async def met(home: Home, *peers: Peer) -> Actor:
    """An artist here, known to these peers."""
    artist = await home.artist()
    for peer in peers:
        await home.hear(peer, peer.says("Follow", artist.uri))
    return artist


async def reply_of(home: Home, author: Peer, number: int, **more: Any) -> dict[str, Any]:
    """A reply to a post on f.example, served at its origin."""
    note = author.note(number, inReplyTo=THREAD, **more)
    home.elsewhere.serve(note["id"], note)
    return note


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23")
async def test_a_reply_without_a_proof_is_kept_only_as_its_origin_serves_it(home: Home) -> None:
    author, forwarder, stranger = (
        home.peer("bea", "b.example"),
        home.peer("fay", "f.example"),
        home.peer("eve", "e.example"),
    )
    artist = await met(home, author, forwarder, stranger)
    await home.follows(artist, author)
    note = await reply_of(home, author, 1)
    copy = author.says("Create", note | {"content": "<p>Put into her mouth</p>"})
    other = author.says("Update", note)
    kept = await Inbound.all().count()
    assert (await home.post(stranger, copy)).status_code == 401, "not the server of the post it answers"
    assert (await home.post(forwarder, other)).status_code == 401, "neither a reply nor a deletion"
    assert (await home.hear(forwarder, copy)).status_code == 202
    assert (await home.hear(forwarder, copy)).status_code == 202
    [work] = await Work.all().prefetch_related("actor")
    assert (work.uri, work.actor.uri, work.content) == (note["id"], author.uri, "<p>Note 1</p>")
    assert await Inbound.all().count() == kept, "a hint is nobody's activity"

    unknown = home.peer("una", "u.example")
    asked = len(home.elsewhere.requests)
    assert (
        await home.hear(forwarder, unknown.says("Create", await reply_of(home, unknown, 1)))
    ).status_code == 202
    assert len(home.elsewhere.requests) == asked, "nobody here has to do with either post"

    nowhere = author.note(2, inReplyTo=THREAD)
    assert (await home.hear(forwarder, author.says("Create", nowhere))).status_code == 202
    private = await reply_of(home, author, 3, to=[f"{author.uri}/followers"], cc=[])
    assert (await home.hear(forwarder, author.says("Create", private))).status_code == 202
    foreign = author.note(4, inReplyTo=THREAD, attributedTo=stranger.uri)
    home.elsewhere.serve(foreign["id"], foreign)
    assert (await home.hear(forwarder, author.says("Create", foreign))).status_code == 202
    assert await Work.all().count() == 1
    assert await Job.all().count() == 0
    assert {"404", "author on another host"} <= set(home.server.drops)


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23")
async def test_a_wrong_proof_on_a_reply_makes_it_a_hint_and_the_origin_is_asked_again_while_it_is_away(
    home: Home,
) -> None:
    author, forwarder = home.peer("bea", "b.example"), home.peer("fay", "f.example")
    multikey(author)
    artist = await met(home, author, forwarder)
    await home.follows(artist, author)
    note = await reply_of(home, author, 1)
    another = keys.load_private(keys.generate_ed25519()[0])
    activity = proven(author, another, author.says("Create", note))
    home.elsewhere.serve(note["id"], {}, status=503)
    for _ in range(2):
        assert (await home.hear(forwarder, activity)).status_code == 202
    [waiting] = await Job.filter(kind=HINT)
    assert (waiting.attempts, await Work.all().count()) == (1, 0)
    home.elsewhere.serve(note["id"], note)
    await Job.all().update(due=0)
    await home.work()
    assert (await Work.get()).uri == note["id"]


@pytest.mark.rule("F-306")
@pytest.mark.threat("MOD-01")
async def test_what_a_rejected_server_wrote_or_passes_on_is_not_asked_about(home: Home) -> None:
    author, forwarder = home.peer("bea", "b.example"), home.peer("fay", "f.example")
    private = multikey(author)
    artist = await met(home, author, forwarder)
    await home.follows(artist, author)
    note = await reply_of(home, author, 1)
    copy = proven(author, private, author.says("Create", note))
    asked = len(home.elsewhere.requests)
    for host in ("b.example", "f.example"):
        await domains.set_rule(home.server, "test", host, Action.REJECT)
        for activity in (copy, author.says("Create", note), author.says("Delete", note["id"])):
            answer = await home.post(forwarder, activity)
            assert (answer.status_code, answer.json()["reason"]) == (403, "rejected"), host
        await domains.remove_rules(home.server, "test", host)
    assert await Job.filter(kind=HINT).count() == await Work.all().count() == 0
    assert len(home.elsewhere.requests) == asked


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23")
async def test_a_deletion_passed_on_takes_away_what_its_origin_says_is_gone(home: Home) -> None:
    author, forwarder, stranger = (
        home.peer("bea", "b.example"),
        home.peer("fay", "f.example"),
        home.peer("eve", "e.example"),
    )
    artist = await met(home, author, forwarder, stranger)
    await home.follows(artist, author)
    note = await reply_of(home, author, 1)
    await home.hear(author, author.says("Create", note))
    farewell = author.says("Delete", note["id"])
    assert (await home.post(stranger, farewell)).status_code == 401
    assert (await home.hear(forwarder, farewell)).status_code == 202
    assert await Work.all().count() == 1, "its origin still serves it"
    home.elsewhere.serve(note["id"], {}, status=410)
    assert (await home.hear(forwarder, farewell)).status_code == 202
    assert await Work.all().count() == 0
    assert await Tombstone.filter(uri=note["id"]).exists()
    assert (await home.hear(forwarder, author.says("Create", note))).status_code == 202
    assert await Work.all().count() == 0, "what was deleted does not come back"


async def work_of(artist: Actor, visibility: str = "public") -> Work:
    number = new_id()
    return await Work.create(
        id=number,
        uri=f"{HOME}/objects/{number}",
        actor=artist,
        url=f"{HOME}/@lee/{number}",
        visibility=visibility,
    )


@pytest.mark.rule("F-374")
async def test_a_proven_reply_to_somebodys_followers_is_passed_on_unchanged_once_and_not_back(
    home: Home,
) -> None:
    author, neighbour = home.peer("bea", "b.example"), home.peer("ben", "b.example")
    followers = [home.peer("cy", "c.example"), home.peer("di", "d.example")]
    private = multikey(author)
    artist = await met(home, author, neighbour, *followers)
    work = await work_of(artist)
    audience = {"to": [PUBLIC], "cc": [f"{artist.uri}/followers", artist.uri]}
    activity = proven(author, private, author.says("Create", author.note(1, inReplyTo=work.uri, **audience)))
    for _ in range(2):
        assert (await home.hear(author, activity)).status_code == 202
    assert home.sent("Create") == [(f"https://{host}/inbox", activity) for host in ("c.example", "d.example")]
    [said] = await Activity.filter(type="Create")
    assert orjson.loads(said.document) == activity, "byte for byte, so that its proof still fits"
    assert (await home.get(f"/activities/{said.id}")).status_code == 404


@pytest.mark.rule("F-374")
async def test_what_proves_nothing_or_is_not_for_everybody_is_not_passed_on(home: Home) -> None:
    author, follower = home.peer("bea", "b.example"), home.peer("cy", "c.example")
    private = multikey(author)
    artist = await met(home, author, follower)
    public, closed = await work_of(artist), await work_of(artist, "followers")
    circle = f"{artist.uri}/followers"
    wide: dict[str, Any] = {"to": [PUBLIC], "cc": [circle]}
    another = keys.load_private(keys.generate_ed25519()[0])
    plain = author.says("Create", author.note(1, inReplyTo=public.uri, **wide))
    assert (await home.hear(author, plain)).status_code == 202
    for number, (parent, key, named) in enumerate(
        (
            (public, another, wide),
            (public, private, {"to": [artist.uri], "cc": [circle]}),
            (public, private, {"to": [PUBLIC], "cc": [artist.uri]}),
            (closed, private, wide),
        ),
        2,
    ):
        stated = author.says("Create", author.note(number, inReplyTo=parent.uri, **named))
        assert (await home.hear(author, proven(author, key, stated))).status_code == 202
    assert await Work.filter(actor__domain="b.example").count() == 5, "all are kept here"
    assert home.sent("Create") == []
    assert await Follow.filter(followed_id=artist.id).count() == 2
