"""Many pictures at once: each is told how far it is, none is lost, none is posted before it is ready."""

import asyncio

import pytest

from fedicara.api import statuses
from fedicara.models import Picture
from tests.fedicara.web.forms import post, token, wrong
from tests.fediverse import Fediverse, Island, drawing, good

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
REFUSED = {"file": ("notes.png", b"These are words, no picture.", "image/png")}


@pytest.mark.threat("MED-18")
@pytest.mark.rule("A-100", "A-101")
@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.slow)])
async def test_uploads_at_once_are_all_taken_and_each_is_206_until_it_is_ready(
    island: Island, count: int
) -> None:
    ada = await island.artist("ada")

    async def send(number: int) -> str:
        file = {"file": (f"{number}.png", drawing(96, 64 + number), "image/png")}
        answer = await ada.api.post("/api/v2/media", files=file, data={"description": str(number)})
        assert (answer.status_code, answer.json()["url"]) == (202, None)
        return str(answer.json()["id"])

    ids = await asyncio.gather(*(send(number) for number in range(count)))
    waiting = [await ada.api.get(f"/api/v1/media/{each}") for each in ids]
    assert {each.status_code for each in waiting} == {206}
    places = [each.json()["fedicara"]["progress"]["queue_place"] for each in waiting]
    assert sorted(places) == list(range(count))
    await island.work_off()
    ready = [good(await ada.api.get(f"/api/v1/media/{each}")) for each in ids]
    assert [each["description"] for each in ready] == [str(number) for number in range(count)]
    assert [each["meta"]["original"]["height"] for each in ready] == [64 + number for number in range(count)]
    assert all(each["url"] for each in ready)


@pytest.mark.threat("MED-18")
@pytest.mark.rule("A-105")
async def test_what_is_not_ready_cannot_be_posted_and_the_post_says_which(
    island: Island, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statuses, "PATIENCE", 0.3)
    ada = await island.artist("ada")
    ready = (await ada.upload(drawing()))["id"]
    await island.work_off()
    late = [(await ada.upload(drawing()))["id"] for _ in range(2)]
    wish = {"media_ids": [late[0], ready, late[1]], "status": "Three"}
    refused = await ada.api.post("/api/v1/statuses", json=wish)
    assert refused.status_code == 422
    assert "Picture 1, 3 is still being prepared" in refused.json()["error"]
    assert await island.count("works") == 0
    await island.work_off()
    posted = good(await ada.api.post("/api/v1/statuses", json=wish))
    assert [each["id"] for each in posted["media_attachments"]] == [late[0], ready, late[1]]


@pytest.mark.threat("MED-18")
async def test_the_uploads_of_one_account_within_half_an_hour_are_limited(island: Island) -> None:
    assert island.server.settings.upload_rate == 120
    ada, bob = await island.artist("ada"), await island.artist("bob")
    for _ in range(120):
        assert (await ada.api.post("/api/v2/media", files=REFUSED)).status_code == 422
    over = await ada.api.post("/api/v2/media", files={"file": ("a.png", drawing(), "image/png")})
    assert over.status_code == 429, over.text
    assert "Wait 30 minutes" in over.json()["error"]
    assert (await island.count("pictures"), island.files()) == (0, [])
    assert (await bob.upload(drawing()))["id"]


@pytest.mark.threat("MED-18")
async def test_the_form_and_its_script_are_told_so_too(world: Fediverse) -> None:
    strict = await world.island("strict", cloak="none", upload_rate=1)
    ada = await strict.artist("ada")
    await ada.sign_in()
    headers = {"X-Form-Token": await token(ada.browser)}
    codes = [
        (await ada.browser.post("/uploads", content=drawing(), headers=headers)).status_code for _ in "ab"
    ]
    assert codes == [201, 429]
    answer = await post(ada.browser, ("ai", "none"), ("picture", drawing()), ("alt", "A"))
    assert "Too many tries" in wrong(answer)[0]
    with strict.server.database.bound():
        assert await Picture.all().count() == 1


async def test_an_operator_may_lift_that(world: Fediverse) -> None:
    free = await world.island("free", cloak="none", upload_rate=0)
    bob = await free.artist("bob")
    for _ in range(130):
        assert (await bob.api.post("/api/v2/media", files=REFUSED)).status_code == 422
