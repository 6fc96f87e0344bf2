"""The one place that decides who may read a work."""

from dataclasses import dataclass
from typing import Protocol

from fedicara.server import Server

_FOLLOWS = "SELECT 1 FROM follows WHERE follower_id = $1 AND followed_id = $2 AND accepted = TRUE"
_BLOCKED = """SELECT 1 FROM blocks
WHERE actor_id = $1 AND target_id = $2 OR actor_id = $2 AND target_id = $1"""
_ALL_BLOCKED = """SELECT target_id AS id FROM blocks WHERE actor_id = $1
UNION SELECT actor_id AS id FROM blocks WHERE target_id = $1"""
_LOOKS_AFTER = "SELECT 1 FROM accounts WHERE actor_id = $1 AND role <> 'artist'"
_AT = "SELECT id, actor_id, state, visibility FROM works WHERE uri = $1"
_MENTIONED = "SELECT 1 FROM mentions WHERE actor_id = $1 AND work_id = $2"

TAKEN_DOWN = ("hidden", "withheld")


async def blocked(server: Server, one: int, other: int) -> bool:
    """Whether either of two actors blocks the other. Plan: the unique index of (actor, target)."""
    return await server.database.row(_BLOCKED, one, other) is not None


async def blocked_with(server: Server, actor_id: int | None) -> frozenset[int]:
    """Everybody an actor blocks or is blocked by, to leave them out of lists. Plan: both indexes of blocks."""
    if actor_id is None:
        return frozenset()
    return frozenset(row["id"] for row in await server.database.rows(_ALL_BLOCKED, actor_id))


@dataclass(frozen=True, slots=True)
class Seen:
    """A work as far as the decision needs it."""

    id: int
    actor_id: int
    state: str
    visibility: str


async def at(server: Server, uri: str) -> Seen | None:
    """The work of this id. Plan: the unique index of works.uri."""
    row = await server.database.row(_AT, uri)
    return None if row is None else Seen(**row)


class Readable(Protocol):
    """What the decision rests on; `models.Work` and `WorkView` are such."""

    @property
    def id(self) -> int: ...
    @property
    def actor_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def visibility(self) -> str: ...


async def may_read(server: Server, work: Readable, viewer_actor_id: int | None, *, here: bool = True) -> bool:
    """Whether the actor may read the work; None is a visitor. `here`: an actor of this server (F-104).

    Whoever made it may; everybody may read public and unlisted ones, people of this server local ones, followers
    and the people mentioned the others. What is not published is its artist's alone. Where one blocks the other,
    neither reads anything of the other's (MOD-03).
    """
    if viewer_actor_id is not None and viewer_actor_id == work.actor_id:
        return True
    if work.state != "published":
        return False
    if viewer_actor_id is not None and await blocked(server, viewer_actor_id, work.actor_id):
        return False
    if work.visibility in ("public", "unlisted"):
        return True
    if viewer_actor_id is None:
        return False
    if work.visibility == "local":
        return here
    if work.visibility == "followers" and await server.database.row(_FOLLOWS, viewer_actor_id, work.actor_id):
        return True
    return await server.database.row(_MENTIONED, viewer_actor_id, work.id) is not None


async def may_judge(server: Server, work: Readable, viewer_actor_id: int) -> bool:
    """Whether somebody may see a work that was reported: what they may read, and who looks after the place what is hidden.

    Never what was for some people alone (AUD-04).
    """
    if await may_read(server, work, viewer_actor_id):
        return True
    if work.state not in TAKEN_DOWN or work.visibility not in ("public", "unlisted", "local"):
        return False
    return await server.database.row(_LOOKS_AFTER, viewer_actor_id) is not None
