"""Labels of works made with AI, from one server to another."""

import pytest

from fedicara.actions import ai_made
from fedicara.federation import drops
from tests.fediverse import Fediverse, drawing, good
from tests.media.markers import SOURCE_TYPES
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


@pytest.mark.rule("P-402", "P-430", "P-434")
async def test_a_label_is_said_in_every_way_and_read_at_the_other_end(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none", authorized_fetch=False)
    ink = await fediverse.island("ink", cloak="none")
    ada, bob = await art.artist("ada"), await ink.artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    refused = await ada.api.post(
        "/api/v1/statuses", json={"status": "x", "fedicara": {"ai": "generated"}, "media_ids": []}
    )
    assert refused.status_code == 200
    made = await ada.post(drawing(), status="Dusk", fedicara={"ai": "assisted"})
    plain = await ada.post(drawing(), status="Dawn", fedicara={"ai": "none"})
    await fediverse.settle()
    assert made["fedicara"]["digital_source_type"] == SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
    async with art.client() as peer:
        note = (await peer.get(made["uri"], headers={"Accept": "application/activity+json"})).json()
    assert [each["digitalSourceType"] for each in note["attachment"]] == [
        made["fedicara"]["digital_source_type"]
    ]
    assert "Made with the help of AI." in note["content"]
    assert "#MadeWithAI" in [each["name"] for each in note["tag"]]
    local = {each["id"] for each in good(await ada.api.get("/api/v1/timelines/public?local=true"))}
    assert (made["id"] in local, plain["id"] in local) == (False, True)
    async with art.client() as visitor:
        assert made["id"] not in (await visitor.get("/")).text
        assert made["id"] in (await visitor.get("/tags/madewithai")).text
        metadata = (await visitor.get("/nodeinfo/2.1")).json()["metadata"]
    assert metadata["aiPolicy"]["aiMade"] == {"generated": "forbid", "assisted": "label"}
    theirs = {each["uri"]: each for each in await bob.home()}
    assert theirs[made["uri"]]["fedicara"]["ai_made"] == "assisted"
    assert "Made with the help of AI." not in theirs[made["uri"]]["content"]
    assert theirs[plain["uri"]]["fedicara"]["ai_made"] is None
    with ink.server.database.bound():
        await ai_made.set_rules(ink.server, "test", {"remote": "hide"})
    assert made["uri"] not in {each["uri"] for each in await bob.home()}
    with ink.server.database.bound():
        await ai_made.set_rules(ink.server, "test", {"remote": "label"})
    assert made["uri"] in {each["uri"] for each in await bob.home()}
    with ink.server.database.bound():
        await ai_made.set_rules(ink.server, "test", {"remote": "reject"})
    late = await ada.post(drawing(), status="Late", fedicara={"ai": "assisted"})
    await fediverse.settle()
    assert late["uri"] not in {each["uri"] for each in await bob.home()}
    assert drops.counts(ink.server)["made with AI"] == 1


@pytest.mark.rule("P-434")
async def test_what_is_no_statement_of_the_origin_is_no_label(fediverse: Fediverse) -> None:
    ink = await fediverse.island("ink", cloak="none")
    bob, stranger = await ink.artist("bob"), Stranger(fediverse)
    await bob.follow(stranger.handle)
    await fediverse.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(ink, stranger.activity("Accept", follow))
    for number, stated in enumerate(
        (
            None,
            7,
            ["x"],
            "trainedAlgorithmicMedia",
            "javascript:alert(1)",
            SOURCE_TYPES + "digitalArt",
        )
    ):
        note = stranger.note(number)
        picture = {
            "type": "Image",
            "mediaType": "image/png",
            "url": f"{stranger.origin}/p.png",
            "digitalSourceType": stated,
        }
        tag = {"type": "Hashtag", "name": "#MadeWithAI"}
        await stranger.send(ink, stranger.activity("Create", note | {"attachment": [picture], "tag": [tag]}))
    await fediverse.settle()
    assert sorted(each["fedicara"]["ai_made"] or "" for each in await bob.home()) == [
        "",
        "",
        "",
        "",
        "",
        "none",
    ]
