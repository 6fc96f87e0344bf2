"""Floods at the inbox: who sends too much is told to wait, others are not (DOS-19, DOS-20)."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from fedicara.app import create
from fedicara.cli.serve import _uvicorn
from fedicara.server import Server
from tests.fedicara.federation.stage import HOME, Home, Peer, open_home

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    async with open_home(database_url, tmp_path, inbox_rate=3, trusted_proxies="10.0.0.0/8") as opened:
        yield opened


def asking(app: Callable[..., Awaitable[None]], address: str, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url=HOME, headers=headers)


def whole(server: Server) -> Callable[..., Awaitable[None]]:
    """The application as uvicorn runs it, with its handling of proxies."""
    config = _uvicorn(server, create(server))
    config.load()
    return config.loaded_app  # type: ignore[no-any-return]


async def deliver(client: httpx.AsyncClient, peer: Peer) -> httpx.Response:
    body = json.dumps(peer.says("Like", f"{HOME}/objects/1")).encode()
    signed = peer.signed("POST", f"{HOME}/inbox", body)
    headers = {"Content-Type": "application/activity+json", **signed}
    return await client.post("/inbox", content=body, headers=headers)


@pytest.mark.threat("DOS-19")
async def test_a_server_that_sends_too_much_waits_while_an_honest_one_is_heard(home: Home) -> None:
    app = create(home.server)
    flooder, honest = home.peer("mallory", "evil.example"), home.peer()
    statuses = []
    for number in range(5):
        async with asking(app, f"203.0.113.{number}") as client:
            answer = await deliver(client, flooder)
            statuses.append(answer.status_code)
    assert statuses == [202, 202, 202, 429, 429]
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert answer.json()["reason"] == "rate"
    assert home.server.drops["rate"] == 2
    async with asking(app, "198.51.100.1") as client:
        assert (await deliver(client, honest)).status_code == 202
        forged = home.peer("ada", "evil.example")
        forged.key_name = "another"
        for _ in range(2):
            assert (await deliver(client, forged)).status_code == 401
        assert (await deliver(client, honest)).status_code == 429, "by address, signed or not"
        for path in ("/robots.txt", "/.well-known/nodeinfo", "/.well-known/tdmrep.json", "/nodeinfo/2.1"):
            assert (await client.get(path)).status_code == 200, "never limited"


@pytest.mark.threat("DOS-20")
async def test_an_address_is_believed_from_a_trusted_proxy_alone(home: Home) -> None:
    app, peers = whole(home.server), [home.peer(f"p{n}", f"p{n}.example") for n in range(5)]
    statuses = []
    for number, peer in enumerate(peers):
        claimed = dict.fromkeys(("X-Forwarded-For", "Forwarded", "X-Real-IP"), f"198.51.100.{number}")
        async with asking(app, "203.0.113.7", **claimed) as client:
            statuses.append((await deliver(client, peer)).status_code)
    assert statuses == [202, 202, 202, 429, 429]
    for number, peer in enumerate(peers):
        async with asking(app, "10.0.0.1", **{"X-Forwarded-For": f"198.51.100.{number}"}) as client:
            assert (await deliver(client, peer)).status_code == 202


@pytest.mark.threat("DOS-19")
async def test_the_limit_can_be_switched_off(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    async with open_home(database_url, tmp_path / "open", inbox_rate=0) as home:
        peer = home.peer()
        for _ in range(6):
            assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
