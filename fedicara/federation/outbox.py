"""What this server says: the Activity row and one delivery per inbox, in the transaction of the change."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from activitypub import activities
from activitypub.document import Document, dumps
from fedicara.federation import recipients
from fedicara.federation.documents import WIDE, activity_address, audience_of
from fedicara.federation.objects import is_own
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Activity, Actor, Follow, Mention, Work
from fedicara.models.ids import new_id
from fedicara.server import Server

DELIVER: Final = "deliver"
_LONGEST_KEY: Final = 500
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
    await _deliver(server, activity, await recipients.of_work(server, work))


async def publish_update(server: Server, work: Work) -> None:
    """Tell everybody who may have the work that it changed."""
    if work.visibility == "local":
        return
    activity = await Activity.create(
        actor_id=_author(work),
        type="Update",
        work_id=work.id,
        public=work.visibility in WIDE,
        created=server.now(),
    )
    await _deliver(server, activity, await recipients.holders(server, work))


async def publish_delete(server: Server, work: Work) -> None:
    """Tell everybody who may have the work that it is gone, and forget what was said about it before.

    Called while the work, its likes and its boosts still stand.
    """
    if work.visibility == "local":
        return
    inboxes = await recipients.holders(server, work)
    await Activity.filter(work_id=work.id).delete()
    identifier = new_id()
    document = await _deletion(server, work, activity_address(server, identifier))
    activity = await _keep(server, identifier, _author(work), document, public=work.visibility in WIDE)
    await _deliver(server, activity, inboxes)


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
    activity = await Activity.create(
        actor_id=actor.id,
        type="Update",
        public=True,
        document=dumps({"object": actor.uri}).decode(),
        created=server.now(),
    )
    if recent is None:
        await _deliver(server, activity, inboxes)
    else:
        delay = (recent.created - since).total_seconds()
        await _deliver(server, activity, inboxes, delay=delay, joined=f"{recent.id}:joined")


async def follow(server: Server, follow: Follow, actor: Actor, target: Actor) -> None:
    """Ask a remote actor to be followed; the row's uri is the activity's id."""
    document = activities.follow(actor.uri, target.uri, follow.uri)
    activity = await _keep(server, _identifier(server, follow.uri), actor.id, document)
    await _deliver(server, activity, recipients.personal(target))


async def unfollow(server: Server, follow: Follow, actor: Actor, target: Actor) -> None:
    """Take a Follow back."""
    identifier = new_id()
    asked = activities.follow(actor.uri, target.uri, follow.uri)
    document = activities.undo(asked, activity_address(server, identifier))
    activity = await _keep(server, identifier, actor.id, document)
    await _deliver(server, activity, recipients.personal(target))


async def accept(server: Server, follow: Follow) -> None:
    """Let a remote actor follow; `follower` and `followed` are loaded."""
    identifier = new_id()
    document = activities.accept(follow.followed.uri, _request(follow), activity_address(server, identifier))
    activity = await _keep(server, identifier, follow.followed.id, document)
    await _deliver(server, activity, recipients.personal(follow.follower))


async def reject(server: Server, follow: Follow) -> None:
    """Do not let a remote actor follow, or no longer; `follower` and `followed` are loaded."""
    identifier = new_id()
    document = activities.reject(follow.followed.uri, _request(follow), activity_address(server, identifier))
    activity = await _keep(server, identifier, follow.followed.id, document)
    await _deliver(server, activity, recipients.personal(follow.follower))


def _request(follow: Follow) -> Document:
    return activities.follow(follow.follower.uri, follow.followed.uri, follow.uri)


def _author(work: Work) -> int:
    author: int = work.actor_id
    return author


def _identifier(server: Server, uri: str) -> int:
    """The number in the id of one of our activities."""
    return int(uri.removeprefix(activity_address(server, 0).removesuffix("0")))


async def _keep(
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


async def _deliver(
    server: Server, activity: Activity, inboxes: Iterable[str], *, delay: float = 0.0, joined: str = ""
) -> None:
    orders = [
        Order(
            DELIVER,
            {"activity": activity.id, "inbox": inbox},
            lane=(urlsplit(inbox).netloc)[:255],
            key=_key(f"{DELIVER}:{joined or activity.id}:{inbox}"),
            delay=delay,
        )
        for inbox in inboxes
        if not is_own(server, inbox)
    ]
    if orders:
        await LeaseTable(server).enqueue(*orders)


def _key(key: str) -> str:
    """The key itself, or its digest where an inbox's address is very long."""
    return key if len(key) <= _LONGEST_KEY else f"{DELIVER}:{hashlib.sha256(key.encode()).hexdigest()}"
