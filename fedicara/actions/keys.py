"""New keys for people here and for the place itself (F-325, OPS-02)."""

from collections.abc import Sequence

from fedicara.actions import audit
from fedicara.actions.errors import NotFound
from fedicara.federation.signed.rotation import rotate as give_new
from fedicara.models import Actor
from fedicara.server import Server


async def rotate(server: Server, who: str, names: Sequence[str]) -> list[str]:
    """New keys for the people of these names; their ids. `NotFound` where nobody has one of them, and nothing changes."""
    wanted = Actor.filter(username__in=[name.lower() for name in names], domain="")
    found = await wanted.exclude(type="Tombstone").order_by("id")
    if len(found) < len({name.lower() for name in names}):
        raise NotFound
    return await _rotate(server, who, found)


async def rotate_all(server: Server, who: str) -> list[str]:
    """New keys for everybody here and for the place's own actor; their ids."""
    return await _rotate(server, who, await Actor.filter(domain="").exclude(type="Tombstone").order_by("id"))


async def _rotate(server: Server, who: str, actors: Sequence[Actor]) -> list[str]:
    """One transaction each: a hundred keys take a minute to make."""
    for actor in actors:
        async with server.database.transaction():
            await give_new(server, actor)
            await audit.note(who, "keys.rotate", actor.uri)
    return [actor.uri for actor in actors]
