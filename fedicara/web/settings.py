"""What an artist says about themselves, and what their works say unless told otherwise."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import accounts, authentication, details
from fedicara.actions.accounts import ProfileChange
from fedicara.actions.errors import Invalid
from fedicara.web import policy
from fedicara.web.session import form, person, server_of, set_cookie, signed_in, text
from fedicara.web.templates import page
from policies import words


@signed_in
async def settings(request: Request) -> Response:
    """GET /settings."""
    return _page(request, _present(request), {})


def _present(request: Request) -> ProfileChange:
    viewer = person(request)
    return ProfileChange(
        viewer.actor.name,
        viewer.actor.summary_source,
        viewer.actor.locked,
        viewer.actor.discoverable,
        viewer.actor.indexable,
        viewer.account.ai,
        viewer.account.licence,
        viewer.actor.policy,
        details.typed(viewer.actor.details),
    )


@signed_in
async def change_profile(request: Request) -> Response:
    """POST /settings."""
    fields = await form(request)
    change = ProfileChange(
        text(fields, "name"),
        text(fields, "summary"),
        "locked" in fields,
        "discoverable" in fields,
        "indexable" in fields,
        text(fields, "ai"),
        text(fields, "licence"),
        policy.choice(fields),
        _lines(fields),
    )
    try:
        await accounts.update_profile(server_of(request), person(request), change)
    except Invalid as error:
        return _page(request, change, {error.field: error.sentence})
    return RedirectResponse("/settings?saved=profile", 303)


def _lines(fields: FormData) -> tuple[details.Line, ...]:
    names, texts = fields.getlist("line_name"), fields.getlist("line_text")
    return tuple((str(name), str(said)) for name, said in zip(names, texts, strict=False))


@signed_in
async def change_password(request: Request) -> Response:
    """POST /settings/password: every other session ends, this one goes on under a new cookie."""
    server, viewer = server_of(request), person(request)
    fields = await form(request)
    old, new = text(fields, "old"), text(fields, "password")
    try:
        await accounts.change_password(server, viewer, old, new)
    except Invalid as error:
        return _page(request, _present(request), {error.field: error.sentence})
    value = await authentication.sign_in(server, viewer.actor.username, new)
    response = RedirectResponse("/settings?saved=password", 303)
    set_cookie(request, response, "session", value or "")
    return response


def _page(request: Request, change: ProfileChange, errors: Mapping[str, str]) -> Response:
    server = server_of(request)
    stated = server.policy(person(request).actor.policy)
    values: dict[str, Any] = {
        "change": change,
        "errors": errors,
        "saved": request.query_params.get("saved", ""),
        "lines": [*(change.lines or ()), *[("", "")] * details.MOST][: details.MOST],
        "questions": policy.questions(server.policy(), change.policy),
        "stated": words.sentence(stated, "A work of yours"),
        "signals": policy.signals(server, stated),
        "engine": server.settings.cloak,
        "strength": server.settings.cloak_strength,
    }
    return page(request, "settings.html", values, 422 if errors else 200)
