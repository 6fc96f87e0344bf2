"""Works that artists show first: at most twenty, told to their followers (F-214, F-240)."""

from collections.abc import Callable
from typing import Final

from activitypub import activities
from activitypub.document import Document
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.documents import activity_address
from fedicara.models import Actor, Pin, Work
from fedicara.models.ids import new_id
from fedicara.server import Server

MOST: Final = 20


async def pin(actor_id: int, work_id: int) -> Pin | None:
    """Put a work at the end of what its artist shows first; None where it stands there, or twenty do."""
    pins = await Pin.filter(actor_id=actor_id).order_by("position")
    if len(pins) >= MOST or any(each.work_id == work_id for each in pins):
        return None
    position = pins[-1].position + 1 if pins else 1
    return await Pin.create(actor_id=actor_id, work_id=work_id, position=position)


async def unpin(actor_id: int, work_id: int) -> int:
    """Show a work first no longer; how many pins went."""
    return await Pin.filter(actor_id=actor_id, work_id=work_id).delete()


async def publish_pin(server: Server, actor: Actor, work: Work) -> None:
    """Tell the followers of a work that is shown first now."""
    await _publish(server, actor, work, activities.add)


async def publish_unpin(server: Server, actor: Actor, work: Work) -> None:
    """Tell the followers of a work that is shown first no longer."""
    await _publish(server, actor, work, activities.remove)


async def _publish(server: Server, actor: Actor, work: Work, build: Callable[..., Document]) -> None:
    identifier = new_id()
    address = activity_address(server, identifier)
    document = build(actor.uri, work.uri, f"{actor.uri}/featured", f"{actor.uri}/followers", address)
    activity = await outbox.keep(server, identifier, actor.id, document, public=True)
    await outbox.send(server, activity, await recipients.followers(server, actor.id))
