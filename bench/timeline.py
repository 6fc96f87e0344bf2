"""The home of a person who follows 1,000 artists, in databases of growing size: milliseconds, and the plan behind them."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from bench.table import show
from fedicara.app import close_server, open_server
from fedicara.reads import home as homes
from fedicara.reads.views import Page
from fedicara.server import Server
from fedicara.settings import Settings

ARTISTS, FOLLOWED, ASKS = 10_000, 1_000, 200
GOAL, GROWTH = 15.0, 2.0
READER = 1 << 16
QUIET = READER + 1  # follows the thousand who post least
STEP = 1 << 20
WORK = 1 << 45
COLUMNS = {
    "actors": (
        "id uri type username domain host site name summary summary_source url inbox shared_inbox outbox followers following "
        "icon locked discoverable indexable signin_only hides_lists hides_counts policy revision updated "
        "featured icon_alt image image_alt implements details also_known_as moved_to"
    ),
    "follows": "id uri follower_id followed_id accepted created",
    "works": (
        "id uri actor_id state failure visibility title content source warning sensitive language licence ai policy "
        "url in_reply_to context published revision project retrieved quotes interactions"
    ),
    "boosts": "id uri actor_id work_id",
}
Put = Callable[[str, Iterator[tuple[object, ...]]], Awaitable[None]]


async def measure(rows: Sequence[int], database_url: str) -> int:
    """Measure each size in a database of its own (SQLite), or one that grows (PostgreSQL); 0 when the goals are met."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        there = 0
        for number in rows:
            data = Path(folder) / ("grows" if database_url else str(number))
            values: dict[str, Any] = {"data": data, "database_url": database_url}
            settings = Settings(base_url="https://art.example", **values)
            server = await open_server(settings)
            try:
                with server.database.bound():
                    started = time.perf_counter()
                    await _fill(server, there, number)
                    there = number if database_url else 0
                    print(f"{number:,} works in {time.perf_counter() - started:.0f} s", flush=True)
                    figures.append(await _ask(server, number))
                    if number == rows[-1]:
                        await _plan(server)
            finally:
                await close_server(server)
    return _shown(figures)


def _shown(figures: list[tuple[int, float, float, float, float]]) -> int:
    show(
        f"Home timeline of a person following {FOLLOWED:,} of {ARTISTS:,} artists, 20 works, milliseconds",
        ("works", "median", "p95", "further back, p95", "of quiet artists, p95"),
        [(f"{number:,}", *(f"{each:.1f}" for each in rest)) for number, *rest in figures],
    )
    growth = figures[-1][2] / figures[0][2]
    good = growth < GROWTH and all(figure[2] < GOAL for figure in figures)
    print(f"Goal: p95 < {GOAL:.0f} ms, largest < {GROWTH:.0f} × smallest; here {growth:.2f} ×.")
    return 0 if good else 1


