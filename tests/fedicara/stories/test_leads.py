"""Works of more than four pictures: which ones come first elsewhere, and what a work is made with."""

import re
from typing import Any

import orjson
import pytest

from tests.fedicara.web.forms import post, send, wrong
from tests.fediverse import Fediverse, Person, drawing, good

pytestmark = pytest.mark.anyio


def names(note: Any) -> list[str]:
    return [each["name"] for each in note["attachment"]]


async def last_said(world: Fediverse, kind: str) -> Any:
    """The Note of the last activity of a kind that went to the other server."""
    await world.settle()
    said = [orjson.loads(each.body) for each in world.router.sent("POST", "there.example", "/inbox")]
    return [each["object"] for each in said if each["type"] == kind][-1]


async def shown_to(reader: Person) -> list[str]:
    (status,) = await reader.home()
    return [each["description"] for each in status["media_attachments"]]


@pytest.mark.rule("F-052", "F-062", "F-053", "F-072", "A-110", "A-092", "A-268")
async def test_an_artist_chooses_what_comes_first_elsewhere_and_readers_see_the_order_of_the_artist(
    fediverse: Fediverse,
) -> None:
    island, other = await fediverse.island("art", cloak="none"), await fediverse.island("there")
    ada, eve = await island.artist("ada"), await other.artist("eve")
    await eve.follow(ada.handle)
    await fediverse.settle()
    sheets = [(await ada.upload(drawing(), alt=f"Sheet {number}"))["id"] for number in range(1, 7)]
    wish: dict[str, Any] = {"media_ids": sheets, "status": "River week"}
    ours = {"leads": [sheets[4], sheets[1]], "medium": ["gouache", "ink"]}
    await island.work_off()
    for wrongly, field in (
        ({"leads": ["7"]}, "fedicara[leads]"),
        ({"leads": ["x"]}, "fedicara[leads]"),
        ({"leads": sheets[:5]}, "fedicara[leads]"),
        ({"medium": ["telepathy"]}, "fedicara[medium]"),
        (
            {"medium": ["ink", "oil", "wood", "3d", "glass", "vector", "chalk", "paper", "stone"]},
            "fedicara[medium]",
        ),
    ):
        refused = await ada.api.post("/api/v1/statuses", json=wish | {"fedicara": wrongly})
        assert (refused.status_code, list(refused.json()["details"])) == (422, [field])
    async with island.working():
        status = good(await ada.api.post("/api/v1/statuses", json=wish | {"fedicara": ours}))
    assert [each["description"] for each in status["media_attachments"]] == [
        f"Sheet {n}" for n in range(1, 7)
    ]
    note = await last_said(fediverse, "Create")
    assert names(note) == [f"Sheet {number}" for number in (5, 2, 1, 3, 4, 6)]
    assert "All 6 pictures" in note["content"]
    assert note["medium"] == ["gouache", "ink"]
    assert await shown_to(eve) == [f"Sheet {number}" for number in range(1, 7)]
    assert (await eve.home())[0]["fedicara"]["medium"] == ["gouache", "ink"]

    path = f"/api/v1/statuses/{status['id']}"
    good(await ada.api.put(path, json={"fedicara": {"leads": [sheets[5]], "medium": ["oil"]}}))
    note = await last_said(fediverse, "Update")
    assert names(note) == [f"Sheet {number}" for number in (6, 1, 2, 3, 4, 5)]
    assert note["medium"] == ["oil"]
    assert (await eve.home())[0]["fedicara"]["medium"] == ["oil"]
    good(await ada.api.put(path, json={"fedicara": {"leads": []}}))
    assert names(await last_said(fediverse, "Update")) == [f"Sheet {number}" for number in range(1, 7)]
    assert await shown_to(eve) == [f"Sheet {number}" for number in range(1, 7)]
    words = good(await ada.api.get("/api/fedicara/v1/vocabulary/media"))
    assert {"key": "oil", "label": "Oil", "group": "Painting"} in words


@pytest.mark.rule("F-052", "F-072")
async def test_the_form_of_a_work_says_what_comes_first_and_what_it_is_made_with(
    fediverse: Fediverse,
) -> None:
    island, other = await fediverse.island("art", cloak="none"), await fediverse.island("there")
    ada, eve = await island.artist("ada"), await other.artist("eve")
    await eve.follow(ada.handle)
    await fediverse.settle()
    await ada.sign_in()
    pictures: list[tuple[str, str | bytes]] = []
    for number in range(1, 6):
        pictures += [("picture", drawing()), ("alt", f"Sheet {number}")]
    pictures += [("picture", b""), ("lead", "yes"), ("alt", ""), ("ai", "none")]
    ticked = [*pictures[:8], ("lead", "yes"), *pictures[8:10], ("lead", "yes"), *pictures[10:]]
    unknown = await post(ada.browser, *ticked, ("medium", "telepathy"), ("caption", "Kept"))
    assert (unknown.status_code, wrong(unknown)) == (422, ["telepathy is no key of the vocabulary of media."])
    made = await post(ada.browser, *ticked, ("medium", "oil"), ("medium", "ink"))
    assert made.status_code == 303
    note = await last_said(fediverse, "Create")
    assert names(note) == [f"Sheet {number}" for number in (4, 5, 1, 2, 3)]
    page = made.headers["location"]
    assert "Oil, ink" in (await ada.browser.get(page)).text

    edit = (await ada.browser.get(f"{page}/edit")).text
    ticks = re.findall(r'name="lead" value="(\d+)"( checked)?', edit)
    assert [bool(ticked) for _, ticked in ticks] == [False, False, False, True, True]
    words = {f"alt.{number}": f"Sheet {place}" for place, (number, _) in enumerate(ticks, 1)}
    saved = await send(
        ada.browser, f"{page}/edit", words | {"ai": "none", "lead": ticks[2][0], "medium": "oil"}
    )
    assert saved.status_code == 303
    assert names(await last_said(fediverse, "Update")) == [f"Sheet {number}" for number in (3, 1, 2, 4, 5)]
