"""Projects: an artist's works as an essay, and making, changing and deleting them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import projects
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.projects import Change, Draft
from fedicara.federation.said.documents import WIDE
from fedicara.models import Actor, Project
from fedicara.reads import projects as reads
from fedicara.reads import works
from fedicara.reads.access import sees
from fedicara.reads.projects import ProjectView
from fedicara.reads.views import Page, WorkView
from fedicara.web import lists
from fedicara.web.actors import named
from fedicara.web.documents import wants_document
from fedicara.web.post import VISIBILITIES
from fedicara.web.project_form import FIELDS_MOST, Form, rows_of, sent
from fedicara.web.session import form, person, server_of, signed_in, text, viewer_id, viewer_of
from fedicara.web.templates import actor_path, page, project_path
from policies.licences import LICENCES

CHOICE = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the essay: a work, or a text."""

    work: WorkView | None
    content: str = ""


async def project(request: Request) -> Response:
    """GET /@NAME/projects/ID: title, text, works at reading width with the artist's text between."""
    server, reader = server_of(request), viewer_id(request)
    found = await projects.readable(server, reader, request.path_params["id"])
    author = await Actor.get(id=found.actor_id)
    if wants_document(request):
        return RedirectResponse(found.uri, 303, {"Vary": "Accept"})
    if request.path_params["name"] != author.handle:
        return RedirectResponse(project_path(author, found), 303)
    licence = LICENCES.get(found.licence)
    request.state.policy = await lists.policy_of(
        server, author, found.stated, public=found.visibility in WIDE
    )
    request.state.licence_url = licence.url if licence else None
    parts = await _parts(request, found)
    values = {
        "project": found,
        "author": author,
        "parts_shown": parts,
        "count": sum(1 for each in parts if each.work),
        "waiting": await projects.look(server, viewer_of(request), found, author),
        "licence": licence,
        "mine": reader == found.actor_id,
    }
    return page(request, "project.html", values)


async def _parts(request: Request, found: ProjectView) -> list[Part]:
    server = server_of(request)
    entries = await reads.entries(server, found.id, viewer_id(request))
    known = await works.views(server, [each.work_id for each in entries if each.work_id])
    parts = [Part(known.get(each.work_id) if each.work_id else None, each.content) for each in entries]
    return [part for part in parts if part.work or part.content]


async def listed(request: Request) -> Response:
    """GET /@NAME/projects: all of an artist's projects."""
    server, author = server_of(request), await named(request)
    if not await sees(server, viewer_id(request), author.id):
        raise NotFound
    found = await reads.of_actor(server, author.id, viewer_id(request))
    request.state.policy = await lists.policy_of(server, author)
    values = {
        "author": author,
        "mine": viewer_id(request) == author.id,
        "tiles": await reads.tiles(server, found, viewer_id(request)),
    }
    return page(request, "projects.html", values)


@signed_in
async def begin(request: Request) -> Response:
    """GET /@NAME/projects/new."""
    _check_mine(request)
    return await _form(request, Form(licence=person(request).account.licence), {})


@signed_in
async def make(request: Request) -> Response:
    """POST /@NAME/projects/new: on to the project's page, or the form again after one of its small buttons."""
    server, viewer = server_of(request), person(request)
    _check_mine(request)
    fields = await form(request, most=FIELDS_MOST)
    state, action = sent(fields), text(fields, "do")
    if action:
        return await _form(request, state.after(action), {})
    draft = Draft(
        title=state.title,
        text=state.text,
        visibility=state.visibility,
        licence=state.licence,
        pieces=state.pieces,
        cover=state.cover if state.cover in await _pictures(request, state) else None,
        cover_post=state.cover_post,
        leads=state.leads,
    )
    try:
        made = await projects.make(server, viewer, draft)
    except Invalid as error:
        return await _form(request, state, {error.field: error.sentence})
    return RedirectResponse(f"{actor_path(viewer.actor)}/projects/{made.id}", 303)


def _check_mine(request: Request) -> None:
    if request.path_params["name"] != person(request).actor.username:
        raise NotFound


async def _pictures(request: Request, state: Form) -> set[int]:
    """The pictures of the works in the form; a cover of a work that was removed is forgotten with it."""
    known = await works.views(server_of(request), sorted(state.work_ids))
    return {picture.id for work in known.values() for picture in work.pictures}


@signed_in
async def edit(request: Request) -> Response:
    """GET /@NAME/projects/ID/edit."""
    server, viewer = server_of(request), person(request)
    found = await projects.own(server, viewer, request.path_params["id"])
    return await _form(request, await _stored(request, found), {}, found)


async def _stored(request: Request, found: Project) -> Form:
    return Form(
        title=found.title,
        text=found.source,
        visibility=found.visibility,
        licence=found.licence,
        rows=rows_of(await projects.pieces_of(server_of(request), found)),
        cover=found.cover_id,
        cover_post=found.cover_post_id is not None,
        leads=await projects.leads_of(found),
    )


@signed_in
async def change(request: Request) -> Response:
    """POST /@NAME/projects/ID/edit: saved, or the form again after one of its small buttons."""
    server, viewer = server_of(request), person(request)
    fields = await form(request, most=FIELDS_MOST)
    found = await projects.own(server, viewer, request.path_params["id"])
    state, action = replace(sent(fields), visibility=found.visibility), text(fields, "do")
    if action:
        return await _form(request, state.after(action), {}, found)
    wanted = Change(
        title=state.title,
        text=state.text,
        licence=state.licence,
        pieces=state.pieces,
        cover=state.cover if state.cover in await _pictures(request, state) else None,
        leads=state.leads if state.leads and found.cover_post_id else None,
    )
    try:
        await projects.edit(server, viewer, found.id, wanted)
    except Invalid as error:
        return await _form(request, state, {error.field: error.sentence}, found)
    return RedirectResponse(f"{actor_path(viewer.actor)}/projects/{found.id}", 303)


async def _form(
    request: Request, state: Form, errors: Mapping[str, str], found: Project | None = None
) -> Response:
    server, viewer = server_of(request), person(request)
    own = await works.gallery(server, viewer.actor.id, viewer.actor.id, Page(limit=CHOICE))
    cover_post = found.cover_post_id if found else None
    values = {
        "state": state,
        "known": await works.views(server, sorted(state.work_ids)),
        "choice": [
            each
            for each in own
            if each.id not in state.work_ids
            and each.id != cover_post
            and each.state == "published"
            and each.visibility != "direct"
        ],
        "visibilities": {name: VISIBILITIES[name] for name in projects.VISIBILITIES},
        "found": found,
        "errors": errors,
        "back": f"{actor_path(viewer.actor)}/projects" + (f"/{found.id}" if found else ""),
    }
    return page(request, "project_form.html", values, 422 if errors else 200)


@signed_in
async def ask_delete(request: Request) -> Response:
    """GET /@NAME/projects/ID/delete: what will happen, and a way back."""
    found = await projects.own(server_of(request), person(request), request.path_params["id"])
    return page(request, "project_delete.html", {"project": found, "author": person(request).actor})


@signed_in
async def delete(request: Request) -> Response:
    """POST /@NAME/projects/ID/delete."""
    await form(request)
    viewer = person(request)
    await projects.delete(server_of(request), viewer, request.path_params["id"])
    return RedirectResponse(actor_path(viewer.actor), 303)
