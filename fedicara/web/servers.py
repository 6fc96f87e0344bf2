"""The page on which administrators see which pictures other servers get, and why, and may decide otherwise (P-310 to P-314)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import hosts
from fedicara.actions.errors import Invalid
from fedicara.actions.roles import administrator
from fedicara.web.policy import WORDS
from fedicara.web.session import administering, form, person, server_of, text
from fedicara.web.templates import page
from policies.peers import Standing

PATH: Final = "/settings/servers"
STANDINGS: Final[Mapping[str, str]] = {
    Standing.CONTRARY: "Contrary",
    Standing.NEUTRAL: "Neutral",
    Standing.ALIGNED: "Aligned",
}


@administering
async def show(request: Request) -> Response:
    """GET /settings/servers: a part of the list, of one class where that is asked for."""
    return await _page(request)


@administering
async def mark(request: Request) -> Response:
    """POST /settings/servers: let one stand as an administrator says, or as it states itself."""
    server, fields = server_of(request), await form(request)
    host = text(fields, "host")
    try:
        await hosts.mark(server, administrator(person(request)).name, host, text(fields, "standing"))
    except Invalid as error:
        return await _page(request, {error.field: error.sentence})
    return RedirectResponse(f"{PATH}?{urlencode({'find': host})}", 303)


async def _page(request: Request, errors: Mapping[str, str] | None = None) -> Response:
    server, asked = server_of(request), request.query_params
    wish = hosts.Wish(asked.get("standing", ""), asked.get("find", "").strip(), asked.get("after", ""))
    found = await hosts.part(server, wish)
    values = {
        "wish": wish,
        "hosts": found.hosts,
        "after": found.after,
        "standings": STANDINGS,
        "by_default": WORDS["peer_media", server.policy().peer_media.value],
        "errors": errors or {},
    }
    return page(request, "servers.html", values, 422 if errors else 200)
