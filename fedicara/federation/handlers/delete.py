"""Somebody deleted a post or a project, took an approval back, or left (F-207, F-208, F-087, F-219)."""

from activitypub.document import id_of, same_origin
from fedicara.federation.errors import Gone, Missing
from fedicara.federation.fetched.actors import forget
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import quotations, quotes
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Project, Tombstone, Work
from fedicara.server import Server


@HANDLERS.on("Delete")
async def delete(server: Server, heard: Authenticated) -> Result:
    """Only by the recorded author; what is not known yet stays deleted when it comes (ORI-08, ORI-09)."""
    uri = id_of(heard.activity.get("object"))
    if uri == heard.actor.uri:
        return await _farewell(server, heard)
    if uri is None or not same_origin(uri, heard.actor.uri):
        return dropped("attribution")
    known = await Work.get_or_none(uri=uri) or await Project.get_or_none(uri=uri)
    if known is not None and known.actor_id != heard.actor.id:
        return dropped("attribution")
    async with server.database.transaction():
        _, is_new = await Tombstone.get_or_create(uri=uri)
        await quotes.forget(uri, heard.actor)
        withdrawn = await quotations.end(heard.actor, uri)
        if known is not None:
            await known.delete()
    return DONE if is_new or withdrawn or known is not None else KNOWN


async def _farewell(server: Server, heard: Authenticated) -> Result:
    """An actor goes with everything of theirs once their own server confirms it."""
    try:
        await fetch_object(server, heard.actor.uri)
    except (Gone, Missing):
        await forget(server, heard.actor)
        return DONE
    return dropped("still there")
