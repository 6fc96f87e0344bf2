"""Addresses that their servers would not show: closed for a day, gone after three days of 404 (F-352)."""

from datetime import timedelta
from typing import Final

from fedicara.federation.errors import Gone, Missing, Unbelievable
from fedicara.server import Server

CLOSED_FOR: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=30)
GONE_AFTER: Final = 3
MOST: Final = 20_000
_CLOSED: Final = frozenset({401, 403})
_MISSING: Final = 404
_SUCCESS: Final = 200

_IS_CLOSED: Final = "SELECT 1 FROM unread WHERE uri = $1 AND closed = TRUE AND seen > $2"
_EXPIRE: Final = "DELETE FROM unread WHERE seen < $1"
_CROWDED: Final = (
    "DELETE FROM unread WHERE seen <= (SELECT seen FROM unread ORDER BY seen DESC LIMIT 1 OFFSET $1)"
)
_CLOSE: Final = """
INSERT INTO unread (uri, closed, missing_days, missing_on, seen) VALUES ($1, TRUE, 0, 0, $2)
ON CONFLICT (uri) DO UPDATE SET closed = TRUE, missing_days = 0, missing_on = 0, seen = excluded.seen"""
_MISS: Final = """
INSERT INTO unread (uri, closed, missing_days, missing_on, seen) VALUES ($1, FALSE, 1, $2, $3)
ON CONFLICT (uri) DO UPDATE SET closed = FALSE, seen = excluded.seen, missing_on = excluded.missing_on,
  missing_days = unread.missing_days + CASE WHEN unread.missing_on < excluded.missing_on THEN 1 ELSE 0 END
RETURNING missing_days"""
_SHOWN: Final = "DELETE FROM unread WHERE uri = $1"


async def check(server: Server, uri: str) -> None:
    """Raise `Unbelievable` for what was closed within a day. Plan: the primary key of unread."""
    if await server.database.row(_IS_CLOSED, uri, _before(server, CLOSED_FOR)):
        raise Unbelievable("closed")


async def answered(server: Server, uri: str, status: int) -> None:
    """Remember what an address answered; raise `Gone` or `Missing` for 404."""
    if status in _CLOSED:
        async with server.database.transaction():
            await _make_room(server)
            await server.database.execute(_CLOSE, uri, _before(server))
    elif status == _MISSING:
        raise Gone("404") if await _missed(server, uri) >= GONE_AFTER else Missing("404")
    elif status == _SUCCESS and await server.database.row("SELECT 1 FROM unread WHERE uri = $1", uri):
        await server.database.execute(_SHOWN, uri)


async def _missed(server: Server, uri: str) -> int:
    """On how many different days it was not found by now."""
    async with server.database.transaction():
        await _make_room(server)
        [row] = await server.database.execute(_MISS, uri, server.now().toordinal(), _before(server))
    return int(row["missing_days"])


async def _make_room(server: Server) -> None:
    await server.database.execute(_EXPIRE, _before(server, KEPT))
    await server.database.execute(_CROWDED, MOST - 1)


def _before(server: Server, much: timedelta = timedelta()) -> int:
    """A moment in milliseconds since 1970."""
    return int((server.now() - much).timestamp() * 1000)
