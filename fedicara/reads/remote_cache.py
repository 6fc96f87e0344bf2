"""How much is kept of pictures of other servers, for whoever watches over the place. Plan: primary key."""

from dataclasses import dataclass
from typing import Final

from fedicara.server import Server

_ALL: Final = "SELECT bytes, files, evicted, ran FROM kept_sums WHERE peer = ''"


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes and files, how many had to go ever, and when all of it was last gone over, in seconds since 1970."""

    bytes: int = 0
    files: int = 0
    evicted: int = 0
    ran: float = 0.0


async def kept(server: Server) -> Kept:
    """What is kept in all."""
    row = await server.database.row(_ALL)
    return Kept(row["bytes"], row["files"], row["evicted"], row["ran"] / 1000) if row else Kept()
