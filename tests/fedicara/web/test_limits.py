"""How often each kind of caller may ask (the table of P-230), and whether a crawler's name is its own by DNS (P-242)."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedicara.actions import crawlers
from fedicara.app import create
from fedicara.federation.signed import claimed
from fedicara.rates import Rates
from fedicara.server import Server
from policies.buckets import BUCKETS
from tests.fediverse import Fediverse, Island
from tests.stranger import Stranger

MOJEEK = {"user-agent": "Mozilla/5.0 (compatible; MojeekBot/0.11; +https://www.mojeek.com/bot.html)"}
QWANT = {"user-agent": "Mozilla/5.0 (compatible; Qwantbot/1.0)"}
# So many seconds for each request in the long run, and so many at once.
TABLE = {
    "html": (1.0, 60),
    "html_network": (1 / 5, 300),
    "media": (1 / 10, 300),
    "media_network": (1 / 40, 1_200),
    "feed": (10.0, 12),
    "api": (1.0, 300),
    "proxy": (20.0, 30),
    "ap_signed": (1 / 20, 600),
    "ap_unsigned": (1.0, 30),
    "crawler": (1.0, 30),
}
ONCE = ("feed", "proxy", "ap_unsigned", "crawler")
TWICE = ("html_network", "media_network", "api", "ap_signed")


class Ticking:
    """A clock that moves a microsecond whenever it is read, and more when told."""

    def __init__(self) -> None:
        self.moment = 1_000.0

    def __call__(self) -> float:
        self.moment += 1e-6
        return self.moment


@pytest.fixture
def database_kind() -> str:
    """Limits are kept in memory, whatever the database."""
    return "sqlite"


@pytest.mark.rule("P-230")
def test_every_bucket_lets_in_what_the_table_says_at_once_and_in_the_long_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert BUCKETS.keys() == TABLE.keys()
    clock = Ticking()
    monkeypatch.setattr(time, "monotonic", clock)
    for name, (seconds, burst) in TABLE.items():
        rates = Rates()
        assert not any(rates.take(name, "ada") for _ in range(burst)), name
        assert rates.take(name, "ada") == pytest.approx(seconds, rel=0.1), name
        assert rates.take(name, "bob") == 0.0, name
        clock.moment += seconds * 1.5
        assert [rates.take(name, "ada") > 0 for _ in range(2)] == [False, True], name


@asynccontextmanager
async def at(island: Island, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an address of the internet."""
    transport = httpx.ASGITransport(app=create(island.server), client=(address, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=island.server.settings.base_url) as client:
        yield client


async def codes(island: Island, path: str, *addresses: str, **options: Any) -> list[int]:
    """How a path is answered to each address in turn; whoever is limited hears for how long, and no cache keeps it."""
    found = []
    for address in addresses:
        async with at(island, address) as client:
            answer = await client.get(path, **options)
        found.append(answer.status_code)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["retry-after"]) <= 3600, path
            assert "no-store" in answer.headers["cache-control"], path
    return found


@pytest.mark.anyio
@pytest.mark.rule("P-230")
@pytest.mark.threat("MED-14")
async def test_networks_feeds_proxied_pictures_apps_servers_and_proven_crawlers_have_limits_of_their_own(
    world: Fediverse, tmp_path: Path
) -> None:
    rates = ["html=off", "media=off", *(f"{name}=1/h burst 1" for name in ONCE)]
    rates += [f"{name}=1/h burst 2" for name in TWICE]
    published = tmp_path / "bots.json"
    published.write_text('{"prefixes": [{"ipv4Prefix": "8.8.4.0/24"}]}')
    island = await world.island("art", cloak="none", rates=", ".join(rates), verify_addresses=True)
    server = island.server
    for path, last in (("/", 200), ("/media/x", 404)):
        assert await codes(island, path, "8.8.8.1", "8.8.8.2", "8.8.8.3") == [last, last, 429]
        assert await codes(island, path, "8.8.9.1") == [last]
        near, far = "2606:4700:1:{}::1", "2606:4700:2::1"
        assert await codes(island, path, *(near.format(each) for each in range(3)), far) == [last] * 2 + [
            429,
            last,
        ]
    for path, last in (("/@ada.rss", 404), ("/proxy/1/x", 404), ("/actor", 302)):
        assert await codes(island, path, "9.9.9.1", "9.9.9.1", "9.9.9.2") == [last, 429, last], path
    # One subscriber of IPv6 is one caller, whatever address they take.
    assert await codes(island, "/@ada.rss", "2606:4700:3::1", "2606:4700:3::2") == [404, 429]

    ada = await island.artist("ada")
    told = dict(ada.api.headers)
    assert await codes(island, "/api/v1/timelines/public", "1.1.1.1", "1.1.1.2", headers=told) == [200, 200]
    # A token is counted wherever it is used from, for apps and for pictures of other servers alike.
    assert await codes(island, "/proxy/1/x", "1.1.1.3", headers=told) == [429]
    assert await codes(island, "/api/v1/timelines/public", "1.1.1.4", headers=told) == [429]
    assert await codes(island, "/api/v1/timelines/public", "1.1.1.4") == [200]
    await servers_that_sign(world, island, ada.actor.uri)

    with server.database.bound():
        await crawlers.set_columns(server, "tests", "QwantBot", {"verify": f"ip:{published}"})
        listed = [row for row in (await crawlers.in_force(server)).rows if "Qwant" in row.token]
        await claimed.refresh(server, listed)
    # Who is proven is counted as such, from whatever address of theirs.
    assert await codes(island, "/", "8.8.4.4", "8.8.4.5", headers=QWANT) == [200, 429]
    assert await codes(island, "/", "8.8.4.4") == [200]


