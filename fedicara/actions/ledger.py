"""The ledger of refusals: counted in memory, written down every minute, never with who asked (P-225 to P-228)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from fedicara.models import Refusal, RefusedRequest
from fedicara.models.database import rows_of
from fedicara.models.ids import new_id
from fedicara.models.troubles import TROUBLED
from fedicara.rates import networks_of
from fedicara.reads import crawlers as reads
from fedicara.refusals import Refused, Trace
from fedicara.server import Server

MINUTE: Final = 60.0
KEPT: Final = timedelta(days=400)
TRACED: Final = timedelta(hours=24)
MOST_LINES: Final = 10_000
_BATCH: Final = 50

_ADD: Final = """
INSERT INTO refusals (id, day, token, verified, reason, field, surface, actor_id, work_id, count, bytes_withheld)
VALUES {rows}
ON CONFLICT (day, token, verified, reason, field, surface, actor_id, work_id) DO UPDATE
SET count = refusals.count + excluded.count, bytes_withheld = refusals.bytes_withheld + excluded.bytes_withheld"""
_ROW: Final = "{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}"
_log = structlog.get_logger()


def count(server: Server, line: Refused, size: int = 0) -> None:
    """Count one refusal; were there too many different ones within a minute, works share one line."""
    if len(server.refusals.counted) >= MOST_LINES and line not in server.refusals.counted:
        line = replace(line, work_id=0)
    server.refusals.counted[line] += 1
    server.refusals.withheld[line] += size


def trace(server: Server, address: str, user_agent: str, path: str) -> None:
    """Remember one refused request for a day, where the operator asked for that (P-228)."""
    if server.settings.refusal_log:
        networks = networks_of(address)
        network = networks[1] if networks else "private"
        server.refusals.traces.append(Trace(server.now(), network, _text(user_agent, 512), _text(path, 2048)))


def _text(text: str, most: int) -> str:
    return text.replace("\0", "")[:most]


async def flush(server: Server) -> None:
    """Write down what was counted since the last time; it stays counted where that fails."""
    counted, sizes, traces = _taken(server)
    try:
        async with server.database.transaction(seen=False):
            lines = list(counted.items())
            for start in range(0, len(lines), _BATCH):
                await _add(server, lines[start : start + _BATCH], sizes)
            await RefusedRequest.bulk_create([_traced(each) for each in traces])
    except BaseException:
        server.refusals.counted.update(counted)
        server.refusals.withheld.update(sizes)
        server.refusals.traces.extendleft(reversed(traces))
        raise


def _taken(server: Server) -> tuple[Counter[Refused], Counter[Refused], list[Trace]]:
    taken = Counter(server.refusals.counted), Counter(server.refusals.withheld), list(server.refusals.traces)
    server.refusals.counted.clear()
    server.refusals.withheld.clear()
    server.refusals.traces.clear()
    return taken


async def _add(server: Server, lines: Sequence[tuple[Refused, int]], sizes: Counter[Refused]) -> None:
    values = [value for line, number in lines for value in _values(server, line, number, sizes[line])]
    await server.database.execute(_ADD.format(rows=rows_of(len(lines), _ROW)), *values)


def _values(server: Server, line: Refused, number: int, size: int) -> tuple[object, ...]:
    day = line.day.isoformat() if server.database.is_sqlite else line.day
    named = (line.token, line.verified, line.reason, line.field, line.surface)
    return (new_id(), day, *named, line.actor_id, line.work_id, number, size)


def _traced(each: Trace) -> RefusedRequest:
    return RefusedRequest(
        moment=each.moment, network=each.network, user_agent=each.user_agent, path=each.path
    )


async def prune(server: Server) -> None:
    """Let go what was kept long enough: lines after 400 days, the diagnostic log after one."""
    now = server.now()
    async with server.database.transaction(seen=False):
        await Refusal.filter(day__lt=(now - KEPT).date()).delete()
        await RefusedRequest.filter(moment__lt=now - TRACED).delete()


async def keep(server: Server) -> None:
    """Write down every minute and once more at the end, let go every hour; run beside the web until cancelled."""
    server.database.bind()
    try:
        while True:
            await _tried(server, prune)
            for _ in range(60):
                await asyncio.sleep(MINUTE)
                await write_down(server)
    finally:
        await write_down(server)


async def write_down(server: Server) -> None:
    """Write down what was counted, if anything was."""
    if server.refusals.counted or server.refusals.traces:
        await _tried(server, flush)


async def _tried(server: Server, act: Callable[[Server], Awaitable[None]]) -> None:
    """A database that is busy or away is asked again a minute later."""
    try:
        await act(server)
    except TROUBLED as error:
        _log.warning("the ledger waits", error=repr(error))


@dataclass(frozen=True, slots=True)
class Line:
    """What was refused on one day, to whom, for which reason; `count` is a lower bound (P-226)."""

    day: date
    token: str
    operator: str
    field: str
    surface: str
    work_id: int
    count: int
    bytes_withheld: int


async def lines(
    server: Server, since: date, until: date, operators: Mapping[str, str], actor_id: int | None = None
) -> list[Line]:
    """The ledger of an artist, or of the place; what was counted here within the last minute is written down first."""
    await write_down(server)
    return [
        Line(
            _day(row["day"]),
            row["token"],
            operators.get(row["token"], "not published"),
            row["field"],
            row["surface"],
            row["work_id"],
            int(row["count"]),
            int(row["bytes_withheld"]),
        )
        for row in await reads.refusals(server, since, until, actor_id)
    ]


@dataclass(frozen=True, slots=True)
class Total:
    """What was refused here in a month, as far as it went; both numbers are lower bounds (P-226)."""

    since: date
    until: date
    requests: int
    crawlers: int


async def months(server: Server) -> list[Total]:
    """This month until today, and the one before; a minute old at most, since anybody may ask (P-227, P-701)."""
    return await server.lately(("refused by month",), MINUTE, partial(_months, server))


async def _months(server: Server) -> list[Total]:
    today = server.now().date()
    first = today.replace(day=1)
    last = first - timedelta(days=1)
    spans = ((first, today), (last.replace(day=1), last))
    totals = [Total(*span, *await reads.total(server, *span)) for span in spans]
    return [each for each in totals if each.requests]


def _day(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value[:10])
