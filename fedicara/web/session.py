"""Who looks at a page, and whether a form really came from one of ours."""

import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import authentication, roles
from fedicara.actions.authentication import SESSION_LIFE, Viewer
from fedicara.actions.errors import Forbidden, TooLarge
from fedicara.server import Server

Handler = Callable[[Request], Awaitable[Response]]

FORM_LIMIT = 1 << 20
FORM_FIELDS = 200
STALE = "This form is too old, or came from another page. Nothing was changed. Go back, reload the page and send it again."
_PATH = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


def server_of(request: Request) -> Server:
    """The server that answers."""
    server: Server = request.app.state.server
    return server


def viewer_of(request: Request) -> Viewer | None:
    """Who is signed in, once `load` has asked."""
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return viewer


def person(request: Request) -> Viewer:
    """Who is signed in, on a page for people who are."""
    viewer = viewer_of(request)
    if viewer is None:
        raise Forbidden("Sign in first.")
    return viewer


def viewer_id(request: Request) -> int | None:
    """The actor of who is signed in."""
    viewer = viewer_of(request)
    return viewer.actor.id if viewer else None


async def load(request: Request) -> None:
    """Find out who is signed in."""
    value = request.cookies.get(cookie_name(request, "session"))
    request.state.viewer = (
        await authentication.viewer_of_session(server_of(request), value) if value else None
    )


def signed_in(handler: Handler) -> Handler:
    """Send visitors to the sign-in page first, and back afterwards."""

    async def guarded(request: Request) -> Response:
        if viewer_of(request) is not None:
            return await handler(request)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = path if request.method in ("GET", "HEAD") else "/home"
        return RedirectResponse(f"/sign-in?next={quote(target, safe='/@')}", 303)

    return guarded


def moderating(handler: Handler) -> Handler:
    """A page for the people who look after the place; visitors sign in first, artists get 403 (API-03)."""

    @signed_in
    async def guarded(request: Request) -> Response:
        roles.moderator(person(request))
        return await handler(request)

    return guarded


def administering(handler: Handler) -> Handler:
    """A page for the administrators; visitors sign in first, everybody else gets 403 (API-03)."""

    @signed_in
    async def guarded(request: Request) -> Response:
        roles.administrator(person(request))
        return await handler(request)

    return guarded


def safe_path(value: str, otherwise: str = "/home") -> str:
    """The address to go on to, if it is a path of this server."""
    return value if _PATH.fullmatch(value) else otherwise


def cookie_name(request: Request, name: str) -> str:
    """`__Host-` binds a cookie to this host, where there is https."""
    return f"__Host-{name}" if server_of(request).settings.is_secure else name


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that no script reads; an empty value removes it."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=int(SESSION_LIFE.total_seconds()) if value else 0,
        secure=server_of(request).settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def form_token(request: Request) -> str:
    """What the page's forms carry: bound to the session, or to a cookie of its own on the way in."""
    bound = _bound_to(request)
    return authentication.form_token(server_of(request), bound) if bound else ""


def _bound_to(request: Request) -> str:
    session = request.cookies.get(cookie_name(request, "session"), "")
    if session and viewer_of(request):
        return session
    started: str = getattr(request.state, "form", "")
    return request.cookies.get(cookie_name(request, "form")) or started


def start_form(request: Request) -> None:
    """Before a page with a form for visitors: give the browser something a token can be bound to."""
    request.state.form = request.cookies.get(cookie_name(request, "form")) or secrets.token_urlsafe(16)


def keep_form(request: Request, response: Response) -> None:
    """Set the cookie that `start_form` chose."""
    if value := getattr(request.state, "form", ""):
        set_cookie(request, response, "form", value)


def check_origin(request: Request) -> None:
    """Refuse what another site sent (WEB-08); a browser that says nothing is judged by the token alone."""
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() != server_of(request).settings.base_url:
        raise Forbidden(STALE)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden(STALE)


def check_token(request: Request, value: object) -> None:
    """Refuse a form without the token of this session."""
    bound = _bound_to(request)
    if not bound or not isinstance(value, str):
        raise Forbidden(STALE)
    if not authentication.check_form_token(server_of(request), bound, value):
        raise Forbidden(STALE)


async def form(request: Request, *, most: int = FORM_FIELDS) -> FormData:
    """The fields of a form from one of our pages; `Forbidden` for every other."""
    check_origin(request)
    if int(request.headers.get("content-length") or 0) > FORM_LIMIT:
        raise TooLarge(FORM_LIMIT)
    found = await request.form(max_files=0, max_fields=most)
    check_token(request, found.get("_token"))
    return found


def text(found: FormData, name: str) -> str:
    """A field's text, empty where it is absent."""
    value = found.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
