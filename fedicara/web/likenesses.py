"""The page of pictures that look like one's own under another account, each with a report that is begun."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import likenesses
from fedicara.actions.likenesses import Likeness
from fedicara.models.reports import Category
from fedicara.web.session import form, person, server_of, signed_in
from fedicara.web.templates import page, work_path

PATH: Final = "/similar"


@signed_in
async def show(request: Request) -> Response:
    """GET /similar."""
    found = await likenesses.listed(server_of(request), person(request))
    return page(request, "likenesses.html", {"likenesses": found, "report_path": report_path})


@signed_in
async def dismiss(request: Request) -> Response:
    """POST /similar/ID: seen, and nothing is to be done."""
    await form(request)
    await likenesses.dismiss(person(request), request.path_params["id"])
    return RedirectResponse(PATH, 303)


def report_path(each: Likeness) -> str:
    """The form of a report with its words already there; its writer reads and sends them."""
    since = f", which I published on {each.mine.published:%Y-%m-%d}" if each.mine.published else ""
    words = f"A picture in this post looks like mine at {each.mine.url}{since}. I did not agree to that."
    return f"{work_path(each.theirs)}/report?{urlencode({'category': Category.OTHER.value, 'words': words})}"
