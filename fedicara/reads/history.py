"""What a work said before, oldest first; ask `reads.access.may_read` of the work. Plan: versions_work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from fedicara.models.database import Row
from fedicara.reads.views import WorkView, as_time
from fedicara.server import Server

_VERSIONS: Final = """
SELECT title, content, warning, sensitive, alts, said FROM versions WHERE work_id = $1 ORDER BY id"""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A work as it was, or is."""

    title: str
    content: str
    warning: str
    sensitive: bool
    alts: tuple[str, ...]
    said: datetime | None


async def earlier(server: Server, work_id: int) -> list[VersionView]:
    """The versions before the present one."""
    return [_version(row) for row in await server.database.rows(_VERSIONS, work_id)]


def _version(row: Row) -> VersionView:
    alts: Sequence[str] = orjson.loads(row["alts"]) if isinstance(row["alts"], str) else row["alts"]
    return VersionView(
        row["title"],
        row["content"],
        row["warning"],
        bool(row["sensitive"]),
        tuple(alts),
        as_time(row["said"]),
    )


def present(work: WorkView) -> VersionView:
    """The work as it is, in the shape of the others."""
    alts = tuple(picture.alt for picture in work.pictures)
    said = work.edited or work.published
    return VersionView(work.title, work.content, work.warning, work.sensitive, alts, said)
