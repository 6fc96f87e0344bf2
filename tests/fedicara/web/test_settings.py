"""Settings, the password, invitations and the policy page."""

import re
from html import unescape

import httpx
import pytest

from fedicara.actions import accounts, ai_made
from fedicara.actions.cloaks import GATE, LIMITS
from fedicara.models.accounts import Role
from policies.headers import fields
from tests.fedicara.rooms import posted
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import PASSWORD, Fediverse, Island, Person

pytestmark = pytest.mark.anyio
WHOLE = {"name": "Ada", "summary": "", "ai": "none", "licence": "cc-by"}


@pytest.mark.rule("P-022")
async def test_settings_print_exactly_what_is_sent(
    ada: Person, island: Island, visitor: httpx.AsyncClient
) -> None:
    await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny", "policy.noarchive": "on"})
    page = (await ada.browser.get("/settings")).text
    printed = unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1])  # type: ignore[index]
    policy = island.server.policy({"search": "deny", "noarchive": "on"})
    for name, value in fields(policy, "https://art.example"):
        assert f"{name}: {value}" in printed
        assert (await visitor.get("/@ada")).headers[name] == value
    assert "no listing by search engines" in page


@pytest.mark.rule("P-022", "P-016")
async def test_the_newest_work_is_shown_as_it_is_sent_before_and_after_a_change_and_only_saving_changes_it(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        work = await posted(ada.actor, title="Heron", licence="cc0", policy={"noarchive": "on"})
        await posted(ada.actor, "private", title="Hidden")

    def sent(page: httpx.Response) -> list[str]:
        part = page.text.partition('id="sent"')[2].partition("</details>")[0]
        assert "your newest work, <bdi>Heron</bdi>" in part
        return [unescape(each) for each in re.findall(r"<pre[^>]*>(.*?)</pre>", part, re.DOTALL)]

    (now,) = sent(await ada.browser.get("/settings"))
    preview = await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny", "do": "preview"})
    assert preview.status_code == 200
    assert '<option value="deny" selected>' in preview.text
    before, after = sent(preview)
    assert before == now
    headers = (await visitor.get(f"/@ada/{work.id}")).headers
    assert headers["x-robots-tag"] == "noai, noimageai, noarchive"
    bad = await send(ada.browser, "/settings", {**WHOLE, "policy.search": "perhaps", "do": "preview"})
    assert (bad.status_code, sent(bad)) == (422, [now])
    await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny", "do": "save"})
    for said, answer in ((before, headers), (after, (await visitor.get(f"/@ada/{work.id}")).headers)):
        for name in ("X-Robots-Tag", "Content-Usage", "tdm-reservation", "Link"):
            assert f"{name}: {answer[name]}" in said.splitlines(), name
    assert "noindex" in after
    assert sent(await ada.browser.get("/settings")) == [after]
    # What permits more is shown beside what it would be, where it has to be confirmed.
    asked = await send(ada.browser, "/settings", WHOLE)
    assert (asked.status_code, sent(asked)) == (422, [after, before])


@pytest.mark.rule("P-702")
async def test_wherever_the_cloak_is_offered_it_is_said_what_was_measured_and_what_it_cannot_do(
    world: Fediverse,
) -> None:
    cloaking = await world.island("cloaking", cloak="texture")
    ada = await cloaking.artist("ada")
    await ada.sign_in()
    for path in ("/settings", "/post"):
        said = (await ada.browser.get(path)).text
        assert f"Adds a small change to the picture. {GATE} {LIMITS}" in said, path
        assert "texture (experimental)" in said, path


async def test_settings_are_kept(ada: Person) -> None:
    answer = await send(
        ada.browser,
        "/settings",
        {**WHOLE, "summary": "Ink.", "locked": "yes", "ai": "assisted", "licence": "cc0"},
    )
    assert answer.headers["location"] == "/settings?saved=profile"
    page = (await ada.browser.get("/settings")).text
    assert 'name="locked" value="yes" checked' in page
    assert 'name="discoverable" value="yes">' in page
    assert 'value="assisted" checked' in page
    assert '<option value="cc0" selected>' in page
    assert ">Ink.</textarea>" in page


@pytest.mark.rule("P-010", "P-016")
@pytest.mark.parametrize(
    ("field", "value"),
    [("policy.ai_train", "allow"), ("policy.search", "perhaps"), ("licence", "mine"), ("name", "x" * 101)],
)
async def test_a_wrong_choice_changes_nothing(ada: Person, field: str, value: str) -> None:
    answer = await send(ada.browser, "/settings", {**WHOLE, "name": "New", field: value})
    assert answer.status_code == 422
    assert "New" not in (await ada.browser.get("/@ada")).text


async def test_what_the_floor_decides_is_said_and_not_asked(ada: Person) -> None:
    page = (await ada.browser.get("/settings")).text
    assert 'name="policy.ai_train"' not in page
    assert "Not allowed, set by this server for everybody" in page


async def test_a_new_password_ends_every_other_session(ada: Person, island: Island) -> None:
    async with island.client() as other:
        other.cookies.set("__Host-session", ada.browser.cookies["__Host-session"])
        wrong_one = await send(ada.browser, "/settings/password", {"old": "no", "password": "a new password"})
        assert wrong(wrong_one) == ["That is not your present password."]
        answer = await send(
            ada.browser, "/settings/password", {"old": PASSWORD, "password": "a new password"}
        )
        assert answer.status_code == 303
        assert (await other.get("/home")).status_code == 303
        assert (await ada.browser.get("/home")).status_code == 200


async def invited(island: Island) -> str:
    """The path of a one-time link."""
    with island.server.database.bound():
        return await accounts.invite(island.server, Role.ARTIST)


async def test_an_invitation_makes_an_account_once(island: Island, visitor: httpx.AsyncClient) -> None:
    path = await invited(island)
    assert not re.search(r'name="ai"[^>]*checked', (await visitor.get(path)).text)
    new = {"username": "Cleo", "password": "long enough", "ai": "none"}
    answer = await send(visitor, path, new, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert "cleo" in (await visitor.get("/settings")).text
    assert (await visitor.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"), [("username", "no spaces"), ("password", "short"), ("ai", ""), ("ai", "perhaps")]
)
async def test_a_wrong_answer_keeps_the_invitation(
    island: Island, visitor: httpx.AsyncClient, field: str, value: str
) -> None:
    path = await invited(island)
    new = {"username": "cleo", "password": "long enough", "ai": "none", field: value}
    answer = await send(visitor, path, new, path)
    assert answer.status_code == 422
    assert len(wrong(answer)) == 1
    assert (await visitor.get(path)).status_code == 200


@pytest.mark.rule("P-402", "P-704")
async def test_the_policy_page_says_what_is_sent_and_the_rules_about_ai_made_works(
    island: Island, visitor: httpx.AsyncClient
) -> None:
    answer = await visitor.get("/ai-policy")
    text = unescape(answer.text)
    said = "Works that were generated with AI are against the rules of this place and are not taken."
    assert said in text
    assert "nothing is decided by a guess from the picture" in text
    assert "Refused here" not in text, "nothing was"
    with island.server.database.bound():
        await ai_made.set_rules(island.server, "test", {"generated": "allow", "remote": "hide"})
    changed = (await visitor.get("/ai-policy")).text
    assert (said in changed, "Works that were generated with AI bear a label." in changed) == (False, True)
    assert "Works of other servers that say they were made with AI are not shown here." in changed
    assert "Crawlers that hide who they are are not stopped by this." in text
    for name, value in fields(island.server.policy(), "https://art.example"):
        assert f"{name}: {value}" in text
        assert answer.headers[name] == value
