"""Suspending accounts: nothing of theirs is shown here and nothing sent in their name, until it is taken back (MOD-02)."""

from tortoise.expressions import F, Q

from fedicara.actions import audit
from fedicara.actions.authentication import end_logins
from fedicara.actions.preparation import settle
from fedicara.actions.roles import Moderator, check_outranks
from fedicara.federation.said import endings, outbox
from fedicara.federation.servers.rules import rejects
from fedicara.models import Account, Actor, Follow, Work
from fedicara.models.works import State
from fedicara.server import Server


async def suspend(server: Server, by: Moderator, actor: Actor, note: str = "") -> None:
    """Suspend somebody here or elsewhere; a second time changes nothing."""
    await check_outranks(by, actor)
    async with server.database.transaction():
        held = Actor.filter(id=actor.id, suspended=None)
        if not await held.update(suspended=server.now(), revision=F("revision") + 1):
            return
        await _show(actor, State.PUBLISHED, State.HIDDEN)
        account = await Account.get_or_none(actor_id=actor.id)
        if account is not None:
            await end_logins(account)
        if not actor.is_local:
            await _part(server, actor)
        await audit.note(by.name, "accounts suspend", actor.uri, comment=note)


async def unsuspend(server: Server, by: Moderator, actor: Actor, note: str = "") -> None:
    """Let somebody back in; what they made is shown again, follows with people elsewhere do not come back."""
    await check_outranks(by, actor)
    stays_hidden = await rejects(server, [actor.uri, actor.domain or actor.uri])
    async with server.database.transaction():
        held = Actor.filter(id=actor.id, suspended__isnull=False).exclude(type="Tombstone")
        if not await held.update(suspended=None, revision=F("revision") + 1):
            return
        if not stays_hidden:
            await _show(actor, State.HIDDEN, State.PUBLISHED)
        for work in await Work.filter(actor_id=actor.id, state=State.PROCESSING):
            await settle(server, work)
        await audit.note(by.name, "accounts unsuspend", actor.uri, comment=note)


async def _show(actor: Actor, old: State, new: State) -> None:
    await Work.filter(actor_id=actor.id, state=old).update(state=new, revision=F("revision") + 1)


async def _part(server: Server, actor: Actor) -> None:
    """End follows with somebody elsewhere both ways, tell their server, and note it for who is here (F-387)."""
    either = Q(follower_id=actor.id) | Q(followed_id=actor.id)
    follows = await Follow.filter(either).prefetch_related("follower", "followed")
    await endings.note(server, follows, [actor.id])
    for follow in follows:
        await follow.delete()
        if follow.follower.is_local:
            await outbox.unfollow(server, follow, follow.follower, actor)
        else:
            await outbox.reject(server, follow)
