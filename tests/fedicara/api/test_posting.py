"""From an upload to a post, and back."""

import re
from typing import Any

import pytest

from fedicara.reads.works import views
from tests.fediverse import Fediverse, Island, Person, drawing, good

pytestmark = pytest.mark.anyio

NO_PICTURE = {"file": ("notes.png", b"These are words, no picture.", "image/png")}


def sent(data: bytes, name: str = "heron.png") -> dict[str, Any]:
    return {"file": (name, data, "image/png")}


async def nothing_left(island: Island) -> None:
    assert (await island.counts())["pictures"] == 0
    assert island.files() == []


@pytest.mark.rule("A-100", "A-101", "A-064")
async def test_an_upload_is_202_until_it_is_prepared_then_200_with_every_size(island: Island) -> None:
    ada = await island.artist("ada")
    first = await ada.api.post("/api/v2/media", files=sent(drawing()), data={"description": "A heron"})
    assert first.status_code == 202
    assert first.json()["url"] is None
    assert first.json()["fedicara"]["state"] == "processing"
    path = f"/api/v1/media/{first.json()['id']}"
    waiting = await ada.api.get(path)
    assert waiting.status_code == 206
    assert waiting.json()["fedicara"]["progress"]["queue_place"] == 0
    await island.work_off()
    ready = good(await ada.api.get(path))
    assert ready["type"] == "image"
    assert ready["description"] == "A heron"
    assert ready["meta"]["original"]["size"] == "96x64"
    assert ready["meta"]["focus"] == {"x": 0.0, "y": 0.0}
    assert ready["ai_policy"]["ai_train"] == "deny"
    shown = await island.client().get(ready["url"])
    assert shown.headers["content-type"].startswith("image/")


@pytest.mark.rule("A-100")
async def test_an_upload_is_200_at_once_where_a_worker_is_quick(island: Island) -> None:
    ada = await island.artist("ada")
    async with island.working():
        answer = await ada.api.post("/api/v1/media", files=sent(drawing()))
    assert answer.status_code == 200
    assert answer.json()["url"].startswith("https://art.example/media/")


@pytest.mark.rule("A-100", "A-103")
async def test_words_on_either_side_of_the_file_count(island: Island) -> None:
    ada = await island.artist("ada")
    body = (
        b'--e\r\nContent-Disposition: form-data; name="focus"\r\n\r\n0.5,-0.25\r\n'
        b'--e\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + drawing() + b"\r\n"
        b'--e\r\nContent-Disposition: form-data; name="description"\r\n\r\nA heron\r\n--e--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=e"}
    async with island.working():
        made = good(await ada.api.post("/api/v1/media", content=body, headers=headers))
    assert (made["description"], made["meta"]["focus"]) == ("A heron", {"x": 0.5, "y": -0.25})
    path = f"/api/v1/media/{made['id']}"
    changed = good(await ada.api.put(path, json={"description": "Two herons", "focus": "0,0"}))
    assert (changed["description"], changed["meta"]["focus"]) == ("Two herons", {"x": 0.0, "y": 0.0})


@pytest.mark.rule("A-101", "A-103", "A-013")
async def test_nobody_sees_changes_or_removes_the_upload_of_another(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    path = f"/api/v1/media/{(await ada.upload(drawing()))['id']}"
    for answer in (
        await bob.api.get(path),
        await bob.api.put(path, json={"description": "Mine"}),
        await bob.api.delete(path),
    ):
        assert answer.status_code == 404
    assert (await ada.api.get(path)).status_code == 206


@pytest.mark.rule("A-103")
async def test_an_upload_that_no_post_has_can_be_removed(island: Island) -> None:
    ada = await island.artist("ada")
    path = f"/api/v1/media/{(await ada.upload(drawing()))['id']}"
    assert good(await ada.api.delete(path)) == {}
    await island.work_off()
    await nothing_left(island)


@pytest.mark.rule("A-104")
@pytest.mark.parametrize("path", ["/api/v1/media", "/api/v2/media"])
async def test_words_called_a_picture_are_422_and_leave_nothing(island: Island, path: str) -> None:
    ada = await island.artist("ada")
    answer = await ada.api.post(path, files=NO_PICTURE)
    assert answer.status_code == 422
    assert answer.json()["errors"]["file"] == [answer.json()["error"]]
    await nothing_left(island)


@pytest.mark.rule("A-101")
async def test_a_truncated_picture_is_422_with_the_reason_in_words(island: Island) -> None:
    ada = await island.artist("ada")
    made = good(await ada.api.post("/api/v2/media", files=sent(drawing(600, 400)[:900])), 202)
    await island.work_off()
    answer = await ada.api.get(f"/api/v1/media/{made['id']}")
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


@pytest.mark.rule("A-104")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (
            b'--e\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n',
            400,
        ),
        (b'--e\r\nContent-Disposition: form-data; name="description"\r\n\r\nA heron\r\n--e--\r\n', 422),
        (
            b'--e\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            + drawing()
            + b'\r\n--e\r\nContent-Disposition: form-data; name="focus"\r\n\r\n7,7\r\n--e--\r\n',
            422,
        ),
        (
            b'--e\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            + drawing()
            + b"\r\n",
            400,
        ),
    ],
)
async def test_half_an_upload_leaves_nothing(island: Island, body: bytes, status: int) -> None:
    ada = await island.artist("ada")
    headers = {"Content-Type": "multipart/form-data; boundary=e"}
    answer = await ada.api.post("/api/v2/media", content=body, headers=headers)
    assert answer.status_code == status
    await island.work_off()
    await nothing_left(island)


