"""An artist who is asked for permission at a page of their own, and who lets the policy be read in words elsewhere."""

import pytest

from fedicara.actions.policy_check.check import Wish, check
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

PLACE = "https://art.example/policies/tdm.json"
OWN = "https://art.example/policies/tdm/ada.json"
PAGE = "https://ada.example/licences?for=ai"
API = "/api/fedicara/v1/policy/account"


async def named(island: Island, *addresses: str) -> set[str | None]:
    """The documents that pages and pictures name, in header fields and in their heads."""
    found: set[str | None] = set()
    async with island.client() as visitor:
        for address in addresses:
            answer = await visitor.get(address)
            assert answer.status_code == 200, address
            found.add(answer.headers.get("tdm-policy"))
            if answer.headers["content-type"].startswith("text/html"):
                inside = answer.text.partition('<meta name="tdm-policy" content="')[2].partition('"')[0]
                found.add(inside or None)
    return found


async def faults(island: Island, *addresses: str) -> list[str]:
    with island.server.database.bound():
        reports = [await check(island.server, Wish(address)) for address in addresses]
    rows = [row for report in reports for row in report.rows]
    assert "S07 assigner" in {f"{row.surface} {row.field}" for row in rows}
    return [f"{row.surface} {row.field}: {row.seen}" for row in rows if row.verdict not in ("pass", "n/a")]


