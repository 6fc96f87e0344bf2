"""Crawlers at the door: whose policy decides, who is let in all the same, what is counted, how often one may ask."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import bot_auth
from fedicara.actions import crawlers, deletion, ledger
from fedicara.app import create
from fedicara.federation.signed import bots
from fedicara.federation.signed import claimed as claims
from fedicara.jobs.queue import Claim
from fedicara.models import Account, Actor, Job, KeyDirectory, Refusal, RefusedRequest, Work
from fedicara.reads import crawlers as reads
from fedicara.server import Server
from tests.fedicara.rooms import pictured, posted
from tests.fediverse import Fediverse, Island, Person

pytestmark = pytest.mark.anyio
MOJEEK = "Mozilla/5.0 (compatible; MojeekBot/0.11; +https://www.mojeek.com/bot.html)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def bound(island: Island) -> AsyncIterator[Server]:
    with island.server.database.bound():
        yield island.server


async def work_of(server: Server, ada: Person, **fields: Any) -> tuple[str, str, Work]:
    """The paths of a work's page and of its picture."""
    made = await posted(await Actor.get(id=ada.actor.id), **fields)
    rendition = await pictured(server, made)
    return f"/@ada/{made.id}", f"/media/{rendition.key}", made


def from_outside(island: Island, address: str = "8.8.8.8") -> httpx.AsyncClient:
    """A visitor with an address of the internet."""
    transport = httpx.ASGITransport(app=create(island.server), client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url=island.server.settings.base_url)


@pytest.mark.rule("P-201", "P-206", "P-215", "P-225", "P-226", "P-227")
async def test_the_work_decides_people_pass_and_the_artist_reads_what_was_refused(
    island: Island, bound: Server, ada: Person, visitor: httpx.AsyncClient
) -> None:
    closed, picture, work = await work_of(bound, ada, policy={"search": "deny"})
    opened, other, _ = await work_of(bound, ada)
    hidden, _, _ = await work_of(bound, ada, visibility="private", policy={"search": "deny"})
    await crawlers.set_columns(bound, "tests", "mojeekbot", {"deny": "by_policy"})
    agent = {"user-agent": MOJEEK}
    for path in (closed, picture):
        answer = await visitor.get(path, headers=agent)
        assert answer.status_code == 403
        assert answer.text == (
            "Automated access for search indexing is refused here. Policy: https://art.example/ai-policy"
        )
        assert (await visitor.get(path)).status_code == 200
        assert (await ada.browser.get(path, headers=agent)).status_code == 200
        assert (await ada.api.get(path, headers=agent)).status_code == 200
    assert [(await visitor.get(path, headers=agent)).status_code for path in (opened, other, "/@ada")] == [
        200
    ] * 3
    absent = await visitor.get("/@ada/1", headers=agent)
    assert (await visitor.get(hidden, headers=agent)).status_code == absent.status_code == 404
    await visitor.get("/", headers={"user-agent": "GPTBot/1.2"})
    found = (await ada.api.get("/api/fedicara/v1/ledger")).json()
    assert found["counts_only_named_crawlers"] is True
    assert [
        (row["token"], row["operator"], row["field"], row["surface"], row["count"]) for row in found["rows"]
    ] == [
        ("MojeekBot", "Mojeek", "search", "html", 1),
        ("MojeekBot", "Mojeek", "search", "media", 1),
    ]
    assert {row["work_id"] for row in found["rows"]} == {str(work.id)}
    assert [row["bytes_withheld"] for row in found["rows"]] == [0, len(b"pixels")]
    shown = (await ada.browser.get("/settings/refusals")).text
    assert "At least 2 requests for your pages and pictures by 1 named crawler" in shown
    assert "Counts only crawlers that name themselves." in shown
    assert ("Mojeek" in shown, "GPTBot" in shown, "style=" in shown) == (True, False, False)
    assert (await ada.browser.get("/moderation/crawlers")).status_code == 403
    await Account.filter(actor_id=ada.actor.id).update(role="moderator")
    overview = (await ada.browser.get("/moderation/crawlers")).text
    assert ("set by hand" in overview, "At least 3 requests" in overview) == (True, True)
    wrong = await ada.api.get("/api/fedicara/v1/ledger", params={"from": "yesterday"})
    assert (wrong.status_code, "from" in wrong.text) == (422, True)
    await visitor.get(closed, headers=agent)
    again = (await ada.api.get("/api/fedicara/v1/ledger")).json()["rows"]
    assert again[0]["count"] == 2
    assert await RefusedRequest.all().count() == 0
    today = bound.now().date()
    assert await reads.hits(bound, today) == {"GPTBot": 1, "MojeekBot": 3}
    assert not {"address", "ip", "user_agent", "path"} & set(Refusal._meta.fields_map)
    await deletion.delete(bound, "tests", ada.actor)
    assert await reads.hits(bound, today) == {"GPTBot": 1}


