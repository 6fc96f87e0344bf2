"""A work's page, and what its artist can do with it."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import originals, quotes, statements, works
from fedicara.actions import progress as made
from fedicara.actions.authentication import Viewer
from fedicara.actions.cloaks import stated, usual
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.markdown import hashtags
from fedicara.actions.preparation import may_retry
from fedicara.actions.threads import opened
from fedicara.actions.works import Edit
from fedicara.federation.heard import consent
from fedicara.federation.said.documents import WIDE
from fedicara.models import Work
from fedicara.reads import access, history, projects, threads
from fedicara.reads import works as reads
from fedicara.reads.quotes import seen_by
from fedicara.reads.views import WorkView
from fedicara.web import cases, cloaks, policy
from fedicara.web.documents import wants_document
from fedicara.web.progress import words
from fedicara.web.session import form, person, server_of, signed_in, text, viewer_id, viewer_of
from fedicara.web.templates import page, work_path
from policies.licences import LICENCES

PORTRAIT = 0.9
NOTHING_SAID: Final[Mapping[str, Any]] = {"said": "", "errors": {}}


async def readable(request: Request) -> WorkView:
    """The work in the address, if this person may read it."""
    server = server_of(request)
    found = await reads.work(server, request.path_params["id"])
    if found is None or not await access.may_read(server, found, viewer_id(request)):
        raise NotFound
    return found


async def _documented(request: Request) -> WorkView:
    """The work in the address for another server, which says who it is only where the document is (F-005)."""
    found = await reads.work(server_of(request), request.path_params["id"])
    for_all = found is not None and access.is_for_all(found) and viewer_of(request) is None
    return found if found is not None and for_all else await readable(request)


async def work(request: Request) -> Response:
    """GET /@NAME/ID: the pictures large, then what is said about them; its progress until it is published."""
    if wants_document(request):
        return RedirectResponse((await _documented(request)).uri, 303, {"Vary": "Accept"})
    found = await readable(request)
    if request.url.path != work_path(found) and request.path_params["name"] != found.actor.handle:
        return RedirectResponse(work_path(found), 303)
    if found.state in ("processing", "failed"):
        return await _unfinished(request, found)
    if found.state in ("held", "draft"):
        return await cases.told(request, found)
    await opened(server_of(request), viewer_of(request), found)
    return await shown(request, found)


async def shown(request: Request, found: WorkView, said: Mapping[str, Any] = NOTHING_SAID) -> Response:
    """The page of a published work, with its thread; `said` is a reply that was not taken."""
    licence = LICENCES.get(found.licence)
    request.state.policy = found.policy
    request.state.licence_url = licence.url if licence else None
    viewer = viewer_of(request)
    server, reader = server_of(request), viewer_id(request)
    above = await threads.above(server, found.id, reader) if found.in_reply_to else []
    (found,) = await seen_by(server, [found], reader)
    mine = viewer is not None and viewer.actor.id == found.actor.id
    values = {
        "work": found,
        "mine": mine,
        "parent": above[-1] if above and above[-1].uri == found.in_reply_to else None,
        "replies": await threads.below(server, found.id, reader),
        "quotes": await threads.quoted(server, found.id) if mine else 0,
        "marks": await threads.marks(server, reader, [found.id]),
        "may_boost": found.visibility in WIDE or (mine and found.visibility == "followers"),
        "may": await _may(viewer, found),
        "earlier": bool(found.edited and await history.earlier(server, found.id)),
        "renewal": await made.renewal(found.id) if mine and found.pictures else None,
        "question": mine and await cases.asks(request, found.id),
        "originals": await originals.of_work(found.id) if mine else (),
        "quoters": await quotes.granted(server, found.id) if mine else [],
        **said,
        "licence": licence,
        "cloak": next(filter(None, (stated(each.engine, each.strength) for each in found.pictures)), ""),
        "project": await projects.named(server, found),
        "portrait": all(0 < picture.width < PORTRAIT * picture.height for picture in found.pictures),
    }
    return page(request, "work.html", values, 422 if values["errors"] else 200)


async def _may(viewer: Viewer | None, found: WorkView) -> Mapping[str, bool]:
    """What the author would not refuse, where it is a post of another server (F-253)."""
    doing = {"like": consent.LIKE, "boost": consent.BOOST, "reply": consent.REPLY}
    if viewer is None or found.is_local:
        return dict.fromkeys(doing, True)
    row = await Work.get(id=found.id).prefetch_related("actor")
    return {name: await consent.may(row, viewer.actor, what) for name, what in doing.items()}


async def _unfinished(request: Request, found: WorkView) -> Response:
    state = await made.how_far(server_of(request), person(request), found.id)
    values = {"work": found, "progress": state, "words": words, "may_retry": await may_retry(found.id)}
    return page(request, "progress.html", values)


@signed_in
async def edit(request: Request) -> Response:
    """GET /@NAME/ID/edit."""
    server, viewer = server_of(request), person(request)
    row = await works.own(server, viewer, request.path_params["id"])
    found = await readable(request)
    return await _edit_page(request, row, found, {})


@signed_in
async def change(request: Request) -> Response:
    """POST /@NAME/ID/edit."""
    server, viewer = server_of(request), person(request)
    fields = await form(request)
    row = await works.own(server, viewer, request.path_params["id"])
    found = await readable(request)
    try:
        await works.edit(server, viewer, found.id, _edit(fields, found))
    except Invalid as error:
        return await _edit_page(request, row, found, {error.field: error.sentence})
    return RedirectResponse(work_path(found), 303)


def _edit(fields: FormData, found: WorkView) -> Edit:
    return Edit(
        title=text(fields, "title"),
        caption=text(fields, "caption"),
        warning=text(fields, "warning"),
        sensitive="sensitive" in fields,
        licence=text(fields, "licence"),
        ai=text(fields, "ai"),
        quotes=text(fields, "quotes") or None,
        policy=policy.choice(fields),
        tags=tuple(text(fields, "tags").replace(",", " ").split()),
        alts={picture.id: text(fields, f"alt.{picture.id}") for picture in found.pictures},
        medium=tuple(str(each) for each in fields.getlist("medium")),
        leads=_leads(fields, found),
        cloak=text(fields, "cloak") or None,
    )


def _leads(fields: FormData, found: WorkView) -> tuple[int, ...] | None:
    """The pictures ticked, None where they are those that lead already: the form does not know their order."""
    ticked = [picture for picture in found.pictures if str(picture.id) in fields.getlist("lead")]
    if {picture.id for picture in ticked} == {picture.id for picture in found.pictures if picture.lead}:
        return None
    return tuple(picture.id for picture in ticked)


async def _edit_page(request: Request, row: Work, found: WorkView, errors: Mapping[str, str]) -> Response:
    server = server_of(request)
    inherited = server.policy(person(request).actor.policy)
    values = {
        "work": found,
        "source": row.source,
        "quotes": row.quotes,
        "already": await statements.by_picture(row),
        "tags": " ".join(tag for tag in found.tags if tag not in hashtags(row.source)),
        "questions": policy.questions(server.bounds(), inherited, row.policy),
        "cloak": cloaks.question(server.settings, row.cloak or usual(server.settings)),
        "errors": errors,
    }
    return page(request, "edit.html", values, 422 if errors else 200)


@signed_in
async def ask_delete(request: Request) -> Response:
    """GET /@NAME/ID/delete: what will happen, and a way back."""
    await works.own(server_of(request), person(request), request.path_params["id"])
    return page(request, "delete.html", {"work": await readable(request)})


@signed_in
async def delete(request: Request) -> Response:
    """POST /@NAME/ID/delete."""
    await form(request)
    viewer = person(request)
    await works.delete(server_of(request), viewer, request.path_params["id"])
    return RedirectResponse(f"/@{viewer.actor.username}", 303)
