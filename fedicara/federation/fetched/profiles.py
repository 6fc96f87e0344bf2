"""What the page of somebody newly followed shows: their latest posts and what they pinned (F-201, F-356)."""

from typing import Any, Final

from activitypub.converted import POST_TYPES
from activitypub.document import id_of, same_origin, type_of
from fedicara.federation.errors import RemoteError
from fedicara.federation.fetched import collections, errands, retrieve
from fedicara.federation.fetched.errands import Errand
from fedicara.models import Actor, Follow, Pin, Work
from fedicara.server import Server

PROFILE: Final = "profile"
POSTS: Final = 20
PINS: Final = 20
# Two for each collection, a post each where a collection names posts alone, and the ids that lead elsewhere.
REQUESTS: Final = 50


async def look(server: Server, actor: Actor) -> None:
    """Read somebody's profile when the first person here follows them; inside the caller's transaction."""
    followers = Follow.filter(followed_id=actor.id, accepted=True, follower__domain="")
    if await followers.count() == 1:
        await errands.order(server, PROFILE, actor.uri, actor=actor.id)


async def read(errand: Errand) -> None:
    """Keep the posts for the profile alone, and the pins in their order; nobody is told."""
    actor = await Actor.get_or_none(id=errand.details["actor"])
    if actor is None:
        return
    latest = await collections.items_of(errand.server, actor.uri, actor.outbox, pages=2, most=POSTS)
    for item in latest:
        if type_of(item, {"Announce"}) is None:
            await _post(errand.server, actor, item)
    pinned = await collections.items_of(errand.server, actor.uri, actor.featured, most=PINS)
    works = [await _post(errand.server, actor, item) for item in pinned]
    await _pin(errand.server, actor, [work for work in works if work is not None])


async def _post(server: Server, actor: Actor, item: Any) -> Work | None:
    """A post of the actor: as their own server embeds it, else read at its id (ORI-14: never somebody else's)."""
    about = item.get("object") if type_of(item, {"Create"}) else item
    address = id_of(about)
    if address is None or not same_origin(address, actor.uri):
        return None
    try:
        if type_of(about, POST_TYPES) and id_of(about.get("attributedTo")) == actor.uri:
            work = await retrieve.stated(server, about)
        else:
            work = await retrieve.post(server, address, meets=False)
    except RemoteError:
        return None
    return work if work is not None and work.actor_id == actor.id else None


async def _pin(server: Server, actor: Actor, works: list[Work]) -> None:
    async with server.database.transaction():
        await Pin.filter(actor_id=actor.id).delete()
        for position, work in enumerate(dict.fromkeys(works), 1):
            await Pin.create(actor_id=actor.id, work_id=work.id, position=position)
