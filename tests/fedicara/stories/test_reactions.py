"""Likes, boosts and replies between servers, out and in."""

import json
from typing import Any

import pytest

from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def neighbours(world: Fediverse) -> tuple[Person, Person]:
    """Ada on one server, Bob on another who follows her."""
    ada = await (await world.island("art")).artist("ada")
    bob = await (await world.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await world.settle()
    return ada, bob


async def seen_by(world: Fediverse, ada: Person, bob: Person, **fields: Any) -> tuple[Any, Any]:
    """A work that Ada posts, as she and as Bob see it."""
    posted = await ada.post(drawing(), status="Fog", **fields)
    await world.settle()
    return posted, (await bob.home())[0]


async def act(person: Person, status: Any, name: str, *codes: int) -> Any:
    """Do something with a post through the API."""
    return good(await person.api.post(f"/api/v1/statuses/{status['id']}/{name}"), *codes)


async def around(person: Person, status: Any) -> tuple[list[str], list[str]]:
    """The texts above and below a post, as this person sees them."""
    found = good(await person.api.get(f"/api/v1/statuses/{status['id']}/context"))
    return [each["uri"] for each in found["ancestors"]], [each["uri"] for each in found["descendants"]]


def said(world: Fediverse, host: str, kind: str) -> list[Any]:
    """Activities of a type that were sent to a host."""
    sent = [each for each in world.router.sent("POST", host) if each.url.endswith("/inbox")]
    bodies = [json.loads(each.body) for each in sent if each.status == 202]
    return [each for each in bodies if each["type"] == kind]


@pytest.mark.rule("F-238", "F-209", "F-232")
async def test_a_like_reaches_the_artist_and_can_be_taken_back(fediverse: Fediverse) -> None:
    ada, bob = await neighbours(fediverse)
    posted, seen = await seen_by(fediverse, ada, bob)
    for _ in range(2):
        liked = await act(bob, seen, "favourite")
    assert liked["favourited"]
    await fediverse.settle()
    assert (await ada.status(posted["id"]))["favourites_count"] == 1
    (like,) = said(fediverse, "art.example", "Like")
    assert like["object"] == posted["uri"]
    assert like["to"] == [ada.actor.uri]

    for _ in range(2):
        unliked = await act(bob, seen, "unfavourite")
    assert not unliked["favourited"]
    await fediverse.settle()
    assert (await ada.status(posted["id"]))["favourites_count"] == 0
    (undo,) = said(fediverse, "art.example", "Undo")
    assert undo["object"] == {name: like[name] for name in ("id", "type", "actor", "object")}


@pytest.mark.rule("F-239", "F-211", "F-232")
async def test_a_boost_reaches_the_artist_and_the_boosters_followers(fediverse: Fediverse) -> None:
    ada, bob = await neighbours(fediverse)
    cleo = await (await fediverse.island("far")).artist("cleo")
    await cleo.follow(bob.handle)
    await fediverse.settle()
    posted, seen = await seen_by(fediverse, ada, bob)
    boost = await act(bob, seen, "reblog")
    assert boost["reblog"]["id"] == seen["id"]
    assert boost["reblog"]["reblogged"]
    await fediverse.settle()

    assert (await ada.status(posted["id"]))["reblogs_count"] == 1
    (shown,) = await cleo.home()
    assert shown["reblog"]["uri"] == posted["uri"]
    assert shown["account"]["acct"] == bob.handle
    assert (await bob.home())[0]["reblog"]["uri"] == posted["uri"], "home shows our own boosts"
    (announce,) = said(fediverse, "far.example", "Announce")
    assert announce["object"] == posted["uri"]
    assert announce["to"] == [PUBLIC]
    assert announce["cc"] == [f"{bob.actor.uri}/followers", ada.actor.uri]

    await act(bob, seen, "unreblog")
    await fediverse.settle()
    assert (await ada.status(posted["id"]))["reblogs_count"] == 0
    assert await cleo.home() == []


@pytest.mark.rule("F-211")
async def test_only_works_for_everybody_can_be_boosted_and_ones_own_for_followers(
    fediverse: Fediverse,
) -> None:
    ada, bob = await neighbours(fediverse)
    posted, seen = await seen_by(fediverse, ada, bob, visibility="private")
    assert (await bob.api.post(f"/api/v1/statuses/{seen['id']}/reblog")).status_code == 403
    await act(ada, posted, "reblog")
    await fediverse.settle()
    (announce,) = said(fediverse, "home.example", "Announce")
    assert PUBLIC not in [*announce["to"], *announce["cc"]]


@pytest.mark.threat("AUD-05")
async def test_no_reaction_tells_whether_an_unreadable_post_exists(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, eve = await island.artist("ada"), await island.artist("eve")
    posted = await ada.post(drawing(), status="Not for Eve", visibility="private")
    for name in ("favourite", "unfavourite", "reblog", "unreblog"):
        hidden = await eve.api.post(f"/api/v1/statuses/{posted['id']}/{name}")
        absent = await eve.api.post(f"/api/v1/statuses/1/{name}")
        assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json())
        assert hidden.status_code == 404
    hidden = await eve.api.get(f"/api/v1/statuses/{posted['id']}/context")
    assert hidden.status_code == 404
    refused = [
        await eve.api.post("/api/v1/statuses", json={"status": "What?", "in_reply_to_id": each})
        for each in (posted["id"], "1")
    ]
    assert {each.status_code for each in refused} == {422}
    assert refused[0].json() == refused[1].json()


@pytest.mark.rule("F-069", "F-100", "F-108", "F-067")
async def test_a_conversation_goes_to_and_fro_between_servers(fediverse: Fediverse) -> None:
    ada, bob = await neighbours(fediverse)
    posted, seen = await seen_by(fediverse, ada, bob)
    question = await bob.post(status="Which paper?", in_reply_to_id=seen["id"])
    assert question["in_reply_to_id"] == seen["id"]
    assert question["mentions"][0]["acct"] == ada.handle
    await fediverse.settle()

    above, below = await around(ada, posted)
    assert (above, below) == ([], [question["uri"]])
    (create,) = said(fediverse, "art.example", "Create")
    note = create["object"]
    assert note["inReplyTo"] == posted["uri"]
    assert ada.actor.uri in note["cc"]
    (mention,) = [tag for tag in note["tag"] if tag["type"] == "Mention"]
    assert mention == {"type": "Mention", "name": f"@{ada.handle}", "href": ada.actor.uri}
    assert f"{ada.island.server.settings.base_url}/@ada" in note["content"]

    heard = good(await ada.api.get(f"/api/v1/statuses/{posted['id']}/context"))["descendants"][0]
    assert heard["in_reply_to_id"] == posted["id"]
    assert heard["in_reply_to_account_id"] == str(ada.actor.id)
    answer = await ada.post(status="Old newsprint", in_reply_to_id=heard["id"])
    await fediverse.settle()
    assert await around(bob, seen) == ([], [question["uri"], answer["uri"]])
    assert await around(ada, answer) == ([posted["uri"], question["uri"]], [])
    assert (await ada.status(posted["id"]))["replies_count"] == 1
    notes = [each["object"] for each in said(fediverse, "home.example", "Create")]
    thread = f"https://art.example/contexts/{posted['id']}"
    assert {each["context"] for each in [*notes, note]} == {thread}
    assert {each["conversation"] for each in notes} == {thread}


@pytest.mark.rule("F-108")
async def test_a_strangers_reply_is_kept_only_where_somebody_here_has_to_do_with_the_parent(
    fediverse: Fediverse,
) -> None:
    ada, bob = await neighbours(fediverse)
    posted, seen = await seen_by(fediverse, ada, bob)
    mallory = Stranger(fediverse)

    async def reply(island: Island, number: int) -> None:
        note = mallory.note(number, inReplyTo=posted["uri"], content="<p>Nice <script>x</script></p>")
        await mallory.send(island, mallory.activity("Create", note, to=[PUBLIC]))
        await fediverse.settle()

    await reply(bob.island, 1)
    assert await around(bob, seen) == ([], [])
    await act(bob, seen, "favourite")
    await reply(bob.island, 2)
    assert await around(bob, seen) == ([], ["https://elsewhere.example/notes/2"])
    await reply(ada.island, 3)
    assert await around(ada, posted) == ([], ["https://elsewhere.example/notes/3"])


async def test_replies_that_state_a_circle_are_shown_once(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    mallory = Stranger(fediverse)
    first, second = (f"{mallory.origin}/notes/{number}" for number in (1, 2))
    for number, parent in ((1, second), (2, first)):
        note = mallory.note(number, inReplyTo=parent, cc=[ada.actor.uri])
        await mallory.send(ada.island, mallory.activity("Create", note, to=[PUBLIC], cc=[ada.actor.uri]))
    await fediverse.settle()
    rows = await ada.island.server.database.rows("SELECT id FROM works ORDER BY id")
    assert await around(ada, {"id": str(rows[0]["id"])}) == ([second], [second])


@pytest.mark.rule("F-102")
async def test_a_reply_for_followers_stays_hidden_from_who_does_not_follow(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, eve, ben = [await island.artist(name) for name in ("ada", "eve", "ben")]
    posted = await ada.post(drawing(), status="Fog")
    await eve.post(status="For my followers", in_reply_to_id=posted["id"], visibility="private")
    assert len((await around(ada, posted))[1]) == 1, "whoever is mentioned reads it"
    assert await around(ben, posted) == ([], [])


@pytest.mark.rule("F-104")
async def test_a_reply_to_a_post_of_this_place_stays_in_this_place(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, ben = await island.artist("ada"), await island.artist("ben")
    posted = await ada.post(drawing(), status="Only here", local_only=True)
    wish = {"status": "Out!", "in_reply_to_id": posted["id"]}
    assert (await ben.api.post("/api/v1/statuses", json=wish)).status_code == 422
    answer = await ben.post(status="In!", in_reply_to_id=posted["id"], local_only=True)
    assert await around(ada, posted) == ([], [answer["uri"]])


@pytest.mark.rule("F-100")
async def test_an_edited_reply_still_addresses_whom_it_answers(fediverse: Fediverse) -> None:
    ada, bob = await neighbours(fediverse)
    _, seen = await seen_by(fediverse, ada, bob)
    question = await bob.post(status="Which papper?", in_reply_to_id=seen["id"])
    good(await bob.api.put(f"/api/v1/statuses/{question['id']}", json={"status": "Which paper?"}))
    await fediverse.settle()
    assert (await bob.status(question["id"]))["mentions"][0]["acct"] == ada.handle
    assert "Which paper?" in said(fediverse, "art.example", "Update")[0]["object"]["content"]


async def test_what_one_liked_is_marked_for_oneself_alone(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, ben = await island.artist("ada"), await island.artist("ben")
    posted = await ada.post(drawing(), status="Fog")
    await act(ben, posted, "favourite")
    for person, marked in ((ben, True), (ada, False)):
        (shown,) = good(await person.api.get("/api/v1/timelines/public"))
        assert shown["favourited"] is marked
        assert (await person.status(posted["id"]))["favourited"] is marked
    assert await island.count("activities", "type = 'Like'") == 0, "no server need be told"


@pytest.mark.rule("F-372")
async def test_a_boost_of_a_work_that_is_deleted_is_delivered_no_more(fediverse: Fediverse) -> None:
    ada, _ = await neighbours(fediverse)
    posted = await ada.post(drawing(), status="Short-lived")
    await fediverse.settle()
    await act(ada, posted, "reblog")
    good(await ada.api.delete(f"/api/v1/statuses/{posted['id']}"))
    await fediverse.settle()
    assert said(fediverse, "home.example", "Announce") == []
    assert len(said(fediverse, "home.example", "Delete")) == 1


@pytest.mark.rule("F-070", "F-265", "F-261")
@pytest.mark.threat("AUD-06")
async def test_servers_that_sign_read_totals_and_replies_and_strangers_an_envelope(
    fediverse: Fediverse,
) -> None:
    ada, bob = await neighbours(fediverse)
    mallory = Stranger(fediverse)
    posted, seen = await seen_by(fediverse, ada, bob)
    await act(bob, seen, "favourite")
    question = await bob.post(status="Which paper?", in_reply_to_id=seen["id"])
    await bob.post(status="Between us", in_reply_to_id=seen["id"], visibility="private")
    await fediverse.settle()

    async def read(url: str, *, signed: bool = True) -> Any:
        headers = {"Accept": "application/activity+json"}
        signature = mallory.sign("GET", url, None) if signed else {}
        return await ada.island.client().get(url, headers={**headers, **signature})

    note = good(await read(posted["uri"]))
    assert note["likes"]["totalItems"] == 1
    for name, total in (("likes", 1), ("shares", 0)):
        root = good(await read(note[name]["id"]))
        assert (root["type"], root["totalItems"]) == ("Collection", total)
        assert "first" not in root
    replies = good(await read(note["replies"]))
    assert good(await read(replies["first"]))["items"] == [question["uri"]]
    thread = good(await read(note["context"]))
    assert thread["attributedTo"] == ada.actor.uri
    assert good(await read(thread["first"]))["orderedItems"] == [question["uri"], posted["uri"]]
    for address in (note["replies"], note["likes"]["id"], note["context"]):
        bare = good(await read(address, signed=False))
        assert set(bare) <= {"@context", "id", "type", "attributedTo"}
    assert (await read(thread["first"], signed=False)).status_code == 401

    hidden = await ada.post(drawing(), status="For followers", visibility="private")
    for name in ("replies", "likes", "shares"):
        assert (await read(f"{hidden['uri']}/{name}")).status_code == 404
    assert (await read(f"https://art.example/contexts/{hidden['id']}")).status_code == 404
