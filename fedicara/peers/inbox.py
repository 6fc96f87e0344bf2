"""Inboxes: the answer is given once the signature is checked and the activity is kept (F-375)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from tortoise.exceptions import OperationalError

from activitypub.names import ACTIVITY_JSON, LD_JSON
from fedicara.federation import drops
from fedicara.federation.hints import follow_up
from fedicara.federation.receive import receive
from fedicara.federation.verify import Hint, Refusal, authenticate
from fedicara.peers import answers
from fedicara.peers.requests import number, received, server_of

LIMIT: Final = 1 << 20
_ACTOR = "SELECT 1 FROM actors WHERE id = $1 AND domain = '' AND type <> 'Tombstone'"


async def personal(request: Request) -> Response:
    """POST /actors/ID/inbox"""
    server, actor_id = server_of(request), number(request)
    if await server.database.row(_ACTOR, actor_id) is None:
        return await answers.gone_or_absent(server, f"/actors/{actor_id}")
    return await shared(request)


async def shared(request: Request) -> Response:
    """POST /inbox and /actor/inbox"""
    body = await _body(request)
    if isinstance(body, Response):
        return body
    server = server_of(request)
    try:
        heard = await authenticate(server, received(request, body))
        if isinstance(heard, Refusal):
            drops.note(server, heard.reason)
            return answers.refused(heard)
        if isinstance(heard, Hint):
            await follow_up(server, heard)
        else:
            await receive(server, heard)
    except OperationalError:
        return answers.refused(Refusal(503, "busy", "The database is busy; try again later."))
    return Response(status_code=202)


async def _body(request: Request) -> bytes | Response:
    """The whole body, or why it is not taken."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and (len(stated) > 9 or int(stated) > LIMIT):
        return _too_large()
    if media_type not in (ACTIVITY_JSON, LD_JSON):
        return answers.problem(415, "Send application/activity+json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return answers.problem(415, "Send the body without compression.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return _too_large()
    return bytes(body)


def _too_large() -> Response:
    return answers.problem(413, f"An activity has at most {LIMIT} bytes.")
