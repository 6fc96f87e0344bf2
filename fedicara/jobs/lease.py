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

_CANDIDATES = """
SELECT id, lane FROM jobs
WHERE buried = FALSE AND kind = $1 AND due <= $2 AND leased <= $2 AND lane NOT IN (
  SELECT lane FROM jobs WHERE kind = $1 AND leased > $2 GROUP BY lane HAVING count(*) >= $3)
ORDER BY due, id LIMIT $4"""

_TAKE = """
UPDATE jobs SET leased = $1, crashes = crashes + CASE WHEN leased > 0 THEN 1 ELSE 0 END
WHERE id = $2 AND leased <= $3 AND buried = FALSE
  AND (SELECT count(*) FROM jobs AS other WHERE other.kind = $4 AND other.leased > $3 AND other.lane = $5) < $6
RETURNING id, kind, lane, payload, attempts, crashes"""

_RETRY = """
UPDATE jobs SET due = $1, leased = 0, attempts = attempts + 1, crashes = crashes + $2, error = $3 WHERE id = $4"""


class LeaseTable:
    """`Queue` on the table `jobs`.

    Plan: index jobs_due alone for candidates, oldest first without a sort; jobs_leased for what is in flight. The limit
    of a lane is exact within one process and on SQLite; two processes on PostgreSQL may pass it by one for a moment.
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
        until = now + int(lease * 1000)
        claims: list[Claim] = []
        full: set[str] = set()
        for row in await self._database.rows(_CANDIDATES, kind, now, lane_limit, count * 8):
            lane = row["lane"]
            if len(claims) == count:
                break
            if lane in full:
                continue
            taken = await self._database.execute(_TAKE, until, row["id"], now, kind, lane, lane_limit)
            claims += [_claim_of(found) for found in taken]
            if not taken:
                full.add(lane)
        return claims

    async def extend(self, claim: Claim, lease: float) -> None:
        """Keep a job longer."""
        until = _milliseconds(self._server.now()) + int(lease * 1000)
        await self._database.execute("UPDATE jobs SET leased = $1 WHERE id = $2", until, claim.id)

    async def done(self, claim: Claim) -> None:
        """Forget a job that is done."""
        await self._database.execute("DELETE FROM jobs WHERE id = $1", claim.id)

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
