"""What is known of other servers: what they run, and whether they changed hands."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from fedicara.actions import hosts
from fedicara.federation.fetched import actors
from fedicara.models import Peer as Known
from fedicara.models import Work
from tests.fedicara.federation.stage import Home, Peer
from tests.fedicara.rooms import Clock

pytestmark = pytest.mark.anyio
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.0"
JSON = "application/json"


def serve(home: Home, host: str, software: Any, href: str = "") -> None:
    """Let a host say what it runs."""
    address = href or f"https://{host}/nodeinfo/2.0"
    home.elsewhere.serve(
        f"https://{host}/.well-known/nodeinfo", {"links": [{"rel": SCHEMA, "href": address}]}, JSON
    )
    home.elsewhere.serve(address, {"version": "2.0", "software": software}, JSON)


def asked(home: Home) -> list[str]:
    return [url for request in home.elsewhere.requests if "nodeinfo" in (url := str(request.url))]


def later(home: Home, **time: float) -> None:
    moved = Clock()
    moved.forward(**time)
    object.__setattr__(home.server, "now", moved)


async def meet(home: Home, peer: Peer) -> None:
    """Somebody of that host is read, and what follows is done."""
    await actors.refresh(home.server, peer.uri)
    await home.work()


@pytest.mark.rule("F-277")
async def test_a_server_is_asked_what_it_runs_at_first_contact_and_weekly(home: Home) -> None:
    ada, bob = home.peer(), Peer(home.elsewhere, "good.example", "bob", key_name="shared")
    serve(home, "good.example", {"name": "mastodon", "version": "4.6.5"})
    for peer in (ada, bob, ada):
        await meet(home, peer)
    assert asked(home) == ["https://good.example/.well-known/nodeinfo", "https://good.example/nodeinfo/2.0"]
    [known] = await hosts.listed(home.server)
    assert (known.host, known.software, known.version, known.people) == (
        "good.example",
        "mastodon",
        "4.6.5",
        2,
    )
    serve(home, "good.example", {"name": "mastodon", "version": "4.7.0"})
    later(home, days=8)
    await meet(home, ada)
    assert [each.version for each in await hosts.listed(home.server)] == ["4.7.0"]
    # What nobody of was met for a month is forgotten.
    later(home, days=40)
    serve(home, "new.example", {"name": "snac", "version": "2.94"})
    await meet(home, Peer(home.elsewhere, "new.example", "zoe", key_name="shared"))
    assert await Known.all().values_list("host", flat=True) == ["new.example"]


@pytest.mark.rule("F-277")
@pytest.mark.threat("SSRF-09")
@pytest.mark.parametrize(
    "href",
    [
        "http://10.0.0.1/",
        "https://127.0.0.1/",
        "data:application/json,{}",
        "https://other.example/nodeinfo/2.0",
    ],
)
async def test_nodeinfo_that_leads_elsewhere_is_not_followed(home: Home, href: str) -> None:
    serve(home, "evil.example", {"name": "x", "version": "1"}, href)
    await meet(home, Peer(home.elsewhere, "evil.example", "eve", key_name="shared"))
    assert asked(home) == ["https://evil.example/.well-known/nodeinfo"]
    [known] = await hosts.listed(home.server)
    assert (known.software, known.version) == ("", "")
    rows = await home.server.database.rows("SELECT kind FROM jobs")
    assert len(rows) == 0


@pytest.mark.threat("SSRF-09")
async def test_nodeinfo_that_a_redirect_brings_from_elsewhere_is_not_believed(home: Home) -> None:
    serve(home, "other.example", {"name": "x", "version": "1"})
    home.elsewhere.answers["https://evil.example/.well-known/nodeinfo"] = (
        302,
        {"location": "https://other.example/.well-known/nodeinfo"},
        b"",
    )
    await meet(home, Peer(home.elsewhere, "evil.example", "eve", key_name="shared"))
    assert "https://other.example/nodeinfo/2.0" not in asked(home)
    assert [each.software for each in await hosts.listed(home.server)] == [""]


@pytest.mark.threat("DISC-08")
async def test_no_xml_is_read_to_find_anybody(home: Home) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><XRD>&a;</XRD>'
    peer = Peer(home.elsewhere, "good.example", "ada", key_name="shared")
    for path in (f"webfinger?resource=acct:{peer.name}@{peer.host}", "host-meta"):
        home.elsewhere.answers[f"https://good.example/.well-known/{path}"] = (
            200,
            {"content-type": "application/xrd+xml"},
            bomb,
        )
    assert await actors.by_handle(home.server, "@ada@good.example") is None
    assert not [each for each in home.elsewhere.requests if "host-meta" in str(each.url)]


@pytest.mark.threat("DISC-07")
async def test_admins_are_warned_when_most_people_of_a_host_change_their_keys_within_a_day(
    home: Home,
) -> None:
    people = [
        Peer(home.elsewhere, "good.example", name, key_name=name) for name in ("ada", "bob", "cleo", "dan")
    ]
    for peer in people:
        await meet(home, peer)
    warned: list[int] = []
    with capture_logs() as logs:
        for peer in people[:3]:
            peer.key_name = f"new {peer.name}"
            peer.publish()
            await meet(home, peer)
            warned.append(sum(entry["log_level"] == "warning" for entry in logs))
        await meet(home, people[2])
    assert warned == [0, 0, 1]
    assert [entry["actor"] for entry in logs if entry["event"] == "key changed"] == [
        each.uri for each in people[:3]
    ]
    [warning] = [entry for entry in logs if entry["log_level"] == "warning"]
    assert (warning["host"], warning["changed"], warning["known"]) == ("good.example", 3, 4)
    assert [each.rekeyed for each in await hosts.listed(home.server)] == [3]
    # Days apart they are what they are: people with new keys.
    later(home, days=2)
    people[3].key_name = "new dan"
    people[3].publish()
    with capture_logs() as logs:
        await meet(home, people[3])
    assert [entry["log_level"] for entry in logs if "key" in entry["event"]] == ["info"]


@pytest.mark.threat("SSRF-11")
async def test_pictures_that_an_actor_or_a_post_names_are_not_asked_for_when_they_come(home: Home) -> None:
    artist = await home.artist()
    inside = {"type": "Image", "url": "https://127.0.0.1/a.png"}
    peer = home.peer(icon={"type": "Image", "url": "file:///etc/passwd"}, image=inside)
    await home.hear(peer, peer.says("Follow", artist.uri))
    await home.follows(artist, peer)
    emoji = {"type": "Emoji", "id": "https://127.0.0.1/e", "name": ":x:", "icon": inside}
    await home.hear(peer, peer.says("Create", peer.note(1, tag=[emoji], attachment=[inside])))
    assert await Work.filter(uri=peer.note(1)["id"]).exists()
    assert {request.url.host for request in home.elsewhere.requests} == {"good.example"}
    assert (await home.known(peer)).icon == ""
