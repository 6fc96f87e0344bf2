"""A host of its own for pictures: shown everywhere, answering nothing else, stating what the pages state."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from fedicara.actions.policy_check.check import Wish, check
from fedicara.app import create
from policies.check.verdicts import Verdict
from tests.fedicara.web.forms import multipart, token
from tests.fediverse import Fediverse, Island, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
MEDIA = "https://media.example"
STATED = ("x-robots-tag", "content-usage", "tdm-reservation", "tdm-policy")


async def apart(world: Fediverse) -> Island:
    art = await world.island("art", cloak="none", media_url=MEDIA)
    world.router.join("media.example", create(art.server))
    return art


def media_visitor(world: Fediverse, **options: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=world.router, base_url=MEDIA, **options)  # type: ignore[arg-type]


@pytest.mark.rule("P-103")
@pytest.mark.threat("MED-04")
async def test_pictures_are_shown_from_the_host_for_pictures_with_the_headers_of_their_work(
    fediverse: Fediverse,
) -> None:
    art = await apart(fediverse)
    ada = await art.artist("ada")
    bob = await (await fediverse.island("town", cloak="none")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    work = await ada.post(drawing(1600, 900), status="Slope")
    await fediverse.settle()
    page = await art.client().get(f"/@ada/{work['id']}")
    pictures = set(re.findall(r'(?:src|href|content)="([^"]*/media/[^"]+)"', page.text))
    assert pictures
    assert all(address.startswith(f"{MEDIA}/media/") for address in pictures)
    policy = page.headers["content-security-policy"]
    assert f"img-src 'self' {MEDIA};" in policy
    assert f"media-src 'self' {MEDIA};" in policy
    assert policy.count(MEDIA) == 2
    async with media_visitor(fediverse) as visitor:
        for address in pictures:
            shown = await visitor.get(address)
            assert shown.status_code == 200
            assert {name: shown.headers[name] for name in STATED} == {
                name: page.headers[name] for name in STATED
            }
            assert shown.headers["content-security-policy"].endswith("sandbox")
            assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
            assert shown.headers["access-control-allow-origin"] == "*"
            old = await art.client().get(urlsplit(address).path)
            assert old.content == shown.content
    there = (await bob.home())[0]["media_attachments"][0]
    assert there["remote_url"].startswith(MEDIA)
    assert (await bob.api.get(there["url"])).status_code == 200


@pytest.mark.rule("P-103")
@pytest.mark.threat("MED-04")
async def test_the_host_for_pictures_answers_nothing_else_and_knows_nobody(fediverse: Fediverse) -> None:
    art = await apart(fediverse)
    ada = await art.artist("ada")
    await ada.sign_in()
    private = await ada.post(drawing(), status="Followers", visibility="private")
    signed = private["media_attachments"][0]["url"]
    assert signed.startswith(f"{MEDIA}/media/")
    cookie = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in ada.browser.cookies.jar)}
    who = {**cookie, "Authorization": ada.api.headers["authorization"]}
    async with media_visitor(fediverse, headers=who) as reader:
        for path in (
            "/",
            "/@ada",
            "/home",
            "/api/v1/timelines/home",
            "/static/base.css",
            "/nodeinfo/2.1",
            "/actor",
        ):
            answer = await reader.get(path)
            assert (answer.status_code, answer.text) == (404, "Not found"), path
            assert answer.headers["content-security-policy"].endswith("sandbox")
            assert "set-cookie" not in answer.headers
        assert (await reader.post("/inbox", content=b"{}")).status_code == 404
        assert (await reader.post("/sign-in", data={"a": "b"})).status_code == 404
        assert (await reader.get(signed)).status_code == 200
        # With a cookie and a token of its artist, but without the signature of the address: as for a stranger.
        assert (await reader.get(urlsplit(signed).path)).status_code == 404
    assert (await ada.browser.get(urlsplit(signed).path)).status_code == 200


@pytest.mark.rule("P-103")
async def test_the_host_for_pictures_states_for_itself_what_the_place_states(fediverse: Fediverse) -> None:
    art = await apart(fediverse)
    async with media_visitor(fediverse) as reader:
        for path in ("/robots.txt", "/.well-known/tdmrep.json", "/policies/tdm.json"):
            here, there = await art.client().get(path), await reader.get(path)
            assert there.status_code == 200
            assert there.content == here.content
            assert there.headers["content-type"] == here.headers["content-type"]
        refused = await reader.get("/robots.txt", headers={"User-Agent": "GPTBot/1.0"})
        assert refused.status_code == 200
        absent = await reader.get("/media/" + "0" * 32 + ".png", headers={"User-Agent": "GPTBot/1.0"})
        assert absent.status_code in (403, 404)


@pytest.mark.rule("P-103")
async def test_the_self_check_of_a_place_reads_both_hosts(fediverse: Fediverse) -> None:
    art = await apart(fediverse)
    ada = await art.artist("ada")
    work = await ada.post(drawing(1600, 900), status="Slope")
    with art.server.database.bound():
        report = await check(art.server, Wish(work["url"]))
    assert [row for row in report.rows if row.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)] == []
    assert any("media.example" in each.url for each in fediverse.router.exchanges)


async def test_pictures_of_others_come_from_there_too_unless_they_are_not_for_everybody(
    fediverse: Fediverse,
) -> None:
    art = await apart(fediverse)
    ada = await art.artist("ada")
    town = await fediverse.island("town", cloak="none")
    bob = await town.artist("bob")
    await ada.follow(bob.handle)
    await fediverse.settle()
    await bob.post(drawing(), status="For all")
    await bob.post(drawing(90, 90), status="For followers", visibility="private")
    await fediverse.settle()
    await ada.sign_in()
    private, public = (each["media_attachments"][0]["url"] for each in await ada.home())
    assert public.startswith(f"{MEDIA}/proxy/")
    assert private.startswith("https://art.example/proxy/")
    async with media_visitor(fediverse) as reader:
        assert (await reader.get(public)).status_code == 200
    assert (await ada.browser.get(private)).status_code == 200


async def test_portraits_are_named_by_their_place(fediverse: Fediverse) -> None:
    art = await apart(fediverse)
    ada = await art.artist("ada")
    await ada.sign_in()
    body, kind = multipart(
        [("_token", await token(ada.browser)), ("avatar", drawing(200, 200)), ("avatar_alt", "A heron")]
    )
    await ada.browser.post("/settings/pictures", content=body, headers={"content-type": kind})
    await fediverse.settle()
    account = good(await ada.api.get("/api/v1/accounts/verify_credentials"))
    assert account["avatar"].startswith(f"{MEDIA}/media/")
    document = (await Stranger(fediverse).read(art, ada.actor.uri)).json()
    assert document["icon"]["url"] == account["avatar"]
