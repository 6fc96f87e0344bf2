"""What follows when an account or the place states something else."""

import httpx
import pytest

from fedicara.actions import place_policy
from fedicara.actions.place_policy import Change
from fedicara.federation.said.documents import actor_document
from fedicara.models import Activity, Actor, PolicyChange, Rendition
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Fediverse, Island, Person, drawing

pytestmark = pytest.mark.anyio
WHOLE = {"name": "Ada", "summary": "", "ai": "none", "licence": "cc-by", "indexable": "yes"}


async def sizes(island: Island) -> dict[str, Rendition]:
    """Every size of the one picture, by name."""
    with island.server.database.bound():
        return {each.name: each for each in await Rendition.all()}


async def said(island: Island) -> list[str]:
    """What was said to other servers, oldest first."""
    with island.server.database.bound():
        return [activity.type for activity in await Activity.all().order_by("id")]


@pytest.mark.rule("P-017", "P-019", "P-022", "P-101", "P-146")
async def test_an_account_that_becomes_stricter_changes_all_that_was_published(
    world: Fediverse, island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    public = await ada.post(drawing(), status="Heron")
    await world.settle()
    before = await sizes(island)
    await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny"})
    status = (await ada.api.get(f"/api/v1/statuses/{public['id']}")).json()
    assert status["ai_policy"]["search"] == "deny"
    old = f"/media/{before['large'].key}"
    assert "noindex" in (await visitor.get(old)).headers["x-robots-tag"]
    with island.server.database.bound():
        document = await actor_document(island.server, await Actor.get(id=ada.actor.id))
    # Whoever may not be searched is not to be indexed by other servers either.
    assert document["indexable"] is False
    await world.settle()
    after = await sizes(island)
    for name, size in after.items():
        assert size.key != before[name].key
        content = (await visitor.get(f"/media/{size.key}")).content
        assert b'ldf/vocab/DMI-PROHIBITED"' in content
        for method in ("GET", "HEAD"):
            moved = await visitor.request(method, f"/media/{before[name].key}")
            assert (moved.status_code, moved.headers["location"]) == (
                301,
                f"{island.server.settings.base_url}/media/{size.key}",
            )
            assert moved.headers["content-usage"] == "train-ai=n, search=n"
    assert (await said(island))[:2] == ["Create", "Update"]
    assert "Update" in (await said(island))[2:]
    found = (await ada.browser.get("/settings/policy-history.json")).json()
    changes = [(each["subject"], each["by"], each["policy"]["search"]) for each in found["changes"]]
    uri = status["uri"]
    assert changes == [
        (uri, "ada", "allow"),
        (ada.actor.uri, "ada", "deny"),
        (uri, "ada", "deny"),
    ]
    hashes = {each["sha256"]: each["until"] for each in found["files"]}
    assert all(hashes[size.sha256] for size in before.values())
    assert all(hashes[size.sha256] is None for size in after.values())
    # Nothing more happens when the same is said again.
    told = await said(island)
    await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny"})
    await world.settle()
    with island.server.database.bound():
        assert await PolicyChange.all().count() == 3
    assert {each.key for each in (await sizes(island)).values()} == {each.key for each in after.values()}
    assert (await said(island))[len(told) :] == ["Update"]
    # What stands in headers alone is told to nobody; what stands in documents alone changes no file.
    for choice, updates in (({"policy.noarchive": "on"}, 1), ({"policy.licensing": "none"}, 2)):
        told = await said(island)
        stricter = {**WHOLE, "policy.search": "deny", "policy.noarchive": "on", **choice}
        await send(ada.browser, "/settings", stricter)
        await world.settle()
        assert (await said(island))[len(told) :] == ["Update"] * updates, choice
    assert {each.key for each in (await sizes(island)).values()} == {each.key for each in after.values()}


@pytest.mark.rule("P-018")
async def test_an_account_is_loosened_only_by_who_confirms_it(
    world: Fediverse, ada: Person, visitor: httpx.AsyncClient
) -> None:
    await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny"})
    await ada.post(drawing(), status="Heron")
    await world.settle()
    asked = await send(ada.browser, "/settings", WHOLE)
    assert asked.status_code == 422
    assert "1 published work takes it from above" in asked.text
    assert "Copies that others hold already keep what they were told" in asked.text
    assert 'name="confirmed"' in asked.text
    assert "noindex" in (await visitor.get("/@ada")).headers["x-robots-tag"]
    assert wrong(asked) == []
    assert (await send(ada.browser, "/settings", {**WHOLE, "confirmed": "yes"})).status_code == 303
    assert "noindex" not in (await visitor.get("/@ada")).headers["x-robots-tag"]


@pytest.mark.rule("P-016", "P-017", "P-019")
async def test_a_higher_floor_reaches_every_file_and_every_follower(
    world: Fediverse, island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    public = await ada.post(drawing(), status="Heron")
    await ada.post(drawing(64, 96), status="Mine", visibility="private")
    await world.settle()
    told = await said(island)
    stricter = Change({"search": "deny"}, {"search": "deny"})
    with island.server.database.bound():
        await place_policy.change_place(island.server, "command line", stricter)
    world.clock.advance(seconds=3)
    await world.settle()
    # What is for followers stated it already, and nobody is told again.
    news = (await said(island))[len(told) :]
    assert set(news) == {"Update"}
    with island.server.database.bound():
        about = {each.work_id for each in await Activity.filter(type="Update").order_by("id")}
        subjects = [each.subject for each in await PolicyChange.all().order_by("id")][-2:]
        keys = await Rendition.filter(picture__work_id=int(public["id"])).values_list("key", flat=True)
    assert about == {None, int(public["id"])}
    assert subjects == [island.server.url("/"), public["uri"]]
    for key in keys:
        assert b'ldf/vocab/DMI-PROHIBITED"' in (await visitor.get(f"/media/{key}")).content
