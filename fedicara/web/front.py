"""The first page, and works under a tag."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.identifiers import identifier
from fedicara.reads import works
from fedicara.reads.views import Page, WorkView
from fedicara.web.lists import policy_for
from fedicara.web.session import server_of, signed_in, viewer_id, viewer_of
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
    if _is_closed(request):
        return page(request, "front.html", {"works": [], "older": None, "closed": True})
    found = await works.public(server, viewer_id(request), asked(request), local=True)
    return page(request, "front.html", {"works": found, "older": older(found), "closed": False})


def _is_closed(request: Request) -> bool:
    """Whether lists of everybody's works are not for this visitor (P-207)."""
    return server_of(request).settings.timelines_need_account and viewer_of(request) is None


async def tag(request: Request) -> Response:
    """GET /tags/TAG: public works under a tag."""
    return await (signed_in(_tag) if _is_closed(request) else _tag)(request)


async def _tag(request: Request) -> Response:
    name = request.path_params["tag"].lower()
    server = server_of(request)
    found = await works.by_tag(server, name, viewer_id(request), asked(request))
    request.state.policy = policy_for(server.policy(), found)
    return page(request, "tag.html", {"tag": name, "works": found, "older": older(found)})
