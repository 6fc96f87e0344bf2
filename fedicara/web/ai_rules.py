"""The page on which administrators set what the place does with works made with AI (P-402, P-434)."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import ai_made
from fedicara.actions.errors import Invalid
from fedicara.actions.roles import administrator
from fedicara.reads.ai_made import rules
from fedicara.web.session import administering, form, person, server_of, text
from fedicara.web.templates import page
from policies.ai_made import WHO_SAYS, RemoteRule, Rule, sentences

PATH: Final = "/settings/ai-made"
WORDS: Final[Mapping[str, str]] = {
    Rule.FORBID: "Are not taken here",
    Rule.LABEL: "Bear a label, on no shared page",
    Rule.ALLOW: "Bear a label",
}
_REMOTE: Final[Mapping[str, str]] = {
    RemoteRule.LABEL: "Bear a label",
    RemoteRule.HIDE: "Are not shown here",
    RemoteRule.REJECT: "Are not taken",
}
QUESTIONS: Final = (
    ("generated", "Works that were generated with AI", WORDS),
    ("assisted", "Works made with the help of AI", WORDS),
    ("remote", "Works of other servers that say so", _REMOTE),
)


@administering
async def show(request: Request) -> Response:
    """GET /settings/ai-made."""
    return await _page(request, await _in_force(request))


@administering
async def change(request: Request) -> Response:
    """POST /settings/ai-made: what differs from what is in force is set."""
    server, fields, now = server_of(request), await form(request), await _in_force(request)
    chosen = {about: text(fields, about) or rule for about, rule in now.items()}
    changed = {about: rule for about, rule in chosen.items() if rule != now[about]}
    try:
        if changed:
            await ai_made.set_rules(server, administrator(person(request)).name, changed)
    except Invalid as error:
        return await _page(request, chosen, {error.field: error.sentence})
    return RedirectResponse(f"{PATH}?saved=yes", 303)


async def _in_force(request: Request) -> dict[str, str]:
    found = await rules(server_of(request))
    return {about: getattr(found, about).value for about, _, _ in QUESTIONS}


async def _page(
    request: Request, chosen: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Response:
    values = {
        "questions": QUESTIONS,
        "chosen": chosen,
        "said": sentences(await rules(server_of(request))),
        "who_says": WHO_SAYS,
        "saved": "saved" in request.query_params,
        "errors": errors or {},
    }
    return page(request, "ai_rules.html", values, 422 if errors else 200)
