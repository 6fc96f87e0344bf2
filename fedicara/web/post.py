"""Posting: one form, whole without scripts; with them, pictures travel while the words are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from fedicara.actions import progress, statements, uploads, works
from fedicara.actions.cloaks import inherited
from fedicara.actions.errors import ActionError, Forbidden, Invalid
from fedicara.actions.forms import FormError, Part, parts
from fedicara.actions.works import Draft
from fedicara.identifiers import identifier
from fedicara.models import Picture
from fedicara.web import cloaks, policy
from fedicara.web.errors import status_of
from fedicara.web.progress import PRIVATE, shown
from fedicara.web.session import (
    STALE,
    check_origin,
    check_token,
    person,
    server_of,
    signed_in,
)
from fedicara.web.templates import page

VISIBILITIES = {
    "public": "Everyone",
    "unlisted": "Everyone, but not on shared pages",
    "followers": "Followers",
    "direct": "People it mentions",
    "local": "People of this place",
}
SLOTS = 4


@dataclass(slots=True)
class Sent:
    """What has been read of the form so far; pictures are stored already."""

    fields: dict[str, str] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    alts: list[str] = field(default_factory=list)
    slots: list[int | None] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    medium: list[str] = field(default_factory=list)


@signed_in
async def post(request: Request) -> Response:
    """GET /post."""
    return _page(request, Sent())


@signed_in
async def publish(request: Request) -> Response:
    """POST /post: on to the work's page, which shows how far it is."""
    check_origin(request)
    server, viewer = server_of(request), person(request)
    try:
        sent = await _read(request)
        await _describe(request, sent)
        if sent.pictures and not sent.fields.get("ai"):
            sent.errors["ai"] = "Say whether AI was used."
        if sent.errors:
            return _page(request, sent)
        work = await works.publish(server, viewer, _draft(sent))
    except FormError as error:
        return _page(request, Sent(errors={"pictures": str(error)}))
    except Invalid as error:
        sent.errors[error.field] = error.sentence
        return _page(request, sent)
    return RedirectResponse(f"/@{viewer.actor.username}/{work.id}", 303)


async def _read(request: Request) -> Sent:
    """Files go to disk as they arrive; nothing is taken before the form's token, which stands first."""
    sent, trusted = Sent(), False
    async for part in parts(request.stream(), request.headers.get("content-type", "")):
        if part.name == "_token":
            check_token(request, await part.text())
            trusted = True
        elif not trusted:
            raise Forbidden(STALE)
        elif part.is_file:
            await _take_file(request, sent, part)
        else:
            await _take_field(request, sent, part)
    if not trusted:
        raise Forbidden(STALE)
    return sent


async def _take_file(request: Request, sent: Sent, part: Part) -> None:
    sent.slots.append(None)
    if not part.filename:
        return
    try:
        picture = await uploads.receive(server_of(request), person(request), part.chunks(), _about(request))
    except ActionError as error:
        if status_of(error) not in (413, 422, 429):
            raise
        sent.errors["pictures"] = f"{part.filename[:80]}: {error.sentence}"
        return
    sent.slots[-1] = len(sent.pictures)
    sent.pictures.append(picture)


def _about(request: Request) -> uploads.About:
    return uploads.About(usage=request.headers.getlist(statements.FIELD))


async def _take_field(request: Request, sent: Sent, part: Part) -> None:
    value = (await part.text()).replace("\r\n", "\n")
    if part.name == "picture_id" and (number := identifier(value)) is not None:
        sent.slots.append(len(sent.pictures))
        sent.pictures.append(await uploads.mine(server_of(request), person(request), number))
    elif part.name == "alt":
        sent.alts.append(value)
    elif part.name == "lead":
        sent.leads.append(len(sent.slots) - 1)
    elif part.name == "medium":
        sent.medium.append(value)
    else:
        sent.fields[part.name] = value


async def _describe(request: Request, sent: Sent) -> None:
    for slot, alt in zip(sent.slots, sent.alts, strict=False):
        if slot is None:
            continue
        picture = sent.pictures[slot]
        try:
            sent.pictures[slot] = await uploads.describe(
                server_of(request), person(request), picture.id, alt=alt
            )
        except Invalid as error:
            picture.alt = alt
            sent.errors["alt"] = error.sentence


def _draft(sent: Sent) -> Draft:
    fields = sent.fields
    leads = [slot for place in sent.leads if place >= 0 and (slot := sent.slots[place]) is not None]
    return Draft(
        pictures=tuple(picture.id for picture in sent.pictures),
        title=fields.get("title", ""),
        caption=fields.get("caption", ""),
        warning=fields.get("warning", ""),
        sensitive="sensitive" in fields,
        licence=fields.get("licence", ""),
        ai=fields.get("ai", ""),
        visibility=fields.get("visibility", "public"),
        policy=policy.choice(fields),
        tags=tuple(fields.get("tags", "").replace(",", " ").split()),
        quotes=fields.get("quotes", ""),
        medium=tuple(sent.medium),
        leads=tuple(sent.pictures[slot].id for slot in leads),
        cloak=fields.get("cloak", ""),
    )


def _page(request: Request, sent: Sent) -> Response:
    server, viewer = server_of(request), person(request)
    fields: Mapping[str, str] = sent.fields
    values: dict[str, Any] = {
        "draft": _draft(sent),
        "pictures": sent.pictures,
        "already": {picture.id: statements.sentences(picture.stated) for picture in sent.pictures},
        "errors": sent.errors,
        "quotes": fields.get("quotes") or viewer.account.quotes,
        "slots": server.settings.pictures_per_work,
        "first_slots": SLOTS,
        "visibilities": VISIBILITIES,
        "licence": fields.get("licence") or viewer.account.licence,
        "ai": fields.get("ai", ""),
        "questions": policy.questions(
            server.bounds(), server.policy(viewer.actor.policy), policy.choice(fields)
        ),
        "alt_most": uploads.ALT_MOST,
        "cloak": cloaks.question(
            server.settings, fields.get("cloak") or inherited(server.settings, viewer.account.cloak)
        ),
    }
    return page(request, "post.html", values, 422 if sent.errors else 200)


async def _state(request: Request, picture: Picture) -> dict[str, Any]:
    state = await progress.of_upload(server_of(request), picture)
    return {**shown(state), "already": statements.sentences(picture.stated)}


@signed_in
async def upload(request: Request) -> Response:
    """POST /uploads: one picture as the whole body, from the post page's script."""
    check_origin(request)
    check_token(request, request.headers.get("x-form-token"))
    try:
        picture = await uploads.receive(
            server_of(request), person(request), request.stream(), _about(request)
        )
    except ActionError as error:
        return JSONResponse({"failure": error.sentence}, status_of(error))
    return JSONResponse(await _state(request, picture), 201)


@signed_in
async def uploaded(request: Request) -> Response:
    """GET /uploads/ID.json: how far one's own upload is."""
    picture = await uploads.mine(server_of(request), person(request), request.path_params["id"])
    return JSONResponse(await _state(request, picture), headers=PRIVATE)


@signed_in
async def discard(request: Request) -> Response:
    """POST /uploads/ID/discard: take an upload back."""
    check_origin(request)
    check_token(request, request.headers.get("x-form-token"))
    await uploads.discard(server_of(request), person(request), request.path_params["id"])
    return Response(status_code=204)
