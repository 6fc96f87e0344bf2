"""Somebody leaves for good, or the whole place does: everybody is told, nothing stays but the name and tombstones."""

import asyncio
import contextlib

import pytest

from activitypub.names import ACTIVITY_JSON
from fedicara.actions import accounts, deletion, retirement
from fedicara.actions.errors import Invalid
from fedicara.app import create
from fedicara.jobs.queue import Claim
from fedicara.models import Account
from fedicara.models.accounts import Role
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import PASSWORD, Fediverse, Island, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

DOCUMENT = {"Accept": ACTIVITY_JSON}


@pytest.mark.rule("F-237", "F-208", "F-388", "F-021")
@pytest.mark.threat("API-20")
async def test_who_leaves_is_gone_here_at_once_and_elsewhere_once_it_is_told(fediverse: Fediverse) -> None:
    island, other = await fediverse.island("art", cloak="none"), await fediverse.island("there")
    ada, bob, eve = await island.artist("ada"), await island.artist("bob"), await other.artist("eve")
    stranger = Stranger(fediverse)
    await eve.follow("ada@art.example")
    await fediverse.settle()
    await stranger.send(island, stranger.activity("Flag", ada.actor.uri))
    work = await ada.post(drawing(), status="Going soon")
    unread = await ada.post(drawing(), status="For followers", visibility="private")
    await ada.upload(drawing())
    wish = {"title": "Week", "ids": [work["id"]]}
    project = good(await ada.api.post("/api/fedicara/v1/projects", json=wish))
    good(await ada.api.post("/api/v1/domain_blocks", json={"domain": "bad.example"}))
    others = (await bob.post(drawing(), status="Another's"))["id"]
    good(await ada.api.post(f"/api/v1/statuses/{others}/favourite"))
    await fediverse.settle()
    assert work["uri"] in [each["uri"] for each in await eve.home()]
    await ada.sign_in()
    with island.server.database.bound():
        await Account.filter(actor_id=ada.actor.id).update(role=Role.OWNER)
    kept = await send(ada.browser, "/settings/delete", {"farewell": PASSWORD})
    assert "only owner" in wrong(kept)[0]
    with island.server.database.bound():
        await Account.filter(actor_id=bob.actor.id).update(role=Role.OWNER)
    refused = await send(ada.browser, "/settings/delete", {"farewell": "wrong"})
    assert (refused.status_code, len(wrong(refused))) == (422, 1)
    gone = await send(ada.browser, "/settings/delete", {"farewell": PASSWORD})
    assert (gone.status_code, "is deleted" in gone.text) == (200, True)
    async with island.client() as visitor:
        assert (await visitor.get("/@ada")).status_code == 404
        assert (await visitor.get(f"/@ada/{work['id']}")).status_code == 404
        stone = await visitor.get(ada.actor.uri, headers=DOCUMENT)
        assert (stone.status_code, stone.json()["type"], stone.json()["formerType"]) == (
            410,
            "Tombstone",
            "Person",
        )
        assert (await visitor.get(f"{ada.actor.uri}/outbox", headers=DOCUMENT)).status_code == 410
        assert (await visitor.post(f"{ada.actor.uri}/inbox", content=b"{}")).status_code == 410
    assert (await ada.api.get("/api/v1/accounts/verify_credentials")).status_code == 401
    await fediverse.settle()
    (delete,) = [each for each in stranger.heard if each["type"] == "Delete"]
    assert (delete["object"], delete["actor"]) == (ada.actor.uri, ada.actor.uri)
    assert await eve.home() == []
    assert await other.count("actors", "username = 'ada'") == 0
    rows = (("works", work["uri"], 410), ("works", unread["uri"], 404), ("projects", project["uri"], 410))
    for kind, uri, status in rows:
        assert await island.count(kind, "uri = $1", uri) == 0
        assert (await stranger.read(island, uri)).status_code == status
    assert await island.count("tombstones") == 4
    assert await other.count("projects") == 0
    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    suffixes = [path.suffix for path in island.files()]
    assert suffixes.count(".original") == 1, "of bob, who stays"
    assert len(suffixes) == 1 + await island.count("renditions")
    for table in ("likes", "sessions", "mentions", "domain_blocks"):
        assert await island.count(table) == 0
    assert await island.count("reports", "decision = ''") == 0
    assert await island.count("keys", "actor_id = $1", ada.actor.id) == 2
    with island.server.database.bound(), pytest.raises(Invalid, match="taken"):
        await accounts.create(island.server, accounts.NewAccount("Ada", PASSWORD))
    fediverse.clock.advance(days=31)
    await fediverse.settle()
    assert await island.count("keys", "actor_id = $1", ada.actor.id) == 0


async def test_a_removal_that_was_cut_short_goes_on_with_what_is_left(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    island = await fediverse.island("art", cloak="none")
    ada = await island.artist("ada")
    for number in range(3):
        await ada.post(status=f"Number {number}")
    monkeypatch.setattr(deletion, "_BATCH", 1)
    with island.server.database.bound():
        await deletion.delete(island.server, "test", ada.actor)
        await deletion.delete(island.server, "test", ada.actor)
        claim = Claim(1, deletion.ERASE, "", {"actor": ada.actor.id}, 0)
        job = asyncio.create_task(deletion.erase(island.server, claim))
        while await island.count("works") == 3:
            await asyncio.sleep(0)
        job.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await job
    await fediverse.settle()
    assert (await island.count("works"), await island.count("tombstones")) == (0, 4)
    assert await island.count("audit") == 1


@pytest.mark.rule("F-389")
async def test_a_place_that_retires_says_so_of_everybody_and_then_answers_410(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", cloak="none")
    ada, stranger = await island.artist("ada"), Stranger(fediverse)
    await stranger.send(island, stranger.activity("Follow", ada.actor.uri))
    await ada.post(status="The last word")
    await fediverse.settle()
    stranger.heard.clear()
    await _retire(fediverse, island)
    assert [each["object"] for each in stranger.heard] == [
        ada.actor.uri,
        f"{island.server.settings.base_url}/actor",
    ]
    fediverse.router.join(island.host, create(island.server))
    like = stranger.activity("Like", ada.actor.uri)
    async with island.client() as visitor:
        for path in ("/", "/@ada", "/robots.txt", "/actor", "/api/v1/timelines/public", "/nothing"):
            assert (await visitor.get(path)).status_code == 410
    assert (await stranger.send(island, like)).status_code == 410


async def _retire(world: Fediverse, island: Island) -> None:
    with island.server.database.bound():
        await retirement.begin(island.server, "test")
        with pytest.raises(Invalid, match="closing"):
            await accounts.create(island.server, accounts.NewAccount("late", PASSWORD))
        assert await retirement.waiting(island.server) > 0
        await world.settle()
        assert await retirement.waiting(island.server) == 0
        async with island.client() as visitor:
            assert (await visitor.get("/")).status_code == 200
        await retirement.close(island.server, "test")
    await world.settle()
