"""Telling everybody that an actor is gone for good (F-237)."""

from activitypub import activities
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.documents import activity_address
from fedicara.models import Activity, Actor, Tombstone
from fedicara.models.ids import new_id
from fedicara.server import Server


async def take_leave(server: Server, actor: Actor) -> Activity:
    """Send the Delete of an actor, and leave a tombstone at its id; inside the caller's transaction."""
    identifier = new_id()
    document = activities.farewell(actor.uri, activity_address(server, identifier))
    said = await outbox.keep(server, identifier, actor.id, document, public=True)
    await outbox.send(server, said, await recipients.everybody(server))
    await Tombstone.update_or_create(
        uri=actor.uri, defaults={"former_type": actor.type, "public": True, "deleted": server.now()}
    )
    return said
