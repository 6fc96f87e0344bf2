"""Posts that are not Notes, votes, groups that announce what their members do, reactions with a sign, and drops."""

from typing import Any

import pytest

from fedicara.federation.heard import drops
from fedicara.models import Actor, Boost, Follow, Inbound, Like, Picture, Work
from tests.fedicara.federation.stage import HOME, PUBLIC, Home, Peer

pytestmark = pytest.mark.anyio


async def followed(home: Home, peer: Peer) -> Actor:
    """Somebody here who follows the peer."""
    artist = await home.artist()
    await home.hear(peer, peer.says("Follow", artist.uri))
    await home.follows(artist, peer)
    return artist


@pytest.mark.rule("F-078", "F-204", "F-205")
async def test_an_article_is_kept_with_title_summary_link_and_preview_and_can_be_changed(home: Home) -> None:
    peer = home.peer()
    await followed(home, peer)
    article = peer.note(
        1,
        type="Article",
        name="On herons",
        summary="They stand and wait.<script>x</script>",
        url="https://good.example/herons",
        image={"type": "Image", "url": "https://good.example/heron.jpg", "name": "One leg"},
        attachment=[],
    )
    await home.hear(peer, peer.says("Create", article))
    work = await Work.get()
    assert (work.title, work.warning, work.url) == ("On herons", "", "https://good.example/herons")
    assert work.content.startswith("<p>They stand and wait.</p>")
    assert 'href="https://good.example/herons"' in work.content
    picture = await Picture.get()
    assert (picture.remote_url, picture.alt) == ("https://good.example/heron.jpg", "One leg")
    changed = article | {"name": "On egrets", "updated": "2026-11-02T00:00:00Z"}
    await home.hear(peer, peer.says("Update", changed))
    assert (await Work.get()).title == "On egrets"
    await home.hear(peer, peer.says("Delete", article["id"]))
    assert await Work.all().count() == 0


@pytest.mark.rule("F-078", "F-205")
async def test_the_results_of_a_poll_are_shown_and_counted_anew_without_an_edit(home: Home) -> None:
    peer = home.peer()
    await followed(home, peer)

    def poll(votes: int, **more: Any) -> dict[str, Any]:
        options = [{"type": "Note", "name": "Ink", "replies": {"type": "Collection", "totalItems": votes}}]
        return peer.note(1, type="Question", oneOf=options, attachment=[], **more)

    await home.hear(peer, peer.says("Create", poll(1)))
    await home.hear(peer, peer.says("Update", poll(7)))
    work = await Work.get()
    assert work.content == "<p>Note 1</p><ul><li>Ink: 7</li></ul>"
    assert work.edited is None
    await home.hear(peer, peer.says("Update", poll(8, updated="2026-11-02T00:00:00Z")))
    await home.hear(peer, peer.says("Update", poll(3)))
    assert "Ink: 8" in (await Work.get()).content


@pytest.mark.rule("F-079", "F-220")
async def test_a_vote_never_becomes_a_post(home: Home) -> None:
    peer = home.peer()
    artist = await followed(home, peer)
    work = await Work.create(id=7, uri=f"{HOME}/objects/7", actor=artist)
    vote = peer.note(1, name="Ink", inReplyTo=work.uri, content="", attachment=[], to=[artist.uri], cc=[])
    del vote["content"]
    await home.hear(peer, peer.says("Create", vote))
    assert await Work.all().count() == 1
    assert drops.counts(home.server)["vote"] == 1


@pytest.mark.rule("F-212", "F-405")
@pytest.mark.threat("ORI-14")
async def test_a_followed_group_shows_what_its_members_post_as_their_own_server_states_it(home: Home) -> None:
    group, member = home.peer("sea", "lemmy.example", type="Group"), home.peer("lea", "third.example")
    await followed(home, group)
    page = member.note(1, type="Page", name="Low tide")
    home.elsewhere.serve(page["id"], page)
    inline = member.says("Create", page | {"name": "Forged"})
    await home.hear(group, group.says("Announce", inline))
    work = await Work.get().prefetch_related("actor")
    assert (work.title, work.actor.uri) == ("Low tide", member.uri)
    assert (await Boost.get().prefetch_related("actor")).actor.uri == group.uri


