"""The only door to other servers: checked addresses, checked hops, bounded answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Final
from urllib.parse import urljoin, urlsplit

from fedicara.federation.errors import NetworkError, RefusedError, RejectedError
from fedicara.federation.network.addresses import is_public, literal
from fedicara.federation.network.wire import Carrier, Origin, Request, Wire
from fedicara.network import Answer, Sign
from fedicara.settings import Settings

__all__ = ["DEADLINE", "HOPS", "Door", "NetworkError", "RefusedError", "Request"]

DEADLINE: Final = 30.0
HOPS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"https": 443, "http": 80}
_HEARD_OF_POSTS: Final = 64 * 1024


async def _everybody(_host: str) -> bool:
    return True


class Door:
    """`server.Network` over a wire; `admits` says of each host whether anything is sent there (SSRF-19)."""

    def __init__(
        self,
        settings: Settings,
        carrier: Carrier | None = None,
        admits: Callable[[str], Awaitable[bool]] = _everybody,
    ) -> None:
        self._settings = settings
        self._admits = admits
        self._carrier = carrier or Wire(settings)
        self._usual = {
            "User-Agent": f"fedicara/{version('fedicara')} (+{settings.base_url}/)",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
        *,
        hops: int = HOPS,
    ) -> Answer:
        """Follow at most so many redirects, each checked and signed anew; `NetworkError` where no answer came."""
        try:
            async with asyncio.timeout(DEADLINE):
                for _ in range(hops + 1):
                    signed = _signed(headers, sign, "GET", url, None)
                    answer, is_whole = await self._once("GET", url, signed, None, limit)
                    if answer.status not in _REDIRECTS or "location" not in answer.headers:
                        return _bounded(answer, is_whole)
                    url = _next_hop(url, answer.headers["location"])
        except TimeoutError as error:
            raise NetworkError("timeout") from error
        raise RefusedError("too many redirects")

    async def look(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
    ) -> Answer:
        """One GET or HEAD; a redirect is an answer like others, and a body beyond `limit` is cut."""
        try:
            async with asyncio.timeout(DEADLINE):
                answer, _ = await self._once(
                    method, url, _signed(headers, sign, method, url, None), None, limit
                )
                return answer
        except TimeoutError as error:
            raise NetworkError("timeout") from error

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sign: Sign) -> Answer:
        """One request; a redirect is an answer like others, and the answer's body is cut (F-371)."""
        try:
            async with asyncio.timeout(DEADLINE):
                signed = _signed(headers, sign, "POST", url, body)
                answer, _ = await self._once("POST", url, signed, body, _HEARD_OF_POSTS)
                return answer
        except TimeoutError as error:
            raise NetworkError("timeout") from error

    async def close(self) -> None:
        """Close what is open."""
        await self._carrier.close()

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, most: int
    ) -> tuple[Answer, bool]:
        origin, target = _read(url)
        self._check(origin)
        if not await self._admits(origin.host):
            raise RejectedError("rejected")
        stated = {"Host": _host(origin), **self._usual, **headers}
        heard = await self._carrier.send(Request(method, origin, target, stated, body), most)
        if heard.headers.get("content-encoding", "identity").lower() != "identity":
            raise RefusedError("encoding")
        return Answer(heard.status, url, heard.headers, heard.body), heard.is_whole

    def _check(self, origin: Origin) -> None:
        """https on its usual port to a name or a public address; anything else only inside egress_allow."""
        if self._settings.is_inside(origin.host):
            return
        address = literal(origin.host)
        if address is not None and not is_public(address):
            raise RefusedError("address is not public")
        if (origin.scheme, origin.port) != ("https", _PORTS["https"]):
            raise RefusedError("only https on port 443")


def _read(url: str) -> tuple[Origin, str]:
    """Take an address apart; what no address holds is refused (SSRF-02, SSRF-15)."""
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise RefusedError("address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedError("address") from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or port == 0:
        raise RefusedError("address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Origin(parts.scheme, host, port or _PORTS[parts.scheme]), target


def _host(origin: Origin) -> str:
    """The host as it is named to the other server, with its port where that is not the usual one."""
    name = f"[{origin.host}]" if ":" in origin.host else origin.host
    return name if origin.port == _PORTS[origin.scheme] else f"{name}:{origin.port}"


def _next_hop(url: str, location: str) -> str:
    try:
        following = urljoin(url, location)
    except ValueError as error:
        raise RefusedError("address") from error
    if url.startswith("https:") and not following.startswith("https:"):
        raise RefusedError("redirect from https")
    return following.partition("#")[0]


def _signed(
    headers: Mapping[str, str], sign: Sign | None, method: str, url: str, body: bytes | None
) -> dict[str, str]:
    return {**headers, **(sign(method, url, body) if sign else {})}


def _bounded(answer: Answer, is_whole: bool) -> Answer:
    if not is_whole:
        raise RefusedError("too large")
    return answer
