"""The page of follows that a rule of the place ended."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import endings
from fedicara.web.session import form, person, server_of, signed_in
from fedicara.web.templates import page

PATH = "/follows/ended"


@signed_in
async def show(request: Request) -> Response:
    """GET /follows/ended."""
    found = await endings.listed(server_of(request), person(request))
    return page(request, "ended.html", {"endings": found})


@signed_in
async def clear(request: Request) -> Response:
    """POST /follows/ended: seen."""
    await form(request)
    await endings.clear(person(request))
    return RedirectResponse("/home", 303)
