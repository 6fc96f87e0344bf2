"""Lists of posts: what is in them, their pages, and what is remembered of them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fedicara.federation.heard.posts import count_anew
from fedicara.models import Actor, Block, Boost, Like, Quotation, Work
from tests.fediverse import Fediverse, Island, Person, drawing, good

pytestmark = pytest.mark.anyio

PUBLIC = "/api/v1/timelines/public"


async def lines(ada: Person, count: int) -> list[str]:
    """Posts of one line each, oldest first."""
    return [
        good(await ada.api.post("/api/v1/statuses", json={"status": f"Line {number}"}))["id"]
        for number in range(count)
    ]


async def ids(island: Island, query: str = "") -> list[str]:
    return [each["id"] for each in good(await island.client().get(f"{PUBLIC}{query}"))]


@pytest.mark.rule("A-021")
async def test_a_timeline_is_read_in_pages_from_either_end(island: Island) -> None:
    made = await lines(await island.artist("ada"), 5)
    newest = made[::-1]
    assert await ids(island) == newest
    assert await ids(island, "?limit=2") == newest[:2]
    assert await ids(island, f"?limit=2&max_id={made[3]}") == newest[2:4]
    assert await ids(island, f"?limit=2&min_id={made[0]}") == [made[2], made[1]]
    assert await ids(island, f"?limit=2&since_id={made[0]}") == newest[:2]


@pytest.mark.rule("A-021")
@pytest.mark.threat("DOS-23")
@pytest.mark.parametrize(
    "query", ["?limit=abc", "?max_id=x&limit=-5x", "?since_id=1.5", "?limit=", "?max_id=-1"]
)
async def test_rubbish_in_a_paging_parameter_gives_the_default(island: Island, query: str) -> None:
    made = await lines(await island.artist("ada"), 2)
    assert await ids(island, query) == made[::-1]


@pytest.mark.rule("A-021")
@pytest.mark.threat("DOS-23")
async def test_a_page_has_forty_posts_at_most(island: Island) -> None:
    await lines(await island.artist("ada"), 42)
    assert len(await ids(island, "?limit=1000000000")) == 40
    assert len(await ids(island)) == 20
    assert len(await ids(island, "?limit=0")) == 1


@pytest.mark.rule("A-022")
async def test_the_link_header_leads_through_the_whole_timeline(island: Island) -> None:
    made = await lines(await island.artist("ada"), 5)
    pages: list[list[str]] = []
    address = f"{PUBLIC}?limit=2&local=true"
    while True:
        answer = await island.client().get(address)
        if not answer.json():
            assert "link" not in answer.headers
            break
        address = answer.links["next"]["url"]
        assert address.startswith("https://art.example/api/v1/timelines/public?")
        assert parse_qs(urlsplit(address).query)["local"] == ["true"]
        back = await island.client().get(answer.links["prev"]["url"])
        assert [each["id"] for each in back.json()] == (pages[-1] if pages else [])
        pages.append([each["id"] for each in answer.json()])
    found = [each for page in pages for each in page]
    assert found == made[::-1]


@pytest.mark.rule("A-151", "A-117")
async def test_the_public_timeline_holds_what_is_public_published_and_asked_for(island: Island) -> None:
    ada = await island.artist("ada")
    await lines(ada, 1)
    for wish in ({"visibility": "unlisted"}, {"visibility": "private"}, {"local_only": True}):
        good(await ada.api.post("/api/v1/statuses", json={"status": "Not here", **wish}))
    async with island.working():
        pictured = (await ada.post(drawing()))["id"]
    with island.server.database.bound():
        eve = await Actor.create(uri="https://there.example/u/eve", username="eve", domain="there.example")
        remote = await Work.create(uri="https://there.example/1", actor=eve, content="<p>Far away</p>")
        await Work.create(uri="https://there.example/2", actor=eve, in_reply_to="https://art.example/1")
    everything = await ids(island)
    assert len(everything) == 3
    assert await ids(island, "?only_media=true") == [pictured]
    assert str(remote.id) not in await ids(island, "?local=true")
    assert await ids(island, "?remote=true") == [str(remote.id)]


@pytest.mark.rule("A-024")
async def test_remembered_posts_change_with_the_post_its_author_and_its_counts(island: Island) -> None:
    ada = await island.artist("ada")
    (identifier,) = await lines(ada, 1)
    path = f"/api/v1/statuses/{identifier}"

    async def first(client: Any) -> Any:
        return good(await client.get(PUBLIC))[0]

    assert (await first(island.client()))["favourites_count"] == 0
    good(await ada.api.put(path, json={"status": "Another line"}))
    assert "Another line" in (await first(island.client()))["content"]
    async with island.server.database.transaction():
        work = await Work.get(id=int(identifier))
        eve = await Actor.create(uri="https://there.example/u/eve", username="eve", domain="there.example")
        await Like.create(uri="https://there.example/l/1", actor=eve, work=work)
        await Boost.create(uri="https://there.example/b/1", actor=eve, work=work)
        await count_anew([work.id])
        ada.actor.name, ada.actor.revision = "Ada Example", ada.actor.revision + 1
        await ada.actor.save()
    seen = await first(island.client())
    assert (seen["favourites_count"], seen["reblogs_count"]) == (1, 1)
    assert seen["account"]["display_name"] == "Ada Example"
    assert seen == good(await island.client().get(path))
    good(await ada.api.delete(path))
    assert good(await island.client().get(PUBLIC)) == []


@pytest.mark.rule("A-150", "A-063")
async def test_home_shows_posts_and_boosts_of_the_people_one_follows(island: Island) -> None:
    ada, bob, eve = [await island.artist(name) for name in ("ada", "bob", "eve")]
    await bob.follow("ada")
    own, theirs = (await lines(ada, 1))[0], (await lines(eve, 1))[0]
    with island.server.database.bound():
        boost = await Boost.create(
            uri="https://art.example/b/1", actor=ada.actor, work=await Work.get(id=int(theirs))
        )
    shown, line = await bob.home()
    assert (line["id"], line["reblog"]) == (own, None)
    assert (shown["id"], shown["account"]["acct"]) == (str(boost.id), "ada")
    assert (shown["reblog"]["id"], shown["reblog"]["account"]["acct"]) == (theirs, "eve")
    assert (shown["media_attachments"], shown["reblog"]["reblog"]) == ([], None)
    older = await bob.api.get("/api/v1/timelines/home", params={"limit": 1})
    assert [each["id"] for each in good(await bob.api.get(older.links["next"]["url"]))] == [own]


@pytest.mark.threat("MOD-03", "AUD-06")
async def test_a_quote_of_somebody_whom_one_blocks_is_not_printed_for_oneself_alone(island: Island) -> None:
    ada, bob, eve = [await island.artist(name) for name in ("ada", "bob", "eve")]
    (quoted,), (quoting,) = await lines(ada, 1), await lines(bob, 1)
    with island.server.database.bound():
        work = await Work.get(id=quoted)
        await Quotation.create(work_id=int(quoting), quoted=work.uri, state="granted")

    async def shown() -> list[bool]:
        listed = [good(await each.get(PUBLIC)) for each in (island.client(), bob.api, eve.api)]
        return [bool(each.get("quote")) for found in listed for each in found if each["id"] == quoting]

    assert await shown() == [True, True, True]
    with island.server.database.bound():
        await Block.create(actor_id=eve.actor.id, target_id=ada.actor.id)
    island.server.recent.clear()
    assert await shown() == [True, True, False]


@pytest.mark.rule("P-207", "A-010")
async def test_a_place_may_ask_for_an_account_before_it_shows_lists_of_everybodys_works(
    world: Fediverse,
) -> None:
    closed = await world.island("closed", cloak="none", timelines_need_account=True)
    ada = await closed.artist("ada")
    status = good(await ada.api.post("/api/v1/statuses", json={"status": "Between us #ink"}))
    await ada.sign_in()
    work = urlsplit(status["url"]).path
    async with closed.client() as visitor:
        for query in ("", "?local=true", "?only_media=true"):
            refused = await visitor.get(f"{PUBLIC}{query}")
            assert refused.status_code == 401
            assert refused.json() == {"error": "This method requires an authenticated user"}
            assert refused.headers["access-control-allow-origin"] == "*"
        stale = await visitor.get(PUBLIC, headers={"Authorization": "Bearer nobodys"})
        assert stale.status_code == 401
        front = await visitor.get("/")
        assert ("Between us" in front.text, "people with an account" in front.text) == (False, True)
        assert (await visitor.get("/tags/ink")).headers["location"] == "/sign-in?next=/tags/ink"
        # What is not such a list is as public as before.
        for path in (work, "/@ada", f"/api/v1/statuses/{status['id']}"):
            assert "Between us" in (await visitor.get(path)).text, path
    assert [each["id"] for each in good(await ada.api.get(PUBLIC))] == [status["id"]]
    for path in ("/", "/tags/ink"):
        assert work in (await ada.browser.get(path)).text, path