@pytest.mark.rule("P-122", "P-121", "P-017", "P-107")
async def test_an_artist_with_a_page_for_licences_is_named_by_every_mouth_of_theirs_and_by_no_other(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none", contact="hello@art.example")
    near = await fediverse.island("near", cloak="none")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    await (await near.artist("nel")).follow(ada.handle)
    await fediverse.settle()
    work, other = [await each.post(drawing(), alt="A drawing", status="Said") for each in (ada, bob)]
    picture = work["media_attachments"][0]["preview_url"]
    mine = (work["url"], picture, "/@ada", f"{work['url']}/signals")
    assert await named(art, *mine) == {PLACE}

    answer = good(await ada.api.patch(API, json={"contact_url": f"  {PAGE} "}))
    assert (answer["contact_url"], answer["tdm_policy"], answer["stored"]) == (PAGE, OWN, {})
    await fediverse.settle()
    assert await named(art, *mine) == {OWN}
    assert await named(art, "/", "/ai-policy", other["url"], "/@bob") == {PLACE}
    mallory = Stranger(fediverse)
    note = (await mallory.read(art, work["uri"])).json()
    actor = (await mallory.read(art, ada.actor.uri)).json()
    assert {each["tdmPolicy"] for each in (note, *note["attachment"], actor)} == {OWN}
    told = [each.body for each in fediverse.router.sent("POST", "near.example") if b'"Update"' in each.body]
    assert sum(OWN.encode() in body for body in told) == 2
    assert not await faults(art, work["url"], work["uri"], "https://art.example/@ada", "https://art.example/")

    async with art.client() as visitor:
        own, place = await visitor.get(OWN), await visitor.get(PLACE)
        assert own.headers["content-type"] == "application/ld+json"
        assert (own.json()["uid"], own.json()["assigner"]) == (
            OWN,
            {"uid": ada.actor.uri, "vcard:fn": "ada", "vcard:hasURL": PAGE},
        )
        assert place.json()["assigner"]["vcard:hasEmail"] == "mailto:hello@art.example"
        for nobody in ("bob", "nobody", "near.example"):
            assert (await visitor.get(f"/policies/tdm/{nobody}.json")).status_code == 404

    # The rest of the policy is changed without it, and a work that publishes no way to ask names nobody.
    await ada.sign_in()
    fields = {"name": "Ada", "ai": "none", "licence": "cc-by", "policy.search": "deny"}
    assert (await send(ada.browser, "/settings", fields)).status_code == 303
    assert await named(art, "/@ada") == {OWN}
    shut = await ada.post(drawing(), status="No", fedicara={"policy": {"licensing": "none"}})
    assert await named(art, shut["url"]) == {None}
    refused = await ada.api.put(
        f"/api/v1/statuses/{shut['id']}", json={"fedicara": {"policy": {"offer": "x"}}}
    )
    assert refused.status_code == 422

    assert (await send(ada.browser, "/settings/asking", {"contact_url": ""})).status_code == 303
    assert await named(art, work["url"], "/@ada") == {PLACE}
    async with art.client() as visitor:
        assert (await visitor.get(OWN)).status_code == 404


@pytest.mark.rule("P-122", "P-010")
async def test_no_address_but_one_of_the_web_is_taken_and_nobody_else_sets_it(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    await ada.sign_in()
    assert good(await ada.api.patch(API, json={"contact_url": PAGE}))["contact_url"] == PAGE
    for text in (
        "http://ada.example/",
        "ada@ada.example",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@ada.example/",
        'https://ada.example/"><script>',
        f"https://ada.example/{'a' * 500}",
        "https://ada.example/ two",
    ):
        answer = await ada.api.patch(API, json={"contact_url": text, "post_line": True})
        assert (answer.status_code, list(answer.json().get("details", []))) == (422, ["contact_url"]), text
        page = await send(ada.browser, "/settings/asking", {"contact_url": text}, "/settings/asking")
        assert (page.status_code, len(wrong(page))) == (422, 1), text
        assert "<script>" not in page.text
    assert good(await ada.api.get(API)) | {"effective": {}} == {
        "stored": {},
        "effective": {},
        "tdm_policy": OWN,
        "contact_url": PAGE,
        "profile_line": False,
        "post_line": False,
    }
    assert (await ada.api.patch(API, json={"post_line": "perhaps"})).status_code == 422
    async with art.client() as visitor:
        assert (await visitor.get(API)).status_code == 401
        assert (await visitor.get("/settings/asking")).headers["location"].startswith("/sign-in")
        reads = {"Authorization": f"Bearer {await ada.token('read')}"}
        assert (await visitor.patch(API, json={"post_line": True}, headers=reads)).status_code == 403


async def read_by(reader: Person, writer: Person) -> tuple[dict[str, str], str]:
    """The lines of somebody's profile and the text of their newest post, as somebody elsewhere has them."""
    account = await reader.find(writer.handle)
    (post,) = await reader.home()
    return {each["name"]: each["value"] for each in account["fields"]}, post["content"]


@pytest.mark.rule("P-149")
async def test_the_policy_stands_in_words_in_profile_and_posts_elsewhere_where_the_artist_wants_that(
    fediverse: Fediverse,
) -> None:
    art, near = await fediverse.island("art", cloak="none"), await fediverse.island("near", cloak="none")
    ada, nel = await art.artist("ada"), await near.artist("nel")
    await ada.sign_in()
    await nel.follow(ada.handle)
    await fediverse.settle()
    work = await ada.post(drawing(), alt="A drawing", status="Said")
    await fediverse.settle()
    lines, text = await read_by(nel, ada)
    assert "AI use" not in f"{lines}{text}"

    wanted = {"profile_line": "yes", "post_line": "yes"}
    assert (await send(ada.browser, "/settings/asking", wanted, "/settings/asking")).status_code == 303
    fediverse.clock.advance(minutes=6)
    await fediverse.settle()
    lines, text = await read_by(nel, ada)
    link = '<a href="https://art.example/ai-policy"'
    assert lines["AI use"].startswith(f"no training, {link}")
    assert text.startswith("<p>Said</p>")
    assert f"<p>AI use: no training, {link}" in text.replace(' class="p-policy"', "")
    # Here the policy is shown as it is, and the text stays the artist's.
    assert "AI use" not in (await ada.status(work["id"]))["content"]
    assert 'name="post_line" value="yes" checked' in (await ada.browser.get("/settings/asking")).text

    assert not good(await ada.api.patch(API, json={"profile_line": False, "post_line": False}))["post_line"]
    fediverse.clock.advance(minutes=6)
    await fediverse.settle()
    lines, text = await read_by(nel, ada)
    assert "AI use" not in f"{lines}{text}"
