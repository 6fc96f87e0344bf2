"""How many pictures have which cloak. Plan: the whole of pictures, for a page of administrators and a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedicara.server import Server

_MADE: Final = """
SELECT engine, engine_version, count(*) AS n FROM pictures
WHERE original <> '' AND state = 'ready' AND engine NOT IN ('', 'none', 'external')
GROUP BY engine, engine_version ORDER BY engine, engine_version"""


@dataclass(frozen=True, slots=True)
class Made:
    """Pictures that one version of an engine cloaked."""

    engine: str
    version: str
    pictures: int


async def cloaked(server: Server) -> Sequence[Made]:
    """What the pictures of this place were cloaked with."""
    rows = await server.database.rows(_MADE)
    return [Made(row["engine"], row["engine_version"], row["n"]) for row in rows]
