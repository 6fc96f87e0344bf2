"""The door: which addresses are dialled, which hops are followed, how much is read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedicara.federation.network.addresses import is_public, literal
from fedicara.federation.network.http import Door, NetworkError, RefusedError
from fedicara.settings import Settings
from tests.carried import Carried

FORBIDDEN = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "::8.8.8.8",
    "4000::1",
]
OPEN = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.threat("SSRF-01")
@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_of_no_public_network_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.threat("SSRF-01")
@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_is_no_literal_address() -> None:
    assert literal("[::1]") == ip_address("::1")
    assert literal("0x7f.1") is None


class Never(httpx.AsyncBaseTransport):
    """A network on which every request is a failure of the test."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")


class Script(httpx.AsyncBaseTransport):
    """Answers in turn, and keeps what was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0)


def says(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    """An answer whose body is still to be read, as one from the wire."""
    stated = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=stated, stream=httpx.ByteStream(content))


def door(transport: httpx.AsyncBaseTransport | None, **settings: Any) -> Door:
    return Door(
        Settings(base_url="https://home.example", **settings), Carried(transport) if transport else None
    )


@pytest.mark.anyio
@pytest.mark.threat("SSRF-02", "SSRF-06", "SSRF-15", "SSRF-16", "SSRF-08")
@pytest.mark.parametrize(
    "url",
    [
        "http://good.example/",
        "https://good.example:22/",
        "https://good.example:6379/",
        "https://127.0.0.1/",
        "https://[::ffff:7f00:1]/",
        "https://[::1]/",
        "https://user@good.example/",
        "https://user@127.0.0.1/",
        "https://good.example\\@127.0.0.1/",
        "https://good.example/\r\nX: y",
        "https://good.example:99999/",
        "https://[::1/",
        "https:///nobody",
        "file:///etc/passwd",
        "gopher://good.example/",
        "data:text/plain,x",
        "https://gööd.example/",
    ],
)
async def test_an_address_that_breaks_a_rule_is_never_asked(url: str) -> None:
    opened = door(Never())
    with pytest.raises(RefusedError):
        await opened.get(url, {})
    with pytest.raises(RefusedError):
        await opened.post(url, {}, b"", lambda method, url, body: {})
    await opened.close()


@pytest.mark.anyio
@pytest.mark.threat("SSRF-05", "SSRF-06")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    ["http://good.example/", "https://127.0.0.1/", "http://127.0.0.1:5432", "file:///etc/passwd", "//[/"],
)
async def test_a_redirect_to_a_forbidden_place_is_not_followed(status: int, target: str) -> None:
    script = Script(says(status, location=target))
    with pytest.raises(RefusedError):
        await door(script).get("https://good.example/", {})
    assert len(script.requests) == 1


@pytest.mark.anyio
@pytest.mark.threat("SSRF-06", "SIG-21")
async def test_three_hops_are_followed_each_signed_for_its_own_address_and_no_fourth() -> None:
    def sign(method: str, url: str, body: bytes | None) -> dict[str, str]:
        return {"Signature": f"{method} {url}"}

    hops = [says(302, location=f"https://h{n}.example/") for n in range(3)]
    script = Script(*hops, says(200, b"here"))
    answer = await door(script).get("https://good.example/#part", {}, sign)
    assert (answer.url, answer.body) == ("https://h2.example/", b"here")
    assert [request.headers["signature"] for request in script.requests[1:]] == [
        f"GET https://h{n}.example/" for n in range(3)
    ]
    hops = [says(302, location="https://good.example/") for _ in range(9)]
    script = Script(*hops)
    with pytest.raises(RefusedError, match="redirects"):
        await door(script).get("https://good.example/", {})
    assert len(script.requests) == 4


@pytest.mark.anyio
@pytest.mark.rule("F-326", "F-371")
async def test_every_request_names_us_and_a_redirected_post_is_not_sent_again() -> None:
    script = Script(says(307, location="https://other.example/"))
    answer = await door(script).post("https://good.example/inbox", {}, b"{}", lambda method, url, body: {})
    assert answer.status == 307
    [request] = script.requests
    assert request.headers["user-agent"].startswith("fedicara/")
    assert request.headers["user-agent"].endswith("(+https://home.example/)")
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.anyio
@pytest.mark.rule("F-341")
async def test_a_body_over_the_limit_or_compressed_is_refused() -> None:
    with pytest.raises(RefusedError, match="too large"):
        await door(Script(says(200, b"x" * 1001))).get("https://good.example/", {}, limit=1000)
    packed = says(200, b"x", content_encoding="gzip")
    with pytest.raises(RefusedError, match="encoding"):
        await door(Script(packed)).get("https://good.example/", {})


@asynccontextmanager
async def listening(answer: bytes, hits: list[bytes]) -> AsyncIterator[int]:
    """A listener on this machine; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


@pytest.mark.anyio
async def test_a_private_address_is_reached_only_where_the_settings_allow_it(tmp_path: Path) -> None:
    hits: list[bytes] = []
    async with listening(HELLO, hits) as port:
        open_door = door(None, egress_allow="127.0.0.0/8", egress_hosts="peer.example=127.0.0.1")
        answer = await open_door.get(f"http://peer.example:{port}/x", {})
        assert answer.body == b"hello"
        assert f"Host: peer.example:{port}".lower().encode() in hits[0].lower()
        await open_door.close()


@pytest.mark.anyio
@pytest.mark.threat("SSRF-03", "SSRF-04", "SSRF-02")
@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::ffff:127.0.0.1"]], ids=lambda found: found[-1]
)
async def test_a_name_with_one_private_address_is_refused_before_anything_is_dialled(
    found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the system's resolver is replaced: what it says is what an attacker chooses."""
    asked: list[str] = []

    async def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in found]

    dialled: list[Any] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    monkeypatch.setattr(loop, "create_connection", _recorder(dialled))
    opened = door(None)
    with pytest.raises(RefusedError, match="not public"):
        await opened.get("https://rebound.example/", {})
    assert (asked, dialled) == (["rebound.example"], [])
    await opened.close()


def _recorder(dialled: list[Any]) -> Callable[..., Awaitable[Any]]:
    async def connect(*arguments: Any, **named: Any) -> Any:
        dialled.append((arguments, named))
        raise OSError("no network in tests")

    return connect


@pytest.mark.anyio
async def test_a_name_without_an_address_is_a_network_error_that_may_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        raise OSError("no such name")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    opened = door(None)
    with pytest.raises(NetworkError) as caught:
        await opened.get("https://nowhere.example/", {})
    assert not isinstance(caught.value, RefusedError)
    await opened.close()


@pytest.mark.anyio
@pytest.mark.threat("SSRF-14")
async def test_proxies_named_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    hits: list[bytes] = []
    async with listening(HELLO, hits) as port:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        opened = door(None, egress_allow="127.0.0.0/8")
        with pytest.raises(NetworkError):
            await opened.get("http://127.0.0.2:9/", {})
        await opened.close()
    assert hits == []
