"""Finding somebody by handle or address, here or elsewhere."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import discovery, projects
from fedicara.federation.blocks import is_blocked
from fedicara.models import Actor
from fedicara.web.session import person, server_of, signed_in, viewer_of
from fedicara.web.templates import actor_path, page, project_path

MOST = 2_048


async def search(request: Request) -> Response:
    """GET /search?q=: visitors find people of this place, people of this place find anybody."""
    text = request.query_params.get("q", "").strip()[:MOST]
    found = await _find(request, text) if text else None
    if found is None and "://" in text and (path := await _project(request, text)):
        return RedirectResponse(path, 303)
    return page(request, "search.html", {"q": text, "found": found})


async def _find(request: Request, text: str) -> Actor | None:
    server, viewer = server_of(request), viewer_of(request)
    if viewer is not None:
        found = await discovery.find(server, viewer, text)
        return found if found is not None and not await is_blocked([found.id], viewer.actor) else None
    found = await discovery.known(server, text)
    return found if found is not None and found.is_local and not found.signin_only else None


async def _project(request: Request, text: str) -> str:
    """The page of a project, found by its address."""
    server, viewer = server_of(request), viewer_of(request)
    found = await projects.find(server, viewer, text) if viewer is not None else None
    return project_path(await Actor.get(id=found.actor_id), found) if found is not None else ""


@signed_in
async def interact(request: Request) -> Response:
    """GET /authorize_interaction?uri=: where a follow begun on another server goes on."""
    text = request.query_params.get("uri", "").strip().removeprefix("acct:")[:MOST]
    found = await discovery.find(server_of(request), person(request), text) if text else None
    if found is None:
        return page(request, "search.html", {"q": text, "found": None})
    return RedirectResponse(actor_path(found), 303)
