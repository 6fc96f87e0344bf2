"""Projects through the API: made, arranged, shown to others as far as they may see them."""

from typing import Any

import orjson
import pytest

from fedicara.federation.said.documents import note_bytes
from fedicara.models import Work
from tests.fediverse import Island, drawing, good

pytestmark = pytest.mark.anyio

OURS = "/api/fedicara/v1/projects"


def texts(project: Any) -> list[tuple[int, str]]:
    return [(each["after"], each["content"]) for each in project["sections"]]


@pytest.mark.rule("A-090", "A-260", "A-261", "A-262", "A-263")
async def test_a_project_is_made_arranged_and_taken_back(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    posts = [await ada.post(drawing(), fedicara={"title": title}) for title in ("One", "Two", "Three")]
    one, two, three = (each["id"] for each in posts)
    cover = posts[1]["media_attachments"][0]
    wish = {
        "title": "River",
        "summary": "*Days*",
        "ids": [one, two],
        "cover": cover["id"],
        "licence": "cc-by",
    }
    made = good(await ada.api.post(OURS, json=wish))
    path = f"{OURS}/{made['id']}"
    assert (made["title"], made["summary"], made["works_count"]) == ("River", "<p><em>Days</em></p>", 2)
    assert (made["visibility"], made["account"]["acct"]) == ("public", "ada")
    assert made["cover"].startswith("https://art.example/media/")
    assert good(await bob.api.get(path)) == made
    async with island.client() as visitor:
        assert good(await visitor.get(path))["title"] == "River"
        assert (await visitor.get(OURS)).status_code == 401
    assert [each["id"] for each in good(await ada.api.get(OURS))] == [made["id"]]
    assert (
        good(await bob.api.get(f"/api/fedicara/v1/accounts/{ada.actor.id}/projects"))[0]["id"] == made["id"]
    )
    assert (await ada.status(one))["fedicara"]["project"] == {
        "id": made["id"],
        "title": "River",
        "url": made["url"],
    }

    # Texts keep the place that the number of works before them gives.
    sections = [{"after": 1, "content": "Between"}, {"after": 2, "content": "Last"}]
    written = good(await ada.api.put(f"{path}/sections", json={"sections": sections}))
    assert texts(written) == [(1, "<p>Between</p>"), (2, "<p>Last</p>")]
    listed = await ada.api.get(f"{path}/works")
    assert [each["id"] for each in good(listed)] == [one, two]
    tag = {"If-Match": listed.headers["etag"]}
    ordered = good(await ada.api.put(f"{path}/works", json={"ids": [two, three, one]}, headers=tag))
    assert texts(ordered) == [(1, "<p>Between</p>"), (2, "<p>Last</p>")]
    stale = await ada.api.put(f"{path}/works", json={"ids": [one]}, headers=tag)
    assert stale.status_code == 412
    assert good(await ada.api.delete(f"{path}/works/{three}"))["works_count"] == 2
    assert good(await ada.api.delete(f"{path}/works/{three}"))["works_count"] == 2
    assert good(await ada.api.post(f"{path}/works/{three}"))["works_count"] == 3
    assert good(await ada.api.post(f"{path}/works/{three}"))["works_count"] == 3
    assert [each["id"] for each in good(await ada.api.get(f"{path}/works"))] == [two, one, three]
    changed = good(await ada.api.patch(path, json={"title": "Rivers", "visibility": "private"}))
    assert (changed["title"], changed["summary"], changed["visibility"]) == (
        "Rivers",
        made["summary"],
        "public",
    )

    # Nobody else changes it, and what is wrong changes nothing.
    for answer in (
        await bob.api.patch(path, json={"title": "Mine"}),
        await bob.api.delete(path),
        await bob.api.put(f"{path}/works", json={"ids": []}),
        await bob.api.put(f"{path}/sections", json={"sections": []}),
        await bob.api.post(f"{path}/works/{one}"),
        await bob.api.delete(f"{path}/works/{one}"),
    ):
        assert answer.status_code == 404
    reading = {"Authorization": f"Bearer {await ada.token('read')}"}
    assert (await ada.api.patch(path, json={"title": "No"}, headers=reading)).status_code == 403
    for method, where, wish, field in (
        ("POST", OURS, {"title": ""}, "title"),
        ("POST", OURS, {"title": "A", "visibility": "direct"}, "visibility"),
        ("POST", OURS, {"title": "A", "ids": ["x"]}, "ids"),
        ("POST", OURS, {"title": "A", "ids": [one, one]}, "ids"),
        ("POST", OURS, {"title": "A", "ids": [str(n) for n in range(1, 502)]}, "ids"),
        ("POST", OURS, {"title": "A", "ids": [one], "cover": cover["id"]}, "cover"),
        ("POST", OURS, {"title": "A", "licence": "mine"}, "licence"),
        ("PATCH", path, {"cover_post": {"leads": ["7"]}, "title": "x" * 201}, "title"),
        ("PUT", f"{path}/sections", {"sections": [{"after": 4, "content": "x"}]}, "sections"),
        ("PUT", f"{path}/sections", {"sections": [{"after": 0, "content": "x"}] * 101}, "sections"),
        ("PUT", f"{path}/sections", {"sections": [{"after": 0, "content": "x" * 4_999}] * 21}, "sections"),
        ("POST", f"{path}/works/7", {}, "ids"),
    ):
        refused = await ada.api.request(method, where, json=wish)
        assert (refused.status_code, list(refused.json()["details"])) == (422, [field]), refused.text
    assert good(await ada.api.get(path)) == changed | {
        "updated_at": good(await ada.api.get(path))["updated_at"]
    }
    assert await island.count("projects") == 1
    good(await ada.api.delete(path))
    assert (await ada.api.get(path)).status_code == 404


@pytest.mark.rule("F-084")
async def test_the_leads_of_a_cover_post_are_chosen_and_stay_what_their_works_say(island: Island) -> None:
    ada = await island.artist("ada")
    free = await ada.post(drawing(), fedicara={"title": "Free", "license": "cc0"})
    strict = await ada.post(drawing(64, 64), fedicara={"title": "Strict"})
    pictures = [each["media_attachments"][0]["id"] for each in (free, strict)]
    cover = {"publish": True, "leads": pictures[::-1]}
    wish = {"title": "Both", "ids": [free["id"], strict["id"]], "licence": "cc-by", "cover_post": cover}
    project = good(await ada.api.post(OURS, json=wish))
    post = good(await ada.api.get(f"/api/v1/accounts/{ada.actor.id}/statuses"))[0]
    assert post["fedicara"]["project"]["id"] == project["id"]
    shown = [each["url"] for each in post["media_attachments"]]
    assert shown == [each["media_attachments"][0]["url"] for each in (strict, free)]
    with island.server.database.bound():
        stated = await attachments(island, post["id"])
    assert [each["license"] for each in stated] == ["All Rights Reserved", "Public Domain (CC0)"]

    # A picture that is prepared anew because its work says something else is shown anew.
    good(await ada.api.put(f"/api/v1/statuses/{strict['id']}", json={"fedicara": {"license": "cc-by-nc"}}))
    await island.work_off()
    post = await ada.status(post["id"])
    fresh = (await ada.status(strict["id"]))["media_attachments"][0]["url"]
    assert fresh != shown[0]
    assert post["media_attachments"][0]["url"] == fresh
    with island.server.database.bound():
        assert (await attachments(island, post["id"]))[0]["license"] == "CC BY-NC"
    # What is taken down shows its picture nowhere.
    for state, count in (("hidden", 1), ("published", 2)):
        with island.server.database.bound():
            await Work.filter(id=int(free["id"])).update(state=state)
        assert len((await ada.status(post["id"]))["media_attachments"]) == count
    # One can be left out again.
    path = f"{OURS}/{project['id']}"
    good(await ada.api.patch(path, json={"cover_post": {"leads": pictures[:1]}}))
    assert len((await ada.status(post["id"]))["media_attachments"]) == 1
    assert (await ada.api.patch(path, json={"cover_post": {"leads": ["7"]}})).status_code == 422


async def attachments(island: Island, number: str) -> list[dict[str, Any]]:
    """The pictures of a post as other servers read them."""
    body = await note_bytes(island.server, await Work.get(id=int(number)))
    return list(orjson.loads(body)["attachment"])
