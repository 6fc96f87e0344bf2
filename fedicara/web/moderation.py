"""The room of those who look after the place: what was reported, and what is done about it."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import cases, moderation, suspension
from fedicara.actions.errors import Invalid
from fedicara.actions.moderation import NOTE_MOST
from fedicara.actions.policy_check import daily
from fedicara.actions.roles import moderator
from fedicara.models.reports import Category, Decision
from fedicara.web.cases import TEMPLATE
from fedicara.web.reports import REASONS
from fedicara.web.session import form, moderating, person, server_of, text
from fedicara.web.templates import page
from policies.ai_made import in_words

DECISIONS = {
    Decision.NOTHING: ("Nothing to do", "No rule was broken. Nothing changes."),
    Decision.ASK: (
        "Ask the artist",
        "They have seven days to say how the posts were made; then you decide under held works and questions.",
    ),
    Decision.HIDE: (
        "Hide the posts",
        "Only their author sees the posts named here. Servers that have them are not told.",
    ),
    Decision.REMOVE: (
        "Delete the posts",
        "The posts named here go for good, pictures too. Servers that received posts of this place are asked to delete them.",
    ),
    Decision.SUSPEND: (
        "Suspend the account",
        "Nothing of it is shown or sent from here, and its logins end. It can be taken back.",
    ),
    Decision.CLOSE: ("Close it", "It was settled in another way. Nothing changes."),
}
DONE = {
    "nothing": "Nothing to do",
    "ask": "Artist asked",
    "hide": "Posts hidden",
    "remove": "Posts deleted",
    "suspend": "Account suspended",
    "close": "Settled otherwise",
}


@moderating
async def queue(request: Request) -> Response:
    """GET /moderation: open reports, or with `?decided=yes` those that are decided."""
    is_open = "decided" not in request.query_params
    found = await moderation.reports(is_open=is_open)
    values = {
        "reports": found,
        "is_open": is_open,
        "reasons": REASONS,
        "done": DONE,
        "failing": await daily.failing(),
    }
    return page(request, "moderation.html", values)


@moderating
async def case(request: Request) -> Response:
    """GET /moderation/reports/ID: one report, and what can be decided."""
    return await _case(request, {})


async def _case(request: Request, errors: Mapping[str, str], note: str = "", chosen: str = "") -> Response:
    found = await moderation.report(request.path_params["id"])
    values = {
        "report": found,
        "reports": await moderation.reports(),
        "exhibits": await moderation.exhibits(server_of(request), found, person(request).actor.id),
        "history": await moderation.history(found),
        "decisions": DECISIONS,
        "reasons": REASONS,
        "done": DONE,
        "findings": await moderation.findings(found) if found.category == Category.AI_MADE else [],
        "clearances": await cases.clearances(found.target_id),
        "words_of": in_words,
        "template": TEMPLATE,
        "note": note,
        "note_most": NOTE_MOST,
        "chosen": chosen,
        "errors": errors,
    }
    return page(request, "case.html", values, 422 if errors else 200)


@moderating
async def decide(request: Request) -> Response:
    """POST /moderation/reports/ID."""
    fields = await form(request)
    decision, note = text(fields, "decision"), text(fields, "note")
    number = request.path_params["id"]
    try:
        await moderation.decide(server_of(request), moderator(person(request)), number, decision, note)
    except Invalid as error:
        return await _case(request, {error.field: error.sentence}, note, decision)
    return _back(request)


@moderating
async def unsuspend(request: Request) -> Response:
    """POST /moderation/reports/ID/unsuspend: let the account it is about back in."""
    await form(request)
    found = await moderation.report(request.path_params["id"])
    await suspension.unsuspend(server_of(request), moderator(person(request)), found.target)
    return _back(request)


@moderating
async def restore(request: Request) -> Response:
    """POST /moderation/reports/ID/show/WORK: show a post again."""
    await form(request)
    await moderation.restore(server_of(request), moderator(person(request)), request.path_params["work"])
    return _back(request)


def _back(request: Request) -> Response:
    return RedirectResponse(f"/moderation/reports/{request.path_params['id']}", 303)
