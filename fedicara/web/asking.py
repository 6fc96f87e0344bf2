"""Where an artist is asked for permission, and the policy in words for people elsewhere (P-122, P-149)."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import account_policy
from fedicara.actions.account_policy import Wording
from fedicara.actions.errors import Invalid
from fedicara.web.session import form, person, server_of, signed_in, text
from fedicara.web.templates import page
from policies.tokens import tdm_policy, usage_info
from policies.words import LINE, in_short

PATH: Final = "/settings/asking"


@signed_in
async def show(request: Request) -> Response:
    """GET /settings/asking."""
    return await _page(request, account_policy.wording(person(request).actor), {})


@signed_in
async def change(request: Request) -> Response:
    """POST /settings/asking."""
    fields = await form(request)
    wish = Wording(text(fields, "contact_url"), "profile_line" in fields, "post_line" in fields)
    try:
        await account_policy.change(server_of(request), person(request), wish)
    except Invalid as error:
        return await _page(request, wish, {error.field: error.sentence})
    return RedirectResponse(f"{PATH}?saved=asking", 303)


async def _page(request: Request, wish: Wording, errors: Mapping[str, str]) -> Response:
    server, actor = server_of(request), person(request).actor
    stated, base_url = server.policy(actor.policy), server.settings.base_url
    values = {
        "wish": wish,
        "errors": errors,
        "saved": request.query_params.get("saved", ""),
        "named": tdm_policy(stated, base_url),
        "line": f"{LINE}: {in_short(stated)}, {usage_info(base_url).partition('://')[2]}",
    }
    return page(request, "asking.html", values, 422 if errors else 200)
