"""A held work on its artist's page and in the moderators' room."""

import re

import httpx
import pytest

from fedicara.actions import accounts
from fedicara.models import Account
from fedicara.models.accounts import Role
from tests.fedicara.web.forms import multipart, post, send, token, wrong
from tests.fediverse import Island, Person, drawing
from tests.media.markers import SETTINGS, png

pytestmark = pytest.mark.anyio

GENERATED = png({"parameters": SETTINGS})


async def plea(browser: httpx.AsyncClient, path: str, words: str, *files: bytes) -> httpx.Response:
    pairs = [("_token", await token(browser)), ("words", words), *(("picture", each) for each in files)]
    body, content_type = multipart(pairs)
    return await browser.post(path, content=body, headers={"Content-Type": content_type})


@pytest.mark.rule("P-400")
async def test_the_form_chooses_nothing_and_asks_where_there_is_a_picture(
    island: Island, ada: Person
) -> None:
    form = (await ada.browser.get("/post")).text
    assert not re.search(r'name="ai"[^>]* checked', form)
    unsaid = await post(ada.browser, ("picture", drawing()), ("alt", "A"))
    assert (unsaid.status_code, wrong(unsaid)) == (422, ["Say whether AI was used."])
    assert (await post(ada.browser, ("caption", "Words alone"))).status_code == 303
    bare = await ada.browser.get((await post(ada.browser, ("caption", "No picture"))).headers["location"])
    assert "AI in the making" not in bare.text


@pytest.mark.rule("P-411", "P-413", "P-420")
async def test_an_artist_reads_what_was_found_and_asks_and_a_moderator_decides(
    island: Island, ada: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        await Account.filter(actor_id=bob.actor.id).update(role=Role.MODERATOR)
    fields = (("ai", "none"), ("picture", GENERATED), ("alt", "A heron"), ("title", "Heron"))
    path = (await post(ada.browser, *fields)).headers["location"]
    await island.work_off()
    held = (await ada.browser.get(path)).text
    assert "This work is held" in held
    assert "Picture 1. The file says: the text “parameters” in the PNG file" in held
    assert "a heron at dusk" in held
    assert "This is AI" not in held
    assert (await visitor.get(path)).status_code == (await bob.browser.get(path)).status_code == 404
    assert (await bob.browser.get(f"{path}/ai")).status_code == 404
    assert "Heron" in (await ada.browser.get("/@ada")).text
    assert "held, with ways out" in (await ada.browser.get("/@ada")).text
    assert "Heron" not in (await visitor.get("/@ada")).text + (await visitor.get("/")).text
    api = (await ada.api.get(f"/api/v1/statuses/{path.rpartition('/')[2]}")).json()
    assert api["fedicara"]["state"] == "held"
    empty = await plea(ada.browser, f"{path}/ai/appeal", "")
    assert (empty.status_code, len(wrong(empty))) == (422, 1)
    no_file = await plea(ada.browser, f"{path}/ai/appeal", "Layers", b"words")
    assert (no_file.status_code, len(wrong(no_file))) == (422, 1)
    sent = await plea(ada.browser, f"{path}/ai/appeal", "Traced from a reference", drawing(), b"")
    assert sent.status_code == 303
    await island.work_off()
    assert (await ada.browser.get("/moderation/works")).status_code == 403
    queue = (await bob.browser.get("/moderation/works")).text
    case = re.search(r'href="(/moderation/works/\d+)"', queue)
    assert case is not None
    page = (await bob.browser.get(case[1])).text
    assert all(word in page for word in ("Traced from a reference", "sd-parsers 0.6, AUTOMATIC1111", "Heron"))
    pictures = re.findall(r'src="(?:https://art.example)?(/media/[^"]+)"', page.replace("&amp;", "&"))
    assert len(pictures) >= 2
    for address in pictures:
        assert (await bob.browser.get(address)).status_code == 200
    assert (await send(bob.browser, case[1], {"decision": "burn"})).status_code == 422
    assert (await send(bob.browser, case[1], {"decision": "clear", "note": "Fine"})).status_code == 303
    assert "Heron" in (await visitor.get(path)).text
    assert "Cleared" in (await bob.browser.get("/moderation/works?decided=yes")).text


@pytest.mark.rule("P-400", "P-402")
async def test_whoever_makes_the_owners_account_is_asked_what_the_place_does(
    island: Island, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        path = await accounts.invite(island.server, Role.OWNER)
    form = (await visitor.get(path)).text
    assert not re.search(r'name="ai"[^>]* checked', form)
    assert '<option value="forbid" selected>' in form
    fields = {"username": "olga", "password": "correct horse", "ai": "none", "rule.assisted": "allow"}
    assert (await send(visitor, path, {**fields, "ai": ""}, page=path)).status_code == 422
    assert (await send(visitor, path, {**fields, "rule.assisted": "burn"}, page=path)).status_code == 422
    assert (await send(visitor, path, fields, page=path)).status_code == 303
    stated = (await visitor.get("/nodeinfo/2.1")).json()["metadata"]["aiPolicy"]["aiMade"]
    assert stated == {"generated": "forbid", "assisted": "allow"}


async def test_a_draft_is_published_with_another_answer_or_kept(island: Island, ada: Person) -> None:
    path = (await post(ada.browser, ("ai", "none"), ("picture", GENERATED), ("alt", "A"))).headers["location"]
    await island.work_off()
    assert (await send(ada.browser, f"{path}/ai/withdraw", {})).status_code == 303
    assert "This work is a draft" in (await ada.browser.get(path)).text
    assert (await send(ada.browser, f"{path}/ai/withdraw", {})).status_code == 422
    assert (await send(ada.browser, f"{path}/ai/relabel", {"ai": "perhaps"})).status_code == 422
    assert (await send(ada.browser, f"{path}/ai/relabel", {"ai": "assisted"})).status_code == 303
    await island.work_off()
    out = (await ada.browser.get(path)).text
    assert "Declared by the artist: made with the help of AI." in out
    other = (await post(ada.browser, ("ai", "assisted"), ("picture", GENERATED), ("alt", "B"))).headers[
        "location"
    ]
    await island.work_off()
    asked = (await ada.browser.get(other)).text
    assert "There is a question" in asked
    assert "A question about this work" in (await ada.browser.get(f"{other}/ai")).text
    assert (await plea(ada.browser, f"{other}/ai/confirm", "In part")).status_code == 303
    assert (await plea(ada.browser, f"{other}/ai/confirm", "In part")).status_code == 422
    assert (await ada.browser.get(f"{path}1/ai")).status_code == 404
