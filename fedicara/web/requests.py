"""People who ask to follow."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import follows
from fedicara.web.session import form, person, server_of, signed_in, text
from fedicara.web.templates import page


@signed_in
async def requests(request: Request) -> Response:
    """GET /requests."""
    found = await follows.requests(server_of(request), person(request))
    return page(request, "requests.html", {"actors": found})


@signed_in
async def answer(request: Request) -> Response:
    """POST /requests/ID: yes or no."""
    fields = await form(request)
    accepted = text(fields, "answer") == "accept"
    await follows.answer(server_of(request), person(request), request.path_params["id"], accepted)
    return RedirectResponse("/requests", 303)
