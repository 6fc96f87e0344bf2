"""The ledger for people: what crawlers were refused of one's own works, and for moderators the table with its hits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from fedicara.actions import crawlers, ledger
from fedicara.actions.ledger import Line
from fedicara.reads import crawlers as reads
from fedicara.server import Server
from fedicara.web.session import moderating, person, server_of, signed_in
from fedicara.web.templates import page

DAYS: Final = 30
_HEIGHT: Final = 100
_STEP: Final = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart: where its bar stands and how high it is, in units of the drawing."""

    day: date
    count: int
    x: int
    y: float
    height: float


@signed_in
async def refusals(request: Request) -> Response:
    """GET /settings/refusals: the last thirty days."""
    server = server_of(request)
    lines = await _lines(server, person(request).actor.id)
    return page(request, "refusals.html", _values(server, lines))


@moderating
async def table(request: Request) -> Response:
    """GET /moderation/crawlers: the table in force, what was set by hand, and how often each was refused."""
    server = server_of(request)
    lines = await _lines(server, None)
    hits = await reads.hits(server, server.now().date() - timedelta(days=DAYS - 1))
    values = {**_values(server, lines), "table": await crawlers.in_force(server), "hits": hits}
    return page(request, "crawlers.html", values)


async def _lines(server: Server, actor_id: int | None) -> list[Line]:
    today = server.now().date()
    operators = {row.token: row.operator for row in (await crawlers.in_force(server)).listed}
    return await ledger.lines(server, today - timedelta(days=DAYS - 1), today, operators, actor_id)


def _values(server: Server, lines: Sequence[Line]) -> dict[str, object]:
    by_crawler: Counter[tuple[str, str]] = Counter()
    for line in lines:
        by_crawler[line.token, line.operator] += line.count
    return {
        "total": by_crawler.total(),
        "crawlers": by_crawler.most_common(),
        "bars": _bars(server.now().date(), lines),
        "days": DAYS,
    }


def _bars(today: date, lines: Sequence[Line]) -> list[Bar]:
    counts: Counter[date] = Counter()
    for line in lines:
        counts[line.day] += line.count
    most = max(counts.values(), default=1)
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    heights = [counts[day] / most * _HEIGHT for day in days]
    return [
        Bar(day, counts[day], number * _STEP, round(_HEIGHT - height, 1), round(height, 1))
        for number, (day, height) in enumerate(zip(days, heights, strict=True))
    ]
