"""Finding somebody or a work by handle or address, here or elsewhere."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import discovery, projects
from fedicara.federation.said.blocks import is_blocked
from fedicara.models import Actor, Work
from fedicara.reads import works
from fedicara.reads.views import WorkView
from fedicara.web.session import server_of, signed_in, viewer_of
from fedicara.web.templates import actor_path, page, project_path, work_path

MOST = 2_048


async def search(request: Request) -> Response:
    """GET /search?q=: visitors find people of this place, people of this place find anybody and anything."""
    text = request.query_params.get("q", "").strip()[:MOST]
    found = await _find(request, text) if text else None
    if found is None and "://" in text and (path := await _project(request, text)):
        return RedirectResponse(path, 303)
    return _results(request, text, found)


def _results(request: Request, text: str, found: Actor | WorkView | None) -> Response:
    values = {
        "q": text,
        "found": found if isinstance(found, Actor) else None,
        "work": found if isinstance(found, WorkView) else None,
    }
    return page(request, "search.html", values)


async def _find(request: Request, text: str) -> Actor | WorkView | None:
    server, viewer = server_of(request), viewer_of(request)
    if viewer is None:
        known = await discovery.known(server, text)
        return known if known is not None and known.is_local and not known.signin_only else None
    found = await discovery.find(server, viewer, text)
    if isinstance(found, Work):
        return await works.work(server, found.id)
    return found if found is not None and not await is_blocked([found.id], viewer.actor) else None


async def _project(request: Request, text: str) -> str:
    """The page of a project, found by its address."""
    server, viewer = server_of(request), viewer_of(request)
    found = await projects.find(server, viewer, text) if viewer is not None else None
    return project_path(await Actor.get(id=found.actor_id), found) if found is not None else ""


@signed_in
async def interact(request: Request) -> Response:
    """GET /authorize_interaction?uri=: where a follow, a like or a reply begun on another server goes on (F-271)."""
    text = request.query_params.get("uri", "").strip()[:MOST]
    found = await _find(request, text) if text else None
    if isinstance(found, Actor):
        return RedirectResponse(actor_path(found), 303)
    return RedirectResponse(work_path(found), 303) if found else _results(request, text, None)
