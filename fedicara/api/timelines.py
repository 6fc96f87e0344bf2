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
from fedicara.reads import threads, timeline, works
from fedicara.reads.threads import NO_MARKS, Marks
from fedicara.reads.timeline import Entry, Kind
from fedicara.server import Server

COUNTS_LAST = 60


@method()
async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public."""
    asked = ("timeline", call.request.scope["query_string"], call.actor_id)
    body, links = await call.server.recently(asked, partial(_public, call))
    return json(body, headers=links)


async def _public(call: Call) -> tuple[bytes, dict[str, str]]:
    sent = call.parameters
    kind = Kind(sent.flag("local"), sent.flag("remote"), sent.flag("only_media"))
    entries = await timeline.public(call.server, call.actor_id, page(call), kind)
    marks = await threads.marks(call.server, call.actor_id, [entry.id for entry in entries])
    stranger = call.token_holder is None
    body = await (_marked(call.server, entries, marks) if marks else _printed(call.server, entries, stranger))
    return body, link(call, [entry.id for entry in entries])


async def _marked(server: Server, entries: Sequence[Entry], marks: Marks) -> bytes:
    """A page as JSON for somebody who liked or boosted what is on it."""
    found = await works.views(server, [entry.id for entry in entries])
    shown = [found[entry.id] for entry in entries if entry.id in found]
    return orjson.dumps(await present.marked(server, shown, marks, stranger=False))


async def _printed(server: Server, entries: Sequence[Entry], stranger: bool) -> bytes:
    """A page as JSON; for all others public posts read alike, and counts of people are at most a minute old."""
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
    found = await present.marked(server, [view] if view else [], NO_MARKS, stranger=stranger)
    return b"".join(orjson.dumps(each) for each in found)


@method("read:statuses")
async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home."""
    found = await homes.home(call.server, call.viewer.actor.id, page(call))
    answer = await present.statuses(call.server, found, call.actor_id)
    return json(answer, headers=link(call, [view.cursor for view in found]))
