"""What everything else is given: settings, database, storage, network, secret and clock, passed explicitly."""

import asyncio
import hashlib
import hmac
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fedicara.models.database import Database
from fedicara.models.group_commit import GroupCommit
from fedicara.rates import Rates
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


T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")
RECENT = 200


class Memory:
    """Serialised answers by key; the ones kept first go first when they and their keys are too many bytes."""

    def __init__(self, most: int = 24 * 1024 * 1024) -> None:
        self._kept: dict[tuple[Any, ...], bytes] = {}
        self._most = most
        self._size = 0

    def get(self, key: tuple[Any, ...]) -> bytes | None:
        """The bytes of a key, if they are still here."""
        return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], made: bytes) -> bytes:
        """Keep bytes, and give them back."""
        if key in self._kept:
            self._forget(key)
        self._kept[key] = made
        self._size += _size_of(key, made)
        while self._size > self._most:
            self._forget(next(iter(self._kept)))
        return made

    def _forget(self, key: tuple[Any, ...]) -> None:
        self._size -= _size_of(key, self._kept.pop(key))


def _size_of(key: tuple[Any, ...], made: bytes) -> int:
    return sum(map(sys.getsizeof, (made, key, *key)))


class Hourly:
    """Counts by name within the hour; names beyond `most` share one count, so that nobody fills the memory."""

    def __init__(self, most: int = 10_000) -> None:
        self._counts: Counter[str] = Counter()
        self._hour = 0
        self._most = most

    def count(self, name: str, now: datetime) -> int:
        """Count one more; how many there were in this hour with it."""
        hour = int(now.timestamp()) // 3600
        if hour != self._hour:
            self._hour, self._counts = hour, Counter()
        kept = name if name in self._counts or len(self._counts) < self._most else ""
        self._counts[kept] += 1
        return self._counts[kept]


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
    cache: Memory = field(default_factory=Memory)
    drops: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    clocks: dict[int, dict[str, float]] = field(default_factory=dict)
    asked: Hourly = field(default_factory=Hourly)
    recent: dict[tuple[Any, ...], tuple[tuple[int, int], Any]] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    groups: dict[Callable[..., Any], GroupCommit] = field(default_factory=dict)

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

    async def recently(self, key: tuple[Any, ...], make: Callable[[], Awaitable[T]]) -> T:
        """What was made last for this key: until this process commits a change, and for a second at most.

        For what is asked so often that even an indexed read is felt; another process's change shows a second later.
        """
        moment = (self.database.commits, int(time.monotonic()))
        kept = self.recent.get(key)
        if kept is not None and kept[0] == moment:
            found: T = kept[1]
            return found
        made = await make()
        if len(self.recent) >= RECENT:
            self.recent.clear()
        self.recent[key] = (moment, made)
        return made

    async def together(
        self, write: Callable[["Server", Sequence[Item]], Awaitable[Sequence[Result]]], item: Item
    ) -> Result:
        """What `write` answers for this item, after the commit; items of the same moment are written in one group."""
        if write not in self.groups:
            self.groups[write] = GroupCommit(self.database, partial(write, self))
        result: Result = await self.groups[write].add(item)
        return result

    async def remembered(self, key: tuple[Any, ...], make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Bytes that change only with their key, made once."""
        found = self.cache.get(key)
        return found if found is not None else self.cache.keep(key, await make())


class SecretError(Exception):
    """The server's secret is missing, or not the one that its keys were sealed with."""


def read_secret(path: Path, *, is_needed: bool = False) -> bytes:
    """The server's secret, readable by its owner alone; made on first use, unless something is sealed with another."""
    if not path.exists():
        if is_needed:
            raise SecretError(f"{path} is missing, and the private keys were sealed with it")
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return bytes.fromhex(path.read_text().strip())
