"""Which works the public timeline shows, with the revisions that name their remembered bytes.

Plan: works_public backwards from the cursor, so that a page reads about as many entries as it shows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from fedicara.reads import ai_made
from fedicara.reads.access import sight_of
from fedicara.reads.views import Page
from fedicara.server import Server

_SELECT = """
SELECT w.id, w.revision, a.revision AS actor_revision FROM works w JOIN actors a ON a.id = w.actor_id
WHERE w.visibility = 'public' AND w.state = 'published' AND w.in_reply_to = '' AND w.retrieved = FALSE"""
_LOCAL = " AND a.domain = ''"
_REMOTE = " AND a.domain <> ''"
_PICTURES = " AND EXISTS (SELECT 1 FROM pictures p WHERE p.work_id = w.id)"


class Entry(NamedTuple):
    """A work of the timeline; equal entries print alike, for likes and boosts raise the revision too."""

    id: int
    revision: int
    actor_revision: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Which part of the public timeline."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


async def public(server: Server, viewer_actor_id: int | None, page: Page, kind: Kind) -> list[Entry]:
    """One page of what somebody may see and what bears no label (P-402), newest first."""
    listed = await ai_made.listed(server)
    sql, values = _question(page, kind, listed + (await sight_of(server, viewer_actor_id)).only("w.actor_id"))
    rows = await server.database.rows(sql, *values)
    entries = [Entry(row["id"], row["revision"], row["actor_revision"]) for row in rows]
    return entries[::-1] if page.min_id is not None else entries


def _question(page: Page, kind: Kind, only: str) -> tuple[str, list[int]]:
    sql = _SELECT + _LOCAL * kind.local + _REMOTE * kind.remote + _PICTURES * kind.only_media
    sql += only
    values: list[int] = []
    for condition, value in (
        (" AND w.id < ", page.max_id),
        (" AND w.id > ", page.since_id),
        (" AND w.id > ", page.min_id),
    ):
        if value is not None:
            values.append(value)
            sql += f"{condition}${len(values)}"
    order = "ASC" if page.min_id is not None else "DESC"
    return f"{sql} ORDER BY w.id {order} LIMIT ${len(values) + 1}", [*values, page.limit]
