"""What an artist says about themselves, and what their works say unless told otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import accounts, authentication, blocks, deletion, details, portraits
from fedicara.actions.accounts import ProfileChange
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden, Invalid, TooLarge
from fedicara.actions.forms import FormError, Part, parts
from fedicara.federation.said.documents import WIDE
from fedicara.federation.servers import standing
from fedicara.models import Work
from fedicara.models.works import State
from fedicara.server import Server
from fedicara.web import cloaks, policy
from fedicara.web.session import (
    STALE,
    check_origin,
    check_token,
    form,
    person,
    server_of,
    set_cookie,
    signed_in,
    text,
)
from fedicara.web.templates import page
from policies import words
from policies.licences import LICENCES


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest work that everybody may see, if there is one; what is sent with it, and what would be."""

    work: Work | None
    now: str
    then: str


AI_FILTERS = {
    "warn": "Shown when I ask for them",
    "show": "Shown like all others",
    "hide": "Not shown in lists",
}


@signed_in
async def settings(request: Request) -> Response:
    """GET /settings."""
    return await _page(request, _present(request), {})


def _present(request: Request) -> ProfileChange:
    viewer = person(request)
    return ProfileChange(
        viewer.actor.name,
        viewer.actor.summary_source,
        viewer.actor.locked,
        viewer.actor.discoverable,
        viewer.actor.indexable,
        viewer.actor.signin_only,
        viewer.actor.hides_lists,
        viewer.actor.hides_counts,
        viewer.account.ai,
        viewer.account.licence,
        viewer.actor.policy,
        details.typed(viewer.actor.details),
        viewer.account.quotes,
        viewer.account.follows_moves,
        ai_filter=viewer.account.ai_filter,
        cloak=viewer.account.cloak,
    )


@signed_in
async def change_profile(request: Request) -> Response:
    """POST /settings."""
    fields, viewer = await form(request), person(request)
    change = ProfileChange(
        text(fields, "name"),
        text(fields, "summary"),
        "locked" in fields,
        "discoverable" in fields,
        "indexable" in fields,
        "signin_only" in fields,
        "hides_lists" in fields,
        "hides_counts" in fields,
        text(fields, "ai"),
        text(fields, "licence"),
        policy.choice(fields),
        _lines(fields),
        text(fields, "quotes") or viewer.account.quotes,
        "follows_moves" in fields,
        "confirmed" in fields,
        text(fields, "ai_filter") or viewer.account.ai_filter,
        text(fields, "cloak") if "cloak" in fields else None,
    )
    try:
        if text(fields, "do") == "preview":
            accounts.checked_policy(server_of(request), change.policy, viewer.actor.policy)
            return await _page(request, change, {})
        await accounts.update_profile(server_of(request), viewer, change)
    except Invalid as error:
        return await _page(request, change, {error.field: error.sentence})
    return RedirectResponse("/settings?saved=profile", 303)


@signed_in
async def change_pictures(request: Request) -> Response:
    """POST /settings/pictures: portrait and header, with the form's token first."""
    check_origin(request)
    try:
        await _take_pictures(request)
    except (Invalid, TooLarge) as error:
        return await _page(request, _present(request), {"file": error.sentence})
    except FormError as error:
        return await _page(request, _present(request), {"file": str(error)})
    return RedirectResponse("/settings?saved=pictures", 303)


async def _take_pictures(request: Request) -> None:
    """Each file stands before its words, so it is stored first and described after."""
    server, viewer, trusted = server_of(request), person(request), False
    async for part in parts(request.stream(), request.headers.get("content-type", "")):
        if part.name == "_token":
            check_token(request, await part.text())
            trusted = True
        elif not trusted:
            raise Forbidden(STALE)
        else:
            use, _, what = part.name.partition("_")
            if use in portraits.USES:
                await _take(server, viewer, part, use, what)


async def _take(server: Server, viewer: Viewer, part: Part, use: portraits.Use, what: str) -> None:
    if part.is_file and part.filename:
        await portraits.receive(server, viewer, use, part.chunks(), alt="")
    elif what == "alt":
        await portraits.describe(server, viewer, use, await part.text())
    elif what == "remove":
        await portraits.remove(server, viewer, use)


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
        return await _page(request, _present(request), {error.field: error.sentence})
    value = await authentication.sign_in(server, viewer.actor.username, new)
    response = RedirectResponse("/settings?saved=password", 303)
    set_cookie(request, response, "session", value or "")
    return response


@signed_in
async def delete_account(request: Request) -> Response:
    """POST /settings/delete: the account is gone, and says so."""
    server, viewer = server_of(request), person(request)
    fields = await form(request)
    try:
        await deletion.delete_own(server, viewer, text(fields, "farewell"))
    except Invalid as error:
        return await _page(request, _present(request), {error.field: error.sentence})
    request.state.viewer = None
    response = page(request, "deleted.html", {"name": viewer.actor.username})
    set_cookie(request, response, "session", "")
    return response


@signed_in
async def block_domain(request: Request) -> Response:
    """POST /settings/domains: block everybody of a server."""
    domain = text(await form(request), "domain")
    try:
        await blocks.block_domain(server_of(request), person(request), domain)
    except Invalid as error:
        return await _page(request, _present(request), {error.field: error.sentence}, domain)
    return RedirectResponse("/settings#domains", 303)


@signed_in
async def unblock_domain(request: Request) -> Response:
    """POST /settings/domains/remove."""
    domain = text(await form(request), "domain")
    await blocks.unblock_domain(server_of(request), person(request), domain)
    return RedirectResponse("/settings#domains", 303)


async def _newest(request: Request, chosen: Mapping[str, str]) -> Newest:
    """What is sent with the artist's newest work, and what would be by another choice (P-022)."""
    server, viewer = server_of(request), person(request)
    own = Work.filter(actor_id=viewer.actor.id, state=State.PUBLISHED, visibility__in=WIDE)
    work = await own.order_by("-id").first()
    licence = LICENCES.get(work.licence if work else viewer.account.licence)
    now, then = (
        policy.signals(
            server, server.policy(account, work.policy if work else {}), licence.url if licence else None
        )
        for account in (viewer.actor.policy, chosen)
    )
    return Newest(work, now, then)


async def _page(
    request: Request, change: ProfileChange, errors: Mapping[str, str], domain: str = ""
) -> Response:
    server, viewer = server_of(request), person(request)
    stated = server.policy(viewer.actor.policy)
    values: dict[str, Any] = {
        "change": change,
        "errors": errors,
        "failures": await portraits.failures(viewer),
        "saved": request.query_params.get("saved", ""),
        "lines": [*(change.lines or ()), *[("", "")] * details.MOST][: details.MOST],
        "questions": policy.questions(server.bounds(), server.policy(), change.policy),
        "stated": words.sentence(stated, "A work of yours"),
        "newest": await _newest(
            request, viewer.actor.policy if errors.keys() - {"confirmed"} else change.policy
        ),
        "previews": await standing.previews(server, viewer.actor),
        "cloak": cloaks.question(server.settings, change.cloak or "", "As this place"),
        "blocked_domains": await blocks.blocked_domains(viewer),
        "domain": domain,
        "ai_filters": AI_FILTERS,
    }
    return page(request, "settings.html", values, 422 if errors else 200)
