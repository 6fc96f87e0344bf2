"""The queue as a table with leases; serves SQLite and PostgreSQL alike."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from fedicara.jobs import bell
from fedicara.jobs.queue import IN_COMPANY, ITS_OWN, Claim, Order
from fedicara.models.database import Database, Row
from fedicara.models.ids import new_id
from fedicara.server import Server

_INSERT = """
INSERT INTO jobs (id, kind, lane, key, payload, due, leased, attempts, crashes, buried, error, created)
VALUES {rows} ON CONFLICT (key) DO NOTHING"""
_ROW = "(${}, ${}, ${}, ${}, ${}, ${}, 0, 0, 0, FALSE, '', ${})"
_COLUMNS = 7
_AT_ONCE = 500

_TURN = "SELECT pg_advisory_xact_lock(hashtext('fedicara.jobs'), hashtext($1))"

_ANY = """
SELECT id FROM jobs
WHERE buried = FALSE AND kind = $1 AND due <= $2 AND leased = 0 AND lane NOT IN (
  SELECT lane FROM jobs WHERE kind = $1 AND leased > 0 GROUP BY lane HAVING count(*) >= $3) {without}
ORDER BY due, id LIMIT 1"""

_TAKE = """
WITH flying AS (SELECT lane, count(*) AS n FROM jobs WHERE kind = $1 AND leased > 0 GROUP BY lane),
waiting AS (
  SELECT id, lane, due FROM jobs WHERE buried = FALSE AND kind = $1 AND due <= $2 AND leased = 0
    AND lane NOT IN (SELECT lane FROM flying WHERE n >= $3) {without} ORDER BY due, id LIMIT $4),
placed AS (
  SELECT id, due, row_number() OVER (PARTITION BY lane ORDER BY due, id)
    + coalesce((SELECT n FROM flying WHERE flying.lane = waiting.lane), 0) AS place FROM waiting)