async def test_an_upload_over_the_limit_is_413(world: Fediverse) -> None:
    island = await world.island("art", upload_limit=1_000)
    ada = await island.artist("ada")
    answer = await ada.api.post("/api/v2/media", files=sent(drawing() + b"\0" * 2_000))
    assert answer.status_code == 413
    await nothing_left(island)


async def posted(ada: Person, **fields: Any) -> Any:
    """A post with a picture, made as quickly as a worker can."""
    async with ada.island.working():
        return await ada.post(drawing(), alt="A heron at dusk", **fields)


@pytest.mark.rule("A-003", "A-062", "A-090", "A-091", "A-110", "A-113", "P-305")
async def test_a_post_answers_with_everything_that_apps_need(island: Island) -> None:
    ada = await island.artist("ada")
    made = await posted(
        ada,
        status="Five sheets. #Gouache",
        spoiler_text="A bird with its prey",
        language="en",
        fedicara={"title": "Heron & dusk", "license": "cc-by-nc-nd", "ai": "none"},
    )
    assert made["uri"] == f"https://art.example/objects/{made['id']}"
    assert made["url"] == f"https://art.example/@ada/{made['id']}"
    assert made["content"].startswith('<p><strong class="p-name">Heron &amp; dusk</strong></p>')
    assert (made["visibility"], made["sensitive"], made["spoiler_text"]) == (
        "public",
        True,
        "A bird with its prey",
    )
    assert made["tags"] == [{"name": "gouache", "url": "https://art.example/tags/gouache"}]
    assert made["ai_policy"] == {
        "search": "allow",
        "ai_train": "deny",
        "ai_input": "deny",
        "tdm": "reserved",
        "source": "local",
    }
    ours = made["fedicara"]
    assert (ours["title"], ours["ai_made"], ours["state"]) == ("Heron & dusk", "none", "published")
    assert ours["license"]["title"] == "CC BY-NC-ND"
    (picture,) = made["media_attachments"]
    assert (picture["description"], picture["fedicara"]["position"]) == ("A heron at dusk", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["created_at"])
    assert made["account"]["acct"] == "ada"
    for name in ("favourited", "reblogged", "muted", "bookmarked"):
        assert made[name] is False


