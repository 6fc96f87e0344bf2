"""One-time links that make an account."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import accounts, authentication
from fedicara.actions.accounts import NewAccount
from fedicara.actions.errors import Invalid, NotFound
from fedicara.web.session import form, server_of, set_cookie, start_form, text
from fedicara.web.templates import page


async def invitation(request: Request) -> Response:
    """GET /invitations/TOKEN."""
    found = await accounts.invitation(server_of(request), request.path_params["token"])
    if found is None:
        raise NotFound
    start_form(request)
    return page(request, "invitation.html", {"username": "", "ai": "", "role": found.role})


async def accept(request: Request) -> Response:
    """POST /invitations/TOKEN: the account, and a session for it."""
    server, token = server_of(request), request.path_params["token"]
    fields = await form(request)
    found = await accounts.invitation(server, token)
    if found is None:
        raise NotFound
    new = NewAccount(text(fields, "username"), text(fields, "password"), ai=text(fields, "ai"))
    try:
        if not new.ai:
            raise Invalid("ai", "Say which of these is usually true; you can change it for every work.")
        await accounts.accept_invitation(server, token, new)
    except Invalid as error:
        values = {
            "username": new.username,
            "ai": new.ai,
            "role": found.role,
            "errors": {error.field: error.sentence},
        }
        return page(request, "invitation.html", values, 422)
    value = await authentication.sign_in(server, new.username, new.password)
    response = RedirectResponse("/settings", 303)
    set_cookie(request, response, "session", value or "")
    return response
