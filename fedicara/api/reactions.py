"""Likes, boosts and what stands around a post (A-116, A-140, A-143)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.responses import Response

from fedicara.actions import featured, reactions
from fedicara.actions.authentication import Viewer
from fedicara.actions.threads import opened
from fedicara.api import present
from fedicara.api.answers import json
from fedicara.api.resource import Call, Method, method
from fedicara.api.statuses import readable
from fedicara.models import Boost
from fedicara.reads import threads
from fedicara.reads.works import actors
from fedicara.server import Server

Action = Callable[[Server, Viewer, int], Awaitable[None]]


def _mark(action: Action, scope: str) -> Method:
    """A method that does something with a post and answers the post with its new marks."""

    async def answer(call: Call) -> Response:
        await action(call.server, call.viewer, call.id())
        found = await readable(call.server, call.id(), call.viewer)
        return json(await present.status(call.server, found, call.actor_id))

    return method(scope)(answer)


favourite = _mark(reactions.like, "write:favourites")
"""POST /api/v1/statuses/:id/favourite."""
unfavourite = _mark(reactions.unlike, "write:favourites")
"""POST /api/v1/statuses/:id/unfavourite."""
pin = _mark(featured.pin, "write:accounts")
"""POST /api/v1/statuses/:id/pin: at most 20 of one's own."""
unpin = _mark(featured.unpin, "write:accounts")
"""POST /api/v1/statuses/:id/unpin."""
unreblog = _mark(reactions.unboost, "write:statuses")
"""POST /api/v1/statuses/:id/unreblog."""


@method("write:statuses")
async def reblog(call: Call) -> Response:
    """POST /api/v1/statuses/:id/reblog: answers the boost with the post inside."""
    await reactions.boost(call.server, call.viewer, call.id())
    found = await readable(call.server, call.id(), call.viewer)
    boost = await Boost.get_or_none(work_id=found.id, actor_id=call.viewer.actor.id)
    if boost is not None:
        frame = await actors(call.server, [boost.actor_id])
        found = replace(found, cursor=boost.id, boosted_by=frame[boost.actor_id])
    return json(await present.status(call.server, found, call.actor_id))


@method()
async def context(call: Call) -> Response:
    """GET /api/v1/statuses/:id/context: what is known here, as far as the caller may read it."""
    found = await readable(call.server, call.id(), call.token_holder)
    await opened(call.server, call.token_holder, found)
    ancestors = await threads.above(call.server, found.id, call.actor_id)
    descendants = await threads.below(call.server, found.id, call.actor_id)
    return json(
        {
            "ancestors": await present.statuses(call.server, ancestors, call.actor_id),
            "descendants": await present.statuses(call.server, descendants, call.actor_id),
        }
    )
