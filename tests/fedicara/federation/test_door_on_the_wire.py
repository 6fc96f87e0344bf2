"""The door over real connections: peers that drip, answer far too much, or show a certificate that proves nothing."""

import asyncio
import gzip
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from fedicara.federation.network import http
from fedicara.federation.network.http import Door, NetworkError, RefusedError
from fedicara.federation.said import outbox
from fedicara.models import Actor, Follow, Job
from fedicara.settings import Settings
from tests.fedicara.federation.stage import HOME, open_home

pytestmark = pytest.mark.anyio
MIB = 1 << 20
Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(speak: Speak, context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[int]]]:
    """A server on this machine that answers every request so; its port, and how many bytes it got rid of each time."""
    closed: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await speak(writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            closed.append(1)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], closed
    finally:
        server.close()


def unsigned(method: str, url: str, body: bytes | None) -> dict[str, str]:
    """The headers of a signature that nobody looks at."""
    return {}


def door(**settings: Any) -> Door:
    return Door(
        Settings(
            base_url="https://home.example",
            egress_allow="127.0.0.0/8",
            egress_hosts="peer.example=127.0.0.1,other.example=127.0.0.1",
            **settings,
        )
    )


@pytest.mark.threat("DOS-17")
@pytest.mark.rule("F-341")
@pytest.mark.parametrize("part", ["head", "body"])
async def test_a_peer_that_drips_is_left_when_the_time_is_over(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is shortened, so that nobody waits for half a minute; each single byte comes in good time."""
    assert http.DEADLINE == 30.0
    monkeypatch.setattr(http, "DEADLINE", 0.5)
    left = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n")
            writer.write(b"" if part == "head" else b"Content-Length: 100000\r\n\r\n")
            while True:
                writer.write(b"x" if part == "body" else b"X-A: b\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            left.set()
            raise

    async with peer(drip) as (port, _):
        opened = door()
        async with asyncio.timeout(60):  # Without a deadline nothing would ever end here.
            with pytest.raises(NetworkError, match="timeout") as caught:
                await opened.get(f"http://peer.example:{port}/", {})
            assert not isinstance(caught.value, RefusedError)
            with pytest.raises(NetworkError, match="timeout"):
                await opened.post(f"http://peer.example:{port}/", {}, b"{}", unsigned)
        await asyncio.wait_for(left.wait(), 10)
        await opened.close()


def answer(body: bytes, *headers: str) -> Speak:
    """Send a body with these headers, as far as it is taken."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode())
        for start in range(0, len(body), 65_536):
            writer.write(body[start : start + 65_536])
            await writer.drain()

    return speak


BOMB = gzip.compress(b"0" * (20 * MIB))


@pytest.mark.threat("DOS-18")
@pytest.mark.rule("F-341")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(BOMB, "Content-Encoding: gzip", f"Content-Length: {len(BOMB)}"), "encoding"),
        (answer(BOMB, "Content-Encoding: br", f"Content-Length: {len(BOMB)}"), "encoding"),
        (answer(BOMB, "Content-Encoding: zstd", f"Content-Length: {len(BOMB)}"), "encoding"),
        (answer(BOMB, "Content-Encoding: identity, gzip", f"Content-Length: {len(BOMB)}"), "encoding"),
        (answer(b"0" * (10 * MIB), f"Content-Length: {10 * MIB}"), "too large"),
        (answer(b"0" * (10 * MIB), "Connection: close"), "too large"),
        (
            answer(b"40000\r\n" + (b"0" * 0x40000 + b"\r\n40000\r\n") * 40, "Transfer-Encoding: chunked"),
            "too large",
        ),
        (answer(b"{}", *[f"X-{n}: {'y' * 1000}" for n in range(2_000)], "Content-Length: 2"), "."),
    ],
    ids=["gzip", "br", "zstd", "twice", "stated", "unstated", "chunked", "headers"],
)
async def test_an_answer_without_measure_is_left_within_bounds(said: Speak, reason: str) -> None:
    async with peer(said) as (port, _):
        opened = door()
        tracemalloc.start()
        try:
            with pytest.raises(NetworkError, match=reason):
                await opened.get(f"http://peer.example:{port}/", {})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MIB
        await opened.close()


