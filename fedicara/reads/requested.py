"""Whose policy decides a request: the work's for its page and pictures, the artist's for a profile (P-201)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fedicara.models.database import Row
from fedicara.reads import statements
from fedicara.reads.views import as_json
from fedicara.reads.works import policy_of
from fedicara.server import Server
from policies.policy import Policy

_WORK: Final = re.compile(r"/@[^/]{1,320}/([0-9]{1,19})(?:/|$)")
_PROFILE: Final = re.compile(r"/@([^/]{1,320}?)(?:\.rss|\.atom|\.json)?(?:/|$)")
_RENDITION: Final = re.compile(r"/media/([^/]{1,64})$")
_PROXIED: Final = re.compile(r"/proxy/([0-9]{1,19})/")

# Only of what everybody may see: anything else is answered as if it were not there, and so it is refused.
_OF_WORK: Final = """
SELECT w.id AS work_id, w.policy, w.visibility, a.id AS actor_id, a.domain, a.policy AS actor_policy, a.indexable{more}
FROM works w JOIN actors a ON a.id = w.actor_id{join}
WHERE w.state = 'published' AND w.visibility IN ('public', 'unlisted') AND a.suspended IS NULL
  AND a.signin_only = FALSE AND """
_BY_ID: Final = _OF_WORK.format(more="", join="") + "w.id = $1"
_BY_PICTURE: Final = _OF_WORK.format(more="", join=" JOIN pictures p ON p.work_id = w.id") + "p.id = $1"
_BY_KEY: Final = (
    _OF_WORK.format(
        more=", r.bytes AS bytes",
        join=" JOIN pictures p ON p.work_id = w.id JOIN renditions r ON r.picture_id = p.id",
    )
    + "r.key = $1"
)
_BY_NAME: Final = """
SELECT id AS actor_id, policy AS actor_policy FROM actors
WHERE username = $1 AND domain = '' AND suspended IS NULL AND signin_only = FALSE"""


@dataclass(frozen=True, slots=True)
class Requested:
    """What a request is about, as far as everybody may know it; `size` in bytes where it is a picture."""

    policy: Policy
    actor_id: int = 0
    work_id: int = 0
    size: int = 0


async def requested(server: Server, path: str) -> Requested:
    """The policy in force for a path, the place's where it is nobody's.

    Plans: primary keys, renditions.key, actors' names; for works of others what `statements.look` reads.
    """
    found = await _row(server, path)
    if found is None:
        return Requested(server.policy())
    if "work_id" not in found:
        return Requested(server.policy(as_json(found["actor_policy"])), found["actor_id"])
    is_local = not found["domain"]
    if not is_local:
        await statements.look(server)
    return Requested(
        policy_of(server, found),
        found["actor_id"] * is_local,
        found["work_id"] * is_local,
        found.get("bytes", 0),
    )


async def _row(server: Server, path: str) -> Mapping[str, Any] | None:
    for pattern, sql, read in _QUESTIONS:
        if (stated := pattern.match(path)) is not None:
            row: Row | None = await server.database.row(sql, read(stated[1]))
            return dict(row) if row is not None else None
    return None


def _number(text: str) -> int:
    """An id; what no row can have becomes 0."""
    return int(text) if int(text) < 1 << 63 else 0


_QUESTIONS: Final = (
    (_WORK, _BY_ID, _number),
    (_PROFILE, _BY_NAME, str.lower),
    (_RENDITION, _BY_KEY, str),
    (_PROXIED, _BY_PICTURE, _number),
)
