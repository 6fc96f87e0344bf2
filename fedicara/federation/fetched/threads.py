"""Which thread a post belongs to."""

from fedicara.federation.fetched.objects import is_own
from fedicara.federation.said.documents import context_address
from fedicara.models import Work
from fedicara.server import Server


async def context_of(server: Server, work_id: int, parent: str, stated: str | None = None) -> str:
    """The thread of the parent where it is known, else the one stated, else one that begins here (F-069).

    A thread of ours is believed only where it exists, so that nobody makes addresses on this server.
    """
    above = await Work.get_or_none(uri=parent) if parent else None
    if above is not None:
        return above.context or context_address(server, above.id)
    if stated and (not is_own(server, stated) or await Work.filter(context=stated).exists()):
        return stated
    return context_address(server, work_id)
