"""People here who move to another place, and those who change their mind (F-241, F-384)."""

from activitypub import activities
from fedicara.federation.heard.moves import CARRY
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.documents import activity_address
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Actor, Move, MoveNotice
from fedicara.models.ids import new_id
from fedicara.server import Server


async def depart(server: Server, actor: Actor, target: Actor) -> Move:
    """Tell the followers that somebody here moved, those here included; inside the caller's transaction."""
    identifier = new_id()
    uri = activity_address(server, identifier)
    actor.moved_to = target.uri
    await _changed(server, actor)
    move = await Move.create(uri=uri, origin=actor, target=target, moved=server.now())
    document = activities.move(actor.uri, target.uri, f"{actor.uri}/followers", uri)
    activity = await outbox.keep(server, identifier, actor.id, document, public=True)
    await outbox.send(server, activity, await recipients.followers(server, actor.id))
    await LeaseTable(server).enqueue(Order(CARRY, {"move": move.id}))
    return move


async def come_back(server: Server, actor: Actor, move: Move) -> None:
    """Take a move back by an Update without `movedTo`; who followed elsewhere stays there."""
    actor.moved_to = ""
    await _changed(server, actor)
    await MoveNotice.filter(move_id=move.id).delete()


async def _changed(server: Server, actor: Actor) -> None:
    actor.revision += 1
    await actor.save(update_fields=["moved_to", "revision", "updated"])
    await outbox.update_actor(server, actor)
