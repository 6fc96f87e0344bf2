"""How much somebody, and everybody together, may keep here (MED-12)."""

from typing import Final

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NoRoom
from fedicara.reads import room
from fedicara.server import Server

_MINUTE: Final = 60.0
MIB: Final = 1 << 20


async def check(server: Server, viewer: Viewer, more: int = 0) -> None:
    """Raise `NoRoom` where so many more bytes would be too much; what exists is never touched."""
    own, place = server.settings.account_quota, server.settings.place_quota
    if own:
        taken = await room.used_by(server.database, viewer.actor.id)
        if taken + more > own:
            raise NoRoom(
                f"Your pictures take {taken // MIB} MiB of the {own // MIB} MiB that are yours here. "
                "Delete some, or ask the people who look after this place for more."
            )
    if place and await room.used(server.database) + more > place:
        raise NoRoom("This place has no room left for pictures. The people who look after it can make some.")


async def used(server: Server) -> int:
    """Bytes of all pictures made here, as of a minute ago at most."""

    async def count() -> int:
        return await room.used(server.database)

    return await server.lately(("room",), _MINUTE, count)
