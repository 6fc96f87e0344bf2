"""Whole answers from views: one reading of all the people in a list, then entities."""

from collections.abc import Sequence

from fedicara.api import entities
from fedicara.api.entities import Entity
from fedicara.reads.profiles import Profile, profiles
from fedicara.reads.views import ActorView, WorkView
from fedicara.server import Server


async def statuses(server: Server, works: Sequence[WorkView], *, stranger: bool) -> list[Entity]:
    """Posts and boosts, in their order."""
    people = await profiles(
        server,
        [work.actor.id for work in works] + [work.boosted_by.id for work in works if work.boosted_by],
    )
    return [_one(server, work, people, stranger) for work in works if work.actor.id in people]


def _one(server: Server, work: WorkView, people: dict[int, Profile], stranger: bool) -> Entity:
    inner = entities.status(server, work, people[work.actor.id], stranger=stranger)
    booster = people.get(work.boosted_by.id) if work.boosted_by else None
    return entities.boost(server, work, booster, inner) if booster else inner


async def status(server: Server, work: WorkView, *, stranger: bool) -> Entity:
    """One post."""
    return (await statuses(server, [work], stranger=stranger))[0]


async def accounts(server: Server, actors: Sequence[ActorView]) -> list[Entity]:
    """People, in their order."""
    people = await profiles(server, [actor.id for actor in actors])
    return [entities.account(server, people[actor.id]) for actor in actors if actor.id in people]
