"""Lists of posts in time order (A-021 to A-024, A-150, A-151)."""

from collections.abc import Sequence
from functools import partial

import orjson
from starlette.responses import Response

from fedicara.api import present
from fedicara.api.answers import json
from fedicara.api.paging import link, page
from fedicara.api.resource import Call, method
from fedicara.reads import home as homes
from fedicara.reads import timeline, works
from fedicara.reads.timeline import Entry, Kind
from fedicara.server import Server

COUNTS_LAST = 60


@method()
async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public."""
    stranger = call.token_holder is None
    asked = ("timeline", call.request.scope["query_string"], stranger)
    body, links = await call.server.recently(asked, partial(_public, call, stranger))
    return json(body, headers=links)


async def _public(call: Call, stranger: bool) -> tuple[bytes, dict[str, str]]:
    sent = call.parameters
    kind = Kind(sent.flag("local"), sent.flag("remote"), sent.flag("only_media"))
    entries = await timeline.public(call.server, page(call), kind)
    body = await _printed(call.server, entries, stranger=stranger)
    return body, link(call, [entry.id for entry in entries])


async def _printed(server: Server, entries: Sequence[Entry], *, stranger: bool) -> bytes:
    """A page as JSON; public posts read alike for everybody, and counts of people are at most a minute old."""
    variant = (stranger, int(server.now().timestamp()) // COUNTS_LAST)

    async def make() -> bytes:
        found = [
            await server.remembered(("status", *entry, *variant), partial(_print, server, entry.id, stranger))
            for entry in entries
        ]
        return b"[" + b",".join(filter(None, found)) + b"]"

    return await server.remembered(("timeline", *entries, *variant), make)


async def _print(server: Server, work_id: int, stranger: bool) -> bytes:
    view = await works.work(server, work_id)
    found = await present.statuses(server, [view] if view else [], stranger=stranger)
    return b"".join(orjson.dumps(each) for each in found)


@method("read:statuses")
async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home."""
    found = await homes.home(call.server, call.viewer.actor.id, page(call))
    answer = await present.statuses(call.server, found, stranger=False)
    return json(answer, headers=link(call, [view.cursor for view in found]))
