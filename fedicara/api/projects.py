"""Projects: ordered collections of works with text between them (A-260 to A-263)."""

import hashlib
from collections.abc import Mapping, Sequence

import orjson
from starlette.responses import Response

from fedicara.actions import projects
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.projects import Change, Draft, Piece
from fedicara.api import entities, present
from fedicara.api.answers import json, refusal
from fedicara.api.entities import VISIBILITIES, Entity
from fedicara.api.parameters import Parameters
from fedicara.api.resource import Call, identifier, method
from fedicara.reads import projects as reads
from fedicara.reads import works
from fedicara.reads.profiles import profile
from fedicara.reads.projects import Entry, ProjectView, Tile
from fedicara.reads.views import RenditionView

ASKED: Mapping[str, str] = {"public": "public", "unlisted": "unlisted", "private": "followers"}
FIELDS: Mapping[str, str] = {"text": "summary", "works": "ids", "leads": "cover_post[leads]"}
"""What apps call the fields that an action names."""


@method("read:projects")
async def mine(call: Call) -> Response:
    """GET /projects: one's own, newest first."""
    return await _listed(call, call.viewer.actor.id)


@method()
async def of_account(call: Call) -> Response:
    """GET /accounts/:id/projects."""
    return await _listed(call, call.id())


async def _listed(call: Call, actor_id: int) -> Response:
    found = await reads.of_actor(call.server, actor_id, call.actor_id)
    return json([await _entity(call, each) for each in found])


@method("write:projects")
async def make(call: Call) -> Response:
    """POST /projects."""
    sent, cover = call.parameters, call.parameters.tree("cover_post")
    asked = sent.text("visibility") or "public"
    if asked not in ASKED:
        raise Invalid("visibility", f"Say one of {', '.join(ASKED)}.")
    draft = Draft(
        title=sent.text("title"),
        text=sent.text("summary"),
        visibility=ASKED[asked],
        licence=sent.text("licence"),
        pieces=tuple(_ids(sent, "ids")),
        cover=_cover(sent),
        cover_post=cover.flag("publish"),
        leads=tuple(_ids(cover, "leads")),
    )
    try:
        made = await projects.make(call.server, call.viewer, draft)
    except Invalid as error:
        raise _renamed(error) from error
    return await _answer(call, made.id)


@method()
async def show(call: Call) -> Response:
    """GET /projects/:id."""
    return await _answer(call, call.id())


@method("write:projects")
async def edit(call: Call) -> Response:
    """PATCH /projects/:id; who sees it stays as it was."""
    sent, cover = call.parameters, call.parameters.tree("cover_post")
    change = Change(
        title=sent.text("title") if sent.has("title") else None,
        text=sent.text("summary") if sent.has("summary") else None,
        licence=sent.text("licence") or None,
        cover=_cover(sent),
        leads=tuple(_ids(cover, "leads")) if cover.has("leads") else None,
    )
    return await _changed(call, change)


@method("write:projects")
async def delete(call: Call) -> Response:
    """DELETE /projects/:id: the works stay."""
    await projects.delete(call.server, call.viewer, call.id())
    return json({})


@method()
async def list_works(call: Call) -> Response:
    """GET /projects/:id/works: in the artist's order, with the ETag that changes with it."""
    found = await projects.readable(call.server, call.actor_id, call.id())
    entries = await reads.entries(call.server, found.id, call.actor_id)
    known = await works.views(call.server, [each.work_id for each in entries if each.work_id])
    shown = [known[each.work_id] for each in entries if each.work_id in known]
    return json(await present.statuses(call.server, shown, call.actor_id), headers={"ETag": _tag(entries)})


@method("write:projects")
async def order(call: Call) -> Response:
    """PUT /projects/:id/works: the whole order in one call; texts stay after as many works as before (A-261)."""
    found = await projects.own(call.server, call.viewer, call.id())
    entries = await reads.entries(call.server, found.id, call.actor_id)
    wanted = call.request.headers.get("if-match")
    if wanted not in (None, "*", _tag(entries)):
        return refusal(412, "The project changed meanwhile; read its works again.")
    texts = [(after, text.source) for after, text in reads.texts(entries)]
    return await _changed(call, Change(pieces=_merged(_ids(call.parameters, "ids"), texts)))


