"""What everything else is given: settings, database, storage, network, secret and clock, passed explicitly."""

import asyncio
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from fedicara.certificate import Certificate
from fedicara.memory import Hourly, Memory, Tally
from fedicara.models.database import Database
from fedicara.models.group_commit import GroupCommit
from fedicara.network import Network
from fedicara.rates import Rates
from fedicara.refusals import Refusals
from fedicara.settings import Settings
from fedicara.storage.presence import Presence
from fedicara.watching import Watching
from media.storage import Storage
from policies.instance import Instance, stated
from policies.policy import Bounds, Policy
from policies.statements import REMOTE_DEFAULT


def _now() -> datetime:
    return datetime.now(UTC)


T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")
RECENT = 200
LATELY = 10_000


class Stated:
    """What the place states, as it was last read; `reads.stated` reads it."""

    def __init__(self) -> None:
        self.instance = Instance()
        self.revision = 0
        self.looked = 0.0


@dataclass(frozen=True, slots=True)
class Server:
    """One fedicara server."""

    settings: Settings
    database: Database
    storage: Storage
    network: Network
    secret: bytes
    now: Callable[[], datetime] = _now
    certificate: Certificate | None = None
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
    refusals: Refusals = field(default_factory=Refusals)
    errands: set[asyncio.Task[None]] = field(default_factory=set)
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    groups: dict[Callable[..., Any], GroupCommit] = field(default_factory=dict)
    presence: Presence | None = None
    swept: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    previews: Tally = field(default_factory=Tally)
    watching: Watching = field(default_factory=Watching)
    silent: dict[str, str] = field(default_factory=lambda: dict(REMOTE_DEFAULT))

    def url(self, path: str) -> str:
        """An address of this server; never made from a request (F-001)."""
        return self.settings.base_url + path

    def media_url(self, path: str) -> str:
        """An address of a picture: on the host for pictures where the operator has one, else with everything else."""
        return (self.settings.media_url or self.settings.base_url) + path

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

    def turn(self, name: str) -> asyncio.Lock:
        """The lock of this name, for as long as anybody holds it or waits for it."""
        return self.turns.setdefault(name, asyncio.Lock())

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
