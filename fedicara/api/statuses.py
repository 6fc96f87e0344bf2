"""Posts: publish, read, change, take back (A-105, A-106, A-110 to A-115)."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.responses import Response

from fedicara.actions import progress, uploads, works
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.works import Draft, Edit
from fedicara.api import present
from fedicara.api.answers import json, refusal
from fedicara.api.parameters import Parameters
from fedicara.api.resource import Call, identifier, method
from fedicara.models import Work
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.access import may_read
from fedicara.reads.views import WorkView
from fedicara.server import Server

Value = TypeVar("Value")

PATIENCE = 20.0
VISIBILITIES = {"public": "public", "unlisted": "unlisted", "private": "followers", "direct": "direct"}
QUOTES = {"nobody": "nobody", "followers": "followers", "public": "everyone", "ask": "ask"}
ABSENT = {
    "poll": "Polls cannot be posted here.",
    "scheduled_at": "Posts cannot be scheduled here yet.",
}
FIELDS = {
    "pictures": "media_ids",
    "alt": "media_ids",
    "caption": "status",
    "warning": "spoiler_text",
    "title": "fedicara[title]",
    "licence": "fedicara[license]",
    "ai": "fedicara[ai]",
    "medium": "fedicara[medium]",
    "leads": "fedicara[leads]",
    "cloak": "fedicara[cloak]",
    "in_reply_to": "in_reply_to_id",
}
"""What apps call the fields that an action names."""


@method("write:statuses")
async def publish(call: Call) -> Response:
    """POST /api/v1/statuses: waits for the pictures, up to 20 seconds, unless told not to."""
    sent = call.parameters
    for name, sentence in ABSENT.items():
        if sent.values.get(name):
            raise Invalid(name, sentence)
    when_ready = sent.tree("fedicara").flag("when_ready")
    try:
        draft = _draft(sent)
        if not when_ready:
            await _await_pictures(call, draft.pictures)
        work = await works.publish(call.server, call.viewer, draft)
    except Invalid as error:
        raise Invalid(FIELDS.get(error.field, error.field), error.sentence) from error
    if not when_ready:
        work = await progress.wait(call.server, work.id, PATIENCE)
    return await _published(call, work)


async def _published(call: Call, work: Work) -> Response:
    if work.state == State.FAILED:
        return refusal(422, work.failure)
    if work.state == State.PROCESSING:
        return json({"id": str(work.id), "state": "processing", "url": None}, 202)
    return await _answer(call, await _readable(call, work.id))


def _draft(sent: Parameters) -> Draft:
    ours = sent.tree("fedicara")
    return Draft(
        pictures=tuple(_media_ids(sent)),
        title=ours.text("title"),
        caption=sent.text("status"),
        warning=sent.text("spoiler_text"),
        sensitive=sent.flag("sensitive"),
        language=sent.text("language"),
        licence=ours.text("license"),
        ai=ours.text("ai"),
        visibility=_visibility(sent),
        policy=_policy(ours),
        tags=tuple(ours.texts("tags")),
        in_reply_to=_parent(sent),
        quotes=_quotes(sent) or "",
        medium=tuple(ours.texts("medium")),
        leads=tuple(_media_ids(ours, "leads")),
        cloak=ours.text("cloak"),
    )


def _quotes(sent: Parameters) -> str | None:
    """Who may quote, in the words of apps; `ask` is a word of ours."""
    asked = sent.text("quote_approval_policy")
    if asked and asked not in QUOTES:
        raise Invalid("quote_approval_policy", f"Say one of {', '.join(QUOTES)}.")
    return QUOTES[asked] if asked else None


def _parent(sent: Parameters) -> int | None:
    asked = sent.text("in_reply_to_id")
    try:
        return identifier(asked) if asked else None
    except NotFound:
        return 0  # An id that no post has.


def _media_ids(sent: Parameters, name: str = "media_ids") -> list[int]:
    try:
        found = [identifier(each) for each in sent.texts(name)]
    except NotFound:
        raise Invalid(name, "One of these pictures does not exist, or is in another post already.") from None
    return list(dict.fromkeys(found))


def _visibility(sent: Parameters) -> str:
    if sent.flag("local_only"):
        return "local"
    asked = sent.text("visibility") or "public"
    if asked not in VISIBILITIES:
        raise Invalid("visibility", f"Say one of {', '.join(VISIBILITIES)}.")
    return VISIBILITIES[asked]


def _policy(ours: Parameters) -> dict[str, str]:
    policy = ours.tree("policy")
    return {name: policy.text(name) for name in policy.values}


async def _await_pictures(call: Call, ids: tuple[int, ...]) -> None:
    """A-105: the ids that are not the caller's are told apart by `works.publish`."""
    try:
        async with asyncio.timeout(PATIENCE):
            for each in ids:
                await uploads.mine(call.server, call.viewer, each)
                await uploads.wait(call.server, each, PATIENCE)
    except NotFound:
        return
    except TimeoutError:
        pass
    waiting = [
        str(number)
        for number, each in enumerate(ids, 1)
        if (await uploads.mine(call.server, call.viewer, each)).state == State.PROCESSING
    ]
    if waiting:
        raise Invalid("media_ids", f"Picture {', '.join(waiting)} is still being prepared; try again soon.")


