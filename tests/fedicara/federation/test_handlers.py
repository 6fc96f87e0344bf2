"""What activities do here, and what they must not do."""

from datetime import timedelta

import pytest

from fedicara.federation.said import outbox
from fedicara.models import Actor, Boost, Follow, Inbound, Like, Mention, Picture, Tag, Tombstone, Work
from tests.fedicara.federation.stage import HOME, PUBLIC, Home, Peer

pytestmark = pytest.mark.anyio


async def met(home: Home, peer: Peer, artist: Actor) -> None:
    """The peer is known here, by following an artist."""
    await home.hear(peer, peer.says("Follow", artist.uri))


async def followed(home: Home, name: str = "ada", host: str = "good.example") -> tuple[Actor, Peer]:
    """An artist here who follows a peer."""
    artist, peer = await home.artist(), home.peer(name, host)
    await met(home, peer, artist)
    await home.follows(artist, peer)
    return artist, peer


async def own_work(artist: Actor, number: int = 1, visibility: str = "public") -> Work:
    """A post of somebody here."""
    uri = f"{HOME}/objects/{number}"
    return await Work.create(
        id=number, uri=uri, actor=artist, visibility=visibility, url=f"{HOME}/@lee/{number}"
    )


@pytest.mark.rule("F-107", "F-204", "F-013", "F-077")
async def test_a_post_of_somebody_followed_is_kept_with_its_pictures_and_harmless_text(home: Home) -> None:
    _, peer = await followed(home)
    note = peer.note(
        1,
        name="Heron",
        content='<p><strong class="p-name">Heron</strong></p><p>Ink<script>x</script></p>',
        summary="A bird",
        sensitive=True,
        contentMap={"pt": "x"},
        contentUsage="train-ai=n",
        tag=[{"type": "Hashtag", "name": "#Ink", "href": "https://good.example/tags/ink"}],
        license="CC BY",
    )
    await home.hear(peer, peer.says("Create", note))
    work = await Work.get(uri=note["id"])
    assert (work.title, work.content, work.warning, work.sensitive) == ("Heron", "<p>Ink</p>", "A bird", True)
    assert (work.visibility, work.licence) == ("public", "cc-by")
    assert work.policy == {"stated": {"ai_train": "deny"}}
    picture = await Picture.get(work_id=work.id)
    assert (picture.remote_url, picture.alt, picture.position) == (note["attachment"][0]["url"], "A heron", 1)
    assert [tag.name for tag in await Tag.filter(work_id=work.id)] == ["ink"]


@pytest.mark.rule("F-108")
async def test_a_post_nobody_here_has_a_reason_to_read_is_not_kept(home: Home) -> None:
    peer = home.peer()
    await home.artist()
    await home.hear(peer, peer.says("Create", peer.note(1)))
    assert await Work.all().count() == 0
    assert [entry.outcome for entry in await Inbound.all()] == ["dropped: no_reader"]


