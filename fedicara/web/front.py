"""The first page, and works under a tag."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.identifiers import identifier
from fedicara.reads import access, works
from fedicara.reads.views import Page, WorkView
from fedicara.web.session import server_of, viewer_id
from fedicara.web.templates import page

GRID = 40


def asked(request: Request, limit: int = GRID) -> Page:
    """The part of a list that the address names: older than `older`."""
    return Page(max_id=identifier(request.query_params.get("older", "")), limit=limit)


def older(found: list[WorkView], limit: int = GRID) -> int | None:
    """Where the next part starts, if there may be one."""
    return (found[-1].cursor or found[-1].id) if len(found) >= limit else None


async def front(request: Request) -> Response:
    """GET /: what this place promises, then what is new."""
    server = server_of(request)
    found = await works.public(server, asked(request), local=True)
    return page(request, "front.html", {"works": await _shown(request, found), "older": older(found)})


async def tag(request: Request) -> Response:
    """GET /tags/TAG: public works under a tag."""
    name = request.path_params["tag"].lower()
    found = await works.by_tag(server_of(request), name, asked(request))
    shown = await _shown(request, found)
    return page(request, "tag.html", {"tag": name, "works": shown, "older": older(found)})


async def _shown(request: Request, found: list[WorkView]) -> list[WorkView]:
    """Without what people made whom the viewer blocks, or who block the viewer (MOD-03)."""
    hidden = await access.blocked_with(server_of(request), viewer_id(request))
    return [work for work in found if work.actor.id not in hidden]
