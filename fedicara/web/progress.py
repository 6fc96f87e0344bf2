"""How far pictures are: in words, as JSON for who asks, and as a stream of events for who waits (C-009)."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from fedicara.actions import progress
from fedicara.actions.errors import NotFound
from fedicara.identifiers import identifier
from fedicara.reads.preparing import COUNTED, PictureProgress
from fedicara.web.session import person, server_of, signed_in

PRIVATE: Final = {"Cache-Control": "private, no-store"}
# A proxy that collects answers before it passes them on would make a stream stand still.
STREAMED: Final = {**PRIVATE, "X-Accel-Buffering": "no"}
OVER: Final = "over"
AGAIN: Final = b"retry: 1000\n\n"
STILL_HERE: Final = b": still here\n\n"
_NUMBERS: Final = ("", "One picture", "Two pictures", "Three pictures", "Four pictures", "Five pictures")


def words(picture: PictureProgress) -> str:
    """What is being done with a picture, or how many are before it, and how long that takes."""
    if picture.state != "processing":
        return {"ready": "Done", "failed": "Not possible"}.get(picture.state, "Done")
    if picture.is_waiting:
        said = _place(picture.before)
    else:
        said = f"{picture.step.capitalize()} {picture.percent} %"
    return f"{said} · {left(picture.seconds)}" if picture.seconds is not None else said


def _place(before: int) -> str:
    if before == 0:
        return "Next in line"
    if before >= COUNTED:
        return f"{COUNTED:,} pictures or more before it"
    return f"{_NUMBERS[before] if before < len(_NUMBERS) else f'{before} pictures'} before it"


def left(seconds: int) -> str:
    """A guess, no more exact than it is: about 20 seconds left."""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 90:
        return f"about {_rounded(seconds)} seconds left"
    minutes = round(seconds / 60)
    return f"about {minutes} minutes left" if minutes < 90 else f"about {round(minutes / 60)} hours left"


def _rounded(seconds: int) -> int:
    return seconds if seconds < 10 else round(seconds / 5) * 5


def shown(picture: PictureProgress) -> dict[str, Any]:
    """One picture for the scripts of the pages."""
    return {
        "id": str(picture.id),
        "state": picture.state,
        "step": picture.step,
        "percent": picture.percent,
        "failure": picture.failure,
        "before": picture.before,
        "seconds": picture.seconds,
        "words": words(picture),
    }


@signed_in
async def of_work(request: Request) -> Response:
    """GET /works/ID/progress.json: for who asks from time to time."""
    state = await progress.how_far(server_of(request), person(request), request.path_params["id"])
    pictures = [shown(each) for each in state.pictures]
    body = {"state": state.state, "failure": state.failure, "pictures": pictures}
    return JSONResponse(body, headers=PRIVATE)


@signed_in
async def work_stream(request: Request) -> Response:
    """GET /works/ID/progress: events until the work is out, or has failed."""
    viewer = person(request)
    pictures = await progress.pictures_of(server_of(request), viewer, request.path_params["id"])
    return _stream(request, pictures)


@signed_in
async def upload_stream(request: Request) -> Response:
    """GET /uploads/progress?id=…: events until these uploads are ready, or refused."""
    asked = [identifier(each) for each in request.query_params.getlist("id")]
    if len(asked) > server_of(request).settings.pictures_per_work or None in asked:
        raise NotFound
    wanted = [each for each in asked if each is not None]
    return _stream(request, await progress.uploads_of(person(request), wanted))


def _stream(request: Request, pictures: Sequence[int]) -> Response:
    """A browser that comes again after the last event is told that there is nothing more (204)."""
    if request.headers.get("last-event-id") == OVER:
        return Response(status_code=204, headers=PRIVATE)
    server, viewer = server_of(request), person(request)
    progress.check_room(server, viewer)
    found = progress.changes(server, viewer, pictures)
    return StreamingResponse(_events(found), headers=STREAMED, media_type="text/event-stream")


async def _events(found: AsyncIterator[Sequence[PictureProgress]]) -> AsyncIterator[bytes]:
    yield AGAIN
    latest: Sequence[PictureProgress] = ()
    async for pictures in found:
        latest = pictures or latest
        yield _event("progress", [shown(each) for each in pictures]) if pictures else STILL_HERE
    if all(each.is_over for each in latest):
        yield b"id: " + OVER.encode() + b"\n" + _event(OVER, {})


def _event(name: str, value: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(value) + b"\n\n"
