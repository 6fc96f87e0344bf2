"""Somebody looks for people and works of other servers, by everything that names them."""

import pytest

from activitypub import pages
from activitypub.names import ACTIVITY_JSON
from tests.fediverse import Fediverse, Island, Json, Person, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


def page(stranger: Stranger, path: str, document: str) -> str:
    """A page for people that names its document; its address."""
    html = f'<!doctype html><title>A page</title><link rel="alternate" type="{ACTIVITY_JSON}" href="{document}"><p>Hi'
    return stranger.serve_bytes(path, html.encode(), "text/html; charset=utf-8")


async def search(person: Person, text: str, **more: str) -> Json:
    """What an app of the person finds, others asked."""
    return good(await person.api.get("/api/v2/search", params={"q": text, "resolve": "true", **more}))


async def ada_of(world: Fediverse) -> tuple[Island, Person]:
    island = await world.island("art")
    ada = await island.artist("ada")
    await ada.sign_in()
    return island, ada


@pytest.mark.rule("F-274", "F-351", "F-271", "F-006")
@pytest.mark.threat("DISC-01")
async def test_people_and_posts_are_found_by_handle_by_id_and_by_page(fediverse: Fediverse) -> None:
    island, ada = await ada_of(fediverse)
    stranger = Stranger(fediverse)
    liar = Stranger(fediverse, host="liar.example")
    liar.serve(liar.uri, liar.actor(url=f"{stranger.origin}/@mallory"))
    assert (await search(ada, liar.uri))["accounts"]
    profile, note = f"{stranger.origin}/@mallory", stranger.note(1, url=f"{stranger.origin}/@mallory/1")
    stranger.serve(note["id"], note)
    page(stranger, "/@mallory", "/users/mallory")
    page(stranger, "/@mallory/1", note["id"])
    names = (f"@{stranger.handle}", stranger.handle, f"acct:{stranger.handle}", stranger.uri, profile)
    for text in names:
        found = await search(ada, text)
        assert [each["uri"] for each in found["accounts"]] == [stranger.uri], text
        assert found["statuses"] == []
        assert f'href="/@{stranger.handle}"' in (await ada.browser.get("/search", params={"q": text})).text
    for text in (note["id"], note["url"], f"{note['id']}#part"):
        found = await search(ada, text)
        assert [each["uri"] for each in found["statuses"]] == [note["id"]], text
        assert found["accounts"] == []
        assert (await search(ada, text, type="accounts"))["statuses"] == []
        assert "A note from elsewhere" in (await ada.browser.get("/search", params={"q": text})).text
        there = await ada.browser.get("/authorize_interaction", params={"uri": text})
        assert there.status_code == 303
        assert there.headers["location"].startswith(f"/@{stranger.handle}/")
    await opened_once(fediverse, ada, note["id"], there.headers["location"])
    far = await (await fediverse.island("far")).artist("bob")
    theirs = good(await far.api.post("/api/v1/statuses", json={"status": "Far away"}))
    for address, document in ((theirs["url"], theirs["uri"]), ("https://far.example/@bob", far.actor.uri)):
        async with far.island.client() as visitor:
            assert pages.alternate((await visitor.get(address)).text, address) == document
        found = await search(ada, address)
        assert [each["uri"] for each in (*found["accounts"], *found["statuses"])] == [document]
    own = await ada.api.post("/api/v1/statuses", json={"status": "Mine"})
    address = island.server.url(f"/@ada/{own.json()['id']}")
    for text in (own.json()["uri"], address):
        assert [each["content"] for each in (await search(ada, text))["statuses"]] == ["<p>Mine</p>"]
    assert [each["uri"] for each in await ada.home()] == [own.json()["uri"]]
    public = good(await ada.api.get("/api/v1/timelines/public"))
    assert [each["uri"] for each in public] == [own.json()["uri"]]


