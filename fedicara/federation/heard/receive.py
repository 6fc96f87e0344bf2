"""Activities that came in: kept once before the answer, handled by a job with one effect (F-375, REL-21)."""

from collections.abc import Sequence
from typing import Final

import structlog

from activitypub.document import id_of, loads, type_of
from fedicara.federation import handlers
from fedicara.federation.errors import RemoteError, Unreachable
from fedicara.federation.handlers.registry import (
    DROPPED,
    HANDLERS,
    KNOWN_OBJECTS,
    KNOWN_TYPES,
    Result,
    dropped,
)
from fedicara.federation.heard import drops
from fedicara.federation.network.bounds import for_strangers
from fedicara.federation.said.blocks import TOUCHING, is_unwanted
from fedicara.federation.signed.verify import Authenticated
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Bury, Done, Outcome, Retry
from fedicara.models.database import rows_of
from fedicara.models.ids import new_id
from fedicara.reads import senders
from fedicara.server import Server

__all__ = ["RECEIVE", "handle", "handlers", "receive"]

RECEIVE: Final = "receive"
_TRIES: Final = 8
_log = structlog.get_logger()

_INSERT: Final = """
INSERT INTO inbound (id, uri, actor_id, document, outcome, received) VALUES {rows}
ON CONFLICT (uri) DO NOTHING RETURNING id"""
_HANDLED: Final = """
UPDATE inbound SET document = '', outcome = done.column2 FROM (VALUES {rows}) AS done WHERE id = done.column1"""


async def receive(server: Server, heard: Authenticated) -> bool:
    """Keep an activity and order its handling; False where its id is known already, whatever it says now."""
    return await server.together(_keep, heard)


async def _keep(server: Server, heard: Sequence[Authenticated]) -> list[bool]:
    """Keep what came in the same moment, with one statement; the first of two with one id counts."""
    now = str(server.now()) if server.database.is_sqlite else server.now()
    rows = [(new_id(), id_of(each.activity), each.actor.id, each.body.decode(), now) for each in heard]
    places = rows_of(len(rows), "{}, {}, {}, {}, '', {}")
    kept = await server.database.execute(
        _INSERT.format(rows=places), *(value for row in rows for value in row)
    )
    new = {row["id"] for row in kept}
    orders = [
        Order(RECEIVE, {"inbound": identifier}, lane=str(actor_id))
        for identifier, _, actor_id, _, _ in rows
        if identifier in new
    ]
    if orders:
        await LeaseTable(server).enqueue(*orders)
    return [row[0] in new for row in rows]


async def _note_handled(server: Server, handled: Sequence[tuple[int, str]]) -> list[None]:
    """Write down what became of activities that were handled in the same moment, and forget their text."""
    places = rows_of(len(handled), "CAST({} AS BIGINT), CAST({} AS VARCHAR(64))")
    values = (value for pair in handled for value in pair)
    await server.database.execute(_HANDLED.format(rows=places), *values)
    return [None] * len(handled)


async def run(server: Server, claim: Claim) -> Outcome:
    """The job: handle one kept activity, in the order its actor sent them."""
    inbound_id: int = claim.payload["inbound"]
    found = await senders.waiting(server, inbound_id)
    if found is None:
        return Done()
    actor, activity, text = found
    try:
        heard = Authenticated(loads(text.encode()), actor, text.encode())
        result = await handle(for_strangers(server), heard)
    except Unreachable as error:
        if claim.attempts + 1 < _TRIES:
            return Retry(error.reason)
        result = dropped("unreachable")
    except RemoteError as error:
        result = dropped(error.reason)
    if result.again is not None:
        return Retry(result.outcome, result.again) if claim.attempts + 1 < _TRIES else Bury(result.outcome)
    tell(server, result, activity=activity, actor=actor.uri)
    await server.together(_note_handled, (inbound_id, result.outcome[:64]))
    return Done()


def tell(server: Server, result: Result, *, activity: str, actor: str = "") -> None:
    """Say in the log what became of something, and count it where it had no effect."""
    if result.outcome.startswith(DROPPED):
        drops.note(server, result.outcome.removeprefix(DROPPED), activity=activity, actor=actor)
    else:
        _log.info("received", activity=activity, outcome=result.outcome)


async def handle(server: Server, heard: Authenticated) -> Result:
    """Let the handler of this kind of activity do its work; kinds without one are dropped (F-221)."""
    kind = type_of(heard.activity, KNOWN_TYPES)
    about = type_of(heard.activity.get("object"), KNOWN_OBJECTS)
    handler = HANDLERS.find(kind, about) if kind else None
    if kind in TOUCHING and await is_unwanted(server, heard):
        return dropped("blocked")
    return await handler(server, heard) if handler else dropped("type")
