"""Who follows the person who is signed in, and letting somebody follow no longer (F-386)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import follows
from fedicara.reads import people
from fedicara.web.front import asked
from fedicara.web.session import form, person, server_of, signed_in
from fedicara.web.templates import page

LIMIT = 40


@signed_in
async def followers(request: Request) -> Response:
    """GET /followers."""
    own = person(request).actor.id
    found = await people.followers(server_of(request), own, own, asked(request, LIMIT))
    older = found[-1][0] if len(found) == LIMIT else None
    return page(request, "followers.html", {"actors": [actor for _, actor in found], "older": older})


@signed_in
async def remove(request: Request) -> Response:
    """POST /followers/ID/remove: they are told that they follow no longer, and may ask again."""
    await form(request)
    await follows.remove_follower(server_of(request), person(request), request.path_params["id"])
    return RedirectResponse("/followers", 303)
