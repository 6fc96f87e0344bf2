"""The administrators' page for the policy of the place, and what it changes."""

import time
from html import unescape

import httpx
import pytest

from fedicara.app import close_server, open_server
from fedicara.models import Account, AuditEntry, PlacePolicy, Work
from fedicara.models.accounts import Role
from fedicara.reads import stated
from tests.fedicara.rooms import posted
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Island, Person

pytestmark = pytest.mark.anyio
PAGE = "/settings/place"


@pytest.fixture
async def admin(island: Island, ada: Person) -> Person:
    """An artist who looks after the place."""
    with island.server.database.bound():
        await Account.filter(actor_id=ada.actor.id).update(role=Role.ADMIN)
    return ada


@pytest.mark.rule("P-014", "P-016", "P-017", "P-018", "P-022", "P-025", "P-026")
async def test_what_an_administrator_sets_is_said_by_every_mouth_with_the_next_answer(
    island: Island, admin: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        work = await posted(bob.actor, policy={"search": "allow"})
        await posted(bob.actor)
    assert (await visitor.get("/robots.txt")).text.count("search=y") > 0
    preview = await send(admin.browser, PAGE, {"default.search": "deny", "do": "preview"}, PAGE)
    assert "noai, noimageai, noindex, noimageindex" in preview.text
    assert "noindex" not in (await visitor.get("/@bob")).headers["x-robots-tag"]
    document = {"Accept": "application/activity+json"}
    assert "search=y" in (await visitor.get("/actor", headers=document)).json()["contentUsage"]
    stricter = {"default.search": "deny", "floor.search": "deny", "do": "save"}
    assert (await send(admin.browser, PAGE, stricter, PAGE)).status_code == 303
    for path in ("/", "/@bob", f"/@bob/{work.id}", "/actor", "/api/v1/timelines/public", "/nothing"):
        answer = await visitor.get(path)
        assert answer.headers["x-robots-tag"] == "noai, noimageai, noindex, noimageindex", path
        assert answer.headers["content-usage"] == "train-ai=n, search=n", path
    assert "search=n" in (await visitor.get("/robots.txt")).text
    assert "search=n" in (await visitor.get("/actor", headers=document)).json()["contentUsage"]
    info = (await visitor.get("/nodeinfo/2.1")).json()
    assert info["metadata"]["aiPolicy"]["contentUsage"] == "train-ai=n, search=n"
    # The artist's own choice stays stored, and is said to be bounded.
    with island.server.database.bound():
        assert (await Work.get(id=work.id)).policy == {"search": "allow"}
    form = (await bob.browser.get(f"/@bob/{work.id}/edit")).text
    assert "“may not list it” is stated instead" in form
    refused = await bob.api.put(f"/api/v1/statuses/{work.id}", data={"fedicara[policy][ai_train]": "allow"})
    assert refused.status_code == 422
    looser = {"default.search": "allow", "floor.search": "allow", "do": "save"}
    asked = await send(admin.browser, PAGE, looser, PAGE)
    assert "1 published work takes it from above" in unescape(asked.text)
    assert "noindex" in (await visitor.get("/")).headers["x-robots-tag"]
    assert (await send(admin.browser, PAGE, {**looser, "confirmed": "yes"}, PAGE)).status_code == 303
    assert "noindex" not in (await visitor.get("/")).headers["x-robots-tag"]
    with island.server.database.bound():
        assert [entry.action for entry in await AuditEntry.all()] == ["policy set", "policy set"]


@pytest.mark.rule("P-010", "P-014", "P-015")
async def test_the_page_is_for_administrators_and_takes_no_contradiction(
    island: Island, admin: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    assert (await visitor.get(PAGE)).headers["location"] == "/sign-in?next=/settings/place"
    assert (await bob.browser.get(PAGE)).status_code == 403
    assert (await send(bob.browser, PAGE, {"default.search": "deny"})).status_code == 403
    for fields in (
        {"default.ai_train": "allow"},
        {"default.tdm": "open"},
        {"floor.search": "deny"},
        {"ceiling.ai_train": "deny"},
        {"default.search": "perhaps"},
        {"default.anonymous_media": "none", "ceiling.anonymous_media": "preview"},
    ):
        answer = await send(admin.browser, PAGE, fields, PAGE)
        assert (answer.status_code, len(wrong(answer))) == (422, 1), fields
    with island.server.database.bound():
        assert not await PlacePolicy.exists()


@pytest.mark.rule("P-017")
async def test_another_process_says_it_as_soon_as_it_looks_again(
    island: Island, admin: Person, visitor: httpx.AsyncClient
) -> None:
    other = await open_server(island.server.settings)
    try:
        await send(admin.browser, PAGE, {"default.noarchive": "on", "do": "save"}, PAGE)
        before, other.stated.looked = other.policy(), time.monotonic() - 2
        await stated.look(other)
        assert (before.noarchive, other.policy().noarchive) == ("off", "on")
        assert "noarchive" in (await visitor.get("/")).headers["x-robots-tag"]
    finally:
        await close_server(other)
