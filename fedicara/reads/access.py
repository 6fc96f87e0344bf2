"""The one place that decides who may read what, for a single work and, as SQL, for every list."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from fedicara.server import Server

_FOLLOWS: Final = "SELECT 1 FROM follows WHERE follower_id = $1 AND followed_id = $2 AND accepted = TRUE"
_AT: Final = "SELECT id, actor_id, state, visibility FROM works WHERE uri = $1"
_MENTIONED: Final = "SELECT 1 FROM mentions WHERE actor_id = $1 AND work_id = $2"
_LOOKS_AFTER: Final = "SELECT 1 FROM accounts WHERE actor_id = $1 AND role <> 'artist'"

# What may be kept from a reader: most people block nobody, and then lists need no condition.
_KEPT: Final = """
SELECT EXISTS (SELECT 1 FROM blocks WHERE actor_id = $1) OR EXISTS (SELECT 1 FROM blocks WHERE target_id = $1) AS blocks,
  EXISTS (SELECT 1 FROM domain_blocks WHERE actor_id = $1) AS domains,
  EXISTS (SELECT 1 FROM actors WHERE id = $1 AND domain <> '') AS elsewhere"""


def of_domain(actor: str, domain: str) -> str:
    """SQL: whether a row of actors has a handle of a domain, or an id of it or of one below it."""
    return f"({actor}.domain = {domain} OR {_below(actor, domain)})"


def _below(actor: str, domain: str) -> str:
    # In LIKE an underscore stands for any letter, unless it is escaped.
    return rf"'.' || {actor}.host LIKE '%.' || replace({domain}, '_', '\_') ESCAPE '\'"


def _block_between(one: str, other: str) -> str:
    """SQL: whether either of two actors blocks the other (MOD-03)."""
    return f"""(EXISTS (SELECT 1 FROM blocks x WHERE x.actor_id = {one} AND x.target_id = {other})
    OR EXISTS (SELECT 1 FROM blocks x WHERE x.actor_id = {other} AND x.target_id = {one}))"""  # noqa: S608  (no outside text)


def _domain_blocked(by: str, other: str) -> str:
    """SQL: whether an actor blocks the whole domain of another (F-387); `site` spares looking at every blocked one."""
    blocked = f"SELECT 1 FROM domain_blocks h WHERE h.actor_id = {by}"  # noqa: S608
    return f"""EXISTS (SELECT 1 FROM actors x WHERE x.id = {other} AND x.domain <> '' AND (
      EXISTS ({blocked} AND h.domain = x.domain)
      OR EXISTS ({blocked} AND h.site = x.site AND {_below("x", "h.domain")})))"""  # noqa: S608


def _signin_only(author: str) -> str:
    """SQL: whether somebody shows nothing to visitors (F-032)."""
    return f"EXISTS (SELECT 1 FROM actors x WHERE x.id = {author} AND x.signin_only = TRUE)"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sight:
    """How one reader sees lists: None is a visitor; others may stand on a side of blocks, block domains, be of one.

    Plans: each author by the primary key of actors, by both indexes of blocks, by both indexes of domain_blocks.
    """

    viewer: int | None = None
    blocks: bool = False
    domains: bool = False
    elsewhere: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything may be kept from this reader that others see."""
        return self.blocks or self.domains or self.elsewhere

    def only(self, author: str) -> str:
        """SQL to end a condition with: leaves what the reader may see, by the column that names the author."""
        if self.viewer is None:
            return f" AND NOT {_signin_only(author)}"
        reader = str(self.viewer)
        kept = [
            _block_between(reader, author) if self.blocks else "",
            _domain_blocked(reader, author) if self.domains else "",
            _domain_blocked(author, reader) if self.elsewhere else "",
        ]
        return "".join(f" AND NOT {each}" for each in kept if each)


VISITOR: Final = Sight()
EVERYTHING: Final = Sight(0)


async def sight_of(server: Server, viewer_actor_id: int | None) -> Sight:
    """How somebody sees lists."""
    if viewer_actor_id is None:
        return VISITOR
    key, read = ("sight", viewer_actor_id), partial(server.database.row, _KEPT, viewer_actor_id)
    found = await server.recently(key, read) or {}
    return Sight(viewer_actor_id, **{name: bool(found[name]) for name in found.keys()})  # noqa: SIM118  (rows of sqlite3 are no mappings)


_BLOCKED: Final = f"""SELECT 1 WHERE {_block_between("$1", "$2")}
OR {_domain_blocked("$1", "$2")} OR {_domain_blocked("$2", "$1")}"""
_FOR_VISITORS: Final = f"SELECT 1 WHERE NOT {_signin_only('$1')}"

TAKEN_DOWN = ("hidden", "withheld")


async def blocked(server: Server, one: int, other: int) -> bool:
    """Whether either of two actors wants nothing to do with the other. Plan: as `Sight`."""
    return await server.database.row(_BLOCKED, one, other) is not None


async def sees(server: Server, viewer_actor_id: int | None, author_id: int) -> bool:
    """Whether an author shows anything to somebody at all."""
    if viewer_actor_id is None:
        return await server.database.row(_FOR_VISITORS, author_id) is not None
    return not await blocked(server, viewer_actor_id, author_id)


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


def is_for_all(work: Readable) -> bool:
    """Whether it is published for everybody, which for some artists means everybody with an account somewhere."""
    return work.state == "published" and work.visibility in ("public", "unlisted")


async def may_read(server: Server, work: Readable, viewer_actor_id: int | None, *, here: bool = True) -> bool:
    """Whether the actor may read the work; None is a visitor. `here`: an actor of this server (F-104).

    Whoever made it may; everybody may read public and unlisted ones, people of this server local ones, followers
    and the people mentioned the others. What is not published is its artist's alone. Where one blocks the other,
    neither reads anything of the other's (MOD-03); what is for people with an account is absent for visitors (F-032).
    """
    if viewer_actor_id is not None and viewer_actor_id == work.actor_id:
        return True
    if work.state != "published" or not await sees(server, viewer_actor_id, work.actor_id):
        return False
    if is_for_all(work):
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

    Never what was for some people alone (AUD-04), unless it is held: then it waits for their judgement (P-420).
    """
    if await may_read(server, work, viewer_actor_id):
        return True
    reported = work.state in TAKEN_DOWN and work.visibility in ("public", "unlisted", "local")
    held = work.state == "held" and work.visibility != "direct"
    return (reported or held) and await looks_after(server, viewer_actor_id)


async def looks_after(server: Server, actor_id: int) -> bool:
    """Whether somebody looks after the place. Plan: the unique index of accounts.actor_id."""
    return await server.database.row(_LOOKS_AFTER, actor_id) is not None
