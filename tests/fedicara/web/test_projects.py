"""Projects: made and changed with a form that needs no script, read as an essay."""

import re

import httpx
import pytest

from activitypub.names import OWN_TERMS
from fedicara.models import Actor
from tests.fedicara.web.forms import send, token, wrong
from tests.fediverse import Island, Person, drawing, good

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


async def works(ada: Person, *titles: str, **fields: str) -> list[str]:
    """Ids of works with these titles."""
    posted = [await ada.post(drawing(), fedicara={"title": title}, **fields) for title in titles]
    return [each["id"] for each in posted]


async def fill(browser: httpx.AsyncClient, path: str, *pairs: tuple[str, str]) -> httpx.Response:
    """Send a form whose fields repeat."""
    values: dict[str, list[str]] = {"_token": [await token(browser)]}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return await browser.post(path, data=values)


def headings(page: str) -> list[str]:
    """What the essay shows, in its order."""
    found = re.findall(
        r'<figcaption>.*?<bdi>(.*?)</bdi>|<div class="text between"[^>]*>(.*?)</div>', page, re.DOTALL
    )
    return [name or re.sub("<[^>]*>", "", text).strip() for name, text in found]


@pytest.mark.rule("F-080", "F-081")
async def test_an_artist_arranges_works_and_texts_without_a_script_and_everybody_reads_the_essay(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    one, two, three = await works(ada, "One", "Two", "Three")
    begun = await ada.browser.get("/@ada/projects/new")
    assert begun.status_code == 200
    form = [("title", "River week"), ("text", "Five *days*."), ("row", f"work-{one}"), ("row", f"work-{two}")]
    moved = await fill(ada.browser, "/@ada/projects/new", *form, ("do", f"down work-{one}"), ("add", three))
    rows = re.findall(r'name="row" value="([^"]*)"', moved.text)
    assert rows == [f"work-{two}", f"work-{one}", f"work-{three}"]
    texted = await fill(ada.browser, "/@ada/projects/new", *form, ("do", f"text work-{one}"), ("text.1", ""))
    assert re.findall(r'name="row" value="([^"]*)"', texted.text) == [f"work-{one}", "text-1", f"work-{two}"]
    assert 'value="River week"' in texted.text
    assert await island.count("projects") == 0

    order = [("row", f"work-{two}"), ("row", "text-1"), ("text.1", "Upstream."), ("row", f"work-{one}")]
    made = await fill(ada.browser, "/@ada/projects/new", *form[:2], *order, ("add", three))
    page = await visitor.get(made.headers["location"])
    assert headings(page.text) == ["Two", "Upstream.", "One", "Three"]
    assert "Five <em>days</em>." in page.text
    assert "River week" in (await visitor.get("/@ada")).text
    assert "River week" in (await visitor.get("/@ada/projects")).text
    work_page = (await visitor.get(f"/@ada/{one}")).text
    assert f'href="{made.headers["location"]}"' in work_page


async def test_a_project_is_changed_and_deleted_and_its_works_stay(
    island: Island, ada: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    one, two = await works(ada, "One", "Two")
    made = await fill(ada.browser, "/@ada/projects/new", ("title", "River"), ("row", f"work-{one}"))
    path = made.headers["location"]
    form = (await ada.browser.get(f"{path}/edit")).text
    assert f'value="work-{one}"' in form
    assert f'name="add" value="{two}"' in form

    changed = await fill(ada.browser, f"{path}/edit", ("title", "Rivers"), ("text", ""), ("add", two))
    assert changed.status_code == 303
    assert headings((await visitor.get(path)).text) == ["Two"]
    assert '<h1 dir="auto">Rivers</h1>' in (await visitor.get(path)).text
    for page in ("edit", "delete"):
        assert (await bob.browser.get(f"{path}/{page}")).status_code == 404
        assert (await fill(bob.browser, f"{path}/{page}", ("title", "Mine"))).status_code == 404
    assert (await bob.browser.get("/@ada/projects/new")).status_code == 404

    await ada.browser.get(f"{path}/delete")
    assert (await send(ada.browser, f"{path}/delete", {})).headers["location"] == "/@ada"
    assert (await visitor.get(path)).status_code == 404
    assert "Rivers" not in (await visitor.get("/@ada")).text
    assert (await visitor.get(f"/@ada/{two}")).status_code == 200
    assert await island.count("project_entries") == 0


async def test_what_does_not_fit_is_said_and_changes_nothing(
    island: Island, ada: Person, bob: Person
) -> None:
    one, other = (await works(ada, "One"))[0], (await works(bob, "Other"))[0]
    direct = (await works(ada, "Secret", status="@bob", visibility="direct"))[0]
    title, row = ("title", "River"), ("row", f"work-{one}")
    refusals: list[tuple[str, list[tuple[str, str]]]] = [
        ("A project needs a title.", [("title", " "), row]),
        ("The title has 201 characters; at most 200 fit.", [("title", "x" * 201)]),
        (
            "One of these works does not exist, is not yours, or is not published yet.",
            [title, ("row", f"work-{other}")],
        ),
        (
            "One of these works does not exist, is not yours, or is not published yet.",
            [title, ("row", f"work-{direct}")],
        ),
        ("Say one of public, unlisted, followers.", [title, row, ("visibility", "direct")]),
        (
            "The sections has 5,001 characters; at most 5,000 fit.",
            [title, ("row", "text-1"), ("text.1", "x" * 5001)],
        ),
        (
            "Choose pictures of works in the project that all its readers see.",
            [title, row, ("cover_post", "yes"), ("lead", "7")],
        ),
        (
            "A cover post needs a picture, of a work in the project that all its readers see.",
            [title, ("cover_post", "yes")],
        ),
    ]
    for sentence, fields in refusals:
        answer = await fill(ada.browser, "/@ada/projects/new", *fields)
        assert (answer.status_code, wrong(answer)) == (422, [sentence])
    assert await island.count("projects") == await island.count("project_entries") == 0
    assert await island.count("works") == 3


@pytest.mark.rule("F-006")
async def test_every_page_names_its_document_also_for_visitors(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    work = await ada.post(drawing())
    made = good(await ada.api.post("/api/fedicara/v1/projects", json={"title": "River", "ids": [work["id"]]}))
    pages = {"/@ada": ada.actor.uri, f"/@ada/{work['id']}": work["uri"], made["url"]: made["uri"]}
    for page, address in pages.items():
        link = f'<link rel="alternate" type="application/activity+json" href="{address}">'
        assert link in (await visitor.get(page)).text
        document = await visitor.get(page, headers={"Accept": "application/activity+json"})
        assert document.headers["location"] == address


@pytest.mark.rule("F-082")
@pytest.mark.threat("AUD-06")
async def test_a_project_shows_and_counts_what_its_reader_may_read(
    ada: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    open_one = (await works(ada, "Open"))[0]
    hidden = (await works(ada, "For followers", visibility="private"))[0]
    local = (await works(ada, "Of this place", local_only="true"))[0]
    rows = [("row", f"work-{each}") for each in (open_one, hidden, local)]
    made = await fill(ada.browser, "/@ada/projects/new", ("title", "Mixed"), *rows)
    closed = await fill(
        ada.browser, "/@ada/projects/new", ("title", "Closed"), ("visibility", "followers"), *rows
    )
    link = await fill(
        ada.browser, "/@ada/projects/new", ("title", "By link"), ("visibility", "unlisted"), *rows
    )
    shared, inner = made.headers["location"], closed.headers["location"]
    assert headings((await visitor.get(shared)).text) == ["Open"]
    assert headings((await bob.browser.get(shared)).text) == ["Open", "Of this place"]
    assert "1 work<" in (await visitor.get("/@ada/projects")).text
    assert (await visitor.get(inner)).status_code == (await bob.browser.get(inner)).status_code == 404
    assert (await visitor.get(link.headers["location"])).status_code == 200
    listed = (await visitor.get("/@ada/projects")).text
    assert "Mixed" in listed
    assert "Closed" not in listed
    assert "By link" not in listed
    # A work speaks of a project to nobody who could not find it.
    assert "Closed" not in (await visitor.get(f"/@ada/{open_one}")).text

    await bob.follow(ada.handle)
    assert headings((await bob.browser.get(inner)).text) == ["Open", "For followers", "Of this place"]
    await send(ada.browser, "/@bob/block", {})
    assert (await bob.browser.get(shared)).status_code == 404
    with ada.island.server.database.bound():
        await Actor.filter(id=ada.actor.id).update(signin_only=True)
    assert (await visitor.get(shared)).status_code == 404
    assert (await visitor.get(f"/api/fedicara/v1/accounts/{ada.actor.id}/projects")).json() == []
    with ada.island.server.database.bound():
        await Actor.filter(id=ada.actor.id).update(signin_only=False, suspended=ada.island.server.now())
    assert (await visitor.get(shared)).status_code == 404


@pytest.mark.rule("F-084")
async def test_the_cover_post_shows_pictures_of_the_works_and_follows_the_project(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    one, two = await works(ada, "One", "Two", spoiler_text="Blood")
    rows = [("row", f"work-{one}"), ("row", f"work-{two}")]
    words = [("title", "River"), ("text", "By the #river")]
    made = await fill(ada.browser, "/@ada/projects/new", *words, *rows, ("cover_post", "yes"))
    path = made.headers["location"]
    listed = (await ada.api.get(f"/api/v1/accounts/{ada.actor.id}/statuses")).json()
    cover = listed[0]
    assert (cover["fedicara"]["title"], cover["spoiler_text"]) == ("River", "Blood")
    assert [tag["name"] for tag in cover["tags"]] == ["river"]
    originals = [each for status in listed[1:] for each in status["media_attachments"]]
    assert {each["url"] for each in cover["media_attachments"]} == {each["url"] for each in originals}
    assert await island.count("renditions", "name = 'large'") == len(originals)
    assert (await visitor.get("/@ada")).text.count('<li class="tile') == 2
    assert f'href="{path}">' in (await visitor.get(f"/@ada/{cover['id']}")).text

    # Its words follow the project; a work that goes takes its picture along.
    await fill(ada.browser, f"{path}/edit", ("title", "Rivers"), ("text", "By the #sea"), *rows)
    followed = await ada.status(cover["id"])
    assert (followed["fedicara"]["title"], followed["tags"][0]["name"]) == ("Rivers", "sea")
    await send(ada.browser, f"/@ada/{one}/delete", {})
    assert len((await ada.status(cover["id"]))["media_attachments"]) == 1
    # Words that the artist gave the post itself stay.
    await ada.api.put(
        f"/api/v1/statuses/{cover['id']}", json={"status": "Mine", "fedicara": {"title": "Own"}}
    )
    async with island.working():
        await fill(ada.browser, f"{path}/edit", ("title", "Seas"), ("row", f"work-{two}"))
    assert (await ada.status(cover["id"]))["fedicara"]["title"] == "Own"
    await send(ada.browser, f"{path}/delete", {})
    assert (await ada.status(cover["id"]))["media_attachments"]
    await island.work_off()


@pytest.mark.rule("F-421")
async def test_the_page_of_our_own_terms_explains_each(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get("/vocabulary")).text
    for name, (_, words) in OWN_TERMS.items():
        assert f'<div id="{name}">' in page
        assert words.replace("'", "&#39;") in page