@pytest.mark.rule("P-226", "P-227", "P-701", "P-702")
async def test_whoever_reads_the_policy_is_told_how_much_was_refused_each_month_and_what_that_leaves_out(
    world: Fediverse, bound: Server, ada: Person, visitor: httpx.AsyncClient
) -> None:
    ahead = datetime(2035, 3, 31, 12, tzinfo=UTC) - world.clock()
    world.clock.advance(seconds=ahead.total_seconds())
    day = {"field": "ai_train", "surface": "html", "verified": False, "reason": "policy"}
    for token, when, count in (
        ("GPTBot", date(2035, 2, 28), 7),
        ("CCBot", date(2035, 3, 1), 1200),
        ("GPTBot", date(2035, 3, 31), 4),
        ("GPTBot", date(2035, 1, 31), 90),
    ):
        await Refusal.create(token=token, day=when, count=count, **day)
    # Who came too often may have been a person, so they are not counted among crawlers.
    await Refusal.create(token="", day=date(2035, 3, 30), count=50, **{**day, "reason": "rate"})
    page = (await visitor.get("/ai-policy")).text
    months = re.findall(r"<li>(\d[^<]* named crawlers?\.)</li>", page)
    assert months == [
        "1 March 2035 to 31 March 2035: at least 1,204 requests by 2 named crawlers.",
        "1 February 2035 to 28 February 2035: at least 7 requests by 1 named crawler.",
    ]
    assert page.index(months[-1]) < page.index("Counts only crawlers that name themselves.")
    await Account.filter(actor_id=ada.actor.id).update(role="moderator")
    await ada.sign_in()
    for path in ("/settings/refusals", "/moderation/crawlers"):
        assert "Counts only crawlers that name themselves." in (await ada.browser.get(path)).text, path


@pytest.mark.rule("P-226", "P-228")
async def test_the_log_is_off_at_first_cut_to_networks_and_everything_goes_in_time(world: Fediverse) -> None:
    curious = await world.island("curious", cloak="none", refusal_log=True, deny_action=451)
    server = curious.server
    async with from_outside(curious) as crawler:
        answer = await crawler.get("/?q=secret", headers={"user-agent": "GPTBot/1.2"})
        assert answer.status_code == 451
    with server.database.bound():
        await ledger.write_down(server)
        kept = await RefusedRequest.all()
        assert [(each.network, each.user_agent, each.path) for each in kept] == [
            ("8.8.8.0/24", "GPTBot/1.2", "/")
        ]
        await ledger.prune(server)
        assert await RefusedRequest.all().count() == 1
        world.clock.advance(hours=25)
        await ledger.prune(server)
        assert await RefusedRequest.all().count() == 0
        assert await reads.hits(server, (server.now() - timedelta(days=9)).date()) == {"GPTBot": 1}
        world.clock.advance(days=401)
        await ledger.prune(server)
        assert await reads.hits(server, (server.now() - timedelta(days=900)).date()) == {}


@pytest.mark.rule("P-230", "P-106")
async def test_each_class_of_caller_has_its_limit_and_the_statements_have_none(
    world: Fediverse,
) -> None:
    rates = "html=1/h burst 2, api=1/h burst 2, ap_unsigned=1/h burst 1, media=1/h burst 1"
    island = await world.island("art", cloak="none", rates=rates)
    ada = await island.artist("ada")
    await ada.sign_in()
    async with from_outside(island) as one, from_outside(island, "9.9.9.9") as other, island.client() as near:
        assert [(await one.get("/")).status_code for _ in range(3)] == [200, 200, 429]
        limited = await one.get("/")
        assert limited.headers["cache-control"] == "no-store"
        assert 3000 < int(limited.headers["retry-after"]) <= 3600
        assert (await other.get("/")).status_code == 200
        assert [(await near.get("/")).status_code for _ in range(4)] == [200] * 4
        for path in (
            "/robots.txt",
            "/ai-policy",
            "/.well-known/nodeinfo",
            "/policies/tdm.json",
            "/sitemap.xml",
        ):
            assert [(await one.get(path)).status_code for _ in range(4)] == [200] * 4, path
        calls = [await one.get("/api/v1/timelines/public") for _ in range(3)]
        assert [each.status_code for each in calls] == [200, 200, 429]
        assert "error" in calls[2].json()
        assert [(await one.get("/actor")).status_code for _ in range(2)] == [302, 429]
        assert [(await one.get("/media/x")).status_code for _ in range(2)] == [404, 429]
        one.cookies = ada.browser.cookies
        assert [(await one.get("/home")).status_code for _ in range(4)] == [200] * 4
    with island.server.database.bound():
        rows = await island.server.database.rows("SELECT count(*) AS n FROM refusals WHERE actor_id <> 0")
        assert rows[0]["n"] == 0


KEY = Ed25519PrivateKey.from_private_bytes(b"9" * 32)
PUBLIC = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).rstrip(b"=").decode()


