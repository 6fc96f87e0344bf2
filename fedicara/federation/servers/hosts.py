"""What is remembered of other servers: how they sign, which are dead; bounded in time and number (DOS-21, REL-07)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from fedicara.federation.servers import standing
from fedicara.federation.signed.signing import CAVAGE, RFC9421
from fedicara.models import Host
from fedicara.reads import deliveries
from fedicara.server import Server

KEPT: Final = timedelta(days=30)
DEAD_AFTER: Final = 7
MOST: Final = 20_000
_TOUCHED: Final = timedelta(days=1)
_log = structlog.get_logger()

# A dead host is not forgotten while somebody there follows somebody here.
_EXPIRE: Final = """
DELETE FROM hosts WHERE seen < $1 AND (failed_days < $2 OR NOT EXISTS (
  SELECT 1 FROM actors a JOIN follows f ON f.follower_id = a.id WHERE a.domain = hosts.host AND f.accepted = TRUE))"""
_CROWDED: Final = (
    "DELETE FROM hosts WHERE seen <= (SELECT seen FROM hosts ORDER BY seen DESC LIMIT 1 OFFSET $1)"
)
_FAILED: Final = """
INSERT INTO hosts (host, post_scheme, get_scheme, strip_query, lists_rfc9421, sends_rfc9421, failed_days, failed_on, seen)
VALUES ($1, '', '', FALSE, FALSE, FALSE, 1, $2, $3) ON CONFLICT (host) DO UPDATE SET
  failed_days = hosts.failed_days + 1, failed_on = excluded.failed_on, seen = excluded.seen
WHERE hosts.failed_on < excluded.failed_on"""
_PROBE: Final = """
UPDATE hosts SET failed_on = $1, seen = $2 WHERE host = $3 AND failed_on < $1 RETURNING host"""
_REVIVE: Final = "UPDATE hosts SET failed_days = 0, failed_on = 0 WHERE host = $1"


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one host; a host that is as one expects has no row, `seen` is None then."""

    host: str
    post_scheme: str = ""
    get_scheme: str = ""
    strip_query: bool = False
    lists_rfc9421: bool = False
    sends_rfc9421: bool = False
    failed_days: int = 0
    failed_on: int = 0
    seen: int | None = None

    @property
    def usual(self) -> str:
        """The kind of signature it gets first: RFC 9421 only where it both says so and does so (F-331, F-333)."""
        return RFC9421 if self.lists_rfc9421 and self.sends_rfc9421 else CAVAGE

    @property
    def is_dead(self) -> bool:
        """Whether it failed on seven different days."""
        return self.failed_days >= DEAD_AFTER


def name_of(url: str) -> str:
    """The host of an address as it is kept here."""
    return urlsplit(url).netloc[:255]


async def known(server: Server, url: str) -> Known:
    """What is remembered of the host of an address."""
    name = name_of(url)
    return known_of(server, name, await deliveries.host(server, name))


def known_of(server: Server, name: str, row: Mapping[str, Any] | None) -> Known:
    """The same from a row; how a host signs is forgotten after 30 days (F-330)."""
    if row is None or row["seen"] is None:
        return Known(name)
    failed = {"failed_days": row["failed_days"], "failed_on": row["failed_on"], "seen": row["seen"]}
    if row["seen"] < _before(server, KEPT):
        return Known(name, **failed) if row["failed_days"] >= DEAD_AFTER else Known(name)
    flags = {each: bool(row[each]) for each in ("strip_query", "lists_rfc9421", "sends_rfc9421")}
    return Known(name, row["post_scheme"], row["get_scheme"], **flags, **failed)


async def remember(server: Server, about: Known, **manner: str | bool) -> None:
    """Keep what worked; hosts that take the usual manner need no row, those that stay the same one write a day."""
    usual = {"post_scheme": about.usual, "get_scheme": about.usual}
    changed = any((getattr(about, name) or usual.get(name, False)) != value for name, value in manner.items())
    if changed or (about.seen is not None and about.seen < _before(server, _TOUCHED)):
        await _keep(server, about.host, **manner)


async def failed(server: Server, about: Known) -> None:
    """A delivery failed for a reason that lies with the host; one write a day."""
    today = server.now().toordinal()
    if about.failed_on == today:
        return
    async with server.database.transaction():
        await _make_room(server)
        await server.database.execute(_FAILED, about.host, today, _before(server))
    if about.failed_days + 1 == DEAD_AFTER:
        _log.warning("host unavailable", host=about.host, days=DEAD_AFTER)


async def may_probe(server: Server, about: Known) -> bool:
    """Whether this delivery is the one a day that asks a dead host whether it lives again."""
    today = server.now().toordinal()
    async with server.database.transaction():
        return bool(await server.database.execute(_PROBE, today, _before(server), about.host))


async def revive(server: Server, about: Known) -> None:
    """It answered, or asked us something: what failed before counts no more."""
    if about.failed_days:
        async with server.database.transaction():
            await server.database.execute(_REVIVE, about.host)
        if about.is_dead:
            _log.info("host available again", host=about.host)


async def heard(server: Server, url: str, scheme: str) -> None:
    """A valid request came from the host: it lives (REL-07), and this is how it signs (F-333)."""
    about = await known(server, url)
    await revive(server, about)
    await standing.signed(server, about.host)
    if scheme == RFC9421 and about.lists_rfc9421 and not about.sends_rfc9421:
        await _keep(server, about.host, sends_rfc9421=True)


async def lists(server: Server, url: str, *, rfc9421: bool) -> None:
    """What the document of an actor says its server understands (F-035, F-333)."""
    about = await known(server, url)
    if about.lists_rfc9421 != rfc9421:
        await _keep(server, about.host, lists_rfc9421=rfc9421)


async def _keep(server: Server, name: str, **values: str | bool) -> None:
    row = Host(host=name, seen=_before(server), **values)
    async with server.database.transaction():
        await _make_room(server)
        await Host.bulk_create([row], on_conflict=["host"], update_fields=[*values, "seen"])


async def _make_room(server: Server) -> None:
    await server.database.execute(_EXPIRE, _before(server, KEPT), DEAD_AFTER)
    await server.database.execute(_CROWDED, MOST - 1)


def _before(server: Server, much: timedelta = timedelta()) -> int:
    """A moment in milliseconds since 1970."""
    return int((server.now() - much).timestamp() * 1000)
