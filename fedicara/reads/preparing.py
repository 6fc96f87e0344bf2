"""How far pictures are that are being prepared, and how long others took. Plans: primary keys; index jobs_due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from fedicara.models.database import Row
from fedicara.reads.views import as_json
from fedicara.server import Server

PROCESSING, WAITING = "processing", "waiting"
COUNTED: Final = 1000
"""Places beyond this are not counted."""
_SAMPLE: Final = 60
_KNOWN_FOR: Final = 20.0
_MEGAPIXEL: Final = 1_000_000

_PICTURES: Final = """
SELECT p.id, p.state, p.step, p.percent, p.failure, p.width, p.height, w.state AS work
FROM pictures p LEFT JOIN works w ON w.id = p.work_id WHERE p.id IN ({ids}) ORDER BY p.position, p.id"""
_QUEUE: Final = f"""
SELECT p.id, j.leased, p.width, p.height
FROM (SELECT lane, leased, due, id FROM jobs WHERE buried = FALSE AND kind = 'picture' ORDER BY due, id LIMIT {COUNTED}) j
JOIN pictures p ON p.id = CAST(substr(j.lane, 9) AS BIGINT) ORDER BY j.due, j.id"""  # noqa: S608  (a number of ours)
_LATELY: Final = f"""
SELECT id, width, height, report FROM pictures
WHERE id IN (SELECT picture_id FROM renditions ORDER BY id DESC LIMIT {_SAMPLE})"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class PictureProgress:
    """How far one picture is; `before` counts who is first, `seconds` is a guess from what others took, None without one."""

    id: int
    state: str
    step: str
    percent: int
    failure: str
    work: str = ""
    before: int = 0
    seconds: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its turn."""
        return self.state == PROCESSING and self.step == WAITING

    @property
    def is_over(self) -> bool:
        """Whether nothing more will change by itself."""
        return PROCESSING not in (self.state, self.work)


async def preparing(server: Server, pictures: Sequence[int]) -> dict[int, PictureProgress]:
    """How far these pictures are, those that exist, by id."""
    if not pictures:
        return {}
    places = ", ".join(f"${place}" for place in range(1, len(pictures) + 1))
    rows = await server.database.rows(_PICTURES.format(ids=places), *pictures)
    pace = await _pace(server)
    waits = any(row["state"] == PROCESSING and row["step"] == WAITING for row in rows)
    queue = await server.database.rows(_QUEUE) if waits else []
    ahead = _ahead(queue, server.settings.picture_workers)
    return {row["id"]: _progress(row, ahead, pace) for row in rows}


def _ahead(queue: Sequence[Row], workers: int) -> Mapping[int, tuple[int, float | None]]:
    """By picture that waits: how many are before it, and how many megapixels each place has to work off first."""
    found: dict[int, tuple[int, float | None]] = {}
    megapixels = 0.0
    for number, row in enumerate(queue):
        # What is in hand may not have said its first step yet.
        found[row["id"]] = (0, 0.0) if row["leased"] else (number, megapixels / workers)
        megapixels += _size(row)
    return found


def _progress(row: Row, ahead: Mapping[int, tuple[int, float | None]], pace: float | None) -> PictureProgress:
    waits = row["state"] == PROCESSING and row["step"] == WAITING
    # Who waits and is not in the queue's first thousand is behind it; how much there is to do first is not known.
    before, megapixels = ahead.get(row["id"], (COUNTED, None)) if waits else (0, 0.0)
    seconds = None
    if row["state"] == PROCESSING and pace is not None and megapixels is not None:
        left = _size(row) * (100 - row["percent"]) / 100
        seconds = max(1, round(pace * (megapixels + left)))
    return PictureProgress(
        row["id"],
        row["state"],
        row["step"],
        row["percent"],
        row["failure"],
        row["work"] or "",
        before,
        seconds,
    )


def _size(row: Row) -> float:
    """Megapixels; small pictures count as one, since starting takes as long as that."""
    return max(1.0, float(row["width"] * row["height"]) / _MEGAPIXEL)


async def _pace(server: Server) -> float | None:
    """Seconds that a megapixel took lately, None where nothing is known."""
    found: float | None = await server.lately(("pace",), _KNOWN_FOR, partial(_measured, server))
    if found is None:
        server.forget("pace")
    return found


async def _measured(server: Server) -> float | None:
    megapixels = seconds = 0.0
    for row in await server.database.rows(_LATELY):
        took = as_json(row["report"]).get("seconds")
        if isinstance(took, int | float):
            megapixels, seconds = megapixels + _size(row), seconds + took
    return seconds / megapixels if megapixels else None
