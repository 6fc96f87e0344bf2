"""Artists' pages, following, requests, finding, and what is new at home."""

import re

import httpx
import pytest

from fedicara.models import Actor
from tests.fedicara.rooms import stranger
from tests.fedicara.web.forms import send
from tests.fediverse import Island, Person, drawing

pytestmark = pytest.mark.anyio


async def test_a_gallery_shows_name_statement_policy_and_works(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    await send(
        ada.browser, "/settings", {"name": "Ada M.", "summary": "I *draw*.", "ai": "none", "licence": "cc-by"}
    )
    await ada.post(drawing(), status="One")
    page = (await visitor.get("/@ada")).text
    assert "<bdi>Ada M.</bdi></h1>" in page
    assert "<em>draw</em>" in page
    assert "This artist states: no AI training" in page
    assert page.count('<li class="tile') == 1
    assert "/sign-in?next=" in page


@pytest.mark.parametrize("name", ["nobody", "art.example", "ada@elsewhere.example", "a b", "@ada"])
async def test_a_page_of_nobody_is_not_found(ada: Person, visitor: httpx.AsyncClient, name: str) -> None:
    assert (await visitor.get(f"/@{name}")).status_code == 404


async def test_following_and_unfollowing_with_the_form(ada: Person, bob: Person) -> None:
    assert 'action="/@ada/follow"' in (await bob.browser.get("/@ada")).text
    assert (await send(bob.browser, "/@ada/follow", {})).headers["location"] == "/@ada"
    assert 'action="/@ada/unfollow"' in (await bob.browser.get("/@ada")).text
    assert "Follows you" in (await ada.browser.get("/@bob")).text
    await send(bob.browser, "/@ada/unfollow", {})
    assert 'action="/@ada/follow"' in (await bob.browser.get("/@ada")).text


async def test_nobody_follows_themselves(ada: Person) -> None:
    answer = await send(ada.browser, "/@ada/follow", {})
    assert answer.status_code == 422
    assert "cannot follow oneself" in answer.text


@pytest.mark.parametrize(("answer", "shown"), [("accept", "Following"), ("reject", "Ask to follow")])
async def test_a_locked_artist_answers_requests(island: Island, bob: Person, answer: str, shown: str) -> None:
    cleo = await island.artist("cleo", locked=True)
    await cleo.sign_in()
    await send(bob.browser, "/@cleo/follow", {})
    assert "Requested" in (await bob.browser.get("/@cleo")).text
    page = (await cleo.browser.get("/requests")).text
    [path] = re.findall(r'action="(/requests/\d+)"', page)
    await send(cleo.browser, path, {"answer": answer})
    assert "Nobody is waiting" in (await cleo.browser.get("/requests")).text
    assert shown in (await bob.browser.get("/@cleo")).text


async def test_home_shows_works_of_those_one_follows_in_the_order_of_time(ada: Person, bob: Person) -> None:
    assert "in the order of time" in (await bob.browser.get("/home")).text
    await bob.follow(ada.handle)
    for words in ("The first", "The second"):
        await ada.post(drawing(), status=words)
    page = (await bob.browser.get("/home")).text
    assert page.index("The second") < page.index("The first")


async def test_visitors_find_people_of_this_place_alone(
    ada: Person, island: Island, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        await stranger("mina")
    assert 'href="/@ada"' in (await visitor.get("/search?q=@ada@art.example")).text
    page = (await visitor.get("/search?q=@mina@there.example")).text
    assert "Nothing was found" in page
    assert "/sign-in" in page
    assert 'href="/@mina@there.example"' in (await ada.browser.get("/search?q=@mina@there.example")).text


@pytest.mark.threat("SSRF-18")
async def test_no_visitor_makes_this_server_ask_another(island: Island, visitor: httpx.AsyncClient) -> None:
    before = len(island.router.exchanges)
    for path in ("/search?q=@eve@far.example", "/@eve@far.example", "/search?q=https://far.example/eve"):
        await visitor.get(path)
    assert len(island.router.exchanges) == before + 3


async def test_a_follow_begun_elsewhere_goes_on_at_the_artists_page(ada: Person, island: Island) -> None:
    with island.server.database.bound():
        found: Actor = await stranger("mina")
    for uri in (found.uri, "acct:mina@there.example"):
        answer = await ada.browser.get("/authorize_interaction", params={"uri": uri})
        assert (answer.status_code, answer.headers["location"]) == (303, "/@mina@there.example")
    assert "Nothing was found" in (await ada.browser.get("/authorize_interaction?uri=%20x")).text


async def test_long_lists_go_on_under_older(ada: Person, island: Island, visitor: httpx.AsyncClient) -> None:
    for number in range(41):
        await ada.api.post("/api/v1/statuses", json={"status": f"Word {number} #many"})
    for path in ("/", "/@ada", "/tags/many"):
        first = (await visitor.get(path)).text
        assert first.count('<li class="tile') == 40
        link = re.search(r'href="(\?older=\d+)"', first)
        assert link
        second = (await visitor.get(path + link[1])).text
        assert second.count('<li class="tile') == 1
        assert "?older=" not in second
    assert (await visitor.get("/?older=x")).status_code == 200
