"""Banned pictures, for those who look after the place."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import banned
from fedicara.actions.roles import moderator
from fedicara.web.session import form, moderating, person, server_of, text
from fedicara.web.templates import page

PATH: Final = "/moderation/pictures"


@moderating
async def show(request: Request) -> Response:
    """GET /moderation/pictures: what is banned; the pictures themselves are not shown."""
    return page(request, "banned.html", {"banned": await banned.listed()})


@moderating
async def ban(request: Request) -> Response:
    """POST /moderation/reports/ID/ban/WORK: ban the pictures of a post that a report names, and hide it."""
    fields = await form(request)
    by, work = moderator(person(request)), request.path_params["work"]
    await banned.ban_work(server_of(request), by, work, text(fields, "note"))
    return RedirectResponse(f"/moderation/reports/{request.path_params['id']}", 303)


@moderating
async def lift(request: Request) -> Response:
    """POST /moderation/pictures/ID: take a ban back."""
    await form(request)
    await banned.lift(server_of(request), moderator(person(request)), request.path_params["id"])
    return RedirectResponse(PATH, 303)
