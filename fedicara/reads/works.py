"""Lists of works: a query for the ids on an index, then everything about them in five queries whatever their number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fedicara.models.database import Row
from fedicara.reads import ai_made, emojis, statements
from fedicara.reads.access import sees, sight_of
from fedicara.reads.media import media_url, proxy_url
from fedicara.reads.views import ActorView, Page, PictureView, RenditionView, WorkView, as_json, as_time
from fedicara.server import Server
from policies.ai_made import HASHTAG
from policies.policy import Policy

_WORKS = """
SELECT w.id, w.uri, w.url, w.title, w.content, w.warning, w.sensitive, w.visibility, w.language, w.licence, w.ai, w.ai_said,
       w.published, w.edited, w.state, w.failure, w.in_reply_to, w.revision, w.policy, w.project, w.medium,
       a.id AS actor_id, a.uri AS actor_uri, a.username, a.domain, a.name, a.url AS actor_url, a.icon,
       a.locked, a.policy AS actor_policy, a.indexable, a.revision AS actor_revision,
       (SELECT count(*) FROM likes l WHERE l.work_id = w.id) AS likes,
       (SELECT count(*) FROM boosts b WHERE b.work_id = w.id) AS boosts,
       (SELECT count(*) FROM works r WHERE r.in_reply_to = w.uri AND r.state = 'published'
         AND r.visibility IN ('public', 'unlisted')) AS replies,
       p.id AS parent_id, p.actor_id AS parent_actor_id
FROM works w JOIN actors a ON a.id = w.actor_id
LEFT JOIN works p ON p.uri = w.in_reply_to AND w.in_reply_to <> '' WHERE w.id IN ({ids})"""

_PICTURES = """
SELECT id, work_id, alt, width, height, blurhash, focus_x, focus_y, engine, strength, remote_url, media_type, lead, stated
FROM pictures WHERE work_id IN ({ids}) AND state <> 'withheld' ORDER BY work_id, position, id"""

_RENDITIONS = """
SELECT p.id AS picture_id, r.name, r.key, r.media_type, r.width, r.height
FROM pictures p JOIN renditions r ON r.picture_id = coalesce(p.shows_id, p.id)
WHERE p.work_id IN ({ids}) AND (p.shows_id IS NULL OR EXISTS (
  SELECT 1 FROM pictures o JOIN works ow ON ow.id = o.work_id WHERE o.id = p.shows_id AND ow.state = 'published'))"""

_TAGS = "SELECT work_id, name FROM tags WHERE work_id IN ({ids}) ORDER BY id"

_MENTIONS = """
SELECT m.work_id, a.id, a.uri, a.username, a.domain, a.name, a.url, a.icon, a.locked, a.revision, a.summary
FROM mentions m JOIN actors a ON a.id = m.actor_id WHERE m.work_id IN ({ids}) ORDER BY m.id"""

_QUOTES = """
SELECT q.work_id, q.quoted, w.id AS quoted_id FROM quotations q
LEFT JOIN works w ON w.uri = q.quoted AND q.state = 'granted' AND w.state = 'published'
  AND w.visibility IN ('public', 'unlisted')
  AND NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = w.actor_id AND a.signin_only = TRUE)
WHERE q.work_id IN ({ids})"""

_ACTORS = "SELECT id, uri, username, domain, name, url, icon, locked, revision, summary FROM actors WHERE id IN ({ids})"


async def work(server: Server, work_id: int) -> WorkView | None:
    """One work, whatever its state; ask `reads.access.may_read` before showing it. Plan: primary key."""
    found = await views(server, [work_id])
    return found.get(work_id)


async def public(
    server: Server, viewer_actor_id: int | None, page: Page, *, local: bool = False
) -> list[WorkView]:
    """Public works that somebody may see and that bear no label, newest first. Plan: index works_public, no sort."""
    where = " AND w.actor_id IN (SELECT id FROM actors WHERE domain = '')" if local else ""
    sight, listed = await sight_of(server, viewer_actor_id), await ai_made.listed(server)
    sql = f"""SELECT w.id FROM works w WHERE w.visibility = 'public' AND w.state = 'published'
              AND w.in_reply_to = '' AND w.retrieved = FALSE{where}{listed}{sight.only("w.actor_id")} {{bounds}}"""  # noqa: S608  (no outside text)
    return await _listed(server, sql, (), page)


async def gallery(server: Server, actor_id: int, viewer_actor_id: int | None, page: Page) -> list[WorkView]:
    """An artist's works as far as the viewer may see them. Plan: index works_actor, no sort."""
    if viewer_actor_id == actor_id:
        sql = "SELECT w.id FROM works w WHERE w.actor_id = $1 AND w.in_reply_to = '' {bounds}"
        return await _listed(server, sql, (actor_id,), page)
    if not await sees(server, viewer_actor_id, actor_id):
        return []
    sql = """SELECT w.id FROM works w WHERE w.actor_id = $1 AND w.state = 'published' AND w.in_reply_to = '' AND (
               w.visibility IN ('public', 'unlisted')
               OR w.visibility = 'local' AND EXISTS (SELECT 1 FROM actors a WHERE a.id = $2 AND a.domain = '')
               OR w.visibility = 'followers' AND EXISTS (
                 SELECT 1 FROM follows f WHERE f.follower_id = $2 AND f.followed_id = $1 AND f.accepted = TRUE)
               OR w.visibility IN ('followers', 'direct') AND EXISTS (
                 SELECT 1 FROM mentions m WHERE m.actor_id = $2 AND m.work_id = w.id)) {bounds}"""
    return await _listed(server, sql, (actor_id, viewer_actor_id or 0), page)


