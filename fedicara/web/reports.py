"""Reporting an artist or a work to the people who look after the place."""

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import reports
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.reports import POSTS_MOST, WORDS_MOST, Complaint
from fedicara.identifiers import identifier
from fedicara.models import Actor
from fedicara.models.reports import Category
from fedicara.reads import works
from fedicara.reads.access import blocked
from fedicara.reads.views import Page, WorkView
from fedicara.web.actors import named
from fedicara.web.session import form, person, server_of, signed_in, text, viewer_id
from fedicara.web.templates import actor_path, page
from fedicara.web.works import readable

REASONS = {
    Category.AI_MADE: "Made with AI, and does not say so",
    Category.SPAM: "Spam",
    Category.RULE: "Breaks a rule of this place",
    Category.OTHER: "Something else",
}


@signed_in
async def report(request: Request) -> Response:
    """GET /@NAME/report and /@NAME/ID/report: the form, with words that a link began, or that it arrived."""
    found = await named(request)
    if "sent" in request.query_params:
        return page(request, "reported.html", {"actor": found})
    chosen = (await readable(request)).id if "id" in request.path_params else None
    begun = request.query_params
    category, words = begun.get("category", ""), begun.get("words", "")[:WORDS_MOST]
    complaint = Complaint(found.id, (chosen,) if chosen else (), category, words)
    return await _page(request, found, complaint, {})


@signed_in
async def send(request: Request) -> Response:
    """POST /@NAME/report and /@NAME/ID/report."""
    fields = await form(request)
    found = await named(request)
    complaint = _complaint(found, fields)
    try:
        await reports.file(server_of(request), person(request), complaint)
    except Invalid as error:
        return await _page(request, found, complaint, {error.field: error.sentence})
    return RedirectResponse(f"{actor_path(found)}/report?sent=yes", 303)


def _complaint(found: Actor, fields: FormData) -> Complaint:
    posts = [identifier(value) for value in fields.getlist("post") if isinstance(value, str)]
    return Complaint(
        found.id,
        tuple(number or 0 for number in posts),
        text(fields, "category"),
        text(fields, "words"),
        "forward" in fields,
    )


async def _page(request: Request, found: Actor, complaint: Complaint, errors: Mapping[str, str]) -> Response:
    values = {
        "actor": found,
        "complaint": complaint,
        "works": await _offered(request, found),
        "reasons": REASONS,
        "words_most": WORDS_MOST,
        "errors": errors,
    }
    return page(request, "report.html", values, 422 if errors else 200)


async def _offered(request: Request, found: Actor) -> list[WorkView]:
    """The posts to choose from: the one whose page the form belongs to, then the newest; none where one blocks the other."""
    if await blocked(server_of(request), person(request).actor.id, found.id):
        return []
    newest = await works.gallery(server_of(request), found.id, viewer_id(request), Page(limit=POSTS_MOST))
    if "id" not in request.path_params:
        return newest
    first = await readable(request)
    if first.actor.id != found.id:
        raise NotFound
    return [first, *(each for each in newest if each.id != first.id)][:POSTS_MOST]
