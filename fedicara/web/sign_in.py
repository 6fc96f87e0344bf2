"""Signing in and out."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import authentication
from fedicara.actions.errors import Forbidden, Invalid
from fedicara.rates import source_of
from fedicara.web.errors import status_of
from fedicara.web.session import (
    cookie_name,
    form,
    safe_path,
    server_of,
    set_cookie,
    start_form,
    text,
    viewer_of,
)
from fedicara.web.templates import page

WRONG = "That name and password do not belong together."


async def sign_in(request: Request) -> Response:
    """GET /sign-in."""
    target = safe_path(request.query_params.get("next", ""))
    if viewer_of(request) is not None:
        return RedirectResponse(target, 303)
    start_form(request)
    return page(request, "sign_in.html", {"next": target, "username": ""})


async def enter(request: Request) -> Response:
    """POST /sign-in: a new session, whatever there was before."""
    found = await form(request)
    target = safe_path(text(found, "next"))
    username = text(found, "username").removeprefix("@")
    values = {"next": target, "username": username}
    source = source_of(request.client.host) if request.client else ""
    try:
        value = await authentication.sign_in(server_of(request), username, text(found, "password"), source)
        wrong, status = WRONG, 422
    except (Forbidden, Invalid) as error:
        value, wrong, status = None, error.sentence, status_of(error)
    if value is None:
        return page(request, "sign_in.html", {**values, "errors": {"password": wrong}}, status)
    response = RedirectResponse(target, 303)
    set_cookie(request, response, "session", value)
    set_cookie(request, response, "form", "")
    return response


async def leave(request: Request) -> Response:
    """POST /sign-out: the session ends here and in the database."""
    await form(request)
    await authentication.sign_out(
        server_of(request), request.cookies.get(cookie_name(request, "session"), "")
    )
    response = RedirectResponse("/", 303)
    set_cookie(request, response, "session", "")
    return response
