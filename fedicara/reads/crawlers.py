"""What is known of crawlers: the list in force with what administrators say of it, and how often each was refused."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from fedicara.models.database import Row
from fedicara.reads.views import as_json
from fedicara.server import Server
from policies.crawlers import Crawler
from policies.overrides import Overrides

_STAMP: Final = """
SELECT (SELECT max(id) FROM crawler_lists WHERE withdrawn IS NULL) AS list,
  (SELECT max(id) FROM crawler_overrides) AS override, (SELECT count(*) FROM crawler_overrides) AS overrides"""
_LIST: Final = "SELECT rows FROM crawler_lists WHERE withdrawn IS NULL ORDER BY id DESC LIMIT 1"
_OVERRIDES: Final = 'SELECT token, "column", value FROM crawler_overrides ORDER BY id'
_HITS: Final = "SELECT token, sum(count) AS hits FROM refusals WHERE day >= $1 GROUP BY token ORDER BY token"


async def stamp(server: Server) -> tuple[Any, ...]:
    """What changes whenever the table does. Plan: primary keys; both tables are small."""
    row = await server.database.row(_STAMP)
    return tuple(dict(row).values()) if row is not None else ()


async def imported(server: Server) -> tuple[Crawler, ...]:
    """The rows of the list in force. Plan: primary key."""
    row = await server.database.row(_LIST)
    return msgspec.convert(as_json(row["rows"]), type=tuple[Crawler, ...]) if row is not None else ()


async def overrides(server: Server) -> Overrides:
    """What administrators say, by token and column. Plan: the whole table, which people typed."""
    found: dict[str, dict[str, str]] = {}
    for row in await server.database.rows(_OVERRIDES):
        found.setdefault(row["token"], {})[row["column"]] = row["value"]
    return found


async def hits(server: Server, since: date) -> Mapping[str, int]:
    """How often each token was refused since a day. Plan: index on the day."""
    return {row["token"]: int(row["hits"]) for row in await server.database.rows(_HITS, _day(server, since))}


_TOTAL: Final = """
SELECT coalesce(sum(count), 0) AS requests, count(DISTINCT token) AS crawlers
FROM refusals WHERE day >= $1 AND day <= $2 AND reason <> 'rate'"""


async def total(server: Server, since: date, until: date) -> tuple[int, int]:
    """How many requests of how many crawlers were refused from one day to another. Plan: index on the day."""
    row = await server.database.row(_TOTAL, _day(server, since), _day(server, until))
    return (int(row["requests"]), int(row["crawlers"])) if row else (0, 0)


_SUMS: Final = """
SELECT day, token, field, surface, work_id, sum(count) AS count, sum(bytes_withheld) AS bytes_withheld
FROM refusals WHERE {whose} day >= $1 AND day <= $2 AND reason <> 'rate'
GROUP BY day, token, field, surface, work_id ORDER BY day DESC, count DESC, token, field, surface, work_id LIMIT 5000"""


async def refusals(server: Server, since: date, until: date, actor_id: int | None = None) -> Sequence[Row]:
    """What was refused on which day, of one artist or of the whole place. Plans: refusals_actor, the day."""
    sql = _SUMS.format(whose="actor_id = $3 AND" if actor_id is not None else "")
    more = () if actor_id is None else (actor_id,)
    return await server.database.rows(sql, _day(server, since), _day(server, until), *more)


def _day(server: Server, day: date) -> date | str:
    """A day as the database compares it: SQLite keeps it as text."""
    return day.isoformat() if server.database.is_sqlite else day
