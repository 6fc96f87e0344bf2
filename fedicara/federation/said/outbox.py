"""What this server says: the Activity row and one delivery per inbox, in the transaction of the change."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from activitypub import activities
from activitypub.document import Document, dumps
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.said import order, reach, recipients
from fedicara.federation.said.documents import WIDE, activity_address, audience_of
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Activity, Actor, Block, Boost, Follow, Like, Mention, Work
from fedicara.models.ids import new_id, time_of
from fedicara.server import Server

_PROFILE_PAUSE: Final = timedelta(minutes=1)


async def publish_create(server: Server, work: Work) -> None:
    """Tell everybody a work is for; nobody of a local one."""
    if work.visibility == "local":
        return
    activity = await Activity.create(
        id=work.id,
        actor_id=_author(work),
        type="Create",
        work_id=work.id,
        public=work.visibility in WIDE,
        created=server.now(),
    )
    inboxes = await recipients.of_work(server, work)
    await reach.note(work, inboxes)
    await send(server, activity, inboxes)


async def publish_update(server: Server, work: Work) -> None:
    """Tell everybody who may have the work that it changed."""
    if work.visibility == "local":
        return
    earlier = await order.said_before(work)
    activity = await Activity.create(
        actor_id=_author(work),
        type="Update",
        work_id=work.id,
        public=work.visibility in WIDE,
        created=server.now(),
    )
    inboxes = await recipients.holders(server, work)
    await reach.note(work, inboxes)
    await send(server, activity, inboxes, after=earlier)


async def publish_delete(server: Server, work: Work) -> None:
    """Tell everybody who has or may have the work that it is gone, and forget what was said about it before.

    Called while the work, its likes and its boosts still stand.
    """
    if work.visibility == "local":
        return
    earlier = await order.said_before(work)
    inboxes = list(dict.fromkeys([*await recipients.holders(server, work), *await reach.of(work)]))
    await Activity.filter(work_id=work.id).delete()
    await _forget_reactions(work)
    identifier = new_id()
    document = await _deletion(server, work, activity_address(server, identifier))
    activity = await keep(server, identifier, _author(work), document, public=work.visibility in WIDE)
    await send(server, activity, inboxes, after=earlier)


async def _forget_reactions(work: Work) -> None:
    """A Like or boost bears the id of its activity; of a work that is gone nobody hears either."""
    likes = await Like.filter(work_id=work.id).values_list("id", flat=True)
    boosts = await Boost.filter(work_id=work.id).values_list("id", flat=True)
    await Activity.filter(id__in=[*likes, *boosts]).delete()


async def _deletion(server: Server, work: Work, activity_id: str) -> Document:
    author = await Actor.get(id=_author(work))
    mentioned = await Mention.filter(work_id=work.id).prefetch_related("actor")
    to, cc = audience_of(work.visibility, author, [mention.actor.uri for mention in mentioned])
    return activities.delete(
        work.uri,
        former_type="Note",
        published=work.published,
        deleted=server.now(),
        url=work.url or None,
        actor=author.uri,
        to=to,
        cc=cc,
        activity_id=activity_id,
    )


async def update_actor(server: Server, actor: Actor) -> None:
    """Tell followers that a profile changed, once a minute at most; later changes join the one that waits (F-042)."""
    inboxes = await recipients.followers(server, actor.id)
    since = server.now() - _PROFILE_PAUSE
    recent = (
        await Activity.filter(actor_id=actor.id, type="Update", work_id=None, created__gt=since)
        .order_by("id")
        .first()
    )
    activity = await profile_update(server, actor)
    if recent is None:
        await send(server, activity, inboxes)
    else:
        delay = (recent.created - since).total_seconds()
        await send(server, activity, inboxes, delay=delay, joined=f"{recent.id}:joined")


async def profile_update(server: Server, actor: Actor) -> Activity:
    """The Update of a profile, not sent yet; its text is built when it is."""
    return await Activity.create(
        actor_id=actor.id,
        type="Update",
        public=True,
        document=dumps({"object": actor.uri}).decode(),
        created=server.now(),
    )


async def follow(server: Server, follow: Follow, actor: Actor, target: Actor) -> None:
    """Ask a remote actor to be followed; the row's uri is the activity's id."""
    document = activities.follow(actor.uri, target.uri, follow.uri)
    activity = await keep(server, _identifier(server, follow.uri), actor.id, document)
    await send(server, activity, recipients.personal(target))


async def unfollow(server: Server, follow: Follow, actor: Actor, target: Actor) -> None:
    """Take a Follow back."""
    identifier = new_id()
    asked = activities.follow(actor.uri, target.uri, follow.uri)
    document = activities.undo(asked, activity_address(server, identifier))
    activity = await keep(server, identifier, actor.id, document)
    await send(server, activity, recipients.personal(target))


async def block(server: Server, block: Block, actor: Actor, target: Actor) -> None:
    """Tell somebody that they are blocked, where the place wants that told (F-242)."""
    if server.settings.federate_blocks:
        document = activities.block(actor.uri, target.uri, block.uri)
        activity = await keep(server, block.id, actor.id, document)
        await send(server, activity, recipients.personal(target))


async def unblock(server: Server, block: Block, actor: Actor, target: Actor) -> None:
    """Take a Block back that was told."""
    if await Activity.filter(id=block.id).delete():
        identifier = new_id()
        said = activities.block(actor.uri, target.uri, block.uri)
        document = activities.undo(said, activity_address(server, identifier))
        activity = await keep(server, identifier, actor.id, document)
        await send(server, activity, recipients.personal(target))


async def accept(server: Server, follow: Follow) -> None:
    """Let a remote actor follow; `follower` and `followed` are loaded."""
    identifier = new_id()
    document = activities.accept(follow.followed.uri, _request(follow), activity_address(server, identifier))
    activity = await keep(server, identifier, follow.followed.id, document)
    await send(server, activity, recipients.personal(follow.follower))


async def reject(server: Server, follow: Follow) -> None:
    """Do not let a remote actor follow, or no longer; `follower` and `followed` are loaded."""
    identifier = new_id()
    document = activities.reject(follow.followed.uri, _request(follow), activity_address(server, identifier))
    activity = await keep(server, identifier, follow.followed.id, document)
    await send(server, activity, recipients.personal(follow.follower))


async def like(server: Server, like: Like, actor: Actor, work: Work) -> None:
    """Tell a remote author that somebody here likes their post; `work.actor` is loaded (F-238)."""
    activity = await keep(server, like.id, actor.id, _liking(like, actor, work))
    await send(server, activity, recipients.personal(work.actor))


async def unlike(server: Server, like: Like, actor: Actor, work: Work) -> None:
    """Take a Like back (F-232)."""
    await Activity.filter(id=like.id).delete()
    identifier = new_id()
    document = activities.undo(_liking(like, actor, work), activity_address(server, identifier))
    await send(server, await keep(server, identifier, actor.id, document), recipients.personal(work.actor))


def _liking(like: Like, actor: Actor, work: Work) -> Document:
    return activities.like(actor.uri, work.uri, work.actor.uri, like.uri)


async def announce(server: Server, boost: Boost, actor: Actor, work: Work) -> None:
    """Show a post to one's followers, and tell its author; `work.actor` is loaded (F-239)."""
    public = work.visibility in WIDE
    activity = await keep(server, boost.id, actor.id, _showing(boost, actor, work), public=public)
    inboxes = await _audience_of_boost(server, actor, work)
    if work.actor.is_local:
        await reach.note(work, inboxes)
    await send(server, activity, inboxes)


