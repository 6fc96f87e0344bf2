"""The choice of a cloak as forms show it, and what it did to one's own works."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from fedicara.actions import cloaks, comparisons
from fedicara.reads import works as reads
from fedicara.settings import Settings
from fedicara.web.session import person, server_of, signed_in
from fedicara.web.templates import page

PRIVATE = {"cache-control": "private, no-store"}


@dataclass(frozen=True, slots=True)
class Question:
    """A choice of a cloak: value and label of each answer, the one chosen, and what may be said of the engine."""

    options: tuple[tuple[str, str], ...]
    chosen: str
    title: str
    words: str


def question(settings: Settings, chosen: str, above: str = "") -> Question:
    """The choice; with `above` it may be left to whom that names, and a choice no longer offered stays as it is."""
    offered = cloaks.offered(settings)
    names = [*offered, *([chosen] if chosen in cloaks.LABELS and chosen not in offered else [])]
    inherited = [("", f"{above}: {cloaks.LABELS[cloaks.usual(settings)].lower()}")] if above else []
    options = (*inherited, *((name, cloaks.LABELS[name]) for name in names))
    return Question(options, chosen, cloaks.title(settings), cloaks.words(settings))


@signed_in
async def compare(request: Request) -> Response:
    """GET /@NAME/ID/cloak: before, after and difference, for the artist alone."""
    server = server_of(request)
    work, pictures = await comparisons.of_work(server, person(request), request.path_params["id"])
    values = {
        "work": await reads.work(server, work.id),
        "pictures": pictures,
        "waits": any(each.waits for each in pictures),
        "views": ("100", "200"),
    }
    return page(request, "cloak.html", values)


@signed_in
async def compared(request: Request) -> Response:
    """GET /works/ID/cloak.json: whether the comparison is made."""
    found = await comparisons.of_work(server_of(request), person(request), request.path_params["id"])
    return JSONResponse({"waits": any(each.waits for each in found[1])}, headers=PRIVATE)


@signed_in
async def shown(request: Request) -> Response:
    """GET /@NAME/ID/cloak/PICTURE/VIEW-SIDE: one file of it."""
    work, picture, name = (request.path_params[each] for each in ("id", "picture", "file"))
    media_type, stored = await comparisons.file(server_of(request), person(request), work, picture, name)
    headers = {**PRIVATE, "content-length": str(stored.size), "content-disposition": "inline"}
    return StreamingResponse(stored.chunks, headers=headers, media_type=media_type)
