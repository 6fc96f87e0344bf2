"""Follows that a rule of the place ended, as the people concerned see them, and following again (F-387)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedicara.actions.authentication import Viewer
from fedicara.federation.servers.rules import rejects
from fedicara.models import Actor, EndedFollow, Follow
from fedicara.reads.views import ActorView
from fedicara.reads.works import actors
from fedicara.server import Server

SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """One follow that ended: of one's own or of somebody who followed; `may_return` where it could begin again."""

    actor: ActorView
    is_own: bool
    ended: datetime
    may_return: bool


async def count(viewer: Viewer) -> int:
    """How many follows ended that the viewer has not cleared away."""
    return await EndedFollow.filter(actor_id=viewer.actor.id).count()


async def listed(server: Server, viewer: Viewer) -> list[Ending]:
    """The follows that ended, newest first."""
    found = EndedFollow.filter(actor_id=viewer.actor.id).order_by("-id").limit(SHOWN)
    rows = await found.prefetch_related("other")
    people = await actors(server, [row.other_id for row in rows])
    return [
        Ending(people[row.other_id], row.is_own, row.ended, await _may_return(server, viewer, row))
        for row in rows
    ]


async def _may_return(server: Server, viewer: Viewer, row: EndedFollow) -> bool:
    other: Actor = row.other
    if not row.is_own or other.suspended or await rejects(server, [other.uri, other.domain]):
        return False
    return not await Follow.filter(follower_id=viewer.actor.id, followed_id=other.id).exists()


async def clear(viewer: Viewer) -> None:
    """The viewer has seen the list."""
    await EndedFollow.filter(actor_id=viewer.actor.id).delete()
