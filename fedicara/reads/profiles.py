"""Somebody with what apps count about them; plans: primary key of actors, follows_followed, works_actor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fedicara.models.database import Row
from fedicara.models.ids import time_of
from fedicara.reads.access import sight_of
from fedicara.reads.emojis import of_text
from fedicara.reads.views import EmojiView, as_json, as_time
from fedicara.server import Server

_COLUMNS = """
SELECT a.id, a.uri, a.type, a.username, a.domain, a.name, a.url, a.summary, a.summary_source, a.icon, a.image, a.locked, a.details,
  a.moved_to, a.discoverable, a.indexable, a.published, a.signin_only, a.hides_lists, a.hides_counts,
  (SELECT count(*) FROM follows f WHERE f.followed_id = a.id AND f.accepted) AS followers,
  (SELECT count(*) FROM follows f WHERE f.follower_id = a.id AND f.accepted) AS following,
  (SELECT count(*) FROM works w WHERE w.actor_id = a.id AND w.state = 'published'
    AND w.visibility IN ('public', 'unlisted')) AS works,
  (SELECT max(w.id) FROM works w WHERE w.actor_id = a.id AND w.state = 'published'
    AND w.visibility IN ('public', 'unlisted')) AS latest
FROM actors a
WHERE a.suspended IS NULL AND (a.domain <> '' OR EXISTS (SELECT 1 FROM accounts c WHERE c.actor_id = a.id))"""

_BY_NAME = f"{_COLUMNS} AND lower(a.username) = $1 AND a.domain = $2"
_FOUND = rf"{_COLUMNS} AND a.username LIKE $1 ESCAPE '\'{{only}} ORDER BY a.domain <> '', a.id LIMIT $2"


@dataclass(frozen=True, slots=True)
class Profile:
    """An actor as apps show it; counts are of what everybody may see, and for the owner alone where hidden."""

    id: int
    uri: str
    type: str
    username: str
    domain: str
    name: str
    url: str
    summary: str
    summary_source: str
    icon: str
    image: str
    locked: bool
    discoverable: bool
    indexable: bool
    signin_only: bool
    hides_lists: bool
    hides_counts: bool
    created: datetime
    latest: datetime | None
    followers: int
    following: int
    works: int
    details: Sequence[Mapping[str, str]] = ()
    moved: "Profile | None" = None
    emojis: tuple[EmojiView, ...] = ()

    @property
    def handle(self) -> str:
        """`ada` here, `ada@there.example` for others."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


async def profiles(server: Server, ids: Iterable[int]) -> dict[int, Profile]:
    """The actors with these ids that people know of; the place's own actor is none of them."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    marks = ", ".join(f"${number}" for number in range(1, len(wanted) + 1))
    rows = await server.database.rows(f"{_COLUMNS} AND a.id IN ({marks})", *wanted)
    return {each.id: each for each in await _whole(server, rows)}


async def profile(server: Server, actor_id: int) -> Profile | None:
    """One of them."""
    return (await profiles(server, [actor_id])).get(actor_id)


async def named(server: Server, username: str, domain: str = "") -> Profile | None:
    """The actor of a handle that is known here."""
    rows = await server.database.rows(_BY_NAME, username.lower(), domain.lower())
    return next(iter(await _whole(server, rows)), None)


async def beginning(server: Server, start: str, viewer_actor_id: int | None, limit: int) -> Sequence[Profile]:
    """Actors known here whose name begins so and whom somebody may see, people of this server first."""
    escaped = start.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    sql = _FOUND.format(only=(await sight_of(server, viewer_actor_id)).only("a.id"))
    return await _whole(server, await server.database.rows(sql, f"{escaped}%", limit))


async def _whole(server: Server, rows: Sequence[Row]) -> list[Profile]:
    """Profiles with where they moved, one level deep, and the emoji they name; a query for each where there are any."""
    gone = [row["moved_to"] for row in rows if row["moved_to"]]
    marks = ", ".join(f"${number}" for number in range(1, len(gone) + 1))
    there = await server.database.rows(f"{_COLUMNS} AND a.uri IN ({marks})", *gone) if gone else []
    targets = {row["uri"]: _profile(row) for row in there}
    found = [replace(_profile(row), moved=targets.get(row["moved_to"])) for row in rows]
    return [
        replace(each, emojis=await of_text(server, each.uri, f"{each.name} {each.summary}"))
        if each.domain and ":" in each.name + each.summary
        else each
        for each in found
    ]


def _profile(row: Row) -> Profile:
    flags = ("locked", "discoverable", "indexable", "signin_only", "hides_lists", "hides_counts")
    names = (
        "id",
        "uri",
        "type",
        "username",
        "domain",
        "name",
        "url",
        "summary",
        "summary_source",
        "icon",
        "image",
    )
    return Profile(
        **({name: row[name] for name in names} | {name: bool(row[name]) for name in flags}),
        created=as_time(row["published"]) or time_of(row["id"]),
        latest=time_of(row["latest"]) if row["latest"] else None,
        followers=row["followers"],
        following=row["following"],
        works=row["works"],
        details=as_json(row["details"]),
    )
