"""People who ask to follow, and to quote."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import follows, quotes
from fedicara.web.session import form, person, server_of, signed_in, text
from fedicara.web.templates import page


@signed_in
async def requests(request: Request) -> Response:
    """GET /requests."""
    server, viewer = server_of(request), person(request)
    values = {
        "actors": await follows.requests(server, viewer),
        "quotes": await quotes.waiting(server, viewer),
    }
    return page(request, "requests.html", values)


@signed_in
async def answer(request: Request) -> Response:
    """POST /requests/ID: yes or no."""
    fields = await form(request)
    accepted = text(fields, "answer") == "accept"
    await follows.answer(server_of(request), person(request), request.path_params["id"], accepted)
    return RedirectResponse("/requests", 303)
