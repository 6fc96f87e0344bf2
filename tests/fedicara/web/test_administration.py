"""The pages on which administrators decide about works made with AI and about the pictures that other servers get."""

import re
from html import unescape

import httpx
import pytest

from fedicara.federation.servers import standing
from fedicara.jobs.queue import Claim
from fedicara.models import Account, Actor, AuditEntry, Job, Peer
from fedicara.models.accounts import Role
from policies.peers import Standing
from tests.fedicara.rooms import posted, stranger
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Fediverse, Island, Person

pytestmark = pytest.mark.anyio
RULES, SERVERS = "/settings/ai-made", "/settings/servers"


@pytest.fixture
async def admin(island: Island, ada: Person) -> Person:
    """An artist who looks after the place."""
    with island.server.database.bound():
        await Account.filter(actor_id=ada.actor.id).update(role=Role.ADMIN)
    return ada


async def test_both_pages_are_for_administrators(
    admin: Person, bob: Person, visitor: httpx.AsyncClient, island: Island
) -> None:
    with island.server.database.bound():
        await Account.filter(actor_id=bob.actor.id).update(role=Role.MODERATOR)
    rooms = (await bob.browser.get("/moderation")).text
    for path in (RULES, SERVERS):
        assert (await visitor.get(path)).headers["location"] == f"/sign-in?next={path}"
        assert [
            (await bob.browser.get(path)).status_code,
            (await send(bob.browser, path, {})).status_code,
        ] == [
            403,
            403,
        ]
        assert path not in rooms, "no door is shown that does not open"
        assert path in (await admin.browser.get("/moderation")).text
        assert f'href="{path}" aria-current="page"' in (await admin.browser.get(path)).text


@pytest.mark.rule("P-402", "P-434")
async def test_what_the_place_does_with_works_made_with_ai_is_changed_on_a_page(
    island: Island, admin: Person, visitor: httpx.AsyncClient
) -> None:
    with island.server.database.bound():
        theirs = await posted(await stranger("eve"), ai="generated", content="From elsewhere")
    path = f"/@eve@there.example/{theirs.id}"
    assert (await visitor.get(path)).status_code == 200
    page = (await admin.browser.get(RULES)).text
    chosen = dict(re.findall(r'<select name="(\w+)".*?<option value="(\w+)" selected', page, re.DOTALL))
    assert chosen == {"generated": "forbid", "assisted": "label", "remote": "label"}
    # What is not a rule changes nothing, and says where.
    bad = await send(admin.browser, RULES, {"generated": "burn", "assisted": "allow"}, RULES)
    assert (bad.status_code, wrong(bad)) == (422, ["Say one of forbid, label, allow."])
    same = await send(admin.browser, RULES, {"generated": "forbid"}, RULES)
    new = {"generated": "label", "assisted": "label", "remote": "hide"}
    assert [same.status_code, (await send(admin.browser, RULES, new, RULES)).status_code] == [303, 303]
    info = (await visitor.get("/nodeinfo/2.1")).json()
    assert info["metadata"]["aiPolicy"]["aiMade"] == {"generated": "label", "assisted": "label"}
    assert (await visitor.get(path)).status_code == 404
    said = "Works of other servers that say they were made with AI are not shown here."
    for browser, place in ((admin.browser, RULES), (visitor, "/ai-policy")):
        assert said in (await browser.get(place)).text
    with island.server.database.bound():
        noted = [(entry.who, entry.action, entry.detail) for entry in await AuditEntry.all()]
    assert noted == [("ada", "ai-made set", {"generated": "label", "remote": "hide"})]


