"""The queue as a table with leases; serves SQLite and PostgreSQL alike."""

from collections.abc import Mapping
from datetime import datetime

import orjson

from fedicara.jobs.queue import Claim, Order
from fedicara.models.database import Database, Row
from fedicara.models.ids import new_id
from fedicara.server import Server

_INSERT = """
INSERT INTO jobs (id, kind, lane, key, payload, due, leased, attempts, crashes, buried, error, created)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, FALSE, '', $7) ON CONFLICT (key) DO NOTHING"""

_ANY = """
SELECT id FROM jobs
WHERE buried = FALSE AND kind = $1 AND due <= $2 AND leased <= $2 AND lane NOT IN (
  SELECT lane FROM jobs WHERE kind = $1 AND leased > $2 GROUP BY lane HAVING count(*) >= $3)
ORDER BY due, id LIMIT 1"""

_TAKE = """
WITH flying AS (SELECT lane, count(*) AS n FROM jobs WHERE kind = $1 AND leased > $2 GROUP BY lane),
waiting AS (
  SELECT id, lane, due FROM jobs WHERE buried = FALSE AND kind = $1 AND due <= $2 AND leased <= $2
    AND lane NOT IN (SELECT lane FROM flying WHERE n >= $3) ORDER BY due, id LIMIT $4),
placed AS (
  SELECT id, due, row_number() OVER (PARTITION BY lane ORDER BY due, id)
    + coalesce((SELECT n FROM flying WHERE flying.lane = waiting.lane), 0) AS place FROM waiting)
UPDATE jobs SET leased = $5, crashes = crashes + CASE WHEN leased > 0 THEN 1 ELSE 0 END
WHERE id IN (SELECT id FROM placed WHERE place <= $3 ORDER BY due, id LIMIT $6) AND leased <= $2 AND buried = FALSE
RETURNING id, kind, lane, payload, attempts, crashes, due"""

_RETRY = """
UPDATE jobs SET due = $1, leased = 0, attempts = attempts + 1, crashes = crashes + $2, error = $3 WHERE id = $4"""


class LeaseTable:
    """`Queue` on the table `jobs`.

    Plan: index jobs_due alone for what waits, oldest first without a sort; jobs_leased for what is in flight. One
    statement takes many jobs. The limit of a lane is exact within one process and on SQLite; two processes on
    PostgreSQL that claim in the same moment may pass it, each by no more than the limit.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def _database(self) -> Database:
        return self._server.database

    async def enqueue(self, *orders: Order) -> None:
        """Put jobs in, inside the caller's transaction."""
        now = self._server.now()
        for order in orders:
            due = _milliseconds(now) + int(order.delay * 1000)
            payload = orjson.dumps(order.payload).decode()
            row = (new_id(), order.kind, order.lane, order.key, payload, due, self._stamp(now))
            await self._database.execute(_INSERT, *row)
        self._server.wake.set()

    async def claim(self, kinds: Mapping[str, int], count: int, lease: float) -> list[Claim]:
        """Take due jobs, oldest first, fair between lanes."""
        claims: list[Claim] = []
        for kind, lane_limit in kinds.items():
            if len(claims) < count:
                claims += await self._claim(kind, lane_limit, count - len(claims), lease)
        return claims

    async def _claim(self, kind: str, lane_limit: int, count: int, lease: float) -> list[Claim]:
        claims: list[Claim] = []
        while len(claims) < count:
            # A round ends with lanes full or with all claims; the lanes that are full are left out of the next.
            taken = await self._round(kind, lane_limit, count - len(claims), lease)
            if not taken:
                break
            claims += taken
        return claims

    async def _round(self, kind: str, lane_limit: int, count: int, lease: float) -> list[Claim]:
        now = _milliseconds(self._server.now())
        # Asked first by reading alone: a worker without work takes no write lock.
        if not await self._database.rows(_ANY, kind, now, lane_limit):
            return []
        until = now + int(lease * 1000)
        taken = await self._database.execute(_TAKE, kind, now, lane_limit, count * 8, until, count)
        return [_claim_of(row) for row in sorted(taken, key=lambda row: (row["due"], row["id"]))]

    async def extend(self, claim: Claim, lease: float) -> None:
        """Keep a job longer."""
        until = _milliseconds(self._server.now()) + int(lease * 1000)
        await self._database.execute("UPDATE jobs SET leased = $1 WHERE id = $2", until, claim.id)

    async def done(self, *claims: Claim) -> None:
        """Forget jobs that are done."""
        places = ", ".join(f"${place}" for place in range(1, len(claims) + 1))
        sql = f"DELETE FROM jobs WHERE id IN ({places})"  # noqa: S608  (places alone)
        await self._database.execute(sql, *(claim.id for claim in claims))

    async def retry(self, claim: Claim, delay: float, error: str, *, crashed: bool = False) -> None:
        """Put a job back."""
        due = _milliseconds(self._server.now()) + int(delay * 1000)
        await self._database.execute(_RETRY, due, int(crashed), error[:500], claim.id)

    async def release(self, claim: Claim) -> None:
        """Give a job back untouched."""
        await self._database.execute("UPDATE jobs SET leased = 0 WHERE id = $1", claim.id)

    async def bury(self, claim: Claim, error: str) -> None:
        """Give a job up."""
        await self._database.execute(
            "UPDATE jobs SET buried = TRUE, leased = 0, attempts = attempts + 1, error = $1 WHERE id = $2",
            error[:500],
            claim.id,
        )

    async def counts(self) -> Mapping[str, int]:
        """How many jobs wait, by kind."""
        rows = await self._database.rows(
            "SELECT kind, count(*) AS n FROM jobs WHERE buried = FALSE GROUP BY kind"
        )
        return {row["kind"]: row["n"] for row in rows}

    def _stamp(self, now: datetime) -> datetime | str:
        return str(now) if self._database.is_sqlite else now


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _claim_of(row: Row) -> Claim:
    payload = row["payload"]
    return Claim(
        row["id"],
        row["kind"],
        row["lane"],
        orjson.loads(payload) if isinstance(payload, str | bytes) else payload,
        row["attempts"],
        row["crashes"],
    )