@method()
async def show(call: Call) -> Response:
    """GET /api/v1/statuses/:id."""
    return await _answer(call, await _readable(call, call.id()))


@method("write:statuses")
async def edit(call: Call) -> Response:
    """PUT /api/v1/statuses/:id; visibility stays as it was (A-114)."""
    sent = call.parameters
    try:
        work = await works.edit(call.server, call.viewer, call.id(), _edit(sent))
    except Invalid as error:
        raise Invalid(FIELDS.get(error.field, error.field), error.sentence) from error
    return await _answer(call, await _readable(call, work.id))


def _edit(sent: Parameters) -> Edit:
    ours = sent.tree("fedicara")
    return Edit(
        title=_sent(ours, "title", ours.text),
        caption=_sent(sent, "status", sent.text),
        warning=_sent(sent, "spoiler_text", sent.text),
        sensitive=_sent(sent, "sensitive", sent.flag),
        language=_sent(sent, "language", sent.text),
        licence=_sent(ours, "license", ours.text),
        ai=_sent(ours, "ai", ours.text),
        policy=_policy(ours) if ours.has("policy") else None,
        quotes=_quotes(sent),
        medium=tuple(ours.texts("medium")) if ours.has("medium") else None,
        leads=tuple(_media_ids(ours, "leads")) if ours.has("leads") else None,
        cloak=_sent(ours, "cloak", ours.text),
        alts={
            _media_ids(Parameters({"media_ids": each.text("id")}))[0]: each.text("description")
            for each in sent.trees("media_attributes")
            if each.has("id") and each.has("description")
        },
    )


def _sent(sent: Parameters, name: str, read: Callable[[str], Value]) -> Value | None:
    return read(name) if sent.has(name) else None


@method("write:statuses")
async def delete(call: Call) -> Response:
    """DELETE /api/v1/statuses/:id: answers what was typed, to be used again."""
    work = await works.own(call.server, call.viewer, call.id())
    view = await _readable(call, work.id)
    answer = await present.status(call.server, view, call.actor_id)
    await works.delete(call.server, call.viewer, work.id)
    return json(answer | {"text": work.source})


@method()
async def history(call: Call) -> Response:
    """GET /api/v1/statuses/:id/history: every version known, the present one last (A-141)."""
    found = await _readable(call, call.id())
    return json(await present.edits(call.server, found, call.actor_id))


async def _readable(call: Call, work_id: int) -> WorkView:
    return await readable(call.server, work_id, call.token_holder)


async def readable(server: Server, work_id: int, reader: Viewer | None) -> WorkView:
    """The work, if the reader may see it; else as absent as one that never was (A-013)."""
    view = await reads.work(server, work_id)
    if view is None or not await may_read(server, view, reader.actor.id if reader else None):
        raise NotFound
    return view


async def _answer(call: Call, view: WorkView) -> Response:
    content: dict[str, Any] = await present.status(call.server, view, call.actor_id)
    return json(content)
