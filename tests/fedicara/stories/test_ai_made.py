"""Labels of works made with AI, from one server to another."""

import pytest

from fedicara.actions import ai_made
from fedicara.federation.heard import drops
from tests.fedicara.stories.test_reports import keeper
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, drawing, good
from tests.media.markers import COMFY, SETTINGS, SOURCE_TYPES, png
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


@pytest.mark.rule("P-432")
async def test_people_choose_how_they_see_works_made_with_ai(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    await bob.follow("ada")
    await bob.sign_in()
    with art.server.database.bound():
        await ai_made.set_rules(art.server, "test", {"assisted": "allow"})
    work = await ada.post(drawing(), fedicara={"ai": "assisted", "title": "Dusk"})
    path = f"/@ada/{work['id']}"
    public = "/api/v1/timelines/public"
    seen = {}
    for choice in ("warn", "show", "hide"):
        fields = {"ai": "none", "licence": "cc-by", "quotes": "nobody", "ai_filter": choice}
        assert (await send(bob.browser, "/settings", fields)).status_code == 303
        matches = (await bob.home())[0]["filtered"]
        listed = [each["filtered"] for each in good(await bob.api.get(public)) if each["id"] == work["id"]]
        assert listed == [matches]
        pages = [(await bob.browser.get(each)).text for each in ("/home", "/", path)]
        seen[choice] = (
            [each["filter"]["filter_action"] for each in matches],
            ["Made with AI" in page for page in pages],
        )
        assert ["Dusk" in page for page in pages] == [choice != "hide", choice != "hide", True]
        assert [(each["filter"]["title"], each["keyword_matches"]) for each in matches] == [
            ("Made with AI", None)
        ] * len(matches)
    assert seen == {
        "warn": (["warn"], [True, True, True]),
        "show": ([], [False, False, False]),
        "hide": (["hide"], [False, False, True]),
    }
    assert (await send(bob.browser, "/settings", {**fields, "ai_filter": "burn"})).status_code == 422
    async with art.client() as visitor:
        assert "Made with AI" in (await visitor.get(path)).text
        assert good(await visitor.get(public))[0]["filtered"] == []
    assert (await ada.status(work["id"]))["filtered"][0]["filter"]["filter_action"] == "warn"


@pytest.mark.rule("P-433")
async def test_a_report_of_this_kind_is_asked_about_with_what_the_file_says(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, bob, mo = await art.artist("ada"), await art.artist("bob"), await keeper(art)
    work = await ada.post(png({"prompt": COMFY["prompt"]}), fedicara={"ai": "none"})
    wish = {
        "account_id": str(ada.actor.id),
        "status_ids": [work["id"]],
        "category": "violation",
        "rule_ids": ["1"],
    }
    answer = good(await bob.api.post("/api/v1/reports", json=wish))
    assert (answer["category"], answer["rule_ids"]) == ("violation", ["1"])
    case = f"/moderation/reports/{answer['id']}"
    page = (await mo.browser.get(case)).text
    assert "The file says: the text “prompt” in the PNG file" in page
    assert "A picture of the layers" in page
    assert (await send(mo.browser, case, {"decision": "ask"})).status_code == 303
    assert "Artist asked" in (await mo.browser.get("/moderation?decided=yes")).text
    assert "Reported as made with AI" in (await mo.browser.get("/moderation/works")).text
    await ada.sign_in()
    assert "There is a question" in (await ada.browser.get(f"/@ada/{work['id']}")).text


@pytest.mark.rule("P-434")
async def test_a_retrieved_file_may_say_what_its_server_does_not(fediverse: Fediverse) -> None:
    ink = await fediverse.island("ink", cloak="none")
    bob, stranger = await ink.artist("bob"), Stranger(fediverse)
    await bob.follow(stranger.handle)
    await fediverse.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(ink, stranger.activity("Accept", follow))
    files = {
        "said": png({"parameters": SETTINGS}),
        "plain": drawing(),
        "denied": png({"parameters": SETTINGS}),
    }
    for number, (name, content) in enumerate(files.items()):
        address = stranger.serve_bytes(f"/{name}.png", content, "image/png")
        picture = {"type": "Image", "mediaType": "image/png", "url": address}
        if name == "denied":
            picture["digitalSourceType"] = SOURCE_TYPES + "digitalArt"
        note = stranger.note(number, attachment=[picture], summary=name)
        await stranger.send(ink, stranger.activity("Create", note))
    await fediverse.settle()
    with ink.server.database.bound():
        await ai_made.set_rules(ink.server, "test", {"remote": "reject"})
    async with ink.client() as app:
        for each in await bob.home():
            assert (await app.get(each["media_attachments"][0]["url"])).status_code == 200
    await fediverse.settle()
    home = {each["spoiler_text"]: each for each in await bob.home()}
    assert {name: each["fedicara"]["ai_made"] for name, each in home.items()} == {
        "said": "generated",
        "plain": None,
        "denied": "none",
    }
    await bob.sign_in()
    page = await bob.browser.get(f"/@{stranger.handle}/{home['said']['id']}")
    assert "The file says: generated with AI." in page.text
