"""Actors, whole for signed readers, else the envelope that checking keys needs (F-300, F-301)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from activitypub.actors import envelope
from activitypub.document import dumps
from fedicara.federation.said.documents import actor_document
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.signed.verify import Refusal
from fedicara.models import Actor
from fedicara.peers import answers
from fedicara.peers.requests import asks_for_document, is_signed, number, reader_of, server_of
from fedicara.reads.access import blocked
from fedicara.reads.views import as_json
from fedicara.server import Server
from policies.policy import Policy

_ACTOR = "SELECT revision, username, type, suspended, policy FROM actors WHERE id = $1 AND domain = ''"
NO_PERSON = ("Application", "Tombstone")
_INSTANCE = "SELECT id, revision FROM actors WHERE uri = $1"


@dataclass(frozen=True, slots=True)
class Opened:
    """What everybody gets of an actor, and the policy it is sent under."""

    body: bytes
    policy: Policy


async def actor(request: Request) -> Response:
    """GET /actors/ID"""
    server, actor_id = server_of(request), number(request)
    if server.settings.authorized_fetch and asks_for_document(request) and not is_signed(request):
        found = await server.recently(("envelope", actor_id), partial(_open, server, actor_id))
        if found is not None:
            request.state.policy = found.policy
            return answers.document(request, found.body)
    row = await server.database.row(_ACTOR, actor_id)
    if row is None or row["type"] in NO_PERSON:
        return await answers.gone_or_absent(server, f"/actors/{actor_id}")
    if not asks_for_document(request):
        return answers.absent() if row["suspended"] else _page(request, row)
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    if reader is not None and await blocked(server, reader.id, actor_id):
        return answers.absent()
    request.state.policy = _policy(server, row)
    if reader is None and server.settings.authorized_fetch:
        # Signed for another purpose, or with a key that cannot be read at the moment.
        return answers.document(request, await _envelope(server, actor_id, row["revision"]))
    return answers.document(
        request, await _whole(server, actor_id, row["revision"]), private=reader is not None
    )


def _page(request: Request, row: Mapping[str, Any]) -> Response:
    server = server_of(request)
    request.state.policy = _policy(server, row)
    return answers.page(server.url(f"/@{row['username']}"))


def _policy(server: Server, row: Mapping[str, Any]) -> Policy:
    """The policy that the answer's headers state (S03)."""
    return server.policy(as_json(row["policy"]))


async def _whole(server: Server, actor_id: int, revision: int) -> bytes:
    async def make() -> bytes:
        return dumps(await actor_document(server, await Actor.get(id=actor_id)))

    return await server.remembered(("actor", actor_id, revision), make)


async def _open(server: Server, actor_id: int) -> Opened | None:
    """What everybody may have of an actor, if there is one of that id."""
    row = await server.database.row(_ACTOR, actor_id)
    if row is None or row["type"] in NO_PERSON:
        return None
    return Opened(await _envelope(server, actor_id, row["revision"]), _policy(server, row))


async def _envelope(server: Server, actor_id: int, revision: int) -> bytes:
    async def make() -> bytes:
        return dumps(envelope(await actor_document(server, await Actor.get(id=actor_id))))

    return await server.remembered(("envelope", actor_id, revision), make)


async def instance(request: Request) -> Response:
    """GET /actor, open to everybody (F-041)."""
    server = server_of(request)
    if not asks_for_document(request):
        return answers.page(server.url("/"))
    row = await server.database.row(_INSTANCE, server.url("/actor"))
    if row is None:
        made = await instance_actor(server)
        return answers.document(request, await _whole(server, made.id, made.revision))
    return answers.document(request, await _whole(server, row["id"], row["revision"]))
