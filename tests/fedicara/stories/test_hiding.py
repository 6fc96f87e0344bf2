"""What an artist hides of themselves: from visitors everything, from everybody who follows whom."""

import httpx
import pytest

from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

LOGIN_ONLY = (
    "hidesToPublicFromUnauthedWeb",
    "hidesCcPublicFromUnauthedWeb",
    "requireSigninToViewContents",
)


async def settle_on(person: Person, *boxes: str) -> None:
    """Save the settings page with these boxes ticked."""
    await person.sign_in()
    fields = {"ai": "none", "licence": "all-rights-reserved", **dict.fromkeys(boxes, "yes")}
    assert (await send(person.browser, "/settings", fields)).status_code == 303


async def met(
    client: httpx.AsyncClient, words: str, status: str, account: str, pages: tuple[str, ...]
) -> set[str]:
    """Where a reader of pages and API meets somebody."""
    found = set()
    lists = ("/api/v1/timelines/public", "/tags/ink", "/", "/sitemap.xml", *pages)
    for path in (*lists, f"/api/v1/accounts/{account}/statuses"):
        if words in (await client.get(path)).text:
            found.add(path)
    for path in (f"/api/v1/statuses/{status}", f"/api/v1/accounts/{account}"):
        answer = await client.get(path)
        assert answer.status_code in (200, 404)
        found |= {path} if answer.status_code == 200 else set()
    return found


@pytest.mark.rule("F-032")
async def test_who_asks_elsewhere_for_people_with_an_account_is_kept_from_visitors(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art")
    ada, stranger = await island.artist("ada"), Stranger(fediverse)
    stranger.serve(stranger.uri, stranger.actor(**{LOGIN_ONLY[0]: True}))
    await ada.find(stranger.handle)
    note = stranger.note(
        cc=[ada.actor.uri],
        tag=[{"type": "Hashtag", "name": "#ink"}],
        content="<p>Quiet heron</p>",
        name="Quiet heron",
    )
    await stranger.send(island, stranger.activity("Create", note))
    await fediverse.settle()
    account, row = await ada.find(stranger.handle), await island.server.database.row("SELECT id FROM works")
    assert row is not None
    pages = (f"/@{stranger.handle}", f"/@{stranger.handle}/{row['id']}")
    whole = (str(row["id"]), account["id"], pages)
    async with island.client() as visitor:
        assert await met(visitor, "Quiet heron", *whole) == set()
        for path in (f"lookup?acct={stranger.handle}", f"{account['id']}/followers"):
            assert (await visitor.get(f"/api/v1/accounts/{path}")).status_code == 404
        for query in (stranger.handle, "mall"):
            assert good(await visitor.get("/api/v2/search", params={"q": query}))["accounts"] == []
    await ada.sign_in()
    assert {*pages, "/tags/ink"} <= await met(ada.browser, "Quiet heron", *whole)
    assert "/api/v1/timelines/public" in await met(ada.api, "Quiet heron", *whole)


@pytest.mark.rule("F-032")
async def test_an_artist_shows_their_works_to_people_with_an_account_alone(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", authorized_fetch=False)
    ada, eve, stranger = await island.artist("ada"), await island.artist("eve"), Stranger(fediverse)
    work = await ada.post(drawing(), status="#ink", fedicara={"title": "Quiet heron"})
    project = good(
        await ada.api.post(
            "/api/fedicara/v1/projects", json={"title": "Quiet heron week", "ids": [work["id"]]}
        )
    )
    await eve.sign_in()
    pages = (f"/@ada/{work['id']}", f"/@ada/projects/{project['id']}", "/@ada/projects")
    whole = ("Quiet heron", work["id"], str(ada.actor.id), pages)

    async with island.client() as visitor:
        assert len(await met(visitor, *whole)) == 9
        document = (await visitor.get(work["uri"], headers={"Accept": "application/activity+json"})).json()
        assert document["type"] == "Note"
        await settle_on(ada, "signin_only")
        assert await met(visitor, *whole) == set()
        absent = await visitor.get("/@ada")
        assert (absent.status_code, "Sign in" in absent.text) == (404, True)
        assert f"/@ada/{work['id']}" not in (await visitor.get("/sitemap.xml")).text
        found = await visitor.get("/search", params={"q": "@ada"})
        assert "Nothing was found" in found.text
        for path in (work["uri"], project["uri"], f"/@ada/{work['id']}"):
            answer = await visitor.get(path, headers={"Accept": "application/activity+json"})
            assert (answer.status_code, answer.headers.get("location")) in (
                (401, None),
                (303, work["uri"]),
            )
    assert {"/", "/tags/ink", *pages} <= await met(eve.browser, *whole)
    assert (await stranger.read(island, work["uri"])).json()["type"] == "Note"
    stated = (await stranger.read(island, ada.actor.uri)).json()
    assert [stated[name] for name in LOGIN_ONLY] == [True] * 3


async def listing(stranger: Stranger, island: Island, person: Person, name: str) -> tuple[set[str], int]:
    """What the root of a collection says, and how its page is answered."""
    address = f"{person.actor.uri}/{name}"
    root = (await stranger.read(island, address)).json()
    page = await stranger.read(island, f"{address}?page=true")
    return {"totalItems", "first"} & set(root), page.status_code


@pytest.mark.rule("F-263")
@pytest.mark.threat("AUD-15")
async def test_who_follows_whom_and_how_many_are_hidden_on_every_surface(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, eve, stranger = await island.artist("ada"), await island.artist("eve"), Stranger(fediverse)
    await eve.follow("ada@art.example")
    await ada.follow("eve@art.example")
    await fediverse.settle()
    address = f"/api/v1/accounts/{ada.actor.id}"
    async with island.client() as visitor:

        async def told() -> tuple[list[int], list[int], object]:
            account = good(await visitor.get(address))
            lists = [len(good(await visitor.get(f"{address}/{name}"))) for name in ("followers", "following")]
            return (
                lists,
                [account["followers_count"], account["following_count"]],
                account["hide_collections"],
            )

        assert await told() == ([1, 1], [1, 1], False)
        for name in ("followers", "following"):
            assert await listing(stranger, island, ada, name) == ({"totalItems", "first"}, 200)
        await settle_on(ada, "hides_lists")
        assert await told() == ([0, 0], [1, 1], True)
        for name in ("followers", "following"):
            assert await listing(stranger, island, ada, name) == ({"totalItems"}, 404)
        await settle_on(ada, "hides_counts")
        assert await told() == ([0, 0], [0, 0], True)
        for name in ("followers", "following"):
            assert await listing(stranger, island, ada, name) == (set(), 404)
    assert await listing(stranger, island, ada, "outbox") == ({"totalItems", "first"}, 200)
    own = good(await ada.api.get("/api/v1/accounts/verify_credentials"))
    assert (own["followers_count"], own["source"]["hide_collections"]) == (1, True)
    assert [each["username"] for each in good(await ada.api.get(f"{address}/followers"))] == ["eve"]
    assert good(await eve.api.get(f"{address}/followers")) == []
