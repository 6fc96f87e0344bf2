"""What is sent: to whom, as which document, and what an answer means."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activitypub import cavage, keys
from activitypub.works import parse
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.deliver import deliver, outcome
from fedicara.federation.said.documents import note_document
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Bury, Done, Retry
from fedicara.models import Activity, Actor, Boost, Follow, Job, Key, Mention, Picture, Rendition, Tag, Work
from fedicara.models.ids import new_id
from fedicara.network import Answer
from tests.fedicara.federation.stage import HOME, PUBLIC, Home, Peer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def published(home: Home, artist: Actor, visibility: str = "public", **more: Any) -> Work:
    """A finished work of somebody here, with one picture."""
    identifier = new_id()
    stated = {
        "title": "Heron",
        "content": "<p>Ink</p>",
        "licence": "cc-by",
        "language": "en",
        "ai": "none",
    } | more
    work = await Work.create(
        id=identifier,
        uri=f"{HOME}/objects/{identifier}",
        url=f"{HOME}/@lee/{identifier}",
        actor=artist,
        visibility=visibility,
        published=NOW,
        **stated,
    )
    await picture(work, 1)
    return work


async def picture(work: Work, position: int) -> None:
    """A picture with the sizes that matter."""
    made = await Picture.create(work=work, actor_id=work.actor_id, position=position, alt=f"Alt {position}")
    for name, width in (("large", 2400), ("small", 400)):
        await Rendition.create(
            picture=made,
            name=name,
            key=f"{made.id:032x}{name}.jpg",
            media_type="image/jpeg",
            width=width,
            height=width,
            bytes=1000,
            sha256="00" * 32,
        )


async def follower(home: Home, artist: Actor, peer: Peer) -> Actor:
    """A peer that follows the artist."""
    await home.hear(peer, peer.says("Follow", artist.uri))
    return await home.known(peer)


async def say(home: Home, work: Work) -> None:
    """Publish and deliver."""
    async with home.server.database.transaction():
        await outbox.publish_create(home.server, work)
    await home.work()


@pytest.mark.rule("F-054", "F-056", "F-062", "F-063", "F-064", "F-066", "F-067", "F-233", "F-105")
async def test_a_work_arrives_as_a_note_with_its_picture_and_terms(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    work = await published(home, artist)
    await Tag.create(work=work, name="ink")
    await say(home, work)
    [(inbox, create)] = home.sent("Create")
    note = create["object"]
    assert inbox == "https://good.example/inbox"
    assert create["id"] == f"{HOME}/activities/{work.id}"
    assert (create["to"], create["cc"]) == (note["to"], note["cc"]) == ([PUBLIC], [f"{artist.uri}/followers"])
    assert (note["type"], note["name"], note["license"]) == ("Note", "Heron", "CC BY")
    assert note["content"] == (
        '<p><strong class="p-name">Heron</strong></p><p>Ink</p>'
        f'<p><a href="{HOME}/tags/ink" class="mention hashtag" rel="tag">#<span>ink</span></a></p>'
    )
    assert note["tag"] == [{"type": "Hashtag", "name": "#ink", "href": f"{HOME}/tags/ink"}]
    [attachment] = note["attachment"]
    assert (attachment["type"], attachment["name"], attachment["width"]) == ("Image", "Alt 1", 2400)
    assert attachment["url"].startswith(f"{HOME}/media/")
    assert "?" not in attachment["url"]
    assert note["contentUsage"] == attachment["contentUsage"] == "train-ai=n, search=y"


@pytest.mark.rule("F-323", "F-325")
async def test_a_delivery_is_signed_with_the_authors_key_over_target_host_date_and_digest(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    await say(home, await published(home, artist))
    request = home.elsewhere.requests[-1]
    signature = cavage.parse(request.headers["signature"])
    assert signature.key_id == f"{artist.uri}#main-key"
    assert signature.headers == ("(request-target)", "host", "date", "digest")
    key = await Key.get(uri=signature.key_id)
    cavage.verify(
        signature,
        method="POST",
        target="/inbox",
        headers=dict(request.headers),
        host="good.example",
        public_key=keys.load_public(key.public),
        now=home.server.now(),
    )


@pytest.mark.rule("F-053", "F-052")
async def test_more_than_four_pictures_are_counted_in_the_text(home: Home) -> None:
    work = await published(home, await home.artist())
    for position in range(2, 6):
        await picture(work, position)
    note = await note_document(home.server, work)
    line = (
        f'<p class="p-more">All 5 pictures: <a href="{work.url}">{work.url.removeprefix("https://")}</a></p>'
    )
    assert note["content"].endswith(line)
    assert [entry["position"] for entry in note["attachment"]] == [1, 2, 3, 4, 5]


@pytest.mark.rule("F-370", "F-102")
@pytest.mark.threat("AUD-08", "AUD-10")
async def test_a_post_for_followers_goes_once_to_each_of_their_servers_with_signed_pictures(
    home: Home,
) -> None:
    artist = await home.artist()
    for peer in (home.peer(), home.peer("bob"), home.peer("eve", "other.example")):
        await follower(home, artist, peer)
    await say(home, await published(home, artist, "followers"))
    sent = home.sent("Create")
    assert sorted(url for url, _ in sent) == ["https://good.example/inbox", "https://other.example/inbox"]
    note = sent[0][1]["object"]
    assert (note["to"], note["cc"]) == ([f"{artist.uri}/followers"], [])
    assert "?expires=" in note["attachment"][0]["url"]
    assert "search=n" in note["contentUsage"]


@pytest.mark.rule("F-103", "F-370")
async def test_a_direct_post_goes_to_the_personal_inbox_of_who_is_mentioned(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, home.peer("bob"))
    row = await follower(home, artist, peer)
    work = await published(home, artist, "direct")
    await Mention.create(work=work, actor=row)
    await say(home, work)
    [(inbox, create)] = home.sent("Create")
    assert inbox == f"{peer.uri}/inbox"
    assert (create["to"], create["cc"]) == ([peer.uri], [])
    assert create["object"]["tag"] == [{"type": "Mention", "name": "@ada@good.example", "href": peer.uri}]
    assert create["object"]["directMessage"] is True


@pytest.mark.rule("F-104")
async def test_a_local_post_leaves_in_no_form(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    work = await published(home, artist, "local")
    await say(home, work)
    async with home.server.database.transaction():
        await outbox.publish_update(home.server, work)
        await outbox.publish_delete(home.server, work)
    await home.work()
    assert [activity["type"] for _, activity in home.elsewhere.posted] == ["Accept"]
    assert not await Activity.filter(actor_id=artist.id).exclude(type="Accept").exists()


@pytest.mark.rule("F-234", "F-073", "F-373")
async def test_an_edit_is_sent_under_a_fresh_id_as_the_work_reads_when_it_is_sent(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    work = await published(home, artist)
    await say(home, work)
    async with home.server.database.transaction():
        work.title, work.edited, work.revision = "First", NOW + timedelta(hours=1), 1
        await work.save()
        await outbox.publish_update(home.server, work)
    work.title, work.revision = "Second", 2
    await work.save()
    await home.work()
    [(_, update)] = home.sent("Update")
    assert update["object"]["name"] == "Second"
    assert update["object"]["updated"] == "2026-11-21T01:00:00Z"
    assert update["id"] != f"{HOME}/activities/{work.id}"


@pytest.mark.rule("F-235", "F-372")
@pytest.mark.threat("AUD-17")
async def test_a_delete_reaches_boosters_too_and_leaves_out_a_create_that_was_not_sent(home: Home) -> None:
    artist, booster = await home.artist(), home.peer("eve", "other.example")
    await follower(home, artist, home.peer())
    await home.hear(booster, booster.says("Follow", artist.uri))
    await Follow.filter(follower__uri=booster.uri).delete()
    work = await published(home, artist)
    await Boost.create(uri="https://other.example/b/1", work=work, actor=await home.known(booster))
    async with home.server.database.transaction():
        await outbox.publish_create(home.server, work)
        await outbox.publish_delete(home.server, work)
        await work.delete()
    await home.work()
    assert home.sent("Create") == []
    sent = home.sent("Delete")
    assert sorted(url for url, _ in sent) == ["https://good.example/inbox", "https://other.example/inbox"]
    stone = sent[0][1]["object"]
    assert (stone["type"], stone["id"], stone["formerType"]) == ("Tombstone", work.uri, "Note")
    assert await Job.all().count() == 0


@pytest.mark.rule("F-234", "F-235")
@pytest.mark.threat("AUD-17")
async def test_a_delete_reaches_who_replied_and_the_audience_of_who_boosted_it_here(home: Home) -> None:
    artist, fan = await home.artist(), await home.artist("mia")
    await follower(home, fan, home.peer("kim", "fans.example"))
    critic = home.peer("tom", "critics.example")
    await home.hear(critic, critic.says("Follow", fan.uri))
    await Follow.filter(follower__uri=critic.uri).delete()
    work = await published(home, artist)
    await Boost.create(uri=f"{HOME}/activities/{new_id()}", work=work, actor=fan)
    reply = "https://critics.example/notes/1"
    await Work.create(uri=reply, url=reply, actor=await home.known(critic), in_reply_to=work.uri)
    async with home.server.database.transaction():
        await outbox.publish_delete(home.server, work)
        await work.delete()
    await home.work()
    told = sorted(url for url, _ in home.sent("Delete"))
    assert told == ["https://critics.example/inbox", "https://fans.example/inbox"]


@pytest.mark.rule("F-236", "F-042")
async def test_changes_of_a_profile_within_a_minute_are_joined(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    for name in ("One", "Two", "Three"):
        async with home.server.database.transaction():
            artist.name = name
            await artist.save()
            await outbox.update_actor(home.server, artist)
        await home.work()
    assert [activity["object"]["name"] for _, activity in home.sent("Update")] == ["One"]
    object.__setattr__(home.server, "now", lambda now=home.server.now: now() + timedelta(seconds=61))
    await home.work()
    updates = [activity for _, activity in home.sent("Update")]
    assert [update["object"]["name"] for update in updates] == ["One", "Three"]
    assert len({update["id"] for update in updates}) == 2
    assert (updates[0]["to"], updates[0]["cc"]) == ([PUBLIC], [f"{artist.uri}/followers"])


@pytest.mark.rule("F-232")
async def test_a_follow_that_is_taken_back_is_embedded_with_four_members(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    row = await follower(home, artist, peer)
    uri = f"{HOME}/activities/{new_id()}"
    follow = await Follow.create(uri=uri, follower=artist, followed=row)
    async with home.server.database.transaction():
        await outbox.unfollow(home.server, follow, artist, row)
    await home.work()
    [(inbox, undo)] = home.sent("Undo")
    assert inbox == f"{peer.uri}/inbox"
    assert undo["object"] == {"id": uri, "type": "Follow", "actor": artist.uri, "object": peer.uri}


@pytest.mark.rule("F-371")
@pytest.mark.parametrize(
    ("status", "attempts", "expected"),
    [
        (200, 0, Done),
        (202, 9, Done),
        (301, 0, Bury),
        (400, 0, Bury),
        (401, 0, Retry),
        (403, 1, Retry),
        (404, 2, Bury),
        (408, 30, Retry),
        (410, 0, Bury),
        (422, 0, Bury),
        (429, 30, Retry),
        (500, 30, Retry),
        (503, 30, Retry),
    ],
)
async def test_an_answer_means_done_again_or_never(status: int, attempts: int, expected: type) -> None:
    assert isinstance(outcome(Answer(status, "", {}, b""), attempts, NOW), expected)


@pytest.mark.threat("REL-05")
@pytest.mark.parametrize(
    ("stated", "least", "most"),
    [
        ("3600", 3600, 3600),
        ("999999", 21_600, 21_600),
        ("1", 22, 38),
        ("Sat, 21 Nov 2026 02:00:00 GMT", 7200, 7200),
        ("99999999999999999999999", 21_600, 21_600),
    ],
)
async def test_a_server_that_asks_for_patience_gets_it_within_bounds(
    stated: str, least: int, most: int
) -> None:
    found = outcome(Answer(429, "", {"retry-after": stated}, b""), 0, NOW)
    assert isinstance(found, Retry)
    assert found.after is not None
    assert least <= found.after <= most
    nonsense = outcome(Answer(429, "", {"retry-after": "soon"}, b""), 0, NOW)
    assert nonsense == Retry("status 429", None)


async def test_a_delivery_is_given_up_after_seven_days(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    await say(home, await published(home, artist))
    activity = await Activity.get(type="Create")
    claim = Claim(1, "deliver", "", {"activity": activity.id, "inbox": "https://good.example/inbox"}, 9)
    assert await deliver(home.server, claim) == Done()
    object.__setattr__(home.server, "now", lambda now=home.server.now: now() + timedelta(days=8))
    assert isinstance(await deliver(home.server, claim), Bury)


@pytest.mark.threat("SSRF-10")
async def test_a_delivery_to_a_private_address_is_given_up_at_once(home: Home) -> None:
    artist = await home.artist()
    await follower(home, artist, home.peer())
    await say(home, await published(home, artist))
    activity = await Activity.get(type="Create")
    claim = Claim(1, "deliver", "", {"activity": activity.id, "inbox": "https://127.0.0.1/inbox"}, 0)
    assert isinstance(await deliver(home.server, claim), Bury)


async def test_an_inbox_with_a_very_long_address_is_delivered_to(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    peer.more = {"inbox": f"{peer.uri}/{'x' * 1500}", "endpoints": {}}
    peer.publish()
    await home.hear(peer, peer.says("Follow", artist.uri))
    assert len(home.sent("Accept")) == 1
    assert await recipients.followers(home.server, artist.id) == [peer.more["inbox"]]


async def test_what_we_send_can_be_read_by_ourselves(home: Home) -> None:
    work = await published(home, await home.artist(), warning="A bird", sensitive=True)
    note = parse(await note_document(home.server, work))
    assert (note.id, note.name, note.summary, note.language) == (work.uri, "Heron", "A bird", "en")
