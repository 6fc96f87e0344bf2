"""Somebody is blocked, here or from elsewhere, and neither sees the other any more."""

import pytest

from activitypub.names import PUBLIC
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


async def strangers(world: Fediverse, **settings: object) -> tuple[Island, Person, Stranger, str]:
    """An artist with a public work and a follower elsewhere whom she follows too; the work's id."""
    island = await world.island("art", **settings)
    ada, stranger = await island.artist("ada"), Stranger(world)
    await stranger.send(island, stranger.activity("Follow", ada.actor.uri))
    await ada.follow(stranger.handle)
    work = await ada.post(drawing())
    await world.settle()
    asked = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(island, stranger.activity("Accept", asked))
    await stranger.send(island, stranger.activity("Create", stranger.note()))
    await world.settle()
    return island, ada, stranger, work["uri"]


async def set_block(person: Person, handle: str, word: str = "block") -> dict[str, object]:
    account = await person.find(handle)
    return dict(good(await person.api.post(f"/api/v1/accounts/{account['id']}/{word}")))


@pytest.mark.threat("MOD-03")
@pytest.mark.rule("F-242", "F-387")
async def test_a_block_ends_follows_both_ways_and_is_not_told(fediverse: Fediverse) -> None:
    island, ada, stranger, _ = await strangers(fediverse)
    stranger.heard.clear()
    relation = await set_block(ada, stranger.handle)
    assert (relation["blocking"], relation["following"], relation["followed_by"]) == (True, False, False)
    await fediverse.settle()
    assert await island.count("follows") == 0
    assert sorted(each["type"] for each in stranger.heard) == ["Reject", "Undo"]


@pytest.mark.threat("MOD-03")
async def test_what_a_blocked_actor_does_has_no_effect(fediverse: Fediverse) -> None:
    island, ada, stranger, work = await strangers(fediverse)
    await set_block(ada, stranger.handle)
    await fediverse.settle()
    stranger.heard.clear()
    reply = stranger.note(2, inReplyTo=work)
    letter = stranger.note(3, to=[ada.actor.uri], cc=[])
    for activity in (
        stranger.activity("Follow", ada.actor.uri),
        stranger.activity("Like", work),
        stranger.activity("Announce", work, to=[PUBLIC]),
        stranger.activity("Create", reply),
        stranger.activity("Create", letter, to=[ada.actor.uri]),
    ):
        assert (await stranger.send(island, activity)).status_code == 202
    await fediverse.settle()
    assert [each["type"] for each in stranger.heard] == ["Reject"]
    counts = await island.counts()
    assert (counts["follows"], counts["likes"], counts["boosts"], counts["works"]) == (0, 0, 0, 2)


@pytest.mark.threat("AUD-07", "MOD-03")
@pytest.mark.parametrize("authorized_fetch", [True, False])
async def test_a_blocked_reader_gets_the_absent_answer(fediverse: Fediverse, authorized_fetch: bool) -> None:
    island, ada, stranger, work = await strangers(fediverse, authorized_fetch=authorized_fetch)
    assert (await stranger.read(island, work)).status_code == 200
    await set_block(ada, stranger.handle)
    absent = (await stranger.read(island, island.server.url("/objects/1"))).json()
    for address in (work, ada.actor.uri, f"{ada.actor.uri}/outbox", f"{ada.actor.uri}/outbox?page=true"):
        answer = await stranger.read(island, address)
        assert (answer.status_code, answer.json()) == (404, absent), address
    await set_block(ada, stranger.handle, "unblock")
    assert (await stranger.read(island, work)).status_code == 200


@pytest.mark.rule("F-213")
async def test_a_block_from_elsewhere_ends_follows_and_hides_both(fediverse: Fediverse) -> None:
    island, ada, stranger, work = await strangers(fediverse)
    stranger.heard.clear()
    block = stranger.activity("Block", ada.actor.uri)
    assert (await stranger.send(island, block)).status_code == 202
    await fediverse.settle()
    assert (await island.count("follows"), stranger.heard) == (0, [])
    assert (await stranger.read(island, work)).status_code == 404
    relation = await ada.relationship(stranger.handle)
    assert (relation["blocked_by"], relation["blocking"]) == (True, False)
    account = await ada.find(stranger.handle)
    assert (await ada.api.post(f"/api/v1/accounts/{account['id']}/follow")).status_code == 403
    await stranger.send(island, stranger.activity("Undo", block))
    await fediverse.settle()
    assert (await stranger.read(island, work)).status_code == 200


@pytest.mark.rule("F-213")
async def test_a_block_is_taken_back_by_what_it_was_about(fediverse: Fediverse) -> None:
    island, ada, stranger, _ = await strangers(fediverse)
    await stranger.send(island, stranger.activity("Block", ada.actor.uri))
    again = stranger.activity("Block", ada.actor.uri)
    await stranger.send(island, stranger.activity("Undo", again))
    await fediverse.settle()
    assert await island.count("blocks") == 0


@pytest.mark.rule("F-242")
async def test_a_place_may_tell_of_blocks(fediverse: Fediverse) -> None:
    _, ada, stranger, _ = await strangers(fediverse, federate_blocks=True)
    await set_block(ada, stranger.handle)
    await fediverse.settle()
    (told,) = [each for each in stranger.heard if each["type"] == "Block"]
    assert (told["actor"], told["object"], told["to"]) == (ada.actor.uri, stranger.uri, [stranger.uri])
    await set_block(ada, stranger.handle, "unblock")
    await fediverse.settle()
    assert stranger.heard[-1]["object"]["id"] == told["id"]


@pytest.mark.threat("MOD-03")
async def test_people_of_one_place_who_block_do_not_see_each_other(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, eve = await island.artist("ada"), await island.artist("eve")
    work = await ada.post(drawing())
    for person in (ada, eve):
        await person.sign_in()
    assert f"/@ada/{work['id']}" in (await eve.browser.get("/")).text
    page = (await ada.browser.get("/@eve")).text
    token = page.partition('name="_token" value="')[2].partition('"')[0]
    origin = {"Origin": island.server.settings.base_url}
    answer = await ada.browser.post("/@eve/block", data={"_token": token}, headers=origin)
    assert answer.status_code == 303
    assert "Unblock" in (await ada.browser.get("/@eve")).text
    assert (await eve.browser.get("/@ada")).status_code == 404
    assert (await eve.browser.get(f"/@ada/{work['id']}")).status_code == 404
    assert (await eve.api.get(f"/api/v1/statuses/{work['id']}")).status_code == 404
    assert good(await eve.api.get(f"/api/v1/accounts/{ada.actor.id}/statuses")) == []
    assert f"/@ada/{work['id']}" not in (await eve.browser.get("/")).text
    answer = await ada.browser.post("/@eve/unblock", data={"_token": token}, headers=origin)
    assert answer.status_code == 303
    assert (await eve.browser.get("/@ada")).status_code == 200
