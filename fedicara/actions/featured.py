"""Showing works first on one's page (F-240, F-264)."""

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.said import featured
from fedicara.federation.said.documents import WIDE
from fedicara.models import Pin, Work
from fedicara.server import Server


async def pin(server: Server, viewer: Viewer, work_id: int) -> None:
    """Show a work of one's own first; a second time changes nothing."""
    work = await _own(viewer, work_id)
    if work.visibility not in WIDE:
        raise Invalid("id", "Only works that everybody may see can be shown first.")
    async with server.database.transaction():
        if await featured.pin(viewer.actor.id, work.id) is not None:
            await featured.publish_pin(server, viewer.actor, work)
        elif not await Pin.filter(actor_id=viewer.actor.id, work_id=work.id).exists():
            raise Invalid("id", f"At most {featured.MOST} works can be shown first.")


async def unpin(server: Server, viewer: Viewer, work_id: int) -> None:
    """Show it first no longer."""
    work = await _own(viewer, work_id)
    async with server.database.transaction():
        if await featured.unpin(viewer.actor.id, work.id):
            await featured.publish_unpin(server, viewer.actor, work)


async def _own(viewer: Viewer, work_id: int) -> Work:
    work = await Work.get_or_none(id=work_id, actor_id=viewer.actor.id, state="published")
    if work is None:
        raise NotFound
    return work
