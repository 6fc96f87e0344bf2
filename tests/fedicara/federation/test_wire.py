"""The wire beneath the door, against listeners on this machine that answer well, badly, slowly or never."""

import asyncio
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fedicara.federation.network import connection, http, wire
from fedicara.federation.network.http import Door, NetworkError, RefusedError
from fedicara.network import Answer
from fedicara.settings import Settings
from tests.interop.authority import Authority

pytestmark = pytest.mark.anyio
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Listener:
    """Answers every request with the next of its answers, or the last one again; keeps what it heard."""

    def __init__(self, *answers: bytes, closes: bool = False, context: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self.closes = closes
        self.context = context
        self.heard: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                self.heard.append(await _request(reader))
                await self.answer(writer)
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        await writer.drain()

    def hang_up(self) -> None:
        """Close every connection, as a server that saves its places does."""
        for writer in self._writers:
            writer.close()


class Flood(Listener):
    """Forty megabytes, as fast as they are taken."""

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n")
        for _ in range(4000):
            writer.write(b"x" * 10_000)
            await writer.drain()


class Drip(Listener):
    """One byte after the other, without an end."""

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))


@asynccontextmanager
async def facing(listener: Listener, **settings: Any) -> AsyncIterator[Door]:
    """A door with nothing but the wire behind it; `peer.example` is this machine."""
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=listener.context)
    listener.port = server.sockets[0].getsockname()[1]
    inside = {"egress_allow": "127.0.0.0/8", "egress_hosts": "peer.example=127.0.0.1"}
    door = Door(Settings(base_url="https://home.example", **inside, **settings))
    try:
        yield door
    finally:
        await door.close()
        server.close()
        listener.hang_up()


async def read(door: Door, listener: Listener, limit: int = 1 << 20, scheme: str = "http") -> Answer:
    return await door.get(f"{scheme}://peer.example:{listener.port}/a?b=c", {"Accept": "x/y"}, limit=limit)


async def post(door: Door, listener: Listener, body: bytes = b"{}", **headers: str) -> Answer:
    url = f"http://peer.example:{listener.port}/inbox"
    return await door.post(url, headers, body, lambda method, url, body: {"Signature": "s"})


@pytest.mark.rule("F-326")
async def test_a_request_is_written_whole_and_its_answer_read_whole() -> None:
    listener = Listener(GOOD)
    async with facing(listener) as door:
        answer = await read(door, listener)
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"hello", "5")
        await post(door, listener, b'{"a": 1}')
    get, sent = listener.heard
    assert get.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"\r\nHost: peer.example:{listener.port}\r\n".encode() in get
    assert b"\r\nAccept: x/y\r\n" in get
    assert b"\r\nAccept-Encoding: identity\r\n" in get
    assert sent.startswith(b"POST /inbox HTTP/1.1\r\n")
    assert sent.endswith(b'\r\nSignature: s\r\nContent-Length: 8\r\n\r\n{"a": 1}')


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + GOOD,
        b"HTTP/1.0 200 OK\r\n\r\nhello",
    ],
    ids=["chunked", "after notes", "until the end"],
)
async def test_every_way_to_frame_an_answer_is_understood(answer: bytes) -> None:
    async with facing(listener := Listener(answer, closes=True)) as door:
        assert (await read(door, listener)).body == b"hello"


async def test_a_connection_is_used_again_and_a_closed_one_costs_nothing() -> None:
    listener = Listener(GOOD)
    async with facing(listener) as door:
        await asyncio.gather(*(post(door, listener) for _ in range(3)))
        for _ in range(3):
            await post(door, listener)
        assert listener.connections == 3
        listener.hang_up()
        assert (await post(door, listener)).status == 200
        assert listener.connections == 4


async def test_a_connection_that_ends_while_a_request_is_on_its_way_is_opened_anew_once() -> None:
    listener = Listener(GOOD, b"", GOOD)
    async with facing(listener) as door:
        await post(door, listener)
        listener.closes = True
        assert (await post(door, listener)).status == 200
        assert (listener.connections, len(listener.heard)) == (2, 3)


async def test_no_more_connections_are_kept_than_the_limit_and_none_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "MOST_IDLE", 1)
    listener = Listener(GOOD)
    async with facing(listener) as door:
        await asyncio.gather(*(post(door, listener) for _ in range(3)))
        await asyncio.gather(*(post(door, listener) for _ in range(2)))
        assert listener.connections == 4
        monkeypatch.setattr(connection, "IDLE", 0.0)
        await post(door, listener)
        await asyncio.sleep(0.05)
        await post(door, listener)
        assert listener.connections == 5


