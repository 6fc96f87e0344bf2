"""The only door to other servers: checked addresses, checked hops, bounded answers."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
import httpx

from fedicara.federation.addresses import is_public, literal
from fedicara.server import Answer, Sign
from fedicara.settings import Settings

DEADLINE: Final = 30.0
HOPS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"https": 443, "http": 80}
_HEARD_OF_POSTS: Final = 64 * 1024
_TIMES: Final = httpx.Timeout(15.0, connect=10.0)


class NetworkError(Exception):
    """No answer came; `reason` says why, in a word or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefusedError(NetworkError):
    """Not asked at all, or not listened to: the address breaks a rule, and another try would too."""


class _ForbiddenAddress(httpcore.ConnectError):
    """What the dialler says of an address it will not dial."""


class _Dialler(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, dials the checked one; TLS and Host keep the name (SSRF-03)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        self._check(addresses)
        failure: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError("no address")
        for address in addresses[:3]:
            try:
                return await self._backend.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _resolve(self, host: str, port: int) -> list[IPv4Address | IPv6Address]:
        known = literal(self._settings.egress_hosts.get(host, host))
        if known is not None:
            return [known]
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no address for {host}") from error
        return [ip_address(entry[4][0]) for entry in found]

    def _check(self, addresses: list[IPv4Address | IPv6Address]) -> None:
        """One bad address refuses the host (SSRF-04)."""
        if not all(is_public(address) or self._settings.is_inside(str(address)) for address in addresses):
            raise _ForbiddenAddress("address is not public")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's transport over our dialler."""

    def __init__(self, settings: Settings) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        if settings.ca_file is not None:
            context.load_verify_locations(cafile=settings.ca_file)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=300,
            max_keepalive_connections=20,
            keepalive_expiry=10.0,
            network_backend=_Dialler(settings),
        )


async def _everybody(_host: str) -> bool:
    return True


class Door:
    """`server.Network` over httpx; `admits` says of each host whether anything is sent there (SSRF-19)."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        admits: Callable[[str], Awaitable[bool]] = _everybody,
    ) -> None:
        self._settings = settings
        self._admits = admits
        self._client = httpx.AsyncClient(
            transport=transport or _Transport(settings),
            trust_env=False,
            follow_redirects=False,
            timeout=_TIMES,
            headers={
                "User-Agent": f"fedicara/{version('fedicara')} (+{settings.base_url}/)",
                "Accept-Encoding": "identity",
            },
        )

    async def get(
        self, url: str, headers: Mapping[str, str], sign: Sign | None = None, limit: int = 1 << 20
    ) -> Answer:
        """Follow at most three redirects, each checked and signed anew; `NetworkError` where no answer came."""
        try:
            async with asyncio.timeout(DEADLINE):
                for _ in range(HOPS + 1):
                    answer = await self._once(
                        "GET", url, _signed(headers, sign, "GET", url, None), None, limit
                    )
                    if answer.status not in _REDIRECTS or "location" not in answer.headers:
                        return answer
                    url = _next_hop(url, answer.headers["location"])
        except TimeoutError as error:
            raise NetworkError("timeout") from error
        raise RefusedError("too many redirects")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sign: Sign) -> Answer:
        """One request; a redirect is an answer like others, and the answer's body is cut (F-371)."""
        try:
            async with asyncio.timeout(DEADLINE):
                signed = _signed(headers, sign, "POST", url, body)
                return await self._once("POST", url, signed, body, None)
        except TimeoutError as error:
            raise NetworkError("timeout") from error

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int | None
    ) -> Answer:
        self._check(url)
        if not await self._admits(_split(url).hostname or ""):
            raise RefusedError("rejected")
        try:
            request = self._client.build_request(method, url, headers=headers, content=body)
            response = await self._client.send(request, stream=True)
            try:
                content = await _read(response, limit)
            finally:
                await response.aclose()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RefusedError("address") from error
        except httpx.HTTPError as error:
            raise _why(error) from error
        return Answer(response.status_code, url, _lower(response.headers), content)

    def _check(self, url: str) -> None:
        """https on its usual port to a name or a public address; anything else only inside egress_allow."""
        parts = _split(url)
        host, inside = parts.hostname or "", self._settings.is_inside(parts.hostname or "")
        address = literal(host)
        if address is not None and not is_public(address) and not inside:
            raise RefusedError("address is not public")
        if not inside and (parts.scheme != "https" or (parts.port or _PORTS["https"]) != _PORTS["https"]):
            raise RefusedError("only https on port 443")


def _split(url: str) -> SplitResult:
    """Take an address apart; what no address holds is refused (SSRF-02, SSRF-15)."""
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise RefusedError("address")
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError as error:
        raise RefusedError("address") from error
    if not known:
        raise RefusedError("address")
    return parts


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


async def _read(response: httpx.Response, limit: int | None) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError("encoding")
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if limit is None and len(content) > _HEARD_OF_POSTS:
            break
        if limit is not None and len(content) > limit:
            raise RefusedError("too large")
    return bytes(content)


def _why(error: httpx.HTTPError) -> NetworkError:
    if isinstance(error.__cause__, _ForbiddenAddress):
        return RefusedError("address is not public")
    if isinstance(error.__cause__, httpcore.ConnectError) and isinstance(
        error.__cause__.__cause__, ssl.SSLError
    ):
        return NetworkError("tls")
    return NetworkError(type(error).__name__)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