@pytest.mark.rule("F-212")
async def test_a_group_may_name_the_create_alone_and_what_else_members_do_is_ignored(home: Home) -> None:
    group, member = home.peer("sea", "lemmy.example", type="Group"), home.peer("lea", "third.example")
    await followed(home, group)
    page = member.note(1, type="Page", name="Low tide")
    create = member.says("Create", page["id"])
    home.elsewhere.serve(page["id"], page)
    home.elsewhere.serve(create["id"], create)
    await home.hear(group, group.says("Announce", create["id"]))
    assert (await Work.get()).title == "Low tide"
    for inner in (
        member.says("Delete", page["id"]),
        member.says("Update", page | {"name": "Other", "updated": "2026-12-01T00:00:00Z"}),
        member.says("Undo", member.says("Like", page["id"])),
        member.says("Like", page["id"]),
    ):
        await home.hear(group, group.says("Announce", inner))
    assert (await Work.get()).title == "Low tide"
    assert await Like.all().count() == 0
    assert drops.counts(home.server)["type"] == 4


@pytest.mark.rule("F-212")
async def test_a_group_nobody_follows_is_heard_only_where_it_speaks_to_somebody_here(home: Home) -> None:
    group, member = home.peer("sea", "lemmy.example", type="Group"), home.peer("lea", "third.example")
    artist = await home.artist()
    page = member.note(1, type="Page", name="Low tide")
    home.elsewhere.serve(page["id"], page)
    await home.hear(group, group.says("Announce", member.says("Create", page)))
    assert await Work.all().count() == 0
    await home.hear(group, group.says("Announce", member.says("Create", page), to=[PUBLIC, artist.uri]))
    assert await Work.all().count() == 1


@pytest.mark.rule("F-212")
async def test_only_groups_speak_of_the_activities_of_others(home: Home) -> None:
    person, member = home.peer("sea", "lemmy.example"), home.peer("lea", "third.example")
    await followed(home, person)
    page = member.note(1, type="Page", name="Low tide")
    home.elsewhere.serve(page["id"], page)
    await home.hear(person, person.says("Announce", member.says("Create", page)))
    assert await Work.all().count() == 0


@pytest.mark.rule("F-210", "F-203")
@pytest.mark.parametrize("kind", ["EmojiReact", "Like"])
async def test_a_sign_counts_as_a_like_once_and_can_be_taken_back(home: Home, kind: str) -> None:
    artist, peer = await home.artist(), home.peer()
    work = await Work.create(id=7, uri=f"{HOME}/objects/7", actor=artist)
    react = peer.says(kind, work.uri, content="🎨", _misskey_reaction="🎨")
    await home.hear(peer, react)
    await home.hear(peer, peer.says("Like", work.uri))
    assert (await Like.get()).emoji == "🎨"
    await home.hear(peer, peer.says("Undo", {"type": kind, "actor": peer.uri, "object": work.uri}))
    assert await Like.all().count() == 0


@pytest.mark.rule("F-214", "F-215", "F-221")
async def test_what_is_not_built_is_dropped_politely_counted_and_changes_nothing(home: Home) -> None:
    peer = home.peer()
    artist = await followed(home, peer)
    kinds = ("Add", "Remove", "View", "Listen", "Read", "Join", "Offer", "Travel", "FeatureRequest")
    for kind in kinds:
        answer = await home.hear(peer, peer.says(kind, artist.uri, target=f"{peer.uri}/featured"))
        assert answer.status_code == 202, kind
    assert drops.counts(home.server) == {"type": len(kinds)}
    assert await Work.all().count() == 0
    assert await Follow.all().count() == 2


async def test_every_drop_has_its_counter_whether_it_was_refused_or_only_without_effect(home: Home) -> None:
    peer = home.peer()
    artist = await followed(home, peer)
    await home.hear(peer, peer.says("Accept", f"{HOME}/activities/1"))
    await home.post(peer, peer.says("Like", artist.uri) | {"id": "https://evil.example/1"})
    await home.client.post("/inbox", content=b"{}", headers={"Content-Type": "application/activity+json"})
    assert drops.counts(home.server) == {"no pending follow": 1, "activity_origin": 1, "missing": 1}
    assert await Inbound.filter(outcome="dropped: no pending follow").count() == 1


async def test_reasons_beyond_the_most_are_counted_together(home: Home) -> None:
    for number in range(drops.MOST_REASONS + 5):
        drops.note(home.server, f"reason {number}")
    assert drops.counts(home.server)[drops.OTHER] == 5