def signed(server: Server) -> dict[str, str]:
    """Headers of a bot that proves who it is."""
    moment = int(server.now().timestamp())
    stated = (
        f'("@authority" "signature-agent";key="sig1");created={moment};expires={moment + 60}'
        f';keyid="{bot_auth.thumbprint(PUBLIC)}";tag="web-bot-auth"'
    )
    lines = f'"@authority": art.example\n"signature-agent";key="sig1": "https://bot.example"\n"@signature-params": {stated}'
    value = base64.b64encode(KEY.sign(lines.encode())).decode()
    return {
        "user-agent": "QuietFetcher/1.0",
        "signature-agent": 'sig1="https://bot.example"',
        "signature-input": f"sig1={stated}",
        "signature": f"sig1=:{value}:",
    }


@pytest.mark.rule("P-238", "P-239", "P-240")
async def test_a_bot_that_proves_who_it_is_selects_its_row_and_the_policy_still_decides(
    world: Fediverse, island: Island, bound: Server, visitor: httpx.AsyncClient
) -> None:
    asked: list[str] = []

    async def directory(scope: Any, receive: Any, send: Callable[..., Any]) -> None:
        asked.append(scope["path"])
        body = json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": PUBLIC}]}).encode()
        kind = bot_auth.DIRECTORY_TYPE.encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    world.router.join("bot.example", directory)
    said = {"purpose": "training", "verify": "wba:https://bot.example"}
    await crawlers.set_columns(bound, "tests", "SomeBot", said)
    assert (await visitor.get("/", headers=signed(bound))).status_code == 200
    assert asked == []
    assert (await visitor.get("/", headers=signed(bound))).status_code == 200
    jobs = await Job.filter(kind=bots.DIRECTORY)
    assert len(jobs) == 1, "one look-up an hour"
    await bots.run(bound, Claim(jobs[0].id, jobs[0].kind, "", jobs[0].payload, 0))
    await bots.run(bound, Claim(jobs[0].id, jobs[0].kind, "", jobs[0].payload, 0))
    assert asked == [bot_auth.DIRECTORY_PATH]
    refused = await visitor.get("/", headers=signed(bound))
    assert refused.status_code == 403
    forged = {**signed(bound), "signature": f"sig1=:{base64.b64encode(bytes(64)).decode()}:"}
    assert (await visitor.get("/", headers=forged)).status_code == 200
    await crawlers.set_columns(bound, "tests", "SomeBot", {"deny": "never"})
    assert (await visitor.get("/", headers=signed(bound))).status_code == 200
    world.clock.advance(hours=25)
    bound.forget(bots.DIRECTORY, "https://bot.example")
    await crawlers.set_columns(bound, "tests", "SomeBot", {"deny": ""})
    assert (await visitor.get("/", headers=signed(bound))).status_code == 200, "keys are good for a day"
    await ledger.write_down(bound)
    rows = await bound.database.rows("SELECT verified FROM refusals WHERE token = 'SomeBot'")
    assert [bool(row["verified"]) for row in rows] == [True]
    await bots.run(bound, Claim(1, bots.DIRECTORY, "", {"origin": "https://nobody.example"}, 0))
    assert (await KeyDirectory.get(origin="https://nobody.example")).failure


@pytest.mark.rule("P-241", "P-242")
async def test_who_only_uses_the_name_of_a_search_crawler_is_refused_once_that_is_checked(
    world: Fediverse, tmp_path: Path
) -> None:
    published = tmp_path / "bots.json"
    published.write_text('{"prefixes": [{"ipv4Prefix": "8.8.8.0/24"}]}')
    island = await world.island(
        "art", cloak="none", verify_addresses=True, verify_names=True, egress_hosts="a.mojeek.com=8.8.4.4"
    )
    server = island.server
    async with from_outside(island) as true, from_outside(island, "9.9.9.9") as false:
        with server.database.bound():
            await crawlers.set_columns(server, "tests", "QwantBot", {"verify": f"ip:{published}"})
            agent = {"user-agent": "Mozilla/5.0 (compatible; Qwantbot/1.0)"}
            assert (await false.get("/", headers=agent)).status_code == 200, "no list, no refusal"
            await claims.refresh(
                server, [row for row in (await crawlers.in_force(server)).rows if "Qwant" in row.token]
            )
            server.lately_made.clear()
            assert (await true.get("/", headers=agent)).status_code == 200
            refused = await false.get("/", headers=agent)
            assert (refused.status_code, "name of another" in refused.text) == (403, True)
            world.clock.advance(days=4)
            server.lately_made.clear()
            assert (await false.get("/", headers=agent)).status_code == 200, "a stale list refuses nobody"
    async with from_outside(island, "8.8.4.4") as named:
        assert (await named.get("/", headers={"user-agent": MOJEEK})).status_code == 200
        while server.errands:
            for errand in list(server.errands):
                await errand
        assert (await named.get("/", headers={"user-agent": MOJEEK})).status_code == 200
        assert True in [kept for key, (_, kept) in server.lately_made.items() if key[0] == "claimed name"]
