"""What the people one follows show, in the order of time."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.actions import endings, likenesses, moving
from fedicara.reads import home as reads
from fedicara.reads import quotes
from fedicara.web.front import asked, older
from fedicara.web.session import person, server_of, signed_in
from fedicara.web.templates import page

LIMIT = 20


@signed_in
async def home(request: Request) -> Response:
    """GET /home."""
    server, viewer = server_of(request), person(request)
    found = await reads.home(server, viewer.actor.id, asked(request, LIMIT))
    values = {
        "works": await quotes.seen_by(server, found, viewer.actor.id),
        "older": older(found, LIMIT),
        "ended": await endings.count(viewer),
        "alike": len(await likenesses.listed(server, viewer)),
        "moved": await moving.notices(server, viewer),
    }
    return page(request, "home.html", values)
