"""Somebody puts something into a collection of theirs, or takes it out: works shown first, or a project."""

from fedicara.federation.handlers import featured, project
from fedicara.federation.handlers.registry import HANDLERS, Result
from fedicara.federation.signed.verify import Authenticated
from fedicara.server import Server


@HANDLERS.on("Add")
async def add(server: Server, heard: Authenticated) -> Result:
    """What the target is decides (F-214, F-215)."""
    shown_first = featured.is_featured(heard)
    return await (featured.add if shown_first else project.collect)(server, heard)


@HANDLERS.on("Remove")
async def remove(server: Server, heard: Authenticated) -> Result:
    """What the target is decides (F-214, F-215)."""
    shown_first = featured.is_featured(heard)
    return await (featured.remove if shown_first else project.collect)(server, heard)
