"""What visitors find of pictures, tier by tier, wherever an address could stand."""

import re

import pytest

from tests.fediverse import Fediverse, drawing

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]

DOCUMENT = {"Accept": "application/activity+json"}
ADDRESS = re.compile(r"/media/([0-9a-f]{32})\.")


@pytest.mark.rule("P-245", "P-246", "A-024")
@pytest.mark.parametrize(
    ("tier", "named"),
    [
        ("full", {"large", "preview", "small", "card"}),
        ("preview", {"preview", "small", "card"}),
        ("none", set()),
    ],
)
async def test_no_page_api_or_document_names_a_picture_beyond_the_tier_of_visitors(
    fediverse: Fediverse, tier: str, named: set[str]
) -> None:
    island = await fediverse.island("art", cloak="none", authorized_fetch=False)
    ada = await island.artist("ada")
    policy = {"policy": {"anonymous_media": tier, "peer_media": "signed"}}
    status = await ada.post(drawing(1400, 900), status="A #slope", fedicara=policy)
    keys = {
        row["key"].partition(".")[0]: row["name"]
        for row in await island.server.database.rows("SELECT key, name FROM renditions")
    }
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys)
    identifier = status["id"]
    pages = ("/", "/@ada", f"/@ada/{identifier}", "/tags/slope")
    api = ("timelines/public", f"statuses/{identifier}", f"accounts/{status['account']['id']}/statuses")
    outbox = f"/actors/{ada.actor.id}/outbox?page=true"
    documents = (f"/objects/{identifier}", f"/activities/{identifier}", outbox)
    seen: set[str] = set()
    async with island.client() as visitor:
        answers = [await visitor.get(path) for path in pages]
        answers += [await visitor.get(f"/api/v1/{path}") for path in api]
        assert all(answer.status_code == 200 for answer in answers)
        read = [await visitor.get(path, headers=DOCUMENT) for path in documents]
        assert [answer.status_code for answer in read[:2]] == [401 if tier == "none" else 200] * 2
        for answer in (*answers, *read):
            found = {keys[key].partition(".")[0] for key in ADDRESS.findall(answer.text)}
            assert found <= named, answer.url
            seen |= found
        assert seen == named
        if tier == "none":
            assert f"/sign-in?next=/%40ada/{identifier}" in answers[2].text
            assert "og:image" not in answers[2].text
