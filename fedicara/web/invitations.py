"""One-time links that make an account."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import accounts, ai_made, authentication
from fedicara.actions.accounts import NewAccount
from fedicara.actions.errors import Invalid, NotFound
from fedicara.models import Invitation
from fedicara.models.accounts import Role
from fedicara.web import ai_rules
from fedicara.web.session import form, server_of, set_cookie, start_form, text
from fedicara.web.templates import page
from policies.ai_made import Rules


async def invitation(request: Request) -> Response:
    """GET /invitations/TOKEN."""
    found = await accounts.invitation(server_of(request), request.path_params["token"])
    if found is None:
        raise NotFound
    start_form(request)
    return _page(request, found, NewAccount("", "", ai=""), Rules().stated, {})


async def accept(request: Request) -> Response:
    """POST /invitations/TOKEN: the account, and a session for it."""
    server, token = server_of(request), request.path_params["token"]
    fields = await form(request)
    found = await accounts.invitation(server, token)
    if found is None:
        raise NotFound
    new = NewAccount(text(fields, "username"), text(fields, "password"), ai=text(fields, "ai"))
    rules = {about: text(fields, f"rule.{about}") or rule for about, rule in Rules().stated.items()}
    try:
        if not new.ai:
            raise Invalid("ai", "Say which of these is usually true; you can change it for every work.")
        if found.role is Role.OWNER:
            ai_made.check_rules(rules)
        await accounts.accept_invitation(server, token, new)
    except Invalid as error:
        return _page(request, found, new, rules, {error.field: error.sentence})
    if found.role is Role.OWNER and rules != Rules().stated:
        await ai_made.set_rules(server, new.username.strip().lower(), rules)
    value = await authentication.sign_in(server, new.username, new.password)
    response = RedirectResponse("/settings", 303)
    set_cookie(request, response, "session", value or "")
    return response


def _page(
    request: Request, found: Invitation, new: NewAccount, rules: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    """The form; who makes the owner's account also says what the place does with works made with AI (P-402)."""
    values = {
        "username": new.username,
        "ai": new.ai,
        "role": found.role,
        "rules": rules,
        "rule_words": ai_rules.WORDS,
        "errors": errors,
    }
    return page(request, "invitation.html", values, 422 if errors else 200)
