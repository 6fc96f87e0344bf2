"""Pictures as bytes, each with its own work's policy."""

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from fedicara.actions import emojis, former, media
from fedicara.actions.errors import NotFound
from fedicara.actions.media import Served
from fedicara.web import ranges
from fedicara.web.session import load, server_of, viewer_id


async def rendition(request: Request) -> Response:
    """GET /media/KEY"""
    await load(request)
    server, key = server_of(request), request.path_params["key"]
    wanted = media.served(server, key, request.query_params, viewer_id(request))
    answer = await _answer(request, wanted)
    if answer.status_code == 404 and (found := await former.replaced(server, key, request.query_params)):
        request.state.policy = found.policy
        return RedirectResponse(found.address, 301, {"cache-control": "private, no-store"})
    return answer


async def proxy(request: Request) -> Response:
    """GET /proxy/ID/SIGNATURE"""
    await load(request)
    picture, signature = request.path_params["picture"], request.path_params["signature"]
    return await _answer(request, media.proxied(server_of(request), picture, signature, viewer_id(request)))


async def emoji(request: Request) -> Response:
    """GET /emoji/ID/SIGNATURE"""
    identifier, signature = request.path_params["id"], request.path_params["signature"]
    return await _answer(request, emojis.served(server_of(request), identifier, signature))


async def _answer(request: Request, wanted: Awaitable[Served]) -> Response:
    try:
        found = await wanted
    except (NotFound, FileNotFoundError):
        # Who may have it gets it at the same address, so no cache keeps that somebody may not (WEB-12).
        return Response("Not found", 404, {"cache-control": "private, no-store"}, media_type="text/plain")
    request.state.policy = found.policy
    request.state.licence_url = found.licence_url
    headers = {
        "etag": found.etag,
        "accept-ranges": "bytes",
        "content-disposition": "inline",
        "cache-control": "public, max-age=86400" if found.public else "private, no-store",
    }
    if found.public:
        headers["access-control-allow-origin"] = "*"
    if ranges.has(request.headers.get("if-none-match"), found.etag):
        return Response(status_code=304, headers=headers)
    return _bytes(request, found, headers)


def _bytes(request: Request, found: Served, headers: dict[str, str]) -> Response:
    """The whole file or the part that was asked for; of a HEAD what a GET of the whole would say."""
    if request.method == "HEAD":
        return Response(headers={**headers, "content-length": str(found.size)}, media_type=found.media_type)
    asked = request.headers.get("range")
    fits = ranges.may_be_part(request.headers.get("if-range"), found.etag)
    try:
        part = ranges.part(asked if fits else None, found.size)
    except ranges.Unsatisfiable:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{found.size}"})
    if part is None:
        headers["content-length"] = str(found.size)
        return StreamingResponse(found.chunks, headers=headers, media_type=found.media_type)
    first, last = part
    headers |= {
        "content-length": str(last - first + 1),
        "content-range": f"bytes {first}-{last}/{found.size}",
    }
    chunks = ranges.between(found.chunks, first, last)
    return StreamingResponse(chunks, 206, headers=headers, media_type=found.media_type)
