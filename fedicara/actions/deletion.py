"""Deleting an account for good: gone here at once, everybody told, its works and files removed in the background."""

from datetime import timedelta
from typing import Final

from tortoise.expressions import Q

from fedicara.actions import audit, projects, uploads, works
from fedicara.actions.authentication import Viewer, check_password
from fedicara.actions.errors import Invalid
from fedicara.federation.heard import posts
from fedicara.federation.said.farewell import take_leave
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import (
    Account,
    Activity,
    Actor,
    Block,
    Boost,
    DomainBlock,
    Follow,
    Key,
    Like,
    Mention,
    Picture,
    Refusal,
    Report,
    Work,
)
from fedicara.models.accounts import Role
from fedicara.models.reports import Decision
from fedicara.models.works import State
from fedicara.server import Server

ERASE: Final = "erase"
FORGET_KEYS: Final = "forget-keys"
KEYS_KEPT: Final = timedelta(days=30)
_BATCH: Final = 50


async def delete_own(server: Server, viewer: Viewer, password: str) -> None:
    """Delete one's own account; the last owner cannot leave a place that goes on."""
    if not await check_password(viewer.account.password_hash, password):
        raise Invalid("farewell", "That is not your present password.")
    owners = Account.filter(role=Role.OWNER).exclude(id=viewer.account.id)
    if viewer.account.role == Role.OWNER and not await owners.exists():
        raise Invalid(
            "farewell", "You are the only owner. Make somebody else an owner first, or retire the place."
        )
    await delete(server, viewer.actor.username, viewer.actor)


async def delete(server: Server, who: str, actor: Actor) -> None:
    """Delete somebody of this place. The name is never given again (F-021), the keys sign what is left to say."""
    async with server.database.transaction():
        if not await Account.filter(actor_id=actor.id).delete():
            return
        said = await take_leave(server, actor)
        await Activity.filter(actor_id=actor.id).exclude(id=said.id).delete()
        await Work.filter(actor_id=actor.id).update(state=State.HIDDEN)
        await Follow.filter(Q(follower_id=actor.id) | Q(followed_id=actor.id)).delete()
        await Block.filter(Q(actor_id=actor.id) | Q(target_id=actor.id)).delete()
        await DomainBlock.filter(actor_id=actor.id).delete()
        await Refusal.filter(actor_id=actor.id).delete()
        await _close_reports(server, who, actor)
        await _blank(server, actor).save(force_update=True)
        about = {"actor": actor.id}
        await LeaseTable(server).enqueue(
            Order(ERASE, about), Order(FORGET_KEYS, about, delay=KEYS_KEPT.total_seconds())
        )
        await audit.note(who, "accounts delete", actor.uri)


def _blank(server: Server, actor: Actor) -> Actor:
    """What is left of an actor: the id and the name, so that nobody else gets them."""
    return Actor(
        id=actor.id,
        uri=actor.uri,
        type="Tombstone",
        username=actor.username,
        discoverable=False,
        indexable=False,
        suspended=server.now(),
        revision=actor.revision + 1,
    )


async def _close_reports(server: Server, who: str, actor: Actor) -> None:
    await Report.filter(reporter_id=actor.id).update(reporter_id=None)
    await Report.filter(target_id=actor.id, decision="").update(
        decision=Decision.CLOSE, note="The account was deleted.", decided=server.now(), decided_by=who
    )


async def erase(server: Server, claim: Claim) -> Outcome:
    """Job `erase`: remove what a deleted account made, piece by piece; begun again it goes on with what is left."""
    actor_id = claim.payload["actor"]
    await projects.erase(server, actor_id)
    while found := await Work.filter(actor_id=actor_id).order_by("id").limit(_BATCH):
        for work in found:
            async with server.database.transaction():
                await works.remove(server, work)
    async with server.database.transaction():
        await uploads.forget(server, await Picture.filter(actor_id=actor_id))
        for kind in (Like, Boost):
            reactions = await kind.filter(actor_id=actor_id)
            await kind.filter(actor_id=actor_id).delete()
            await posts.count_anew(each.work_id for each in reactions)
        await Mention.filter(actor_id=actor_id).delete()
    return Done()


async def forget_keys(server: Server, claim: Claim) -> Outcome:
    """Job `forget-keys`: nothing is sent in this name any more."""
    await Activity.filter(actor_id=claim.payload["actor"]).delete()
    await Key.filter(actor_id=claim.payload["actor"]).delete()
    return Done()