@pytest.mark.rule("A-110", "A-092")
async def test_pictures_keep_their_order(island: Island) -> None:
    ada = await island.artist("ada")
    async with island.working():
        made = await ada.post(drawing(96, 64), drawing(64, 96), drawing(80, 80))
    sizes = [each["meta"]["original"]["size"] for each in made["media_attachments"]]
    assert sizes == ["96x64", "64x96", "80x80"]


@pytest.mark.rule("A-024", "P-246")
async def test_a_stranger_gets_the_preview_and_no_address_of_the_large_one(island: Island) -> None:
    ada = await island.artist("ada")
    async with island.working():
        made = await ada.post(drawing(2_400, 1_600))
    await island.work_off()
    with island.server.database.bound():
        work = (await views(island.server, [int(made["id"])]))[int(made["id"])]
    large = work.pictures[0].renditions["large"].url
    assert made["media_attachments"][0]["url"] == large
    for path in (f"/api/v1/statuses/{made['id']}", "/api/v1/timelines/public"):
        seen = await island.client().get(path)
        assert seen.status_code == 200
        assert work.pictures[0].renditions["preview"].url in seen.text
        assert large not in seen.text


@pytest.mark.rule("A-105")
async def test_a_picture_that_is_another_persons_or_was_posted_already_is_422(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    theirs = (await bob.upload(drawing()))["id"]
    used = (await posted(ada))["media_attachments"][0]["id"]
    said = set()
    for identifier in (theirs, used, "1", "9" * 30):
        answer = await ada.api.post("/api/v1/statuses", json={"status": "Mine", "media_ids": [identifier]})
        assert answer.status_code == 422
        said.add(answer.text)
    assert len({text.replace("work", "post") for text in said}) == 1


@pytest.mark.rule("A-112")
async def test_a_missing_alt_text_is_422_and_names_the_picture(island: Island) -> None:
    ada = await island.artist("ada")
    async with island.working():
        ids = [(await ada.upload(drawing(), alt=alt))["id"] for alt in ("A heron", "")]
        answer = await ada.api.post("/api/v1/statuses", json={"media_ids": ids})
    assert answer.status_code == 422
    assert "2" in answer.json()["details"]["media_ids"][0]["description"]


@pytest.mark.rule("A-110")
@pytest.mark.parametrize("field", ["poll", "scheduled_at"])
async def test_what_is_not_built_is_refused_and_not_ignored(island: Island, field: str) -> None:
    ada = await island.artist("ada")
    answer = await ada.api.post("/api/v1/statuses", json={"status": "A line.", field: "1"})
    assert answer.status_code == 422
    assert field in answer.json()["details"]


@pytest.mark.rule("A-106")
async def test_a_post_may_appear_when_its_pictures_are_ready(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    picture = (await ada.upload(drawing()))["id"]
    wish = {"media_ids": [picture], "fedicara": {"when_ready": True}}
    answer = await ada.api.post("/api/v1/statuses", json=wish)
    assert answer.status_code == 202
    assert answer.json()["state"] == "processing"
    path = f"/api/v1/statuses/{answer.json()['id']}"
    assert (await bob.api.get(path)).status_code == 404
    await island.work_off()
    assert good(await bob.api.get(path))["fedicara"]["state"] == "published"


@pytest.mark.rule("A-112", "A-062")
@pytest.mark.parametrize(
    ("wish", "visibility", "local"),
    [
        ({"visibility": "unlisted"}, "unlisted", False),
        ({"visibility": "private"}, "private", False),
        ({"local_only": True}, "private", True),
    ],
)
async def test_visibility_is_read_and_written_as_apps_know_it(
    island: Island, wish: dict[str, Any], visibility: str, local: bool
) -> None:
    ada = await island.artist("ada")
    made = good(await ada.api.post("/api/v1/statuses", json={"status": "A line.", **wish}))
    assert (made["visibility"], made["fedicara"]["local_only"]) == (visibility, local)
    seen = await island.client().get(f"/api/v1/statuses/{made['id']}")
    assert seen.status_code == (200 if visibility == "unlisted" else 404)


@pytest.mark.rule("A-112")
async def test_a_direct_post_without_a_mention_is_422(island: Island) -> None:
    ada = await island.artist("ada")
    answer = await ada.api.post("/api/v1/statuses", json={"status": "Psst.", "visibility": "direct"})
    assert answer.status_code == 422
    assert "visibility" in answer.json()["details"]


@pytest.mark.rule("A-114")
async def test_an_edit_changes_what_was_sent_and_nothing_else(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    made = await posted(ada, status="One heron.", fedicara={"title": "Heron"})
    path, picture = f"/api/v1/statuses/{made['id']}", made["media_attachments"][0]["id"]
    change = {"status": "Two herons.", "media_attributes": [{"id": picture, "description": "Two herons"}]}
    assert (await bob.api.put(path, json=change)).status_code == 404
    edited = good(await ada.api.put(path, json={**change, "visibility": "direct"}))
    assert "Two herons." in edited["content"]
    assert (edited["fedicara"]["title"], edited["visibility"]) == ("Heron", "public")
    assert edited["media_attachments"][0]["description"] == "Two herons"
    assert edited["edited_at"] is not None


@pytest.mark.rule("A-115")
async def test_a_deleted_post_is_gone_and_its_text_comes_back(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    made = await posted(ada, status="One *heron*.")
    path = f"/api/v1/statuses/{made['id']}"
    assert (await bob.api.delete(path)).status_code == 404
    assert good(await ada.api.delete(path))["text"] == "One *heron*."
    for reader in (ada, bob):
        assert (await reader.api.get(path)).status_code == 404
    assert good(await island.client().get("/api/v1/timelines/public")) == []


@pytest.mark.threat("DOS-05")
async def test_every_text_an_app_can_send_has_a_cap_and_nothing_above_it_is_kept(island: Island) -> None:
    ada = await island.artist("ada")
    kept = good(await ada.api.post("/api/v1/statuses", json={"status": "A heron"}))
    picture = good(await ada.api.post("/api/v2/media", files=sent(drawing())), 202)
    before, long = await island.counts(), "x" * 200_000
    about: list[dict[str, Any]] = [
        {"status": long},
        {"status": "A heron", "spoiler_text": long},
        {"status": "A heron", "language": long},
        {"status": "A heron", "fedicara": {"title": long}},
        {"status": "A heron", "fedicara": {"license": long}},
        {"status": "A heron", "fedicara": {"ai": long}},
        {"status": "A heron", "fedicara": {"tags": [long]}},
        {"status": "A heron", "fedicara": {"tags": [f"tag{number}" for number in range(1000)]}},
        {"status": "A heron", "fedicara": {"policy": {"search": long}}},
        {"status": "A heron", "fedicara": {"policy": {long: "deny"}}},
    ]
    for fields in about:
        for answer in (
            await ada.api.post("/api/v1/statuses", json=fields),
            await ada.api.put(f"/api/v1/statuses/{kept['id']}", json=fields),
        ):
            assert answer.status_code == 422 or "x" * 100 not in str(answer.json()), (
                fields.keys(),
                answer.status_code,
            )
            assert answer.status_code in (200, 422)
            assert len(answer.content) < 20_000
    media = f"/api/v1/media/{picture['id']}"
    for answer in (
        await ada.api.put(media, data={"description": long}),
        await ada.api.post("/api/v2/media", files=sent(drawing()), data={"description": long}),
        await ada.api.post("/api/v1/media", files=sent(drawing()), data={"description": long}),
    ):
        assert answer.status_code == 422
    assert (await island.counts())["pictures"] == before["pictures"]
    row = await island.server.database.rows("SELECT title, source, warning, language FROM works")
    assert all(len(str(value)) < 20_000 for each in row for value in dict(each).values())
    assert (await ada.api.post("/api/v1/statuses", json={"status": "x" * (1 << 20)})).status_code in (
        413,
        422,
    )
