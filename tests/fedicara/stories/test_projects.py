"""Projects between servers: told to those that know them, read where they live, as far as the reader may."""

import json
from typing import Any

import pytest

from activitypub.names import PROJECTS
from tests.fediverse import Fediverse, Person, drawing, good
from tests.stranger import Document, Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

OURS = "/api/fedicara/v1/projects"


def said(world: Fediverse, host: str) -> list[Any]:
    """What was delivered to a host about projects, oldest first."""
    bodies = [
        json.loads(each.body) for each in world.router.sent("POST", host) if each.url.endswith("/inbox")
    ]
    return [each for each in bodies if "/projects/" in json.dumps(each) and each["type"] != "Create"]


async def titled(ada: Person, *titles: str, **fields: Any) -> list[Any]:
    """Works of these titles."""
    return [await ada.post(drawing(), fedicara={"title": title}, **fields) for title in titles]


async def essay(reader: Person, path: str) -> str:
    """A project's page as somebody sees it who is signed in."""
    answer = await reader.browser.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


@pytest.mark.rule("F-035", "F-072", "F-080", "F-081", "F-084", "F-085", "F-087", "F-215", "F-245")
@pytest.mark.threat("AUD-06")
async def test_a_project_travels_to_servers_that_know_projects_and_others_get_its_cover(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art", cloak="none")).artist("ada")
    bob = await (await fediverse.island("home", cloak="none")).artist("bob")
    await bob.sign_in()
    await bob.follow(ada.handle)
    plain = Stranger(fediverse, "plain.example", "max")
    await plain.send(ada.island, plain.activity("Follow", ada.actor.uri))
    await fediverse.settle()
    one, two, later = await titled(ada, "One", "Two", "Later")
    (hidden,) = await titled(ada, "Hidden", visibility="private")
    await fediverse.settle()

    wish = {"title": "River week", "summary": "Five days.", "ids": [one["id"], hidden["id"], two["id"]]}
    project = good(await ada.api.post(OURS, json=wish | {"cover_post": {"publish": True}}))
    path = f"{OURS}/{project['id']}"
    section = [{"after": 2, "content": "Upstream."}]
    good(await ada.api.put(f"{path}/sections", json={"sections": section}))
    await fediverse.settle()

    # Only the server that names projects in `implements` hears of it; the other gets a post like any other.
    update = said(fediverse, "home.example")[0]
    assert (update["type"], update["object"]["type"]) == ("Update", "OrderedCollection")
    assert update["object"]["id"] == project["uri"]
    assert "orderedItems" not in update["object"]
    assert {each["type"] for each in said(fediverse, "plain.example")} <= {"Update"}
    covers = [each["object"] for each in plain.heard if each["type"] in ("Create", "Update")]
    cover = covers[-1]
    assert all(each["type"] == "Note" for each in covers)
    assert (cover["name"], cover["project"]) == ("River week", project["uri"])
    assert cover["content"].endswith(
        f'<p class="p-more">2 works: <a href="{project["url"]}">{project["url"][8:]}</a></p>'
    )
    originals = [each["media_attachments"][0]["url"] for each in (one, two)]
    assert [each["url"] for each in cover["attachment"]] == originals

    # Each reader gets, and counts, what they may read; the text stands after as many works as they see.
    await read_as(ada, plain, project["uri"], [one, hidden, two], after=2)
    await read_as(ada, Stranger(fediverse, "else.example"), project["uri"], [one, two], after=1)
    async with ada.island.client(headers={"Accept": "application/activity+json"}) as nobody:
        assert (await nobody.get(project["uri"])).status_code == 401
        page = await nobody.get(project["uri"], headers={"Accept": "text/html"})
        assert page.headers["location"] == project["url"]

    # One for followers is read by a follower, and shown to followers alone.
    inner = {"title": "Inner", "visibility": "private", "ids": [one["id"], hidden["id"]]}
    closed = good(await ada.api.post(OURS, json=inner))
    await fediverse.settle()
    artist = (await bob.find(ada.handle))["id"]
    (seen, _) = good(await bob.api.get(f"/api/fedicara/v1/accounts/{artist}/projects"))
    assert (seen["title"], seen["works_count"]) == ("Inner", 2)
    carol = await bob.island.artist("carol")
    assert len(good(await carol.api.get(f"/api/fedicara/v1/accounts/{artist}/projects"))) == 1
    assert (await carol.api.get(f"{OURS}/{seen['id']}")).status_code == 404
    assert (await Stranger(fediverse, "far.example").read(ada.island, closed["uri"])).status_code == 404
    good(await ada.api.delete(f"{OURS}/{closed['id']}"))
    await fediverse.settle()

    # Where it arrived it is shown, and each change is read anew, once a minute at most.
    there = good(
        await bob.api.get(f"/api/fedicara/v1/accounts/{(await bob.find(ada.handle))['id']}/projects")
    )
    assert [(each["title"], each["works_count"]) for each in there] == [("River week", 2)]
    at_home = f"/@{ada.handle}/projects/{there[0]['id']}"
    shown = await essay(bob, at_home)
    assert shown.index("One</bdi>") < shown.index("Upstream.") < shown.index("Two</bdi>")
    fediverse.clock.advance(minutes=2)
    good(await ada.api.post(f"{path}/works/{later['id']}"))
    good(await ada.api.delete(f"{path}/works/{one['id']}"))
    good(await ada.api.delete(f"{path}/works/{hidden['id']}"))
    await fediverse.settle()
    kinds = [each["type"] for each in said(fediverse, "home.example") if each["type"] in ("Add", "Remove")]
    assert kinds == ["Add", "Remove"]  # of the hidden work nothing is said
    shown = await essay(bob, at_home)
    assert "Later</bdi>" in shown
    assert "One</bdi>" not in shown

    good(await ada.api.delete(path))
    await fediverse.settle()
    gone = said(fediverse, "home.example")[-1]
    assert (gone["type"], gone["object"]["formerType"]) == ("Delete", "OrderedCollection")
    assert (await bob.browser.get(at_home)).status_code == 404
    assert len(await bob.home()) == 5
    assert (await plain.read(ada.island, project["uri"])).status_code == 410
    assert "p-more" not in [each for each in plain.heard if each["type"] == "Update"][-1]["object"]["content"]


async def read_as(ada: Person, reader: Stranger, uri: str, works: list[Any], *, after: int) -> None:
    """A project as another server reads it."""
    document = (await reader.read(ada.island, uri)).json()
    assert (document["type"], document["name"]) == ("OrderedCollection", "River week")
    assert document["orderedItems"] == [each["uri"] for each in works]
    assert document["totalItems"] == len(works)
    assert document["sections"] == [{"after": after, "content": "<p>Upstream.</p>"}]
    assert document["attributedTo"] == ada.actor.uri
    assert document["contentUsage"]
    assert document["license"] == "All Rights Reserved"
    assert document["icon"]["type"] == "Image"


@pytest.mark.rule("F-086", "F-215")
async def test_a_project_elsewhere_is_read_from_its_origin_and_its_works_when_somebody_opens_it(
    fediverse: Fediverse,
) -> None:
    bob = await (await fediverse.island("home", cloak="none")).artist("bob")
    await bob.sign_in()
    mallory = Stranger(fediverse)
    mallory.serve(mallory.uri, mallory.actor(generator={"id": mallory.origin, "implements": [PROJECTS]}))
    other = Stranger(fediverse, "other.example", "eve")
    await bob.follow(mallory.handle)
    await fediverse.settle()
    await mallory.send(bob.island, mallory.activity("Accept", mallory.heard[-1]))
    project = mallory.project()
    for number in range(1, 26):
        mallory.serve(
            f"{mallory.origin}/notes/{number}", mallory.note(number, content=f"<p>Note {number}</p>")
        )
    mallory.serve(f"{mallory.origin}/notes/3", mallory.note(3, attributedTo=f"{mallory.origin}/users/twin"))
    mallory.serve(project["id"], project)

    # What another says about it, and what the activity itself holds, counts for nothing.
    await other.send(bob.island, other.activity("Update", project))
    await mallory.send(bob.island, mallory.activity("Update", project | {"name": "A lie"}))
    await fediverse.settle()
    row = await bob.island.server.database.row("SELECT id, title FROM projects")
    assert row is not None
    assert row["title"] == "Shore"
    assert (
        await bob.island.count("project_entries") == 26
    )  # 25 works and a text; the foreign item is not taken
    assert await bob.island.count("works") == 0
    path = f"/@{mallory.handle}/projects/{row['id']}"
    async with bob.island.client() as visitor:
        assert "25 more works have not been read" in (await visitor.get(path)).text
    await fediverse.settle()
    assert await bob.island.count("works") == 0

    await mallory.send(bob.island, mallory.activity("Create", mallory.note(99, content="<p>New</p>")))
    await fediverse.settle()

    # Somebody of this place opens it: twenty works, then the rest; another's work leaves the list.
    assert "They appear here in a moment" in await essay(bob, path)
    await fediverse.settle()
    assert await bob.island.count("works") == 1 + 19
    await essay(bob, path)
    await fediverse.settle()
    page = await essay(bob, path)
    assert page.index("Note 1<") < page.index("Tide.") < page.index("Note 25<")
    assert "Note 3<" not in page
    assert "<script" not in page.split("<article>")[1]
    # They took their place in time instead of the top of the home timeline.
    assert "New" in (await bob.home())[0]["content"]


@pytest.mark.rule("F-086")
async def test_a_project_is_found_by_its_address_and_refused_where_it_claims_too_much(
    fediverse: Fediverse,
) -> None:
    bob = await (await fediverse.island("home", cloak="none")).artist("bob")
    await bob.sign_in()
    mallory = Stranger(fediverse)
    pages: list[Document] = [
        {"type": "OrderedCollectionPage", "orderedItems": [f"{mallory.origin}/notes/1"]},
        {"type": "OrderedCollectionPage", "orderedItems": [f"{mallory.origin}/notes/2"]},
    ]
    first, second = (f"{mallory.origin}/projects/1/{number}" for number in (1, 2))
    mallory.serve(first, pages[0] | {"id": first, "next": second})
    mallory.serve(second, pages[1] | {"id": second, "next": first})
    paged = mallory.project(first=first)
    del paged["orderedItems"]
    mallory.serve(paged["id"], paged)
    found = await bob.browser.get("/search", params={"q": paged["id"]})
    assert "Shore" in await essay(bob, found.headers["location"])
    assert await bob.island.count("project_entries", "uri <> ''") == 2

    refused = [
        mallory.project(2, attributedTo="https://victim.example/users/vic"),
        mallory.project(3, to=["https://home.example/actors/1"], cc=[]),
        mallory.project(4, type="Note"),
    ]
    for document in refused:
        mallory.serve(document["id"], document)
        assert (await bob.browser.get("/search", params={"q": document["id"]})).status_code == 200
    assert await bob.island.count("projects") == 1
