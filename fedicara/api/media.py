"""Pictures from upload to post (A-100 to A-104)."""

from typing import Any

from starlette.responses import Response, StreamingResponse

from fedicara.actions import originals, processing, progress, statements, uploads
from fedicara.actions.errors import Invalid
from fedicara.actions.forms import Part, is_multipart, parts
from fedicara.api import entities
from fedicara.api.answers import HEADERS, invalid, json
from fedicara.api.parameters import Parameters, tree
from fedicara.api.resource import Call, method
from fedicara.models import Picture
from fedicara.models.works import State
from fedicara.reads.media import media_url
from fedicara.reads.views import PictureView, RenditionView
from fedicara.server import Server
from policies.statements import tightened

SOON, LATER = 2.0, 20.0


@method("write:media", streamed=True)
async def upload(call: Call) -> Response:
    """POST /api/v2/media: answers within two seconds."""
    return await _upload(call, SOON)


@method("write:media", streamed=True)
async def upload_and_wait(call: Call) -> Response:
    """POST /api/v1/media: for apps that never ask again."""
    return await _upload(call, LATER)


async def _upload(call: Call, seconds: float) -> Response:
    picture = await _received(call)
    picture = await uploads.wait(call.server, picture.id, seconds)
    return await _answer(call.server, picture, unfinished=202)


async def _received(call: Call) -> Picture:
    """The file goes to disk as it comes; fields may stand on either side of it."""
    content_type = call.request.headers.get("content-type", "")
    if not is_multipart(content_type):
        raise Invalid("file", "The picture is missing: send it as multipart/form-data.")
    before: list[tuple[str, str]] = []
    after: list[tuple[str, str]] = []
    picture: Picture | None = None
    try:
        async for part in parts(call.request.stream(), content_type):
            if part.is_file and part.name == "file" and picture is None:
                picture = await _receive(call, part, Parameters(tree(before)))
            elif not part.is_file:
                (after if picture else before).append((part.name, await part.text()))
        if picture is None:
            raise Invalid("file", "The picture is missing: send it as file.")
        return await _amend(call, picture, Parameters(tree(after)))
    except BaseException:
        if picture is not None:
            await uploads.discard(call.server, call.viewer, picture.id)
        raise


async def _receive(call: Call, part: Part, sent: Parameters) -> Picture:
    return await uploads.receive(
        call.server,
        call.viewer,
        part.chunks(),
        uploads.About(
            alt=sent.text("description"),
            focus=sent.focus() or (0.0, 0.0),
            ai=sent.tree("fedicara").text("ai"),
            usage=call.request.headers.getlist(statements.FIELD),
        ),
    )


async def _amend(call: Call, picture: Picture, sent: Parameters) -> Picture:
    if sent.tree("fedicara").has("ai"):
        raise Invalid("fedicara[ai]", "Send fedicara[ai] before the file.")
    alt = sent.text("description") if sent.has("description") else None
    focus = sent.focus()
    if alt is None and focus is None:
        return picture
    return await uploads.describe(call.server, call.viewer, picture.id, alt=alt, focus=focus)


@method("write:media|read:statuses")
async def show(call: Call) -> Response:
    """GET /api/v1/media/:id: 206 while it is worked on (A-101)."""
    picture = await uploads.mine(call.server, call.viewer, call.id())
    return await _answer(call.server, picture, unfinished=206)


@method("write:media|read:statuses")
async def report(call: Call) -> Response:
    """GET /api/fedicara/v1/media/:id/report: what was done to the file, for its owner (A-241)."""
    picture, found = await processing.of_picture(call.server, call.viewer, call.id())
    if found is None:
        return await _answer(call.server, picture, unfinished=206)
    return json(found)


@method("write:media")
async def describe(call: Call) -> Response:
    """PUT /api/v1/media/:id (A-103)."""
    sent = call.parameters
    alt = sent.text("description") if sent.has("description") else None
    picture = await uploads.describe(call.server, call.viewer, call.id(), alt=alt, focus=sent.focus())
    return await _answer(call.server, picture, unfinished=206)


@method("write:media")
async def discard(call: Call) -> Response:
    """DELETE /api/v1/media/:id, unless a post has it."""
    await uploads.discard(call.server, call.viewer, call.id())
    return json({})


@method("write:media")
async def original(call: Call) -> Response:
    """GET /api/fedicara/v1/media/:id/original: the bytes as they came, for who sent them (A-242)."""
    found = await originals.download(call.server, call.viewer, call.id())
    headers = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(found.stored.size),
    }
    return StreamingResponse(found.stored.chunks, headers=headers, media_type=found.media_type)


async def _answer(server: Server, picture: Picture, unfinished: int) -> Response:
    if picture.state == State.FAILED:
        return invalid("file", picture.failure)
    if picture.state == State.PROCESSING:
        return json(await _processing(server, picture), unfinished)
    return json(await _ready(server, picture))


async def _processing(server: Server, picture: Picture) -> dict[str, Any]:
    state = await progress.of_upload(server, picture)
    absent = ("url", "preview_url", "remote_url", "preview_remote_url", "text_url", "blurhash")
    told = {
        "step": state.step,
        "percent": state.percent,
        "queue_place": state.before,
        "seconds": state.seconds,
    }
    return {
        "id": str(picture.id),
        "type": "image",
        **dict.fromkeys(absent, None),
        "meta": {},
        "description": picture.alt or None,
        "fedicara": {"state": "processing", "progress": told},
    }


async def _ready(server: Server, picture: Picture) -> dict[str, Any]:
    """The owner sees every size, at addresses that expire."""
    renditions = {
        each.name: RenditionView(
            each.name, media_url(server, each.key, public=False), each.media_type, each.width, each.height
        )
        for each in await picture.renditions.all()
    }
    focus = (picture.focus_x, picture.focus_y)
    view = PictureView(
        picture.id,
        picture.alt,
        picture.width,
        picture.height,
        picture.blurhash,
        focus,
        renditions,
        picture.engine,
        picture.strength,
    )
    await picture.fetch_related("actor")
    own = tightened({}, statements.said(picture.stated))
    statement = entities.ai_policy(server.policy(picture.actor.policy, own))
    sizes = entities.tier(server.policy(), stranger=False)
    return entities.attachment(view, sizes, statement, picture.position)