@pytest.mark.threat("DOS-18")
async def test_what_an_inbox_says_at_length_is_not_read_to_its_end() -> None:
    async with peer(answer(b"0" * (10 * MIB), f"Content-Length: {10 * MIB}")) as (port, _):
        opened = door()
        heard = await opened.post(f"http://peer.example:{port}/inbox", {}, b"{}", unsigned)
        assert heard.status == 200
        assert len(heard.body) < MIB
        await opened.close()


# Certificates ---------------------------------------------------------------------------------------------------------


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(name: str, issuer: str, *, days: int = 30, authority: bool = False) -> x509.Certificate:
    """A certificate for a name, signed by whoever is named; good for so many days from a year ago, or from now."""
    now = datetime.now(UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.9"))])
    built = x509.CertificateBuilder(names[1], names[0], key(name).public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=365)).not_valid_after(now + timedelta(days=days))
    built = built.add_extension(x509.BasicConstraints(authority, None), critical=True)
    built = built.add_extension(alternatives, critical=False)
    return built.sign(key(issuer), hashes.SHA256())


def shows(folder: Path, shown: x509.Certificate, name: str) -> ssl.SSLContext:
    """A server's side with that certificate."""
    secret = key(name).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "shown.pem").write_bytes(secret + shown.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "shown.pem")
    return context


@pytest.mark.threat("SSRF-17")
@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (("peer.example", "authority", 30), ""),
        (("peer.example", "authority", -1), "expired"),
        (("peer.example", "peer.example", 30), "self-signed"),
        (("other.example", "authority", 30), "peer.example"),
        (("peer.example", "stranger", 30), "issuer"),
    ],
    ids=["good", "expired", "self-signed", "wrong host", "unknown issuer"],
)
async def test_a_certificate_that_proves_nothing_is_refused_for_the_moment(
    tmp_path: Path, shown: tuple[str, str, int], reason: str
) -> None:
    name, issuer, days = shown
    authority = tmp_path / "authority.pem"
    root = certificate("authority", "authority", authority=True)
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    context = shows(tmp_path, certificate(name, issuer, days=days), name)
    async with peer(answer(b"hello", "Content-Length: 5"), context) as (port, _):
        opened = door(ca_file=authority)
        address = f"https://peer.example:{port}/"
        if not reason:
            assert (await opened.get(address, {})).body == b"hello"
        for ask in (partial(opened.get, address, {}), partial(opened.post, address, {}, b"{}", unsigned)):
            if reason:
                with pytest.raises(NetworkError, match=f"^tls.*{reason}") as caught:
                    await ask()
                # Not a refusal of ours: a delivery keeps the reason and is tried again (see test_delivery).
                assert not isinstance(caught.value, RefusedError)
        await opened.close()


@pytest.mark.threat("SSRF-17")
async def test_a_delivery_that_meets_a_bad_certificate_is_tried_again_and_the_log_says_why(
    database_url: str, tmp_path: Path
) -> None:
    context = shows(tmp_path, certificate("peer.example", "peer.example"), "peer.example")
    reach = {"egress_allow": "127.0.0.0/8", "egress_hosts": "peer.example=127.0.0.1"}
    async with (
        peer(answer(b"", "Content-Length: 0"), context) as (port, _),
        open_home(database_url, tmp_path, **reach) as home,
    ):
        object.__setattr__(home.server, "network", Door(home.server.settings))
        uri = f"https://peer.example:{port}/ada"
        ada = await Actor.create(uri=uri, username="ada", domain="peer.example", inbox=f"{uri}/inbox")
        lee = await home.artist()
        with capture_logs() as logs:
            async with home.server.database.transaction():
                asked = await Follow.create(uri=f"{HOME}/activities/1", follower=lee, followed=ada)
                await outbox.follow(home.server, asked, lee, ada)
            await home.work()
        [job] = await Job.all()
        assert (job.attempts, job.buried) == (1, False)
        [failed] = [entry for entry in logs if entry["event"] == "delivery failed"]
        assert failed["inbox"] == ada.inbox
        assert failed["reason"] == job.error == "tls: self-signed certificate"