@pytest.mark.rule("F-108", "F-107")
async def test_a_direct_post_to_somebody_here_is_kept_for_them_alone(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Create", peer.note(1, to=[artist.uri], cc=[])))
    work = await Work.get()
    assert work.visibility == "direct"
    assert [mention.actor_id for mention in await Mention.filter(work_id=work.id)] == [artist.id]


@pytest.mark.rule("F-107")
async def test_where_activity_and_post_disagree_the_narrower_audience_holds(home: Home) -> None:
    _, peer = await followed(home)
    await home.hear(peer, peer.says("Create", peer.note(1), to=[f"{peer.uri}/followers"], cc=[]))
    assert (await Work.get()).visibility == "followers"


@pytest.mark.threat("ORI-04")
@pytest.mark.parametrize("change", ["author", "host"])
async def test_a_post_in_anothers_name_or_on_anothers_host_is_dropped(home: Home, change: str) -> None:
    _, peer = await followed(home)
    changes = {
        "author": {"attributedTo": "https://good.example/users/bob"},
        "host": {"id": "https://b.example/1"},
    }
    await home.hear(peer, peer.says("Create", peer.note(1, **changes[change])))
    assert await Work.all().count() == 0


@pytest.mark.rule("F-075", "F-205")
@pytest.mark.threat("ORI-06", "ORI-07", "AUD-14")
async def test_only_its_author_changes_a_post_only_forward_and_never_its_audience(home: Home) -> None:
    _, peer = await followed(home)
    neighbour, stranger = home.peer("bob"), home.peer("mallory", "evil.example")
    await home.hear(peer, peer.says("Create", peer.note(1)))
    newer = {"updated": "2026-11-02T00:00:00Z", "content": "<p>New</p>"}
    for other in (neighbour, stranger):
        await home.hear(other, other.says("Update", peer.note(1, **newer)))
        await home.hear(other, other.says("Update", peer.note(1, **newer) | {"attributedTo": other.uri}))
    await home.hear(peer, peer.says("Update", peer.note(1, content="<p>No date</p>")))
    await home.hear(peer, peer.says("Update", peer.note(1, **newer, to=[f"{peer.uri}/followers"], cc=[])))
    await home.hear(peer, peer.says("Update", peer.note(1, **newer, published="2020-01-01T00:00:00Z")))
    assert (await Work.get()).content == "<p>Note 1</p>"
    picture = await Picture.get()
    await home.hear(peer, peer.says("Update", peer.note(1, **newer)))
    work = await Work.get()
    assert (work.content, work.visibility) == ("<p>New</p>", "public")
    assert (await Picture.get()).id == picture.id
    older = {"updated": "2026-11-01T12:00:00Z", "content": "<p>Old</p>"}
    await home.hear(peer, peer.says("Update", peer.note(1, **older)))
    assert (await Work.get()).content == "<p>New</p>"


@pytest.mark.threat("ORI-15")
async def test_a_known_post_sent_again_reaches_nobody_new(home: Home) -> None:
    artist, peer = await followed(home)
    private = peer.note(1, to=[f"{peer.uri}/followers"], cc=[])
    await home.hear(peer, peer.says("Create", private))
    await home.hear(peer, peer.says("Create", private | {"to": [PUBLIC, artist.uri]}))
    assert (await Work.get()).visibility == "followers"
    assert await Mention.all().count() == 0


@pytest.mark.rule("F-207")
@pytest.mark.threat("ORI-08", "ORI-09")
async def test_only_its_author_deletes_a_post_and_it_stays_deleted(home: Home) -> None:
    _, peer = await followed(home)
    neighbour = home.peer("bob")
    note = peer.note(1)
    await home.hear(peer, peer.says("Create", note))
    await home.hear(neighbour, neighbour.says("Delete", note["id"]))
    assert await Work.all().count() == 1
    await home.hear(peer, peer.says("Delete", {"type": "Tombstone", "id": note["id"]}))
    assert await Work.all().count() == 0
    await home.hear(peer, peer.says("Create", note))
    assert await Work.all().count() == 0


@pytest.mark.threat("ORI-09")
async def test_a_create_that_comes_after_its_delete_is_ignored(home: Home) -> None:
    _, peer = await followed(home)
    await home.hear(peer, peer.says("Delete", peer.note(7)["id"]))
    await home.hear(peer, peer.says("Create", peer.note(7)))
    assert await Work.all().count() == 0


@pytest.mark.rule("F-208")
async def test_an_actor_is_forgotten_only_when_their_server_confirms_it(home: Home) -> None:
    _, peer = await followed(home)
    await home.hear(peer, peer.says("Create", peer.note(1)))
    await home.hear(peer, peer.says("Delete", peer.uri))
    assert await Actor.filter(uri=peer.uri).exists()
    home.elsewhere.serve(peer.uri, {}, status=410)
    await home.hear(peer, peer.says("Delete", peer.uri))
    assert not await Actor.filter(uri=peer.uri).exists()
    assert await Work.all().count() == 0
    assert await Tombstone.filter(uri=peer.uri).exists()


@pytest.mark.rule("F-201", "F-230")
@pytest.mark.threat("ORI-11", "ORI-12")
async def test_only_the_one_who_is_asked_accepts_and_only_what_was_asked(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    stranger = home.peer("mallory", "evil.example")
    await met(home, peer, artist)
    asked = await home.follows(artist, peer)
    asked.accepted = False
    await asked.save()
    async with home.server.database.transaction():
        await outbox.follow(home.server, asked, artist, await home.known(peer))
    await home.work()
    [(inbox, sent)] = home.sent("Follow")
    assert (inbox, sent["id"], sent["object"]) == (f"{peer.uri}/inbox", asked.uri, peer.uri)
    embedded = {"type": "Follow", "id": asked.uri, "actor": artist.uri, "object": peer.uri}
    await home.hear(stranger, stranger.says("Accept", embedded))
    await home.hear(stranger, stranger.says("Accept", asked.uri))
    await home.hear(peer, peer.says("Accept", f"{HOME}/activities/1"))
    assert not (await Follow.get(id=asked.id)).accepted
    await home.hear(peer, peer.says("Accept", asked.uri))
    assert (await Follow.get(id=asked.id)).accepted


@pytest.mark.rule("F-201")
async def test_an_accept_that_embeds_the_follow_under_another_id_counts(home: Home) -> None:
    artist, peer = await followed(home)
    await Follow.filter(follower_id=artist.id).update(accepted=False)
    await home.hear(peer, peer.says("Accept", {"type": "Follow", "actor": artist.uri, "object": peer.uri}))
    assert (await Follow.get(follower_id=artist.id)).accepted


@pytest.mark.rule("F-202")
@pytest.mark.threat("ORI-13")
async def test_a_reject_ends_a_follow_that_was_accepted(home: Home) -> None:
    artist, peer = await followed(home)
    follow = await Follow.get(follower_id=artist.id)
    await home.hear(peer, peer.says("Reject", follow.uri))
    assert not await Follow.filter(follower_id=artist.id).exists()


@pytest.mark.rule("F-203")
@pytest.mark.threat("ORI-10")
@pytest.mark.parametrize("shape", ["id", "embedded", "embedded without id"])
async def test_a_follow_is_taken_back_by_whoever_made_it_and_nobody_else(home: Home, shape: str) -> None:
    artist, peer, stranger = await home.artist(), home.peer(), home.peer("mallory", "evil.example")
    asked = peer.says("Follow", artist.uri)
    await home.hear(peer, asked)
    inner = {"id": asked["id"], "embedded": asked}.get(shape, {n: v for n, v in asked.items() if n != "id"})
    await home.hear(stranger, stranger.says("Undo", inner))
    assert await Follow.all().count() == 1
    await home.hear(peer, peer.says("Undo", inner))
    assert await Follow.all().count() == 0


@pytest.mark.rule("F-203")
async def test_a_follow_that_comes_after_its_undo_is_ignored(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    asked = peer.says("Follow", artist.uri)
    await home.hear(peer, peer.says("Undo", asked))
    await home.hear(peer, asked)
    assert await Follow.all().count() == 0


@pytest.mark.rule("F-209", "F-203")
async def test_a_like_counts_once_and_can_be_taken_back(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    work = await own_work(artist)
    liked = peer.says("Like", work.uri)
    await home.hear(peer, liked)
    await home.hear(peer, peer.says("Like", work.uri))
    assert await Like.all().count() == 1
    await home.hear(peer, peer.says("Undo", liked))
    assert await Like.all().count() == 0


@pytest.mark.threat("ORI-21")
@pytest.mark.parametrize("visibility", ["followers", "direct", "local"])
async def test_nobody_likes_or_boosts_what_they_cannot_see(home: Home, visibility: str) -> None:
    artist, peer = await home.artist(), home.peer()
    work = await own_work(artist, visibility=visibility)
    await home.hear(peer, peer.says("Like", work.uri))
    await home.hear(peer, peer.says("Announce", work.uri))
    assert (await Like.all().count(), await Boost.all().count()) == (0, 0)


@pytest.mark.rule("F-211")
async def test_a_boost_by_somebody_followed_brings_the_post_from_its_origin(home: Home) -> None:
    _, peer = await followed(home)
    author = home.peer("eve", "third.example")
    note = author.note(5)
    home.elsewhere.serve(note["id"], note)
    forged = note | {"content": "<p>Forged</p>"}
    await home.hear(peer, peer.says("Announce", forged))
    work = await Work.get(uri=note["id"])
    assert work.content == "<p>Note 5</p>"
    assert (await Boost.get()).work_id == work.id


@pytest.mark.threat("ORI-14")
async def test_a_boost_of_something_private_shows_nothing(home: Home) -> None:
    _, peer = await followed(home)
    author = home.peer("eve", "third.example")
    private = author.note(5, to=[f"{author.uri}/followers"], cc=[])
    await home.hear(peer, peer.says("Announce", private))
    home.elsewhere.serve(private["id"], private)
    await home.hear(peer, peer.says("Announce", private["id"]))
    assert (await Work.all().count(), await Boost.all().count()) == (0, 0)


async def test_a_boost_by_somebody_nobody_follows_makes_no_request(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await met(home, peer, artist)
    before = len(home.elsewhere.requests)
    await home.hear(peer, peer.says("Announce", "https://third.example/notes/1"))
    assert len(home.elsewhere.requests) == before


@pytest.mark.rule("F-206")
async def test_an_updated_profile_is_read_from_its_own_address(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await met(home, peer, artist)
    peer.more["name"] = "Ada the Second"
    peer.publish()
    await home.hear(peer, peer.says("Update", peer.document | {"name": "Not this"}))
    assert (await home.known(peer)).name == "Ada the Second"


@pytest.mark.rule("F-206")
async def test_a_second_update_within_five_minutes_waits_its_turn(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await met(home, peer, artist)
    await home.hear(peer, peer.says("Update", peer.document))
    peer.more["name"] = "Third"
    peer.publish()
    await home.hear(peer, peer.says("Update", peer.document))
    assert (await home.known(peer)).name == ""
    object.__setattr__(home.server, "now", lambda now=home.server.now: now() + timedelta(minutes=6))
    await home.work()
    assert (await home.known(peer)).name == "Third"


@pytest.mark.rule("F-221")
@pytest.mark.parametrize(
    "kind", ["View", "Listen", "Block", "Flag", "Question", "Nonsense", ["Create", "Delete"], None, 7]
)
async def test_other_kinds_of_activities_have_no_effect(home: Home, kind: object) -> None:
    artist, peer = await home.artist(), home.peer()
    work = await own_work(artist)
    assert (await home.hear(peer, peer.says("x", work.uri) | {"type": kind})).status_code == 202
    assert await Work.all().count() == 1


async def test_an_object_given_by_its_id_is_read_where_it_lives_as_soon_as_it_answers(home: Home) -> None:
    _, peer = await followed(home)
    note = peer.note(1)
    home.elsewhere.serve(note["id"], {}, status=503)
    await home.hear(peer, peer.says("Create", note["id"]))
    assert await Work.all().count() == 0
    home.elsewhere.serve(note["id"], note)
    object.__setattr__(home.server, "now", lambda now=home.server.now: now() + timedelta(minutes=2))
    await home.work()
    assert (await Work.get()).uri == note["id"]


async def test_a_post_that_is_gone_where_it_lives_is_dropped(home: Home) -> None:
    _, peer = await followed(home)
    await home.hear(peer, peer.says("Create", "https://good.example/notes/404"))
    assert await Work.all().count() == 0
    assert await Inbound.filter(outcome="dropped: 404").exists()
