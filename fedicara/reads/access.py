"""The one place that decides who may read what, for a single work and, as SQL, for every list."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from fedicara.server import Server

_FOLLOWS: Final = "SELECT 1 FROM follows WHERE follower_id = $1 AND followed_id = $2 AND accepted = TRUE"
_MENTIONED: Final = "SELECT 1 FROM mentions WHERE actor_id = $1 AND work_id = $2"

# Whether anything at all is kept from a reader; people elsewhere are always looked at closely.
_NARROWED: Final = """
SELECT 1 FROM blocks WHERE actor_id = $1 UNION ALL SELECT 1 FROM blocks WHERE target_id = $1
UNION ALL SELECT 1 FROM domain_blocks WHERE actor_id = $1
UNION ALL SELECT 1 FROM actors WHERE id = $1 AND domain <> '' LIMIT 1"""


def of_domain(actor: str, domain: str) -> str:
    """SQL: whether a row of actors belongs to a domain or to one below it."""
    # In LIKE an underscore stands for any letter, unless it is escaped.
    below = rf"LIKE '%.' || replace({domain}, '_', '\_') ESCAPE '\'"
    return f"('.' || {actor}.host {below} OR '.' || {actor}.domain {below})"


def _apart(one: str, other: str) -> str:
    """SQL: whether either of two actors blocks the other, or the other's whole domain (MOD-03, F-387)."""
    return f"""(EXISTS (SELECT 1 FROM blocks x WHERE x.actor_id = {one} AND x.target_id = {other})
    OR EXISTS (SELECT 1 FROM blocks x WHERE x.actor_id = {other} AND x.target_id = {one})
    OR EXISTS (SELECT 1 FROM domain_blocks h JOIN actors x ON x.id = {other}
      WHERE h.actor_id = {one} AND {of_domain("x", "h.domain")})
    OR EXISTS (SELECT 1 FROM domain_blocks h JOIN actors x ON x.id = {one}
      WHERE h.actor_id = {other} AND {of_domain("x", "h.domain")}))"""  # noqa: S608  (no outside text)


def _signin_only(author: str) -> str:
    """SQL: whether somebody shows nothing to visitors (F-032)."""
    return f"EXISTS (SELECT 1 FROM actors x WHERE x.id = {author} AND x.signin_only = TRUE)"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sight:
    """How one reader sees lists; None is a visitor, and who is not narrowed is kept from nobody.

    Plans: each author by the primary key of actors, by both indexes of blocks, and by the index of domain_blocks.
    """

    viewer: int | None = None
    narrowed: bool = True

    def only(self, author: str) -> str:
        """SQL to end a condition with: leaves what the reader may see, by the column that names the author."""
        if self.viewer is None:
            return f" AND NOT {_signin_only(author)}"
        return f" AND NOT {_apart(author, str(self.viewer))}" if self.narrowed else ""


VISITOR: Final = Sight()
EVERYTHING: Final = Sight(0, narrowed=False)


async def sight_of(server: Server, viewer_actor_id: int | None) -> Sight:
    """How somebody sees lists; for most people no condition at all."""
    if viewer_actor_id is None:
        return VISITOR
    found = await server.recently(
        ("sight", viewer_actor_id), partial(server.database.row, _NARROWED, viewer_actor_id)
    )
    return Sight(viewer_actor_id, found is not None)


_BLOCKED: Final = f"SELECT 1 WHERE {_apart('$1', '$2')}"
_FOR_VISITORS: Final = f"SELECT 1 WHERE NOT {_signin_only('$1')}"


async def blocked(server: Server, one: int, other: int) -> bool:
    """Whether either of two actors wants nothing to do with the other. Plan: as `Sight`."""
    return await server.database.row(_BLOCKED, one, other) is not None


async def sees(server: Server, viewer_actor_id: int | None, author_id: int) -> bool:
    """Whether an author shows anything to somebody at all."""
    if viewer_actor_id is None:
        return await server.database.row(_FOR_VISITORS, author_id) is not None
    return not await blocked(server, viewer_actor_id, author_id)


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