@method("write:projects")
async def add(call: Call) -> Response:
    """POST /projects/:id/works/:work_id."""
    try:
        await projects.add(call.server, call.viewer, call.id(), call.id("work_id"))
    except Invalid as error:
        raise _renamed(error) from error
    return await _answer(call, call.id())


@method("write:projects")
async def remove(call: Call) -> Response:
    """DELETE /projects/:id/works/:work_id."""
    await projects.remove(call.server, call.viewer, call.id(), call.id("work_id"))
    return await _answer(call, call.id())


@method("write:projects")
async def write_sections(call: Call) -> Response:
    """PUT /projects/:id/sections: all texts between works (A-262)."""
    found = await projects.own(call.server, call.viewer, call.id())
    held = [each for each in await projects.pieces_of(call.server, found) if isinstance(each, int)]
    texts = [_section(each, len(held)) for each in call.parameters.trees("sections")]
    return await _changed(call, Change(pieces=_merged(held, texts)))


def _section(sent: Parameters, most: int) -> tuple[int, str]:
    after = sent.text("after")
    if not (after.isascii() and after.isdecimal() and len(after) < 5 and int(after) <= most):
        raise Invalid("sections", f"`after` is a number from 0 to {most}, the works of the project.")
    return int(after), sent.text("content")


def _merged(held: Sequence[int], texts: Sequence[tuple[int, str]]) -> tuple[Piece, ...]:
    """Works with texts between them; a text after more works than there are comes last."""
    pieces = list[Piece]()
    for number in range(len(held) + 1):
        pieces += [text for after, text in texts if min(after, len(held)) == number]
        pieces += held[number : number + 1]
    return tuple(pieces)


async def _changed(call: Call, change: Change) -> Response:
    try:
        project = await projects.edit(call.server, call.viewer, call.id(), change)
    except Invalid as error:
        raise _renamed(error) from error
    return await _answer(call, project.id)


def _renamed(error: Invalid) -> Invalid:
    return Invalid(FIELDS.get(error.field, error.field), error.sentence)


def _ids(sent: Parameters, name: str) -> list[int]:
    try:
        return [identifier(each) for each in sent.texts(name)]
    except NotFound:
        raise Invalid(name, "One of these does not exist.") from None


def _cover(sent: Parameters) -> int | None:
    return next(iter(_ids(sent, "cover")), None) if sent.text("cover") else None


async def _answer(call: Call, project_id: int) -> Response:
    found = await projects.readable(call.server, call.actor_id, project_id)
    return json(await _entity(call, found))


async def _entity(call: Call, found: ProjectView) -> Entity:
    entries = await reads.entries(call.server, found.id, call.actor_id)
    (tile,) = await reads.tiles(call.server, [found], call.actor_id)
    author = await profile(call.server, found.actor_id)
    shown = _shown(tile, stranger=call.actor_id is None)
    return {
        "id": str(found.id),
        "url": found.url or found.uri,
        "uri": found.uri,
        "title": found.title,
        "summary": found.content,
        "cover": shown.url if shown else None,
        "visibility": VISIBILITIES[found.visibility],
        "works_count": tile.count,
        "account": entities.account(call.server, author) if author else None,
        "sections": [{"after": after, "content": text.content} for after, text in reads.texts(entries)],
        "updated_at": entities.time(found.edited or found.published),
    }


def _shown(tile: Tile, *, stranger: bool) -> RenditionView | None:
    """The cover in a size that the reader is shown (P-246)."""
    if tile.cover is None or tile.work is None:
        return None
    sizes = entities.tier(tile.work.policy, stranger=stranger and tile.work.is_local)
    names = [name for name in ("preview", "small", "remote") if name in (*sizes, "remote")]
    return next((tile.cover.renditions[name] for name in names if name in tile.cover.renditions), None)


def _tag(entries: Sequence[Entry]) -> str:
    """Changes with the order of works and texts, as this reader sees it."""
    stated = orjson.dumps([[each.uri, each.source] for each in entries])
    return f'"{hashlib.blake2b(stated, digest_size=12).hexdigest()}"'
