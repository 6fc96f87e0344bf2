"""Somebody made a post (F-204)."""

from contextlib import nullcontext

from activitypub import converted
from activitypub.converted import POST_TYPES
from activitypub.document import Document, id_of, same_origin, type_of
from activitypub.errors import MalformedDocument
from activitypub.works import Note
from fedicara.federation import actors, posts, quotes
from fedicara.federation.documents import WIDE
from fedicara.federation.forwarding import parent_to_tell_of, pass_on
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.objects import fetch_object
from fedicara.federation.verify import Authenticated
from fedicara.models import Actor, Work
from fedicara.server import Server


@HANDLERS.on("Create")
async def create(server: Server, heard: Authenticated) -> Result:
    """Kept if its author sent it and somebody here has reason to read it (F-108)."""
    document = await stated_object(server, heard)
    note = parsed(document)
    if note is None:
        return dropped("type")
    if converted.is_vote(note):
        return dropped("vote")
    if not speaks_for(heard.actor, note):
        return dropped("attribution")
    if await posts.is_seen(server, note.id):
        return KNOWN
    await quotes.count(server, heard.actor, note)
    audience = [*posts.addressed(heard.activity), *posts.addressed(document)]
    if not await posts.has_reader(server, heard.actor, note, audience):
        return dropped("no_reader")
    parent = await parent_to_tell_of(server, heard, note)
    seen_as = posts.visibility(heard.actor, note, heard.activity)
    async with server.database.transaction() if parent else nullcontext():
        await posts.keep(server, heard.actor, note, seen_as, audience)
        if parent is not None:
            await pass_on(server, heard, parent)
    return DONE


async def stated_object(server: Server, heard: Authenticated) -> Document:
    """The object as its author sent it, or read from where it lives when only its id came."""
    about = heard.activity.get("object")
    if isinstance(about, dict) and type_of(about, POST_TYPES):
        return about
    address = id_of(about)
    return await fetch_object(server, address) if address else {}


def parsed(document: Document) -> Note | None:
    """The post a document states, whatever its kind, if it is one (F-078)."""
    try:
        return converted.read(document)
    except MalformedDocument:
        return None


def speaks_for(actor: Actor, note: Note) -> bool:
    """Whether the post is the actor's own and lives on their host (ORI-04, ORI-05)."""
    return note.attributed_to == actor.uri and same_origin(note.id, actor.uri)


async def from_origin(server: Server, document: Document) -> Work | None:
    """A public or unlisted post as its own server states it, kept because somebody here showed it or quotes it."""
    note = parsed(document)
    if note is None or converted.is_vote(note):
        return None
    author = await actors.fetch(server, note.attributed_to)
    seen_as = posts.visibility(author, note)
    if seen_as not in WIDE or not speaks_for(author, note) or await posts.is_gone(note.id):
        return None
    return await posts.keep(server, author, note, seen_as, [*note.to, *note.cc])
