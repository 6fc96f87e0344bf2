"""Somebody made a post (F-204)."""

from contextlib import nullcontext

from activitypub.converted import POST_TYPES, is_vote
from activitypub.document import Document, id_of, type_of
from activitypub.works import Note
from fedicara.federation.fetched import conversations
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import posts, quotes
from fedicara.federation.heard.posts import parsed, speaks_for
from fedicara.federation.said.forwarding import parent_to_tell_of, pass_on
from fedicara.federation.signed.verify import Authenticated
from fedicara.server import Server


@HANDLERS.on("Create")
async def create(server: Server, heard: Authenticated) -> Result:
    """Kept if its author sent it and somebody here has reason to read it (F-108)."""
    document = await stated_object(server, heard)
    note = parsed(document)
    if note is None:
        return dropped("type")
    if is_vote(note):
        return dropped("vote")
    if not speaks_for(heard.actor, note):
        return dropped("attribution")
    if await posts.is_rejected(server, note):
        return dropped("made with AI")
    audience = [*posts.addressed(heard.activity), *posts.addressed(document)]
    if await posts.is_seen(server, note.id):
        return await _again(server, heard, note, audience)
    await quotes.count(server, heard.actor, note)
    if not await posts.has_reader(server, heard.actor, note, audience):
        return dropped("no_reader")
    parent = await parent_to_tell_of(server, heard, note)
    seen_as = posts.visibility(heard.actor, note, heard.activity)
    async with server.database.transaction() if parent else nullcontext():
        work = await posts.keep(server, heard.actor, note, seen_as, audience)
        if parent is not None:
            await pass_on(server, heard, parent)
    await conversations.fill(server, heard.actor, work)
    return DONE


async def _again(server: Server, heard: Authenticated, note: Note, audience: list[str]) -> Result:
    """What is known already, or was; read before by this server of itself, it counts as sent from now on."""
    if await posts.is_gone(note.id) or not await posts.has_reader(server, heard.actor, note, audience):
        return KNOWN
    return DONE if await posts.was_sent(heard.actor, note) else KNOWN


async def stated_object(server: Server, heard: Authenticated) -> Document:
    """The object as its author sent it, or read from where it lives when only its id came."""
    about = heard.activity.get("object")
    if isinstance(about, dict) and type_of(about, POST_TYPES):
        return about
    address = id_of(about)
    return await fetch_object(server, address) if address else {}
