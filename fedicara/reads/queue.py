"""How full the queue is. Plan: the whole of index jobs_due, which is as long as the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedicara.models.ids import time_of
from fedicara.server import Server

_DEPTHS: Final = "SELECT kind, buried, count(*) AS n, min(id) AS oldest FROM jobs GROUP BY kind, buried"


@dataclass(frozen=True, slots=True)
class Depth:
    """Jobs of one kind: how many, how many seconds ago the oldest was put in, and whether they were given up."""

    kind: str
    is_buried: bool
    jobs: int
    seconds: float


async def depths(server: Server) -> Sequence[Depth]:
    """What waits and what was given up, by kind."""
    now = server.now()
    return [
        Depth(
            row["kind"],
            bool(row["buried"]),
            row["n"],
            max(0.0, (now - time_of(row["oldest"])).total_seconds()),
        )
        for row in await server.database.rows(_DEPTHS)
    ]