async def opened_once(world: Fediverse, ada: Person, post: str, path: str) -> None:
    """A visitor who opens the post makes nobody ask for replies, somebody signed in does once (F-356, SSRF-18)."""
    await world.settle()
    asked = len([each for each in world.router.exchanges if each.url == post])
    async with ada.island.client() as visitor:
        assert "A note from elsewhere" in (await visitor.get(path)).text
    await world.settle()
    assert len([each for each in world.router.exchanges if each.url == post]) == asked
    for _ in range(2):
        assert "A note from elsewhere" in (await ada.browser.get(path)).text
        good(await ada.api.get(f"/api/v1/statuses/{path.rpartition('/')[2]}/context"))
        await world.settle()
    assert len([each for each in world.router.exchanges if each.url == post]) == asked + 1


@pytest.mark.rule("F-274", "F-350", "F-351")
@pytest.mark.threat("SSRF-18")
async def test_what_may_not_be_believed_or_read_is_not_found_and_visitors_make_nobody_ask(
    fediverse: Fediverse,
) -> None:
    island, ada = await ada_of(fediverse)
    bob = await island.artist("bob")
    stranger = Stranger(fediverse)
    other = Stranger(fediverse, host="other.example")
    private = stranger.note(2, to=[f"{stranger.uri}/followers"], cc=[])
    foreign = stranger.note(3, attributedTo=other.uri)
    for note in (private, foreign):
        stranger.serve(note["id"], note)
    twice = page(stranger, "/twice", page(stranger, "/once", stranger.uri))
    inward = page(stranger, "/inward", "https://127.0.0.1/x")
    home = page(stranger, "/home", ada.actor.uri)
    secret = good(
        await bob.api.post("/api/v1/statuses", json={"status": "@bob only", "visibility": "direct"})
    )
    texts = (
        *(private["id"], foreign["id"], twice, inward, home, f"{stranger.origin}/missing", secret["uri"]),
        *("https://", "https://[::1", "x@", "@@", "acct:", "a" * 3_000),
    )
    for text in texts:
        found = await search(ada, text)
        assert (found["accounts"], found["statuses"]) == ([], []), text
        assert "Nothing was found" in (await ada.browser.get("/search", params={"q": text})).text
    assert await island.count("works", "retrieved = TRUE") == 0
    before = len(fediverse.router.sent("GET", stranger.host))
    async with island.client() as visitor:
        for text in (*texts, stranger.uri, stranger.handle, f"{stranger.origin}/once"):
            for path in ("/search", "/api/v2/search", "/authorize_interaction"):
                await visitor.get(path, params={"q": text, "uri": text, "resolve": "true"})
    assert len(fediverse.router.sent("GET", stranger.host)) == before


@pytest.mark.threat("DISC-04")
async def test_a_look_alike_is_shown_for_what_it_is(fediverse: Fediverse) -> None:
    _, ada = await ada_of(fediverse)
    # Cyrillic letters that look like apple.example.
    spelled, ascii_name = "\u0430\u0440\u0440\u04cf\u0435.example", "xn--80ak6aa92e.example"
    stranger = Stranger(fediverse, host=ascii_name, name="eve")
    fediverse.router.join(
        spelled, stranger
    )  # The client of the tests spells hosts so, on the wire they are ASCII.
    stranger.serve(stranger.uri, stranger.actor(name="@ada@art.example \u202e\u200b\u2066"))
    for text in (f"@eve@{spelled}", f"@eve@{ascii_name}"):
        [found] = (await search(ada, text))["accounts"]
        assert (found["acct"], found["display_name"]) == (f"eve@{ascii_name}", "@ada@art.example")
    note = stranger.note(1)
    stranger.serve(note["id"], note)
    for path, params in (
        ("/search", {"q": found["acct"]}),
        (f"/@{found['acct']}", {}),
        ("/search", {"q": note["id"]}),
    ):
        shown = (await ada.browser.get(path, params=params)).text
        assert "@ada@art.example" in shown
        assert f"@eve@{ascii_name}" in shown.partition("</header>")[2]
        assert spelled not in shown
        assert not {"\u202e", "\u200b", "\u2066"} & set(shown)
