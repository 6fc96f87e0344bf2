"""The main job from end to end: an artist posts a protected picture, and a follower on another server sees it."""

from io import BytesIO

import anyio
import pytest
from PIL import Image

from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


async def follower_of_an_artist(world: Fediverse) -> tuple[Person, Person]:
    """Ada on one server, Bob on another who follows her and was accepted."""
    ada = await (await world.island("art")).artist("ada")
    bob = await (await world.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await world.settle()
    return ada, bob


async def picture_in(person: Person, status: dict) -> tuple[int, dict, bytes]:
    """Fetch a status' first picture as a browser would."""
    await person.sign_in()
    answer = await person.browser.get(status["media_attachments"][0]["url"])
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.rule("F-100", "F-323")
async def test_a_follower_on_another_server_sees_the_picture_an_artist_posted(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    relationship = await bob.relationship(ada.handle)
    assert relationship["following"]
    assert not relationship["requested"]

    posted = await ada.post(drawing(), alt="A grey slope", status="Fog in the morning")
    await fediverse.settle()

    (seen,) = await bob.home()
    (attachment,) = seen["media_attachments"]
    assert seen["account"]["acct"] == ada.handle
    assert seen["uri"] == posted["uri"]
    assert "Fog in the morning" in seen["content"]
    assert attachment["description"] == "A grey slope"
    assert attachment["url"].startswith("https://home.example/proxy/")
    status, headers, body = await picture_in(bob, seen)
    assert status == 200
    assert Image.open(BytesIO(body)).size == (96, 64)
    assert "noai" in headers["x-robots-tag"]


async def test_the_artists_picture_carries_its_policy_in_headers_and_in_the_file(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Mine")
    status, headers, body = await picture_in(ada, posted)
    assert status == 200
    assert headers["x-robots-tag"]
    assert headers["tdm-reservation"] == "1"
    assert b"DATAMINING" in body.upper() or b"DataMining" in body
    assert body != drawing()


async def test_a_locked_artist_decides_who_follows(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada", locked=True)
    bob = await (await fediverse.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    assert (await bob.relationship(ada.handle))["requested"]

    (asking,) = good(await ada.api.get("/api/v1/follow_requests"))
    assert asking["acct"] == bob.handle
    good(await ada.api.post(f"/api/v1/follow_requests/{asking['id']}/authorize"))
    await fediverse.settle()

    assert (await bob.relationship(ada.handle))["following"]
    assert good(await ada.api.get("/api/v1/follow_requests")) == []


async def test_a_locked_artist_may_say_no(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada", locked=True)
    bob = await (await fediverse.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    (asking,) = good(await ada.api.get("/api/v1/follow_requests"))
    good(await ada.api.post(f"/api/v1/follow_requests/{asking['id']}/reject"))
    await fediverse.settle()

    relationship = await bob.relationship(ada.handle)
    assert not relationship["following"]
    assert not relationship["requested"]
    await ada.post(drawing(), status="Not for Bob", visibility="private")
    await fediverse.settle()
    assert await bob.home() == []


async def test_who_stops_following_gets_nothing_more(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    await bob.unfollow(ada.handle)
    await fediverse.settle()
    assert not (await bob.relationship(ada.handle))["following"]
    assert await ada.island.count("follows") == 0

    await ada.post(drawing(), status="After Bob left")
    await fediverse.settle()
    assert await bob.home() == []
    assert await bob.island.count("works") == 0


async def test_a_changed_caption_reaches_the_follower(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    posted = await ada.post(drawing(), status="Before")
    await fediverse.settle()
    good(await ada.api.put(f"/api/v1/statuses/{posted['id']}", json={"status": "Afterwards"}))
    await fediverse.settle()

    (seen,) = await bob.home()
    assert "Afterwards" in seen["content"]
    assert "Before" not in seen["content"]
    assert seen["edited_at"]
    assert len(seen["media_attachments"]) == 1


@pytest.mark.threat("AUD-17")
@pytest.mark.rule("F-388")
async def test_a_deleted_work_disappears_for_the_follower_and_is_gone_at_its_address(
    fediverse: Fediverse,
) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    posted = await ada.post(drawing(), status="Short-lived")
    await fediverse.settle()
    url = (await bob.home())[0]["media_attachments"][0]["url"]
    good(await ada.api.delete(f"/api/v1/statuses/{posted['id']}"))
    await fediverse.settle()

    assert await bob.home() == []
    assert await bob.island.count("works") == 0
    await bob.sign_in()
    assert (await bob.browser.get(url)).status_code == 404
    assert await ada.island.count("pictures") == 0
    stranger = Stranger(fediverse)
    assert (await stranger.read(ada.island, posted["uri"])).status_code == 410


async def test_the_artist_sees_likes_and_boosts_from_elsewhere(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Likeable")
    stranger = Stranger(fediverse)
    like = stranger.activity("Like", posted["uri"])
    announce = stranger.activity(
        "Announce", posted["uri"], to=["https://www.w3.org/ns/activitystreams#Public"]
    )
    for activity in (like, announce):
        assert (await stranger.send(ada.island, activity)).status_code == 202
    await fediverse.settle()
    status = await ada.status(posted["id"])
    assert (status["favourites_count"], status["reblogs_count"]) == (1, 1)

    for activity in (like, announce):
        await stranger.send(ada.island, stranger.activity("Undo", activity))
    await fediverse.settle()
    status = await ada.status(posted["id"])
    assert (status["favourites_count"], status["reblogs_count"]) == (0, 0)


@pytest.mark.threat("AUD-01", "AUD-08")
async def test_a_work_for_followers_reaches_followers_only(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    eve = await (await fediverse.island("other")).artist("eve")
    posted = await ada.post(drawing(), status="For those who follow", visibility="private")
    await fediverse.settle()

    (seen,) = await bob.home()
    assert seen["visibility"] == "private"
    assert (await picture_in(bob, seen))[0] == 200
    assert await eve.island.count("works") == 0
    assert not fediverse.router.sent("POST", "other.example")
    stranger = Stranger(fediverse)
    absent = await stranger.read(ada.island, "https://art.example/objects/1")
    hidden = await stranger.read(ada.island, posted["uri"])
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    assert hidden.status_code == 404


async def test_a_local_work_leaves_for_nobody(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    carla = await ada.island.artist("carla")
    before = len(fediverse.router.sent("POST", "home.example", "/inbox"))
    posted = await ada.post(drawing(), status="Only in this house", local_only=True)
    await fediverse.settle()

    assert await bob.home() == []
    assert len(fediverse.router.sent("POST", "home.example", "/inbox")) == before
    assert (await carla.status(posted["id"]))["uri"] == posted["uri"]
    assert (await Stranger(fediverse).read(ada.island, posted["uri"])).status_code == 404


@pytest.mark.threat("REL-21")
async def test_a_delivery_that_comes_twice_changes_nothing_more(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    await ada.post(drawing(), status="Once")
    await fediverse.settle()
    counts = await bob.island.counts()
    for each in fediverse.router.sent("POST", "home.example"):
        async with bob.island.client() as client:
            await client.post(each.url, content=each.body, headers=dict(each.headers))
    await fediverse.settle()
    assert await bob.island.counts() == counts
    assert len(await bob.home()) == 1


@pytest.mark.threat("REL-21")
async def test_a_second_activity_with_the_id_of_a_first_is_ignored_whatever_it_says(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Liked once")
    stranger = Stranger(fediverse)
    like = stranger.activity("Like", posted["uri"])
    await stranger.send(ada.island, like)
    await fediverse.settle()
    for other in (like, {**like, "type": "Announce"}, {**like, "type": "Undo", "object": like}):
        assert (await stranger.send(ada.island, other)).status_code == 202
        await fediverse.settle()
    status = await ada.status(posted["id"])
    assert (status["favourites_count"], status["reblogs_count"]) == (1, 0)
    assert await ada.island.count("inbound") == 1


@pytest.mark.threat("REL-22")
async def test_two_who_do_the_same_at_once_do_it_once(fediverse: Fediverse) -> None:
    ada, bob = await follower_of_an_artist(fediverse)
    await bob.unfollow(ada.handle)
    await fediverse.settle()
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(bob.follow, ada.handle)
    await fediverse.settle()
    assert await bob.island.count("follows") == 1
    assert await ada.island.count("follows", "accepted = TRUE") == 1


@pytest.mark.threat("REL-22")
async def test_a_note_that_comes_twenty_times_at_once_is_one_work(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(ada.island, stranger.activity("Accept", follow))
    await fediverse.settle()
    note = stranger.note()
    stranger.serve(note["id"], note)
    async with ada.island.working(), anyio.create_task_group() as group:
        for _ in range(10):
            create = stranger.activity("Create", note, to=note["to"], cc=note["cc"])
            group.start_soon(stranger.send, ada.island, create)
            group.start_soon(stranger.send, ada.island, create)
    await fediverse.settle()
    assert await ada.island.count("works") == 1
    assert len(await ada.home()) == 1


async def test_a_work_published_while_its_picture_is_prepared_carries_what_the_work_says(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    attachment = await ada.upload(drawing(1200, 800))
    status = await publish_while_preparing(ada.island, ada, attachment["id"])
    shown = await ada.status(status["id"])
    assert shown["media_attachments"][0]["url"]
    assert await ada.island.count("works", "state = 'published'") == 1


async def publish_while_preparing(island: Island, ada: Person, picture: str) -> dict:
    """Let the worker begin, then publish with a licence and a declaration other than the account's."""
    status: dict = {}

    async def publish() -> None:
        while not await island.count("jobs", "leased > 0"):
            await anyio.sleep(0.005)
        ours = {"ai": "assisted", "license": "cc-by", "when_ready": True}
        wish = {"media_ids": [picture], "status": "Late", "fedicara": ours}
        status.update(good(await ada.api.post("/api/v1/statuses", json=wish), 200, 202))

    async with anyio.create_task_group() as group:
        group.start_soon(publish)
        await island.work_off()
    await island.work_off()
    return status