async def by_tag(server: Server, name: str, viewer_actor_id: int | None, page: Page) -> list[WorkView]:
    """Public works with a tag that somebody may see; labelled ones under their own tag alone. Plan: index tags_name, no sort."""
    sight = await sight_of(server, viewer_actor_id)
    listed = "" if name.lower() == HASHTAG.lower() else await ai_made.listed(server)
    sql = f"""SELECT t.work_id AS id FROM tags t JOIN works w ON w.id = t.work_id
              WHERE t.name = $1 AND w.visibility = 'public' AND w.state = 'published' AND w.retrieved = FALSE
              {listed}{sight.only("w.actor_id")} {{bounds}}"""  # noqa: S608  (no outside text)
    return await _listed(server, sql, (name.lower(),), page, column="t.work_id")


async def ids(server: Server, sql: str, values: Sequence[Any], page: Page, column: str = "w.id") -> list[int]:
    """Ids of a page, newest first; `{bounds}` in the query stands for the page."""
    bounds, more, backwards = _bounds(page, column, len(values) + 1)
    order = f"AND {bounds} ORDER BY {column} {'ASC' if backwards else 'DESC'} LIMIT {page.limit}"
    found = [row["id"] for row in await server.database.rows(sql.format(bounds=order), *values, *more)]
    return found[::-1] if backwards else found


async def _listed(
    server: Server, sql: str, values: Sequence[Any], page: Page, column: str = "w.id"
) -> list[WorkView]:
    found = await ids(server, sql, values, page, column)
    known = await views(server, found)
    return [known[identifier] for identifier in found if identifier in known]


def _bounds(page: Page, column: str, first: int) -> tuple[str, list[int], bool]:
    """The page as SQL, its values, and whether it is read from its old end."""
    conditions: list[str] = ["1 = 1"]
    values: list[int] = []
    for value, comparison in ((page.max_id, "<"), (page.since_id, ">"), (page.min_id, ">")):
        if value is not None:
            conditions.append(f"{column} {comparison} ${first + len(values)}")
            values.append(value)
    return " AND ".join(conditions), values, page.min_id is not None


async def views(server: Server, work_ids: Sequence[int]) -> dict[int, WorkView]:
    """Works by id, those that exist, with what they quote where that was agreed to. Plan: the unique work of quotations."""
    found = await _views(server, work_ids)
    if not found:
        return {}
    rows = await server.database.rows(_in(_QUOTES, list(found)), *found)
    quoted = await _views(server, [row["quoted_id"] for row in rows if row["quoted_id"]])
    quoting = {
        row["work_id"]: replace(
            found[row["work_id"]], quoting=row["quoted"], quoted=quoted.get(row["quoted_id"])
        )
        for row in rows
    }
    return found | quoting


async def actors(server: Server, wanted: Iterable[int]) -> dict[int, ActorView]:
    """Actors by id, those that exist."""
    numbers = list(wanted)
    if not numbers:
        return {}
    rows = await server.database.rows(_in(_ACTORS, numbers), *numbers)
    return await emojis.of_people(server, [actor_view(row) for row in rows])


def actor_view(row: Row) -> ActorView:
    """An actor of a row with the columns of `actors`."""
    return ActorView(
        row["id"],
        row["uri"],
        row["username"],
        row["domain"],
        row["name"],
        row["url"],
        row["summary"],
        row["icon"],
        bool(row["locked"]),
        row["revision"],
    )


def _in(sql: str, numbers: Sequence[int]) -> str:
    return sql.format(ids=", ".join(f"${place}" for place in range(1, len(numbers) + 1)))


