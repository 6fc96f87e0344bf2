"""What somebody who is signed in does with a work: like it, boost it, reply to it."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import featured, reactions, works
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid
from fedicara.actions.works import Draft
from fedicara.server import Server
from fedicara.web.session import Handler, form, person, server_of, signed_in, text
from fedicara.web.templates import work_path
from fedicara.web.works import readable, shown

Action = Callable[[Server, Viewer, int], Awaitable[None]]


def _reaction(action: Action) -> Handler:
    """The answer to a button: done, and back to the work."""

    @signed_in
    async def react(request: Request) -> Response:
        await form(request)
        found = await readable(request)
        await action(server_of(request), person(request), found.id)
        return RedirectResponse(f"{work_path(found)}#acts", 303)

    return react


like = _reaction(reactions.like)
"""POST /@NAME/ID/like."""
unlike = _reaction(reactions.unlike)
"""POST /@NAME/ID/unlike."""
boost = _reaction(reactions.boost)
"""POST /@NAME/ID/boost."""
pin = _reaction(featured.pin)
"""POST /@NAME/ID/pin."""
unpin = _reaction(featured.unpin)
"""POST /@NAME/ID/unpin."""
unboost = _reaction(reactions.unboost)
"""POST /@NAME/ID/unboost."""


@signed_in
async def reply(request: Request) -> Response:
    """POST /@NAME/ID/reply: as widely seen as what it answers."""
    fields = await form(request)
    found = await readable(request)
    said = text(fields, "reply")
    draft = Draft(caption=said, visibility=found.visibility, in_reply_to=found.id)
    try:
        made = await works.publish(server_of(request), person(request), draft)
    except Invalid as error:
        return await shown(request, found, {"said": said, "errors": {"reply": error.sentence}})
    return RedirectResponse(f"{work_path(found)}#reply-{made.id}", 303)
