"""An artist's own originals, as they came."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fedicara.actions import originals
from fedicara.actions.errors import NotFound
from fedicara.web.session import server_of, viewer_of


async def original(request: Request) -> Response:
    """GET /originals/ID: a file to keep; for everybody else there is nothing here, signed in or not (P-245)."""
    viewer = viewer_of(request)
    if viewer is None:
        raise NotFound
    found = await originals.download(server_of(request), viewer, request.path_params["id"])
    headers = {
        "content-disposition": f'attachment; filename="{found.name}"',
        "content-length": str(found.stored.size),
        "cache-control": "private, no-store",
    }
    return StreamingResponse(found.stored.chunks, headers=headers, media_type=found.media_type)
