"""Somebody changed a post or their profile (F-205, F-206)."""

from activitypub.document import id_of, type_of
from activitypub.works import Note
from fedicara.federation.fetched import actors
from fedicara.federation.handlers.create import create, stated_object
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped, later
from fedicara.federation.heard import history, posts
from fedicara.federation.heard.posts import parsed, speaks_for
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Work
from fedicara.server import Server


@HANDLERS.on("Update")
async def update_post(server: Server, heard: Authenticated) -> Result:
    """Only by the recorded author, only newer, never to another audience nor with another date (F-075)."""
    if id_of(heard.activity.get("object")) == heard.actor.uri:
        return await update_actor(server, heard)
    note = parsed(await stated_object(server, heard))
    if note is None:
        return dropped("type")
    work = await Work.get_or_none(uri=note.id)
    if work is None:
        return await create(server, heard)
    if work.actor_id != heard.actor.id or not speaks_for(heard.actor, note):
        return dropped("attribution")
    if not _is_newer(work, note) and not _counts_anew(heard, work, note):
        return KNOWN
    stated = posts.visibility(heard.actor, note)
    if work.visibility not in (stated, await posts.as_ruled(server, heard.actor, stated)):
        return dropped("visibility")
    if note.published is not None and note.published != work.published:
        return dropped("published")
    async with server.database.transaction():
        before = await history.snapshot(work)
        await posts.write(server, work, note)
        if not _counts_anew(heard, work, note):
            await history.keep(before, work)
    return DONE


def _is_newer(work: Work, note: Note) -> bool:
    return note.updated is not None and (work.edited is None or note.updated > work.edited)


def _counts_anew(heard: Authenticated, work: Work, note: Note) -> bool:
    """Results of a poll come without a later `updated` (F-205)."""
    is_poll = type_of(heard.activity.get("object"), {"Question"}) is not None
    return is_poll and note.updated == work.edited


@HANDLERS.on("Update", "Person")
@HANDLERS.on("Update", "Service")
@HANDLERS.on("Update", "Application")
@HANDLERS.on("Update", "Group")
@HANDLERS.on("Update", "Organization")
async def update_actor(server: Server, heard: Authenticated) -> Result:
    """The actor's own document is read anew, at most once in five minutes."""
    if id_of(heard.activity.get("object")) != heard.actor.uri:
        return dropped("attribution")
    pause = actors.wait_for(server, heard.actor.uri)
    if pause > 0:
        return later(pause)
    await actors.fetch(server, heard.actor.uri, fresh=True)
    return DONE
