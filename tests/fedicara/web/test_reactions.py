"""Liking, boosting and replying from a work's page, without a script."""

import httpx
import pytest

from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Island, Person, good

pytestmark = pytest.mark.anyio


async def path_of(artist: Person, **wish: object) -> str:
    """Where the page of a new work is."""
    status = good(await artist.api.post("/api/v1/statuses", json={"status": "A line.", **wish}))
    return f"/@{artist.username}/{status['id']}"


async def test_buttons_like_and_boost_and_take_back(island: Island, ada: Person, bob: Person) -> None:
    path = await path_of(ada)
    for name, table, done in (("like", "likes", "Liked"), ("boost", "boosts", "Boosted")):
        answer = await send(bob.browser, f"{path}/{name}", {}, path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#acts")
        assert await island.count(table) == 1
        page = (await bob.browser.get(path)).text
        assert f"{path}/un{name}" in page
        assert done in page
        assert (await send(bob.browser, f"{path}/un{name}", {}, path)).status_code == 303
        assert await island.count(table) == 0


@pytest.mark.threat("WEB-08")
async def test_a_button_without_its_token_does_nothing(island: Island, ada: Person, bob: Person) -> None:
    path = await path_of(ada)
    for name in ("like", "boost", "reply"):
        assert (await bob.browser.post(f"{path}/{name}", data={"reply": "Hi"})).status_code == 403
    assert (await island.count("likes"), await island.count("boosts")) == (0, 0)
    assert await island.count("works") == 1


async def test_a_reply_stands_under_the_work_for_everybody(
    ada: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    path = await path_of(ada)
    answer = await send(bob.browser, f"{path}/reply", {"reply": "What *paper*? <b>x</b>"}, path)
    assert answer.status_code == 303
    page = (await visitor.get(path)).text
    assert "What <em>paper</em>? &lt;b&gt;x&lt;/b&gt;" in page
    assert "Your reply" not in page, "visitors have no form"
    own = (await visitor.get(f"/@bob/{answer.headers['location'].rpartition('-')[2]}")).text
    assert f'In reply to <a href="{path}">' in own
    assert "A line." in page


async def test_an_empty_reply_is_refused_with_a_sentence(ada: Person, bob: Person) -> None:
    path = await path_of(ada)
    answer = await send(bob.browser, f"{path}/reply", {"reply": " "}, path)
    assert answer.status_code == 422
    assert wrong(answer)


async def test_a_work_for_followers_offers_no_boost_to_them(ada: Person, bob: Person) -> None:
    path = await path_of(ada, visibility="private")
    assert (await send(bob.browser, "/@ada/follow", {})).status_code == 303
    page = (await bob.browser.get(path)).text
    assert f"{path}/like" in page
    assert f"{path}/boost" not in page
    assert f"{path}/boost" in (await ada.browser.get(path)).text


@pytest.mark.rule("V-007")
async def test_counts_are_the_artists_alone(ada: Person, bob: Person) -> None:
    path = await path_of(ada)
    await send(bob.browser, f"{path}/like", {}, path)
    assert "1 like" in (await ada.browser.get(path)).text
    assert "1 like" not in (await bob.browser.get(path)).text
