"""Inboxes: the answer is given once the signature is checked and the activity is kept (F-375)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from tortoise.exceptions import OperationalError

from activitypub.names import ACTIVITY_JSON, LD_JSON
from fedicara.federation.heard import drops
from fedicara.federation.heard.hints import follow_up
from fedicara.federation.heard.receive import receive
from fedicara.federation.signed.verify import Hint, Refusal, authenticate
from fedicara.peers import answers
from fedicara.peers.requests import number, received, server_of
from fedicara.rates import source_of
from fedicara.server import Server

LIMIT: Final = 1 << 20
_MINUTE: Final = 60
_ACTOR = "SELECT 1 FROM actors WHERE id = $1 AND domain = '' AND type <> 'Tombstone'"


async def personal(request: Request) -> Response:
    """POST /actors/ID/inbox"""
    server, actor_id = server_of(request), number(request)
    if await server.database.row(_ACTOR, actor_id) is None:
        return await answers.gone_or_absent(server, f"/actors/{actor_id}")
    return await shared(request)


async def shared(request: Request) -> Response:
    """POST /inbox and /actor/inbox"""
    server = server_of(request)
    address = request.client.host if request.client else ""
    if refusal := _too_many(server, "address", source_of(address)):
        return refusal
    body = await _body(request)
    if isinstance(body, Response):
        return body
    try:
        heard = await authenticate(server, received(request, body))
        if isinstance(heard, Refusal):
            drops.note(server, heard.reason)
            return answers.refused(heard)
        if refusal := _too_many(server, "server", heard.source):
            return refusal
        if isinstance(heard, Hint):
            await follow_up(server, heard)
        else:
            await receive(server, heard)
    except OperationalError:
        return answers.refused(Refusal(503, "busy", "The database is busy; try again later.", 300.0))
    return Response(status_code=202)


def _too_many(server: Server, *who: str) -> Response | None:
    """429 where too much came from an address, or from a server that proved who it is (DOS-19)."""
    wait = server.rates.wait(server.settings.inbox_rate, _MINUTE, "inbox", *who)
    if not wait:
        return None
    drops.note(server, "rate")
    return answers.refused(Refusal(429, "rate", "Too much at once; try again later.", wait))


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
