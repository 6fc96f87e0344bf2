"""Requests to other servers over HTTP/1.1: names resolved once, checked addresses dialled, connections kept a moment."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, Protocol

import certifi

from fedicara.federation.errors import NetworkError, RefusedError
from fedicara.federation.network.addresses import is_public, literal
from fedicara.federation.network.connection import Connection, Heard, Stale
from fedicara.settings import Settings

CONNECT: Final = 10.0
MOST_IDLE: Final = 256
_Addresses = list[IPv4Address | IPv6Address]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a connection leads to."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of whom; `body` is None for a GET."""

    method: str
    origin: Origin
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def written(self) -> bytes:
        """The request as it goes out."""
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            *(f"{name}: {self.headers[name]}" for name in self.headers),
        ]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join(lines)
        if head.count("\r") + head.count("\n") != 2 * (len(lines) - 1):
            raise RefusedError("header")
        return head.encode("latin-1", "replace") + b"\r\n\r\n" + (self.body or b"")


class Carrier(Protocol):
    """Brings a request to another server and its answer back; `Wire` does, and what tests put in its place."""

    async def send(self, request: Request, most: int) -> Heard:
        """The answer with at most so many bytes of its body, or `NetworkError`."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class Wire:
    """The network itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._trust = _trust(settings)
        self._idle = _Idle()

    async def send(self, request: Request, most: int) -> Heard:
        """The answer with at most so many bytes of its body, or `NetworkError`."""
        written, kept = request.written(), self._idle.take(request.origin)
        if kept is not None:
            try:
                return await self._over(kept, request.origin, written, most)
            except Stale:
                pass  # It had been closed at the other end, where nobody read the request.
        return await self._over(await self._dial(request.origin), request.origin, written, most)

    async def close(self) -> None:
        """Close what is open."""
        self._idle.close()

    async def _over(self, connection: Connection, origin: Origin, written: bytes, most: int) -> Heard:
        try:
            heard = await connection.exchange(written, most)
        except BaseException:
            connection.close()
            raise
        if connection.may_be_kept:
            self._idle.keep(origin, connection)
        else:
            connection.close()
        return heard

    async def _dial(self, origin: Origin) -> Connection:
        """Resolve once, check every address, dial the checked ones (SSRF-03); one bad address refuses the host (SSRF-04)."""
        addresses = await self._resolve(origin)
        if not all(is_public(address) or self._settings.is_inside(str(address)) for address in addresses):
            raise RefusedError("address is not public")
        failure = NetworkError("no address")
        for address in addresses[:3]:
            try:
                return await self._connect(str(address), origin)
            except NetworkError as error:
                failure = error
        raise failure

    async def _resolve(self, origin: Origin) -> _Addresses:
        known = literal(self._settings.egress_hosts.get(origin.host, origin.host))
        if known is not None:
            return [known]
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NetworkError("no address") from error
        return [ip_address(entry[4][0]) for entry in found]

    async def _connect(self, address: str, origin: Origin) -> Connection:
        """TLS asks for the name, whatever the address (SSRF-17)."""
        named = {"ssl": self._trust, "server_hostname": origin.host} if origin.scheme == "https" else {}
        try:
            async with asyncio.timeout(CONNECT):
                return await _connection(address, origin.port, named)
        except ssl.SSLCertVerificationError as error:
            raise NetworkError(f"tls: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise NetworkError("tls") from error
        except TimeoutError as error:
            raise NetworkError("connect timeout") from error
        except OSError as error:
            raise NetworkError("no connection") from error


async def _connection(address: str, port: int, named: dict[str, Any]) -> Connection:
    _, made = await asyncio.get_running_loop().create_connection(Connection, address, port, **named)
    return made


def _trust(settings: Settings) -> ssl.SSLContext:
    """The usual authorities and the configured one; nothing is taken from the environment."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if settings.ca_file is not None:
        context.load_verify_locations(cafile=settings.ca_file)
    return context


class _Idle:
    """Connections kept for the next request to the same origin; the oldest goes where there are too many."""

    def __init__(self) -> None:
        self._origins: dict[Connection, Origin] = {}
        self._kept: dict[Origin, list[Connection]] = {}

    def take(self, origin: Origin) -> Connection | None:
        """The one used last, which is the likeliest to be open still."""
        if origin not in self._kept:
            return None
        connection = self._kept[origin][-1]
        self._forget(connection)
        connection.wake()
        return connection

    def keep(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for a moment."""
        if len(self._origins) >= MOST_IDLE:
            oldest = next(iter(self._origins))
            self._forget(oldest)
            oldest.close()
        self._origins[connection] = origin
        self._kept.setdefault(origin, []).append(connection)
        connection.keep(self._forget)

    def close(self) -> None:
        """Close all."""
        for connection in list(self._origins):
            connection.close()

    def _forget(self, connection: Connection) -> None:
        origin = self._origins.pop(connection, None)
        if origin is not None:
            self._kept[origin].remove(connection)
            if not self._kept[origin]:
                del self._kept[origin]