UPDATE jobs SET leased = $5, crashes = crashes + $7
WHERE id IN (SELECT id FROM placed WHERE place <= $3 ORDER BY due, id LIMIT $6) AND leased = 0 AND buried = FALSE
RETURNING id, kind, lane, payload, attempts, crashes, due"""

# No lease is as long as that: it was given before the clock went back.
_TOO_LONG = 10 * 60_000
_LAPSED = "leased > 0 AND (leased <= $1 OR leased > $2)"
_SUSPECT = f"SELECT id, kind FROM jobs WHERE kind IN ({{kinds}}) AND {_LAPSED} ORDER BY due, id LIMIT 1"  # noqa: S608
_TAKE_SUSPECT = f"""
UPDATE jobs SET leased = $3, crashes = crashes + $4 WHERE id = $5 AND {_LAPSED}
RETURNING id, kind, lane, payload, attempts, crashes"""  # noqa: S608  (the same condition)

_EXTEND = "UPDATE jobs SET leased = $1, crashes = $2 WHERE id = $3"
_RETRY = """
UPDATE jobs SET due = $1, leased = 0, attempts = attempts + 1, crashes = $2, error = $3 WHERE id = $4"""
_BURY = """
UPDATE jobs SET buried = TRUE, leased = 0, attempts = attempts + 1, crashes = $1, error = $2 WHERE id = $3"""


class LeaseTable:
    """`Queue` on the table `jobs`.

    Plan: index jobs_due alone for what waits, oldest first without a sort; jobs_leased for what is in flight. One
    statement takes many jobs. The limit of a lane holds over all processes and machines: on SQLite the write lock lets
    one claim at a time, on PostgreSQL an advisory lock per kind does. Rows are not locked one by one (SKIP LOCKED):
    that would let two claimers count the same lane at once.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def _database(self) -> Database:
        return self._server.database

    async def enqueue(self, *orders: Order) -> None:
        """Put jobs in, inside the caller's transaction."""
        for start in range(0, len(orders), _AT_ONCE):
            some = orders[start : start + _AT_ONCE]
            values = [value for order in some for value in self._row(order)]
            await self._database.execute(_insert(len(some)), *values)
        await bell.ring(self._server)

    def _row(self, order: Order) -> tuple[Any, ...]:
        now = self._server.now()
        due = _milliseconds(now) + int(order.delay * 1000)
        payload = orjson.dumps(order.payload).decode()
        return new_id(), order.kind, order.lane, order.key, payload, due, self._stamp(now)

    async def claim(
        self, kinds: Mapping[str, int], count: int, lease: float, without: Collection[str] = ()
    ) -> list[Claim]:
        """Take due jobs, oldest first, fair between lanes."""
        claims: list[Claim] = []
        for lane in kinds.items():
            # A round ends with lanes full or with all claims; the lanes that are full are left out of the next.
            while len(claims) < count and (
                taken := await self._round(lane, count - len(claims), lease, without)
            ):
                claims += taken
        return claims

    async def _round(
        self, kind: tuple[str, int], count: int, lease: float, without: Collection[str]
    ) -> list[Claim]:
        now = _milliseconds(self._server.now())
        # Asked first by reading alone: a worker without work takes no write lock.
        if not await self._database.rows(_without(_ANY, 4, len(without)), kind[0], now, kind[1], *without):
            return []
        until = now + int(lease * 1000)
        async with self._turn(kind[0]):
            values = (kind[0], now, kind[1], count * 8, until, count)
            taken = await self._database.execute(
                _without(_TAKE, 8, len(without)), *values, IN_COMPANY, *without
            )
        return [_claim_of(row, IN_COMPANY) for row in sorted(taken, key=lambda row: (row["due"], row["id"]))]

    @asynccontextmanager
    async def _turn(self, kind: str) -> AsyncIterator[None]:
        """One claimer of a kind at a time; what the one before took is seen by the next."""
        if self._database.is_sqlite:
            yield
            return
        async with self._database.transaction(seen=False):
            await self._database.execute(_TURN, kind)
            yield

    async def suspect(self, leases: Mapping[str, float]) -> Claim | None:
        """Take one job of a process that died, the oldest. Plan: jobs_leased, which holds what is in flight alone."""
        now = _milliseconds(self._server.now())
        lapsed = (now, now + _TOO_LONG)
        places = ", ".join(f"${place}" for place in range(3, len(leases) + 3))
        found = await self._database.row(_SUSPECT.format(kinds=places), *lapsed, *leases) if leases else None
        if found is None:
            return None
        until = now + int(leases[found["kind"]] * 1000)
        taken = await self._database.execute(_TAKE_SUSPECT, *lapsed, until, ITS_OWN, found["id"])
        return _claim_of(taken[0], ITS_OWN) if taken else None

    async def extend(self, claim: Claim, lease: float) -> None:
        """Keep a job longer."""
        until = _milliseconds(self._server.now()) + int(lease * 1000)
        await self._database.execute(_EXTEND, until, claim.crashes + IN_COMPANY, claim.id)

    async def done(self, *claims: Claim) -> None:
        """Forget jobs that are done."""
        places = ", ".join(f"${place}" for place in range(1, len(claims) + 1))
        sql = f"DELETE FROM jobs WHERE id IN ({places})"  # noqa: S608  (places alone)
        await self._database.execute(sql, *(claim.id for claim in claims))

    async def retry(self, claim: Claim, delay: float, error: str, *, crashed: bool = False) -> None:
        """Put a job back."""
        due = _milliseconds(self._server.now()) + int(delay * 1000)
        crashes = claim.crashes + ITS_OWN * crashed
        await self._database.execute(_RETRY, due, crashes, error[:500], claim.id)

    async def release(self, claim: Claim) -> None:
        """Give a job back untouched; a suspect stays one."""
        await self._database.execute(_EXTEND, int(claim.suspect), claim.crashes, claim.id)

    async def bury(self, claim: Claim, error: str) -> None:
        """Give a job up."""
        await self._database.execute(_BURY, claim.crashes, error[:500], claim.id)

    async def in_hand(self, *keys: str) -> bool:
        """Whether one of the jobs with these keys is being done. Plan: the unique index of the key."""
        places = ", ".join(f"${place}" for place in range(2, len(keys) + 2))
        sql = f"SELECT 1 FROM jobs WHERE key IN ({places}) AND leased > $1 AND buried = FALSE"  # noqa: S608  (places)
        return bool(await self._database.rows(sql, _milliseconds(self._server.now()), *keys))

    async def counts(self) -> Mapping[str, int]:
        """How many jobs wait, by kind."""
        rows = await self._database.rows(
            "SELECT kind, count(*) AS n FROM jobs WHERE buried = FALSE GROUP BY kind"
        )
        return {row["kind"]: row["n"] for row in rows}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of jobs that come."""
        async with bell.heard(self._server):
            yield

    def _stamp(self, now: datetime) -> datetime | str:
        return str(now) if self._database.is_sqlite else now


@cache
def _insert(count: int) -> str:
    places = ((row * _COLUMNS + place + 1 for place in range(_COLUMNS)) for row in range(count))
    return _INSERT.format(rows=", ".join(_ROW.format(*each) for each in places))


def _without(sql: str, first: int, count: int) -> str:
    """The statement with so many lanes left out, the first of them value number `first`."""
    places = ", ".join(f"${place}" for place in range(first, first + count))
    return sql.format(without=f"AND lane NOT IN ({places})" if count else "")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _claim_of(row: Row, charged: int) -> Claim:
    payload = row["payload"]
    return Claim(
        row["id"],
        row["kind"],
        row["lane"],
        orjson.loads(payload) if isinstance(payload, str | bytes) else payload,
        row["attempts"],
        row["crashes"] - charged,
        suspect=charged == ITS_OWN,
    )