@pytest.mark.parametrize(
    "rest",
    [GOOD, b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nforeign"],
    ids=["again", "x", "foreign"],
)
async def test_what_comes_after_an_answer_is_nobodys_answer(rest: bytes) -> None:
    listener = Listener(GOOD + rest, GOOD)
    async with facing(listener) as door:
        assert [(await read(door, listener)).body for _ in range(2)] == [b"hello"] * 2
    assert listener.connections == 2


@pytest.mark.threat("DOS-18")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"nonsense\r\n\r\n", "malformed answer"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "malformed answer",
        ),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "closed"),
        (b"HTTP/1.1 200 OK\r\n", "closed"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Much: " + b"x" * 2_000_000 + b"\r\n\r\n", "headers too large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Many: xxxx\r\n" * 9000 + b"\r\n", "headers too large"),
        (b"HTTP/1.1 103 Hint\r\nLink: x\r\n\r\n" * 9000 + GOOD, "headers too large"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
async def test_an_answer_that_is_none_is_an_error_that_may_pass(answer: bytes, reason: str) -> None:
    async with facing(listener := Listener(answer, closes=True)) as door:
        with pytest.raises(NetworkError, match=reason) as caught:
            await read(door, listener)
    assert not isinstance(caught.value, RefusedError)


@pytest.mark.rule("F-341", "F-371")
@pytest.mark.threat("DOS-18")
async def test_a_body_is_cut_at_the_limit_whatever_its_length() -> None:
    async with facing(listener := Flood()) as door:
        tracemalloc.start()
        with pytest.raises(RefusedError, match="too large"):
            await read(door, listener)
        posted = await post(door, listener)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(posted.body) == 64 * 1024
    assert peak < 8 << 20
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"
    async with facing(listener := Listener(packed)) as door:
        with pytest.raises(RefusedError, match="encoding"):
            await read(door, listener)


@pytest.mark.threat("DOS-17")
async def test_a_peer_that_drips_is_left_at_the_deadline_and_a_silent_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "DEADLINE", 0.3)
    async with facing(listener := Drip()) as door:
        with pytest.raises(NetworkError, match="timeout"):
            await read(door, listener)
        with pytest.raises(NetworkError, match="timeout"):
            await post(door, listener)
    monkeypatch.setattr(http, "DEADLINE", 30.0)
    monkeypatch.setattr(connection, "SILENCE", 0.1)
    async with facing(listener := Listener(b"")) as door:
        with pytest.raises(NetworkError, match="timeout"):
            await read(door, listener)


async def test_a_place_where_nobody_listens_is_a_network_error() -> None:
    listener = Listener(GOOD)
    async with facing(listener) as door:
        url = "http://127.0.0.9:9/"
        with pytest.raises(NetworkError, match="no connection"):
            await door.get(url, {})


@pytest.mark.threat("SSRF-15")
async def test_a_header_with_a_line_end_is_not_written() -> None:
    async with facing(listener := Listener(GOOD)) as door:
        with pytest.raises(RefusedError, match="header"):
            await post(door, listener, accept="x\r\nX-Forged: y")
    assert listener.heard == []


@pytest.mark.threat("SSRF-03", "SSRF-17")
async def test_certificates_are_asked_of_the_name_that_was_meant_not_of_the_address(tmp_path: Path) -> None:
    authority, names = Authority(tmp_path), []
    context = _context(authority, "peer.example")
    context.sni_callback = lambda _, name, __: names.append(name)
    async with facing(listener := Listener(GOOD, context=context), ca_file=authority.file) as door:
        assert (await read(door, listener, scheme="https")).body == b"hello"
    assert names == ["peer.example"]


@pytest.mark.threat("SSRF-17")
@pytest.mark.parametrize(
    ("host", "age", "trusted", "reason"),
    [
        ("other.example", 0, True, "tls: Hostname mismatch"),
        ("peer.example", 3, True, "tls: certificate has expired"),
        ("peer.example", 0, False, "tls: unable to get local issuer"),
    ],
    ids=["wrong host", "expired", "unknown authority"],
)
async def test_a_faulty_certificate_is_refused_for_now_and_the_reason_told(
    tmp_path: Path, host: str, age: int, trusted: bool, reason: str
) -> None:
    authority = Authority(tmp_path)
    context = _context(authority, host, age)
    trust = {"ca_file": authority.file} if trusted else {}
    async with facing(listener := Listener(GOOD, context=context), **trust) as door:
        with pytest.raises(NetworkError, match=reason) as caught:
            await read(door, listener, scheme="https")
    assert not isinstance(caught.value, RefusedError)
    assert listener.heard == []


def _context(authority: Authority, host: str, days_old: int = 0) -> ssl.SSLContext:
    pair = authority.certify(host, timedelta(days=days_old))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context