async def servers_that_sign(world: Fediverse, island: Island, uri: str) -> None:
    """A server is counted by its domain, for documents and for pages, and no lie about a domain counts against it."""
    good, other = Stranger(world, "good.example", "alice"), Stranger(world, "other.example")
    forged = {"Accept": "application/activity+json", **good.sign("GET", uri, None, private=other.private)}
    assert await codes(island, uri, "1.0.0.1", "1.0.0.1", headers=forged) == [401, 429]
    assert (await good.read(island, uri)).status_code == 200
    page = f"{island.server.settings.base_url}/"
    signed = dict(good.sign("GET", page, None))
    # The third of its network to come, and let in since it signs; the next is one too many for the domain.
    assert await codes(island, page, "4.4.4.1", "4.4.4.2", "4.4.4.3", "4.4.4.4", headers=signed) == [
        200,
        200,
        200,
        429,
    ]
    limited = await Stranger(world, "good.example", "bob").read(island, uri)
    assert (limited.status_code, int(limited.headers["retry-after"]) > 0) == (429, True)
    assert (await other.read(island, uri)).status_code == 200


class Resolver:
    """The system's resolver: which name an address has, and which addresses a name; what it was asked."""

    def __init__(self, names: dict[str, str], addresses: dict[str, list[str]]) -> None:
        self.names, self.addresses = names, addresses
        self.asked: list[str] = []

    async def getnameinfo(self, sockaddr: tuple[str, int], flags: int = 0) -> tuple[str, str]:
        self.asked.append(sockaddr[0])
        name = self.names.get(sockaddr[0], "")
        if name in ("", "away"):
            raise socket.gaierror(socket.EAI_AGAIN if name else socket.EAI_NONAME, "not found")
        return name, "0"

    async def getaddrinfo(self, host: str, *_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 0)) for address in self.addresses.get(host, [])]


async def looked_up(server: Server) -> None:
    while server.errands:
        await asyncio.gather(*server.errands)


@pytest.mark.anyio
@pytest.mark.rule("P-242")
@pytest.mark.parametrize(
    ("address", "second"),
    [
        ("8.8.0.1", 200),  # its name is the operator's and leads back
        ("8.8.0.2", 403),  # the name is the operator's and leads elsewhere: anybody may write that
        ("8.8.0.3", 403),  # the name is somebody else's
        ("8.8.0.4", 403),  # the name only ends like the operator's
        ("8.8.0.5", 403),  # it has none
        ("8.8.0.6", 200),  # nobody can say
    ],
)
async def test_a_name_counts_where_it_leads_back_and_nobody_is_refused_before_that_is_known(
    world: Fediverse, monkeypatch: pytest.MonkeyPatch, address: str, second: int
) -> None:
    """Only the system's resolver is replaced: what it says is what others chose."""
    island = await world.island("art", cloak="none", verify_names=True, rates="crawler=1/h burst 1")
    said = Resolver(
        {
            "8.8.0.1": "Crawl-1.Mojeek.com.",
            "8.8.0.2": "crawl-2.mojeek.com",
            "8.8.0.3": "host.example",
            "8.8.0.4": "evilmojeek.com",
            "8.8.0.6": "away",
        },
        {
            "crawl-1.mojeek.com": ["2606:4700::1", "8.8.0.1"],
            "crawl-2.mojeek.com": ["9.9.9.9"],
            "host.example": ["8.8.0.3"],
            "evilmojeek.com": ["8.8.0.4"],
        },
    )
    for name in ("getnameinfo", "getaddrinfo"):
        monkeypatch.setattr(asyncio.get_running_loop(), name, getattr(said, name))
    assert await codes(island, "/", address, headers=MOJEEK) == [200], "the first is not kept waiting"
    await looked_up(island.server)
    async with at(island, address) as client:
        answer = await client.get("/", headers=MOJEEK)
    assert answer.status_code == second
    assert ("name of another" in answer.text) is (second == 403)
    assert said.asked == [address], "what was found is remembered"
    # Who is proven has the bucket of crawlers; who is not is one visitor among others.
    assert await codes(island, "/", address, headers=MOJEEK) == [429 if address == "8.8.0.1" else second]
    assert await codes(island, "/", address) == [200], "who claims nothing is asked nothing"