async def _views(server: Server, work_ids: Sequence[int]) -> dict[int, WorkView]:
    if not work_ids:
        return {}
    numbers = list(dict.fromkeys(work_ids))
    rows = await server.database.rows(_in(_WORKS, numbers), *numbers)
    await statements.look(server)
    pictures = await _pictures(server, {row["id"]: row for row in rows})
    tags: dict[int, list[str]] = {}
    for row in await server.database.rows(_in(_TAGS, numbers), *numbers):
        tags.setdefault(row["work_id"], []).append(row["name"])
    found = {
        row["id"]: _view(server, row, pictures.get(row["id"], []), tags.get(row["id"], [])) for row in rows
    }
    mentions: dict[int, list[ActorView]] = {}
    for row in await server.database.rows(_in(_MENTIONS, numbers), *numbers):
        mentions.setdefault(row["work_id"], []).append(actor_view(row))
    mentioning = {
        number: replace(found[number], mentions=tuple(people))
        for number, people in mentions.items()
        if number in found
    }
    return await emojis.of_works(server, found | mentioning)


async def _pictures(server: Server, works: Mapping[int, Row]) -> dict[int, list[PictureView]]:
    numbers = list(works)
    rows = await server.database.rows(_in(_PICTURES, numbers), *numbers) if numbers else []
    work_of = {row["id"]: row["work_id"] for row in rows}
    renditions: dict[int, dict[str, RenditionView]] = {}
    for row in await server.database.rows(_in(_RENDITIONS, numbers), *numbers) if numbers else []:
        url = media_url(server, row["key"], public=_is_wide(works[work_of[row["picture_id"]]]))
        made = RenditionView(row["name"], url, row["media_type"], row["width"], row["height"])
        renditions.setdefault(row["picture_id"], {})[row["name"]] = made
    found: dict[int, list[PictureView]] = {}
    for row in rows:
        work = works[row["work_id"]]
        sizes = renditions.get(row["id"], {}) if not row["remote_url"] else _remote(server, row, work)
        said = (
            statements.picture_policy(server, work, row["stated"], public=_is_wide(work))
            if work["domain"]
            else (None, "")
        )
        found.setdefault(row["work_id"], []).append(_picture(row, sizes, *said))
    return found


def _is_wide(work: Row) -> bool:
    return work["visibility"] in ("public", "unlisted")


def _remote(server: Server, row: Row, work: Row) -> dict[str, RenditionView]:
    url = proxy_url(server, row["id"], public=_is_wide(work))
    return {"remote": RenditionView("remote", url, row["media_type"], row["width"], row["height"])}


def _picture(
    row: Row, renditions: Mapping[str, RenditionView], policy: Policy | None, stated_by: str
) -> PictureView:
    return PictureView(
        row["id"],
        row["alt"],
        row["width"],
        row["height"],
        row["blurhash"],
        (row["focus_x"], row["focus_y"]),
        renditions,
        row["engine"],
        row["strength"],
        row["remote_url"],
        row["lead"],
        policy,
        stated_by,
    )


def _view(server: Server, row: Row, pictures: Sequence[PictureView], tags: Sequence[str]) -> WorkView:
    policy, stated_by = _stated(server, row)
    return WorkView(
        id=row["id"],
        uri=row["uri"],
        url=row["url"],
        actor=_author(row),
        title=row["title"],
        content=row["content"],
        warning=row["warning"],
        sensitive=bool(row["sensitive"]),
        visibility=row["visibility"],
        language=row["language"],
        licence=row["licence"],
        ai=row["ai"],
        ai_said=row["ai_said"],
        published=as_time(row["published"]),
        edited=as_time(row["edited"]),
        pictures=tuple(pictures),
        tags=tuple(tags),
        state=row["state"],
        failure=row["failure"],
        in_reply_to=row["in_reply_to"],
        parent_id=row["parent_id"],
        parent_actor_id=row["parent_actor_id"],
        replies=row["replies"],
        revision=row["revision"],
        policy=policy,
        stated_by=stated_by,
        cursor=row["id"],
        likes=row["likes"],
        boosts=row["boosts"],
        project=row["project"],
        medium=tuple(as_json(row["medium"])),
    )


def _author(row: Row) -> ActorView:
    return ActorView(
        row["actor_id"],
        row["actor_uri"],
        row["username"],
        row["domain"],
        row["name"],
        row["actor_url"],
        "",
        row["icon"],
        bool(row["locked"]),
        row["actor_revision"],
    )


def policy_of(server: Server, row: Row) -> Policy:
    """What our surfaces say of a work: its own policy, of works of others the stricter of theirs and ours (P-033)."""
    return _stated(server, row)[0]


def _stated(server: Server, row: Row) -> tuple[Policy, str]:
    if row["domain"]:
        return statements.policy_of(server, row, public=_is_wide(row))
    policy = server.policy(as_json(row["actor_policy"]), as_json(row["policy"]), public=_is_wide(row))
    return policy, statements.LOCAL
