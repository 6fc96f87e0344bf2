"""The page on which administrators see what pictures are cloaked with, and have them cloaked again (C-005)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import cloaks, recloaking
from fedicara.actions.roles import administrator
from fedicara.web.session import administering, form, person, server_of, text
from fedicara.web.templates import page

PATH: Final = "/settings/cloak"


@administering
async def show(request: Request) -> Response:
    """GET /settings/cloak."""
    server = server_of(request)
    settings = server.settings
    values = {
        "standing": await recloaking.standing(server),
        "versions": cloaks.versions(),
        "title": cloaks.title(settings),
        "words": cloaks.words(settings),
        "usual": cloaks.LABELS[cloaks.usual(settings)],
        "offered": [f"“{cloaks.LABELS[name]}”" for name in cloaks.offered(settings)],
    }
    return page(request, "recloaking.html", values)


@administering
async def begin(request: Request) -> Response:
    """POST /settings/cloak: cloak again what an earlier version or another engine made, or what failed."""
    server, fields = server_of(request), await form(request)
    who = administrator(person(request)).name
    async with server.database.transaction():
        engines, failed = text(fields, "engines") == "yes", "failed" in fields
        await recloaking.order(server, who, engines=engines, failed=failed)
    return RedirectResponse(PATH, 303)
