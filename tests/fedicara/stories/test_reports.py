"""Somebody reports somebody, from here and from elsewhere, and the people who look after the place decide."""

from datetime import timedelta

import orjson
import pytest

from fedicara.actions import domains
from fedicara.federation.heard import drops
from fedicara.models import Account, Report
from fedicara.models.accounts import Role
from fedicara.models.moderation import Action
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

SECRET = "for two pairs of eyes"


async def keeper(island: Island, username: str = "mo", role: Role = Role.MODERATOR) -> Person:
    """Somebody who looks after the place, signed in."""
    made = await island.artist(username)
    with island.server.database.bound():
        await Account.filter(actor_id=made.actor.id).update(role=role)
    await made.sign_in()
    return made


async def reports(island: Island) -> list[dict]:
    rows = await island.server.database.rows("SELECT * FROM reports ORDER BY id")
    return [dict(row) for row in rows]


async def followed_stranger(world: Fediverse, person: Person) -> Stranger:
    """A stranger whose first post the person has at home."""
    stranger = Stranger(world)
    await person.follow(stranger.handle)
    await world.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(person.island, stranger.activity("Accept", follow))
    await stranger.send(person.island, stranger.activity("Create", stranger.note()))
    await world.settle()
    stranger.heard.clear()
    return stranger