@pytest.mark.rule("P-310", "P-311", "P-313", "P-314")
async def test_an_administrator_sees_which_pictures_a_server_gets_and_why_and_decides_otherwise(
    island: Island, admin: Person
) -> None:
    server = island.server
    with server.database.bound():
        await Peer.create(
            host="kind.example",
            standing=Standing.ALIGNED,
            evidence="its NodeInfo denies training",
            signed=server.now(),
        )
        await Peer.create(
            host="greedy.example",
            software="scrapedon",
            version="4.2",
            standing=Standing.CONTRARY,
            evidence="its NodeInfo allows training",
            stated={"ai_train": "allow"},
            signed=server.now(),
            previews=1204,
        )
        await Peer.bulk_create([Peer(host=f"quiet{number:02}.example") for number in range(50)])
        await stranger("eve", "greedy.example")
    listed = words(await admin.browser.get(SERVERS))
    assert (
        "greedy.example scrapedon 4.2 Contrary: its NodeInfo allows training. Signs. Gets previews" in listed
    )
    assert "1 person known here. Got at least 1,204 previews in place of large pictures." in listed
    assert (
        "kind.example Aligned: its NodeInfo denies training. Signs. Gets large pictures by default." in listed
    )
    assert "quiet00.example Neutral. Has not signed for a month. Gets previews by default." in listed
    assert "A server that received a file can pass it on." in listed
    # Fifty stand on a page; the rest behind a link.
    assert ("quiet47.example" in listed, "quiet48.example" in listed) == (True, False)
    more = re.search(r'rel="next" href="([^"]*)"', (await admin.browser.get(SERVERS)).text)
    assert more
    assert hosts(await admin.browser.get(unescape(more[1]))) == ["quiet48.example", "quiet49.example"]
    assert hosts(await admin.browser.get(SERVERS, params={"standing": "contrary"})) == ["greedy.example"]
    assert hosts(await admin.browser.get(SERVERS, params={"find": "Kin"})) == ["kind.example"]
    # The override is theirs, and so is the way back.
    wanted = {"host": "greedy.example", "standing": "aligned"}
    marked = await send(admin.browser, SERVERS, wanted, SERVERS)
    assert marked.headers["location"] == f"{SERVERS}?find=greedy.example"
    after = await admin.browser.get(marked.headers["location"])
    assert "Aligned: marked by an admin. Signs. Gets large pictures by default." in words(after)
    assert '<option value="aligned" selected>Aligned' in after.text
    back = await send(admin.browser, SERVERS, {**wanted, "standing": ""}, SERVERS)
    assert "Contrary: its NodeInfo allows training." in words(
        await admin.browser.get(back.headers["location"])
    )
    bad = await send(admin.browser, SERVERS, {**wanted, "standing": "nice"}, SERVERS)
    assert (bad.status_code, len(wrong(bad))) == (422, 1)
    absent = await send(admin.browser, SERVERS, {"host": "nobody.example", "standing": "aligned"}, SERVERS)
    assert absent.status_code == 404
    with server.database.bound():
        noted = [
            (each.who, each.action, each.about, each.detail) for each in await AuditEntry.all().order_by("id")
        ]
    assert noted == [
        ("ada", "hosts mark", "greedy.example", {"standing": "aligned"}),
        ("ada", "hosts mark", "greedy.example", {"standing": ""}),
    ]


def words(page: httpx.Response) -> str:
    """What stands on a page, without its marks."""
    body = re.sub(r"<select.*?</select>", "", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).replace(" .", ".").split())


def hosts(page: httpx.Response) -> list[str]:
    """The servers on a page, in its order."""
    return re.findall(r'<b class="handle"><bdi>([^<]*)</bdi>', page.text)


@pytest.mark.rule("P-310")
async def test_how_servers_stand_is_found_anew_every_day(world: Fediverse, island: Island) -> None:
    server = island.server
    # Far from midnight, so that both runs fall on one day.
    world.clock.advance(hours=(36 - world.clock().hour) % 24)
    with server.database.bound():
        await Peer.create(host="turned.example", standing=Standing.ALIGNED, stated={"ai_train": "allow"})
        await Peer.create(host="fell-silent.example", standing=Standing.CONTRARY)
        await Peer.bulk_create([Peer(host="people.example"), Peer(host="quiet.example")])
        eve = await stranger("eve", "people.example")
        await Actor.filter(id=eve.id).update(policy={"stated": {"ai_train": "allow"}})
        await standing.run_daily(server, Claim(1, standing.STANDINGS, "", {}, 0))
        assert {each.host: each.standing.value async for each in Peer.all()} == {
            "turned.example": "contrary",
            "fell-silent.example": "neutral",
            "people.example": "contrary",
            "quiet.example": "neutral",
        }
        # Tomorrow's is in the queue, once.
        await standing.run_daily(server, Claim(1, standing.STANDINGS, "", {}, 0))
        assert await Job.filter(kind=standing.STANDINGS).count() == 1