async def unannounce(server: Server, boost: Boost, actor: Actor, work: Work) -> None:
    """Take a boost back from who got it (F-232)."""
    await Activity.filter(id=boost.id).delete()
    identifier = new_id()
    document = activities.undo(_showing(boost, actor, work), activity_address(server, identifier))
    activity = await keep(server, identifier, actor.id, document, public=work.visibility in WIDE)
    await send(server, activity, await _audience_of_boost(server, actor, work))


def _showing(boost: Boost, actor: Actor, work: Work) -> Document:
    followers = f"{actor.uri}/followers"
    stated = activities.announce(actor.uri, work.uri, work.actor.uri, followers, time_of(boost.id), boost.uri)
    # One's own post for followers stays with them.
    return stated if work.visibility in WIDE else stated | {"to": [followers], "cc": []}


async def _audience_of_boost(server: Server, actor: Actor, work: Work) -> list[str]:
    return list(
        dict.fromkeys([*await recipients.followers(server, actor.id), *recipients.personal(work.actor)])
    )


def _request(follow: Follow) -> Document:
    return activities.follow(follow.follower.uri, follow.followed.uri, follow.uri)


def _author(work: Work) -> int:
    author: int = work.actor_id
    return author


def _identifier(server: Server, uri: str) -> int:
    """The number in the id of one of our activities."""
    return int(uri.removeprefix(activity_address(server, 0).removesuffix("0")))


async def keep(
    server: Server, identifier: int, actor_id: int, document: Document, *, public: bool = False
) -> Activity:
    """Keep an activity whose text is final."""
    return await Activity.create(
        id=identifier,
        actor_id=actor_id,
        type=document["type"],
        document=dumps(document).decode(),
        public=public,
        created=server.now(),
    )


async def send(
    server: Server,
    activity: Activity,
    inboxes: Iterable[str],
    *,
    delay: float = 0.0,
    joined: str = "",
    after: Sequence[int] = (),
) -> None:
    """Order one delivery per inbox; each waits while one of the activities `after` is under way to the same inbox."""
    orders = [
        Order(
            order.DELIVER,
            {"activity": activity.id, "inbox": inbox} | ({"after": after} if after else {}),
            lane=(urlsplit(inbox).netloc)[:255],
            key=order.key(joined or activity.id, inbox),
            delay=delay,
        )
        for inbox in inboxes
        if not is_own(server, inbox)
    ]
    if orders:
        await LeaseTable(server).enqueue(*orders)
