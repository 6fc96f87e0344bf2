"""What the place states by now: kept in the process, and looked for again once a second, since others change it too."""

import time
from typing import Final

from fedicara.reads.views import as_json
from fedicara.server import Server
from policies.instance import Instance, read

_SECONDS: Final = 1.0
_POLICY: Final = "SELECT revision, stated FROM place_policy WHERE id = 1"


async def look(server: Server) -> None:
    """Look again, if the last look is a second old. Plan: primary key."""
    now = time.monotonic()
    if now - server.stated.looked >= _SECONDS:
        server.stated.looked = now
        await look_now(server)


async def look_now(server: Server) -> None:
    """Take over what is stored; where nothing is, the defaults stay."""
    row = await server.database.row(_POLICY)
    revision = row["revision"] if row else 0
    if revision != server.stated.revision:
        server.stated.instance = read(as_json(row["stated"])) if row else Instance()
        server.stated.revision = revision
