"""What everything else is given: settings, database, storage, network, secret and clock, passed explicitly."""

import asyncio
import hashlib
import hmac
import secrets
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fedicara.models.database import Database
from fedicara.models.group_commit import GroupCommit
from fedicara.rates import Rates
from fedicara.settings import Settings
from media.storage import Storage
from policies.instance import Instance, stated
from policies.policy import Bounds, Policy
from policies.statements import REMOTE_DEFAULT


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
    """The one door to other servers; `federation.network.http.Door` is it."""

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
        *,
        hops: int = 3,
    ) -> Answer:
        """Follow at most so many redirects; `NetworkError` where no answer came."""
        ...

    async def look(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
    ) -> Answer:
        """One GET or HEAD; redirects are answers, and a body beyond `limit` is cut."""
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
class Refused:
    """One line of the ledger of refusals: everything that is known of a refused request, which is not who asked (P-225)."""

    day: date
    token: str
    reason: str
    surface: str
    field: str = ""
    verified: bool = False
    actor_id: int = 0
    work_id: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """A refused request for the diagnostic log, with its address cut to a network (P-228)."""

    moment: datetime
    network: str
    user_agent: str
    path: str


T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")
RECENT = 200
LATELY = 10_000


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


class Stated:
    """What the place states, as it was last read; `reads.stated` reads it."""

    def __init__(self) -> None:
        self.instance = Instance()
        self.revision = 0
        self.looked = 0.0


class Tally:
    """Counts by name that are written down once in a while."""

    def __init__(self, every: timedelta = timedelta(minutes=1)) -> None:
        self._counts: Counter[str] = Counter()
        self._every = every
        self._taken: datetime | None = None

    def count(self, name: str) -> None:
        """Count one more."""
        self._counts[name] += 1

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to write them down; the first is, at once."""
        return self._taken is None or now - self._taken >= self._every

    def take(self, now: datetime) -> Counter[str]:
        """What was counted since it was last taken."""
        taken, self._counts, self._taken = self._counts, Counter(), now
        return taken


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
    recent: dict[tuple[Any, ...], tuple[tuple[int, int, int], Any]] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    stated: Stated = field(default_factory=Stated)
    lately_made: dict[tuple[Any, ...], tuple[float, Any]] = field(default_factory=dict)
    refused: Counter[Refused] = field(default_factory=Counter)
    withheld: Counter[Refused] = field(default_factory=Counter)
    errands: set[asyncio.Task[None]] = field(default_factory=set)
    traces: deque[Trace] = field(default_factory=lambda: deque(maxlen=1_000))
    groups: dict[Callable[..., Any], GroupCommit] = field(default_factory=dict)
    previews: Tally = field(default_factory=Tally)
    silent: dict[str, str] = field(default_factory=lambda: dict(REMOTE_DEFAULT))

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
        """The policy in force for the place, an account's choice, a work's choice; no read of the database."""
        return stated(self.stated.instance, account or {}, work or {}, public=public)

    def bounds(self) -> Bounds:
        """The loosest and strictest values that anybody here may use."""
        return self.stated.instance.bounds

    async def recently(self, key: tuple[Any, ...], make: Callable[[], Awaitable[T]]) -> T:
        """What was made last for this key: until this process commits a change, and for a second at most.

        For what is asked so often that even an indexed read is felt; another process's change shows a second later.
        """
        moment = (self.database.commits, int(time.monotonic()), self.stated.revision)
        kept = self.recent.get(key)
        if kept is not None and kept[0] == moment:
            found: T = kept[1]
            return found
        made = await make()
        if len(self.recent) >= RECENT:
            self.recent.clear()
        self.recent[key] = (moment, made)
        return made

    async def lately(self, key: tuple[Any, ...], seconds: float, make: Callable[[], Awaitable[T]]) -> T:
        """What was made for this key within so many seconds, or made anew: for what changes rarely and is asked always."""
        kept = self.lately_made.get(key)
        if kept is not None and time.monotonic() < kept[0]:
            found: T = kept[1]
            return found
        made = await make()
        self.lately_made.pop(key, None)
        self.lately_made[key] = (time.monotonic() + seconds, made)
        if len(self.lately_made) > LATELY:
            del self.lately_made[next(iter(self.lately_made))]
        return made

    def forget(self, *key: Any) -> None:
        """Make it anew the next time."""
        self.lately_made.pop(key, None)

    async def together(
        self, write: Callable[["Server", Sequence[Item]], Awaitable[Sequence[Result]]], item: Item
    ) -> Result:
        """What `write` answers for this item, after the commit; items of the same moment are written in one group."""
        if write not in self.groups:
            self.groups[write] = GroupCommit(self.database, partial(write, self))
        result: Result = await self.groups[write].add(item)
        return result

    async def remembered(self, key: tuple[Any, ...], make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Bytes that change only with their key and with what the place states, made once."""
        named = (self.stated.revision, *key)
        found = self.cache.get(named)
        return found if found is not None else self.cache.keep(named, await make())

    def kept(self, key: tuple[Any, ...]) -> bytes | None:
        """What `remembered` still knows of a key."""
        return self.cache.get((self.stated.revision, *key))


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
