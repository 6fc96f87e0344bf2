"""Whether the place is open: a tombstone for its own actor says that it closes, and, once it may be told, that it is closed."""

from enum import StrEnum
from typing import Final

from fedicara.server import Server

_STONE: Final = "SELECT public FROM tombstones WHERE uri = $1"


class Standing(StrEnum):
    """How a place stands to the world."""

    OPEN = "open"
    RETIRING = "retiring"
    RETIRED = "retired"


async def standing(server: Server) -> Standing:
    """How this place stands. Plan: the unique index of tombstones."""
    stone = await server.database.row(_STONE, server.url("/actor"))
    if stone is None:
        return Standing.OPEN
    return Standing.RETIRED if stone["public"] else Standing.RETIRING
