"""A work that waits for its pictures is nowhere, until all of them are ready."""

import pytest

from tests.fediverse import Fediverse, drawing
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


@pytest.mark.rule("F-076")
async def test_nobody_hears_of_a_work_before_its_last_picture_is_ready(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art", cloak="none")).artist("ada")
    friend = Stranger(fediverse)
    await friend.send(ada.island, friend.activity("Follow", ada.actor.uri))
    await fediverse.settle()
    uploads = [await ada.upload(drawing(), alt=f"Sheet {number}") for number in (1, 2)]
    wish = {"media_ids": [each["id"] for each in uploads], "status": "", "fedicara": {"when_ready": True}}
    answer = await ada.api.post("/api/v1/statuses", json=wish)
    assert answer.status_code == 202
    number = answer.json()["id"]

    outbox = f"{ada.actor.uri}/outbox"
    for kind in ("objects", "activities"):
        address, absent = (ada.island.server.url(f"/{kind}/{each}") for each in (number, 12345))
        waiting, never = await friend.read(ada.island, address), await friend.read(ada.island, absent)
        assert (
            (waiting.status_code, waiting.content)
            == (never.status_code, never.content)
            == (404, never.content)
        )
    assert (await friend.read(ada.island, outbox)).json()["totalItems"] == 0
    async with ada.island.client() as visitor:
        for path in (f"/@ada/{number}", f"/api/v1/statuses/{number}"):
            assert (await visitor.get(path)).status_code == 404
        assert number not in (await visitor.get("/@ada")).text
    assert not [each for each in friend.heard if each["type"] == "Create"]

    await fediverse.settle()
    (create,) = [each for each in friend.heard if each["type"] == "Create"]
    assert [each["name"] for each in create["object"]["attachment"]] == ["Sheet 1", "Sheet 2"]
    assert (await friend.read(ada.island, outbox)).json()["totalItems"] == 1
