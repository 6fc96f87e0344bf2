"""Reading a work with its thread."""

from fedicara.actions.authentication import Viewer
from fedicara.federation.fetched import conversations
from fedicara.federation.said.documents import WIDE
from fedicara.reads.views import WorkView
from fedicara.server import Server


async def opened(server: Server, viewer: Viewer | None, work: WorkView) -> None:
    """Somebody opens a thread: what is missing of it is sent for; visitors cause nothing (F-356, SSRF-18)."""
    elsewhere = not work.is_local or work.in_reply_to
    if viewer is not None and elsewhere and work.visibility in WIDE:
        await conversations.look(server, work.id)