@pytest.mark.threat("ORI-16")
@pytest.mark.rule("F-217")
async def test_a_flag_is_one_report_cut_to_size_that_shows_nobody_what_they_may_not_read(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art", cloak="none")
    ada, mo, stranger = await island.artist("ada"), await keeper(island), Stranger(fediverse)
    await island.artist("bo")
    letter = await ada.post(status=f"@bo {SECRET}", visibility="direct")
    work = await ada.post(drawing(), status="An open one", fedicara={"title": "Heron"})
    named = [ada.actor.uri, letter["uri"], work["uri"], *(f"{stranger.origin}/n/{n}" for n in range(10_000))]
    flag = stranger.activity("Flag", named, content="[ai-made] " + "x" * 200_000)
    assert (await stranger.send(island, flag)).status_code == 202
    await stranger.send(island, {**flag, "id": f"{stranger.origin}/again"})
    await fediverse.settle()
    (kept,) = await reports(island)
    assert len(orjson.loads(kept["posts"]) if isinstance(kept["posts"], str) else kept["posts"]) == 99
    assert (len(kept["words"]), kept["times"], kept["category"]) == (5_000, 2, "ai-made")
    assert SECRET not in str(kept)
    page = await mo.browser.get(f"/moderation/reports/{kept['id']}")
    assert SECRET in (await ada.status(letter["id"]))["content"]
    assert (SECRET in page.text, letter["uri"] in page.text, "Heron" in page.text) == (False, True, True)
    with island.server.database.bound():
        await Report.all().update(created=island.server.now() - timedelta(hours=25))
    await stranger.send(island, {**flag, "id": f"{stranger.origin}/later"})
    await stranger.send(island, stranger.activity("Flag", [stranger.uri]))
    await stranger.send(island, stranger.activity("Flag", work["uri"], content="The post alone"))
    await fediverse.settle()
    with island.server.database.bound():
        await domains.set_rule(island.server, "test", stranger.host, Action.NO_REPORTS)
    await stranger.send(island, stranger.activity("Flag", work["uri"], content="Not taken"))
    await fediverse.settle()
    kinds = [(row["target_id"], row["category"]) for row in await reports(island)]
    assert kinds == [(ada.actor.id, kind) for kind in ("ai-made", "ai-made", "other")]
    case = f"/moderation/reports/{kept['id']}"
    assert (await send(mo.browser, case, {"decision": "suspend"})).status_code == 303
    page = await mo.browser.get(case)
    assert (SECRET in page.text, letter["uri"] in page.text, "Heron" in page.text) == (False, True, True)
    assert (await mo.browser.get("/@ada")).status_code == 404
    assert (await send(mo.browser, f"{case}/unsuspend", {})).status_code == 303
    assert (await mo.browser.get("/@ada")).status_code == 200
    counted = drops.counts(island.server)
    assert (counted["no such object"], counted["no reports"]) == (1, 1)


@pytest.mark.rule("F-243", "F-247")
async def test_a_report_leaves_only_where_that_was_ticked_and_without_a_name(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    bob = await island.artist("bob")
    stranger = await followed_stranger(fediverse, bob)
    (post,) = await bob.home()
    report = {"account_id": post["account"]["id"], "status_ids": [post["id"]], "category": "ai-made"}
    answer = good(await bob.api.post("/api/v1/reports", json=report))
    assert (answer["forwarded"], answer["category"], answer["status_ids"]) == (
        False,
        "violation",
        [post["id"]],
    )
    assert answer["target_account"]["acct"] == stranger.handle
    await fediverse.settle()
    assert stranger.heard == []
    wish = report | {"forward": True, "comment": "Says 'hand drawn'; the file says otherwise."}
    for _ in range(2):
        assert good(await bob.api.post("/api/v1/reports", json=wish))["forwarded"] is True
    await fediverse.settle()
    (flag,) = stranger.heard
    assert (flag["type"], flag["actor"]) == ("Flag", "https://art.example/actor")
    assert flag["object"] == [stranger.uri, post["uri"]]
    assert flag["content"] == "[ai-made] Says 'hand drawn'; the file says otherwise."
    assert "bob" not in str(flag)
    (sent,) = fediverse.router.sent("POST", stranger.host, "/inbox")[-1:]
    assert sent.url == f"{stranger.origin}/inbox"
    too_much = report | {"status_ids": [post["id"]] * 21}
    for wish, field in (
        (report | {"category": "taste"}, "category"),
        (report | {"comment": "x" * 5_000}, "comment"),
        (too_much, "status_ids"),
        ({"category": "spam"}, "account_id"),
    ):
        answer = await bob.api.post("/api/v1/reports", json=wish)
        assert (answer.status_code, list(answer.json()["details"])) == (422, [field])
    assert len(await reports(island)) == 2


@pytest.mark.threat("AUD-04")
async def test_what_the_reporter_cannot_read_is_as_absent_as_what_never_was(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    ada, bob, mo = await island.artist("ada"), await island.artist("bob"), await island.artist("mo")
    letter = await ada.post(status=f"@mo {SECRET}", visibility="direct")
    await bob.sign_in()
    answers = [
        await bob.api.post(
            "/api/v1/reports", json={"account_id": str(ada.actor.id), "status_ids": [number], "comment": "x"}
        )
        for number in (letter["id"], str(int(letter["id"]) + 1))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    fields = {"category": "other", "post": letter["id"], "words": "x"}
    sent = await send(bob.browser, "/@ada/report", fields)
    page = await bob.browser.get(f"/@ada/{letter['id']}/report")
    assert [sent.status_code, page.status_code] == [404, 404]
    assert (
        SECRET not in answers[0].text + sent.text + page.text + (await bob.browser.get("/@ada/report")).text
    )
    assert await reports(island) == []
    good(await ada.api.post(f"/api/v1/accounts/{bob.actor.id}/block"))
    await ada.post(status="Ink for everybody")
    blocked = await bob.browser.get("/@ada/report")
    assert (blocked.status_code, "Ink for everybody" in blocked.text) == (200, False)
    assert (await mo.status(letter["id"]))["id"] == letter["id"]


@pytest.mark.threat("MOD-09", "API-03")
async def test_a_moderator_reads_a_report_hides_a_work_shows_it_again_and_it_is_all_written_down(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art", cloak="none")
    ada, bob, mo = await island.artist("ada"), await island.artist("bob"), await keeper(island)
    work = await ada.post(drawing(), fedicara={"title": "Heron"})
    await bob.sign_in()
    await ada.sign_in()
    path = f"/@ada/{work['id']}"
    assert f'href="{path}/report"' in (await bob.browser.get(path)).text
    form = await bob.browser.get(f"{path}/report")
    assert f'value="{work["id"]}" checked' in form.text
    unsaid = await send(bob.browser, f"{path}/report", {"post": work["id"], "words": "Mine!"})
    assert (unsaid.status_code, len(wrong(unsaid)), "Mine!" in unsaid.text) == (422, 1, True)
    sent = await send(
        bob.browser, f"{path}/report", {"category": "rule", "post": work["id"], "words": "Traced"}
    )
    assert sent.headers["location"] == "/@ada/report?sent=yes"
    assert "has arrived" in (await bob.browser.get("/@ada/report?sent=yes")).text
    (kept,) = await reports(island)
    case = f"/moderation/reports/{kept['id']}"
    assert (await bob.browser.get(f"/@bob/{work['id']}/report")).status_code == 404
    assert (await bob.browser.get("/moderation")).status_code == 403
    assert (await send(bob.browser, case, {"decision": "hide"})).status_code == 403
    async with island.client() as visitor:
        assert (await visitor.get(case)).headers["location"].startswith("/sign-in")
    assert "Breaks a rule" in (await mo.browser.get("/moderation")).text
    page = await mo.browser.get(case)
    assert all(word in page.text for word in ("Traced", "Heron", "@bob"))
    assert (await send(mo.browser, case, {"decision": "burn"})).status_code == 422
    assert (await send(mo.browser, case, {"decision": "hide", "note": "A tracing"})).status_code == 303
    assert (await send(mo.browser, case, {"decision": "close"})).status_code == 422
    picture = work["media_attachments"][0]["url"]
    for reader, seen in ((bob, 404), (ada, 200), (mo, 404)):
        assert (await reader.browser.get(path)).status_code == seen
    assert (await bob.api.get(f"/api/v1/statuses/{work['id']}")).status_code == 404
    assert [(await each.browser.get(picture)).status_code for each in (bob, ada, mo)] == [404, 200, 200]
    said = work["uri"].replace("/objects/", "/activities/")
    for address in (work["uri"], said):
        unsigned = await bob.browser.get(address, headers={"Accept": "application/activity+json"})
        assert unsigned.status_code == 404
    assert "have hidden this work" in (await ada.browser.get(path)).text
    assert "Show it again" in (await mo.browser.get(case)).text
    assert (await send(mo.browser, f"{case}/show/{work['id']}", {})).status_code == 303
    assert (await bob.browser.get(path)).status_code == 200
    assert "Posts hidden" in (await mo.browser.get("/moderation?decided=yes")).text
    log = await island.server.database.rows("SELECT who, action, about FROM audit ORDER BY id")
    assert [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in log] == [
        ("mo", "works hide", work["uri"]),
        ("mo", "reports close", ada.actor.uri),
        ("mo", "works show", work["uri"]),
    ]


@pytest.mark.rule("F-235", "F-306")
@pytest.mark.threat("AUD-17", "MOD-09")
async def test_what_a_moderator_deletes_is_gone_wherever_it_was_sent(fediverse: Fediverse) -> None:
    island, there = await fediverse.island("art", cloak="none"), await fediverse.island("there")
    out = await fediverse.island("out")
    ada, bob, mo = await island.artist("ada"), await island.artist("bob"), await keeper(island)
    eve, mia = await there.artist("eve"), await out.artist("mia")
    for somebody in (eve, mia):
        await somebody.follow("ada@art.example")
    await fediverse.settle()
    work = await ada.post(drawing(), status="For followers", visibility="private")
    await fediverse.settle()
    assert await there.count("works") == await out.count("works") == 1
    await eve.unfollow("ada@art.example")
    await fediverse.settle()
    with island.server.database.bound():
        await domains.set_rule(island.server, "test", "out.example", Action.REJECT)
    good(await ada.api.put(f"/api/v1/statuses/{work['id']}", json={"status": "For those of now"}))
    await fediverse.settle()
    assert not any(b"those of now" in each.body for each in fediverse.router.sent("POST", "there.example"))
    before = len(fediverse.router.sent("POST", "out.example", "/inbox"))

    with island.server.database.bound():
        kept = await Report.create(
            target=ada.actor, reporter=bob.actor, posts=[work["uri"]], digest="1", created=island.server.now()
        )
    case = f"/moderation/reports/{kept.id}"
    assert "Delete the posts" in (await mo.browser.get(case)).text
    assert (await send(mo.browser, case, {"decision": "remove", "note": "Traced"})).status_code == 303
    await fediverse.settle()
    assert await there.count("works") == await island.count("works") == 0
    said = orjson.loads(fediverse.router.sent("POST", "there.example", "/inbox")[-1].body)
    assert (said["type"], said["actor"], said["object"]["type"]) == ("Delete", ada.actor.uri, "Tombstone")
    assert len(fediverse.router.sent("POST", "out.example", "/inbox")) == before
    assert "Posts deleted" in (await mo.browser.get(case)).text
    assert await island.count("audit", "who = 'mo' AND action = 'works remove'") == 1


@pytest.mark.threat("API-03")
async def test_nobody_decides_about_somebody_who_is_no_less(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    mo, chief = await keeper(island), await keeper(island, "chief", Role.ADMIN)
    bob = await island.artist("bob")
    good(await bob.api.post("/api/v1/reports", json={"account_id": str(chief.actor.id)}))
    (kept,) = await reports(island)
    case = f"/moderation/reports/{kept['id']}"
    refused = await send(mo.browser, case, {"decision": "suspend"})
    assert (refused.status_code, "above chief" in refused.text) == (403, True)
    assert (await send(chief.browser, case, {"decision": "suspend"})).status_code == 403
    assert (await reports(island))[0]["decision"] == ""
    own = await bob.api.post("/api/v1/reports", json={"account_id": str(bob.actor.id)})
    place = await island.server.database.row("SELECT id FROM actors WHERE type = 'Application'")
    assert place is not None
    absent = await bob.api.post("/api/v1/reports", json={"account_id": str(place["id"])})
    assert [own.status_code, absent.status_code] == [422, 404]
    empty = await send(chief.browser, case, {"decision": "hide"})
    assert (empty.status_code, "no post" in empty.text) == (422, True)
    assert (await send(chief.browser, case, {"decision": "nothing"})).status_code == 303
    assert (await chief.browser.get("/moderation/reports/1")).status_code == 404
