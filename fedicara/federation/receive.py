"""Activities that came in: kept once before the answer, handled by a job with one effect (F-375, REL-21)."""

from typing import Final

import orjson
import structlog

from activitypub.document import id_of, type_of
from fedicara.federation import drops, handlers
from fedicara.federation.blocks import TOUCHING, is_unwanted
from fedicara.federation.bounds import for_strangers
from fedicara.federation.errors import RemoteError, Unreachable
from fedicara.federation.handlers.registry import (
    DROPPED,
    HANDLERS,
    KNOWN_OBJECTS,
    KNOWN_TYPES,
    Result,
    dropped,
)
from fedicara.federation.verify import Authenticated
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Bury, Done, Outcome, Retry
from fedicara.models import Inbound
from fedicara.models.ids import new_id
from fedicara.server import Server

__all__ = ["RECEIVE", "handle", "handlers", "receive"]

RECEIVE: Final = "receive"
_TRIES: Final = 8
_log = structlog.get_logger()

_INSERT: Final = """
INSERT INTO inbound (id, uri, actor_id, document, outcome, received) VALUES ($1, $2, $3, $4, '', $5)
ON CONFLICT (uri) DO NOTHING RETURNING id"""


async def receive(server: Server, heard: Authenticated) -> bool:
    """Keep an activity and order its handling; False where its id is known already, whatever it says now."""
    now = server.now()
    document = orjson.dumps(heard.activity).decode()
    row = (new_id(), id_of(heard.activity), heard.actor.id, document)
    async with server.database.transaction():
        kept = await server.database.execute(_INSERT, *row, str(now) if server.database.is_sqlite else now)
        if not kept:
            return False
        order = Order(RECEIVE, {"inbound": kept[0]["id"]}, lane=str(heard.actor.id))
        await LeaseTable(server).enqueue(order)
    return True


async def run(server: Server, claim: Claim) -> Outcome:
    """The job: handle one kept activity, in the order its actor sent them."""
    inbound = await Inbound.get_or_none(id=claim.payload["inbound"]).prefetch_related("actor")
    if inbound is None or not inbound.document:
        return Done()
    try:
        result = await handle(
            for_strangers(server), Authenticated(orjson.loads(inbound.document), inbound.actor)
        )
    except Unreachable as error:
        if claim.attempts + 1 < _TRIES:
            return Retry(error.reason)
        result = dropped("unreachable")
    except RemoteError as error:
        result = dropped(error.reason)
    if result.again is not None:
        return Retry(result.outcome, result.again) if claim.attempts + 1 < _TRIES else Bury(result.outcome)
    if result.outcome.startswith(DROPPED):
        reason = result.outcome.removeprefix(DROPPED)
        drops.note(server, reason, activity=inbound.uri, actor=inbound.actor.uri)
    else:
        _log.info("received", activity=inbound.uri, outcome=result.outcome)
    await Inbound.filter(id=inbound.id).update(document="", outcome=result.outcome[:64])
    return Done()


async def handle(server: Server, heard: Authenticated) -> Result:
    """Let the handler of this kind of activity do its work; kinds without one are dropped (F-221)."""
    kind = type_of(heard.activity, KNOWN_TYPES)
    about = type_of(heard.activity.get("object"), KNOWN_OBJECTS)
    handler = HANDLERS.find(kind, about) if kind else None
    if kind in TOUCHING and await is_unwanted(server, heard):
        return dropped("blocked")
    return await handler(server, heard) if handler else dropped("type")
