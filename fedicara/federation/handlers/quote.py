"""Somebody asks to quote a work of somebody here (F-218)."""

from typing import Any

from activitypub.document import Document, id_of, same_origin
from activitypub.errors import MalformedDocument
from activitypub.quotes import read_request
from fedicara.federation.fetched.objects import fetch_object, is_own
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.said import approvals
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Work
from fedicara.reads.access import may_read
from fedicara.server import Server


@HANDLERS.on("QuoteRequest")
async def quote_request(server: Server, heard: Authenticated) -> Result:
    """Answered by what the artist chose for the work; only who wrote the quoting post can ask."""
    try:
        request = read_request(heard.activity)
    except MalformedDocument:
        return dropped("type")
    work = await Work.get_or_none(uri=request.quoted).prefetch_related("actor")
    if (
        work is None
        or not work.actor.is_local
        or not await may_read(server, work, heard.actor.id, here=False)
    ):
        return dropped("no such post")
    if not await _wrote(server, heard, heard.activity.get("instrument")):
        return dropped("attribution")
    async with server.database.transaction():
        heeded = await approvals.ask(server, work, heard.actor, request)
    return DONE if heeded else dropped("too many")


async def _wrote(server: Server, heard: Authenticated, instrument: Any) -> bool:
    """Whether the actor is the author of the quoting post, as it came or as its server states it."""
    uri = id_of(instrument) or ""
    if is_own(server, uri) or not same_origin(uri, heard.actor.uri):
        return False
    stated: Document = instrument if isinstance(instrument, dict) else {}
    if "attributedTo" not in stated:
        stated = await fetch_object(server, uri)
    return id_of(stated.get("attributedTo")) == heard.actor.uri
