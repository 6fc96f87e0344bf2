"""GET /health: whether this server can do its work, for whoever watches over it (A-174, REL-15)."""

import shutil
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fedicara.models.troubles import Trouble
from fedicara.server import Server
from fedicara.web.session import server_of

PATH: Final = "/health"
ROOM: Final = 32 * 1024 * 1024
"""Bytes that a disk needs to have free: less is too little for one more upload."""


async def health(request: Request) -> Response:
    """OK; or 503 and what is wrong, while everything that still can be answered is."""
    server = server_of(request)
    # A database that does not answer is told as everywhere, by `app.Patience`.
    await server.database.row("SELECT 1 AS one")
    words, status = (f"degraded: {Trouble.FULL}", 503) if _is_full(server) else ("OK", 200)
    return PlainTextResponse(words, status, headers={"Cache-Control": "no-store"})


def _is_full(server: Server) -> bool:
    folders = (folder for folder in (server.settings.data, server.settings.media) if folder.exists())
    return any(shutil.disk_usage(folder).free < ROOM for folder in folders)
