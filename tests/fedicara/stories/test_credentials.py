"""A place that signs its pictures, and what its visitors can check."""

import re

import pytest

from fedicara.actions.place_policy import Change, change_place
from fedicara.certificate import FILE
from tests.fediverse import Fediverse, Json, Person, drawing, good
from tests.media.test_credentials import manifests

pytestmark = pytest.mark.anyio

USES = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining", "cawg.ai_inference")
EVERYTHING = {use: {"use": "notAllowed"} for use in USES}


async def signed(person: Person, status: Json) -> dict[str, Json]:
    """The statement in each size of a work, each validated."""
    found = {}
    for name in ("url", "preview_url"):
        answer = await person.browser.get(status["media_attachments"][0][name])
        assert answer.status_code == 200
        store, active = manifests(answer.content)
        assert store["validation_state"] == "Valid"
        assert active["signature_info"]["common_name"] == "art.example"
        said = {each["label"]: each["data"] for each in active["assertions"]}
        assert b"ldf/vocab/DMI-" in answer.content
        found[status["media_attachments"][0][name]] = said["cawg.training-mining"]["entries"]
    return found


@pytest.mark.rule("P-135", "P-136")
async def test_pictures_are_signed_with_the_policy_and_again_when_it_changes(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", cloak="none", c2pa=True)
    assert (island.server.settings.data / FILE).exists()
    ada = await island.artist("ada")
    await ada.sign_in()
    status = await ada.post(drawing(700, 500))
    before = await signed(ada, status)
    assert list(before.values()) == [EVERYTHING, EVERYTHING]
    with island.server.database.bound():
        page = await ada.browser.get(f"{status['url']}/signals")
    assert "Signed by this server" in page.text
    assert "cawg.ai_inference: notAllowed" in page.text
    assert not re.search(r"\btrusted\b", page.text)
    # Nothing but what is signed says how models may be given the work.
    place = Change({"ai_input": "allow"}, {"ai_input": "allow"})
    with island.server.database.bound():
        await change_place(island.server, "command line", place)
    fediverse.clock.advance(seconds=3)
    await fediverse.settle()
    after = await signed(ada, good(await ada.api.get(f"/api/v1/statuses/{status['id']}")))
    assert not before.keys() & after.keys()
    assert list(after.values()) == [{**EVERYTHING, "cawg.ai_inference": {"use": "allowed"}}] * 2
