"""Lists of posts in time order (A-021 to A-024, A-150, A-151)."""

from collections.abc import Sequence
from functools import partial

import orjson
from starlette.responses import Response

from fedicara.api import present
from fedicara.api.answers import PersonNeeded, json
from fedicara.api.paging import link, page
from fedicara.api.resource import Call, method
from fedicara.reads import home as homes
from fedicara.reads import quotes, threads, timeline, works
from fedicara.reads.access import sight_of
from fedicara.reads.threads import Marks
from fedicara.reads.timeline import Entry, Kind
from fedicara.server import Server

COUNTS_LAST = 60


@method()
async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public."""
    if call.server.settings.timelines_need_account and call.actor_id is None:
        raise PersonNeeded
    asked = ("timeline", call.request.scope["query_string"], call.actor_id)
    body, links = await call.server.recently(asked, partial(_public, call))
    return json(body, headers=links)


async def _public(call: Call) -> tuple[bytes, dict[str, str]]:
    sent = call.parameters
    kind = Kind(sent.flag("local"), sent.flag("remote"), sent.flag("only_media"))
    entries = await timeline.public(call.server, call.actor_id, page(call), kind)
    marks = await threads.marks(call.server, call.actor_id, [entry.id for entry in entries])
    if marks or (await sight_of(call.server, call.actor_id)).is_narrowed:
        body = await _marked(call.server, entries, marks, call.actor_id)
    else:
        body = await _printed(
            call.server, entries, Marks(ai_filter=marks.ai_filter), stranger=call.actor_id is None
        )
    return body, link(call, [entry.id for entry in entries])


async def _marked(server: Server, entries: Sequence[Entry], marks: Marks, reader: int | None) -> bytes:
    """A page as JSON for somebody who liked or boosted what is on it, or from whom something is kept."""
    found = await works.views(server, [entry.id for entry in entries])
    listed = [found[entry.id] for entry in entries if entry.id in found]
    shown = await quotes.seen_by(server, listed, reader)
    return orjson.dumps(await present.marked(server, shown, marks, stranger=False))


async def _printed(server: Server, entries: Sequence[Entry], marks: Marks, *, stranger: bool) -> bytes:
    """A page as JSON; for all others public posts read alike, and counts of people are at most a minute old."""
    variant = (stranger, marks.ai_filter, int(server.now().timestamp()) // COUNTS_LAST)

    async def make() -> bytes:
        found = [
            await server.remembered(
                ("status", *entry, *variant), partial(_print, server, entry.id, marks, stranger)
            )
            for entry in entries
        ]
        return b"[" + b",".join(filter(None, found)) + b"]"

    return await server.remembered(("timeline", *entries, *variant), make)


async def _print(server: Server, work_id: int, marks: Marks, stranger: bool) -> bytes:
    view = await works.work(server, work_id)
    found = [view] if view else []
    shown = await quotes.seen_by(server, found, None) if stranger else found
    printed = await present.marked(server, shown, marks, stranger=stranger)
    return b"".join(orjson.dumps(each) for each in printed)


@method("read:statuses")
async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home."""
    found = await homes.home(call.server, call.viewer.actor.id, page(call))
    answer = await present.statuses(call.server, found, call.actor_id)
    return json(answer, headers=link(call, [view.cursor for view in found]))
