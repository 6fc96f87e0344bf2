"""What everything else is given: settings, database, storage, network, secret and clock, passed explicitly."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from fedicara.models.database import Database
from fedicara.settings import Settings
from media.storage import Storage
from policies.policy import DEFAULT, Policy, effective


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server answered: the address that answered in the end, headers in lower case, whole body."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class Sign(Protocol):
    """Makes the headers that sign one request; asked again for every hop."""

    def __call__(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]: ...


class Network(Protocol):
    """The one door to other servers; `federation.http.Door` is it."""

    async def get(
        self, url: str, headers: Mapping[str, str], sign: Sign | None = None, limit: int = 1 << 20
    ) -> Answer:
        """Follow at most three redirects; `NetworkError` where no answer came."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sign: Sign) -> Answer:
        """One request, redirects are answers."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Server:
    """One fedicara server."""

    settings: Settings
    database: Database
    storage: Storage
    network: Network
    secret: bytes
    now: Callable[[], datetime] = _now
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    cache: dict[tuple[Any, ...], bytes] = field(default_factory=dict)

    def url(self, path: str) -> str:
        """An address of this server; never made from a request (F-001)."""
        return self.settings.base_url + path

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, from the server's secret."""
        return hmac.new(self.secret, purpose.encode(), hashlib.sha256).digest()

    def policy(
        self,
        account: Mapping[str, str] | None = None,
        work: Mapping[str, str] | None = None,
        *,
        public: bool = True,
    ) -> Policy:
        """The policy in force for the place, an account's choice, a work's choice."""
        return effective(DEFAULT, account or {}, work or {}, public=public)

    async def remembered(self, key: tuple[Any, ...], make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Bytes that change only with their key; the oldest thousand go when there are ten thousand."""
        if (found := self.cache.get(key)) is not None:
            return found
        made = await make()
        if len(self.cache) >= 10_000:
            for old in list(self.cache)[:1_000]:
                del self.cache[old]
        self.cache[key] = made
        return made


def read_secret(path: Path) -> bytes:
    """The server's secret, made on first use, readable by its owner alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return bytes.fromhex(path.read_text().strip())
