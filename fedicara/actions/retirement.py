"""Closing a place for good: every actor is deleted and said to be, then every address answers 410 (F-389)."""

from typing import Final

from fedicara.actions import audit, deletion
from fedicara.federation.said.farewell import take_leave
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.said.order import DELIVER
from fedicara.jobs.lease import LeaseTable
from fedicara.models import Actor, Invitation, Tombstone
from fedicara.server import Server

KINDS: Final = (DELIVER, deletion.ERASE, "forget")


async def begin(server: Server, who: str) -> None:
    """Make no more accounts and delete those there are; begun again it goes on with those that are left."""
    async with server.database.transaction():
        address = server.url("/actor")
        _, is_new = await Tombstone.get_or_create(uri=address, defaults={"former_type": "Application"})
        await Invitation.all().delete()
        if is_new:
            await audit.note(who, "retire", server.settings.domain)
    for actor in await Actor.filter(account__isnull=False).order_by("id"):
        await deletion.delete(server, who, actor)


async def close(server: Server, who: str) -> None:
    """Say that the place itself is gone; from now on every address answers 410."""
    place = await instance_actor(server)
    async with server.database.transaction():
        await take_leave(server, place)
        await audit.note(who, "retired", server.settings.domain)


async def waiting(server: Server) -> int:
    """How many deliveries and removals are left to do."""
    counts = await LeaseTable(server).counts()
    return sum(counts.get(kind, 0) for kind in KINDS)
