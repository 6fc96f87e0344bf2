"""Somebody blocks a whole server, or lets somebody follow no longer."""

import pytest

from activitypub.names import PUBLIC
from tests.fedicara.stories.test_blocks import strangers
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


@pytest.mark.rule("F-387")
@pytest.mark.threat("MOD-03")
async def test_an_artist_blocks_a_server_and_hears_and_is_heard_by_nobody_of_it(fediverse: Fediverse) -> None:
    island, ada, stranger, work = await strangers(fediverse)
    other = Stranger(fediverse, host="good.example", name="kim")
    await other.send(island, other.activity("Follow", ada.actor.uri))
    await fediverse.settle()
    account = await ada.find(stranger.handle)
    stranger.heard.clear()

    wrong = await ada.api.post("/api/v1/domain_blocks", data={"domain": "no domain"})
    own = await ada.api.post("/api/v1/domain_blocks", data={"domain": "art.example"})
    assert [(each.status_code, list(each.json()["details"])) for each in (wrong, own)] == [
        (422, ["domain"])
    ] * 2
    assert await island.count("domain_blocks") == 0
    for _ in range(2):
        assert good(await ada.api.post("/api/v1/domain_blocks", data={"domain": "Elsewhere.Example."})) == {}
    assert good(await ada.api.get("/api/v1/domain_blocks")) == ["elsewhere.example"]
    await fediverse.settle()
    assert sorted(each["type"] for each in stranger.heard) == ["Reject", "Undo"]
    assert await island.count("follows") == 1
    relation = await ada.relationship(stranger.handle)
    assert (relation["domain_blocking"], relation["following"], relation["followed_by"]) == (
        True,
        False,
        False,
    )
    assert (await ada.api.post(f"/api/v1/accounts/{account['id']}/follow")).status_code == 403

    stranger.heard.clear()
    letter = stranger.note(3, to=[ada.actor.uri], cc=[])
    for activity in (
        stranger.activity("Follow", ada.actor.uri),
        stranger.activity("Like", work),
        stranger.activity("Announce", work, to=[PUBLIC]),
        stranger.activity("Create", stranger.note(2, inReplyTo=work)),
        stranger.activity("Create", letter, to=[ada.actor.uri]),
    ):
        await stranger.send(island, activity)
    await fediverse.settle()
    assert [each["type"] for each in stranger.heard] == ["Reject"]
    counts = await island.counts()
    assert (counts["likes"], counts["boosts"], counts["works"]) == (0, 0, 2)
    for address in (work, ada.actor.uri, f"{ada.actor.uri}/followers", f"{work}/replies"):
        assert (await stranger.read(island, address)).status_code == 404, address
        assert (await other.read(island, address)).status_code == 200, address
    public = good(await ada.api.get("/api/v1/timelines/public"))
    assert [each["uri"] for each in public] == [work]

    await ada.sign_in()
    page = (await ada.browser.get("/settings")).text
    assert "<bdi>elsewhere.example</bdi>" in page
    again = await send(ada.browser, "/settings/domains/remove", {"domain": "elsewhere.example"})
    assert again.status_code == 303
    assert (await stranger.read(island, work)).status_code == 200
    refused = await send(ada.browser, "/settings/domains", {"domain": "two words"})
    assert (refused.status_code, 'value="two words"' in refused.text) == (422, True)
    assert (await send(ada.browser, "/settings/domains", {"domain": "bad.example"})).status_code == 303
    assert (
        good(await ada.api.request("DELETE", "/api/v1/domain_blocks", data={"domain": "bad.example"})) == {}
    )
    assert good(await ada.api.get("/api/v1/domain_blocks")) == []


@pytest.mark.rule("F-386", "F-109")
@pytest.mark.threat("ORI-15")
async def test_a_follower_is_removed_told_and_reads_from_that_moment_no_longer(fediverse: Fediverse) -> None:
    island, ada, stranger, _ = await strangers(fediverse)
    eve = await island.artist("eve")
    await eve.follow("ada@art.example")
    private = await ada.post(drawing(), visibility="private")
    await fediverse.settle()
    stranger.heard.clear()
    assert (await stranger.read(island, private["uri"])).status_code == 200
    assert (await eve.api.get(f"/api/v1/statuses/{private['id']}")).status_code == 200

    account = await ada.find(stranger.handle)
    for _ in range(2):
        answer = await ada.api.post(f"/api/v1/accounts/{account['id']}/remove_from_followers")
        assert good(answer)["followed_by"] is False
    await fediverse.settle()
    (told,) = stranger.heard
    assert (told["type"], told["object"]["type"], told["object"]["actor"]) == (
        "Reject",
        "Follow",
        stranger.uri,
    )
    assert (await stranger.read(island, private["uri"])).status_code == 404
    assert good(await ada.api.get(f"/api/v1/accounts/{account['id']}")) is not None
    assert (await ada.relationship(stranger.handle))["following"] is True

    await ada.sign_in()
    assert "@eve" in (await ada.browser.get("/followers")).text
    removed = await send(ada.browser, f"/followers/{eve.actor.id}/remove", {})
    assert removed.status_code == 303
    assert (await send(ada.browser, f"/followers/{eve.actor.id}/remove", {})).status_code == 404
    page = (await ada.browser.get("/followers")).text
    assert "Nobody follows you yet" in page
    assert (await eve.api.get(f"/api/v1/statuses/{private['id']}")).status_code == 404
    assert await eve.home() == []
