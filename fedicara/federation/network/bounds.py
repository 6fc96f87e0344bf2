"""How much others may make this server ask: of one domain in an hour, and for one errand (DOS-07, DOS-08, F-356)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from fedicara.federation.network.addresses import literal
from fedicara.federation.network.http import HOPS, NetworkError
from fedicara.federation.servers.rules import host_of
from fedicara.network import Answer, Network, Sign
from fedicara.server import Server

SECONDS: Final = 30.0


class Bounded:
    """`server.Network` for what strangers cause: counted by registrable domain, so that sub-domains give no more.

    Where `most` is given it carries one errand: so many requests, redirects among them, in thirty seconds in all.
    """

    def __init__(self, server: Server, most: int | None = None, seconds: float = SECONDS) -> None:
        self._server = server
        self._network: Network = server.network
        self._most = most
        self._until = asyncio.get_running_loop().time() + seconds if most is not None else None
        self.spent = 0

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
        *,
        hops: int = HOPS,
    ) -> Answer:
        """As the door does it; `NetworkError` once the bounds are reached."""
        try:
            async with asyncio.timeout_at(self._until):
                return await self._network.get(url, headers, self._counted(sign), limit, hops=hops)
        except TimeoutError as error:
            raise NetworkError("errand took too long") from error

    async def look(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
    ) -> Answer:
        """As the door does it; `NetworkError` once the bounds are reached."""
        try:
            async with asyncio.timeout_at(self._until):
                return await self._network.look(method, url, headers, self._counted(sign), limit)
        except TimeoutError as error:
            raise NetworkError("errand took too long") from error

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sign: Sign) -> Answer:
        """Deliveries have lanes and a schedule of their own."""
        return await self._network.post(url, headers, body, sign)

    async def close(self) -> None:
        """The door is closed by whoever opened it."""

    def _counted(self, sign: Sign | None) -> Sign:
        """The door asks for a signature before each hop, so nothing is sent uncounted."""

        def counted(method: str, url: str, body: bytes | None) -> Mapping[str, str]:
            self._spend(url)
            return sign(method, url, body) if sign else {}

        return counted

    def _spend(self, address: str) -> None:
        if self._most is not None and self.spent >= self._most:
            raise NetworkError("errand asked enough")
        if self._until is not None and asyncio.get_running_loop().time() > self._until:
            raise NetworkError("errand took too long")
        domain = registrable(host_of(address))
        if self._server.asked.count(domain, self._server.now()) > self._server.settings.requests_per_domain:
            raise NetworkError("asked too often this hour")
        self.spent += 1


def for_strangers(server: Server) -> Server:
    """The server as it handles what others send: every domain is asked so often an hour, and no oftener."""
    return replace(server, network=Bounded(server))


def registrable(host: str) -> str:
    """The domain that somebody registered, in which they make as many hosts as they like."""
    return host if literal(host) is not None else _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