async def _ask(server: Server, number: int) -> tuple[int, float, float, float, float]:
    """Median and p95 of the first page, p95 of pages anywhere further back, p95 where the newest works do not help."""
    chance = random.Random(1)
    first = [await _timed(server, Page()) for _ in range(ASKS)]
    back = [
        await _timed(server, Page(max_id=WORK + chance.randrange(number // 10, number) * STEP))
        for _ in range(ASKS)
    ]
    quiet = [await _timed(server, Page(), QUIET) for _ in range(ASKS)]
    return number, statistics.median(first), _p95(first), _p95(back), _p95(quiet)


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def _timed(server: Server, page: Page, reader: int = READER) -> float:
    started = time.perf_counter()
    found = await homes.home(server, reader, page)
    assert len(found) == page.limit
    return (time.perf_counter() - started) * 1000


async def _plan(server: Server) -> None:
    """What the database does for a page near the top, and for one the newest works do not fill."""
    walk, newest = homes.walk_sql(Page(since_id=WORK)), homes.newest_sql(Page())
    for title, sql, values in (("walk", walk, (READER, WORK)), ("newest of each", newest, (READER,))):
        print(f"\nThe plan of the query for the {title}:")
        explain = (
            "EXPLAIN QUERY PLAN" if server.database.is_sqlite else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)"
        )
        for row in await server.database.rows(f"{explain} {sql}", *values):
            print(f"  {row['detail' if server.database.is_sqlite else 'QUERY PLAN']}")
    print()


async def _fill(server: Server, there: int, number: int) -> None:
    """Artists, follows, works and one boost for every twenty works; what is there already stays."""
    async with AsyncExitStack() as stack:
        put = await _putter(server, stack)
        if not there:
            await put("actors", _actors())
            await put("follows", _follows())
        await put("works", _works(there, number))
        await put("boosts", _boosts(there, number))
    if not server.database.is_sqlite:
        # What autovacuum will have done in a place that grew by the day.
        await server.database.connection.execute_script("VACUUM (ANALYZE)")


async def _putter(server: Server, stack: AsyncExitStack) -> Put:
    if server.database.is_sqlite:
        # The ORM's own connection, for one transaction around everything.
        transaction = await stack.enter_async_context(server.database.transaction())

        async def insert(table: str, rows: Iterator[tuple[object, ...]]) -> None:
            names = COLUMNS[table].split()
            places = ", ".join("?" * len(names))
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
            while chunk := [list(row) for row in islice(rows, 10_000)]:
                await transaction.execute_many(sql, chunk)

        return insert
    connection = await asyncpg.connect(server.settings.database)
    stack.push_async_callback(connection.close)

    async def copy(table: str, rows: Iterator[tuple[object, ...]]) -> None:
        await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table].split())

    return copy


def _id(number: int) -> int:
    return READER + (number + 1) * 4


def _actors() -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for number in range(-2, ARTISTS):
        identifier = (QUIET, READER)[number] if number < 0 else _id(number)
        uri = f"https://host{number % 1000}.example/users/{identifier}"
        texts = ("", "", "", uri, f"{uri}/inbox", "", "", "", "", "")
        domain = f"host{number % 1000}.example" if number >= 0 else ""
        yield (
            *(identifier, uri, "Person", f"artist{number}", domain, domain, domain, *texts),
            *(False, True, True, False, False, False, "{}", 0, now),
            *("", "", "", "", "[]", "[]", "[]", ""),
        )


def _follows() -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for number in random.Random(0).sample(range(ARTISTS), FOLLOWED):
        yield number + 1, f"https://art.example/follows/{number}", READER, _id(number), True, now
    for number in range(ARTISTS - FOLLOWED, ARTISTS):
        yield ARTISTS + number, f"https://art.example/quiet/{number}", QUIET, _id(number), True, now


def _works(first: int, end: int) -> Iterator[tuple[object, ...]]:
    """Some artists make much more than others."""
    chance, now = random.Random(first), datetime.now(UTC)
    for number in range(first, end):
        artist = int(ARTISTS * chance.random() ** 2)
        identifier = WORK + number * STEP
        uri = f"https://host{artist % 1000}.example/notes/{number}"
        answered = f"{uri}/before" if number % 20 == 7 else ""
        yield (
            *(
                identifier,
                uri,
                _id(artist),
                "published",
                "",
                "public",
                "A heron",
                "<p>Ink on paper.</p>",
                "",
                "",
            ),
            *(False, "en", "", "", "{}", uri, answered, "", now, 0, "", False, "nobody", "{}"),
        )


def _boosts(first: int, end: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(first + 1)
    for number in range(first, end, 20):
        identifier = WORK + number * STEP + 1
        booster = _id(chance.randrange(ARTISTS))
        yield identifier, f"https://host.example/boosts/{number}", booster, WORK + number * STEP


def main(rows: Sequence[int], database_url: str) -> int:
    """Run it."""
    return asyncio.run(measure(sorted(rows), database_url))
