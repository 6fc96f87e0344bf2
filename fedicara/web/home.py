"""What the people one follows show, in the order of time."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.reads import home as reads
from fedicara.web.front import asked, older
from fedicara.web.session import person, server_of, signed_in
from fedicara.web.templates import page

LIMIT = 20


@signed_in
async def home(request: Request) -> Response:
    """GET /home."""
    found = await reads.home(server_of(request), person(request).actor.id, asked(request, LIMIT))
    return page(request, "home.html", {"works": found, "older": older(found, LIMIT)})
