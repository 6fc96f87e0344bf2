"""Whole answers from views: one reading of all the people in a list, then entities."""

from collections.abc import Sequence

from fedicara.api import entities
from fedicara.api.entities import Entity
from fedicara.reads import history, projects, quotes, threads
from fedicara.reads.profiles import Profile, profiles
from fedicara.reads.threads import Marks
from fedicara.reads.views import ActorView, WorkView
from fedicara.server import Server


async def statuses(server: Server, works: Sequence[WorkView], reader: int | None) -> list[Entity]:
    """Posts and boosts, in their order, with what the reader's actor did with them; None is a stranger."""
    marks = await threads.marks(server, reader, [work.id for work in works])
    works = await quotes.seen_by(server, works, reader)
    return await marked(server, works, marks, stranger=reader is None)


async def marked(server: Server, works: Sequence[WorkView], marks: Marks, *, stranger: bool) -> list[Entity]:
    """Posts and boosts with these marks."""
    people = await profiles(
        server,
        [work.actor.id for work in works]
        + [work.boosted_by.id for work in works if work.boosted_by]
        + [work.quoted.actor.id for work in works if work.quoted],
    )
    shown = [work for work in works if work.actor.id in people]
    named = await projects.names(server, [*shown, *(work.quoted for work in shown if work.quoted)])

    def printed(work: WorkView) -> Entity:
        author, project = people[work.actor.id], named.get(work.id)
        return entities.status(server, work, author, stranger=stranger, marks=marks, project=project)

    inner = [
        printed(work) | {"quote": {"state": "accepted", "quoted_status": printed(work.quoted)}}
        if work.quoted and work.quoted.actor.id in people
        else printed(work)
        for work in shown
    ]
    return [_framed(server, work, people, each) for work, each in zip(shown, inner, strict=True)]


def _framed(server: Server, work: WorkView, people: dict[int, Profile], inner: Entity) -> Entity:
    booster = people.get(work.boosted_by.id) if work.boosted_by else None
    return entities.boost(server, work, booster, inner) if booster else inner


async def status(server: Server, work: WorkView, reader: int | None) -> Entity:
    """One post."""
    return (await statuses(server, [work], reader))[0]


async def edits(server: Server, work: WorkView, reader: int | None) -> list[Entity]:
    """What a post said, the present at the end."""
    people = await profiles(server, [work.actor.id])
    versions = [*await history.earlier(server, work.id), history.present(work)]
    author = people[work.actor.id]
    return [entities.edit(server, each, work, author, stranger=reader is None) for each in versions]


async def accounts(server: Server, actors: Sequence[ActorView]) -> list[Entity]:
    """People, in their order."""
    people = await profiles(server, [actor.id for actor in actors])
    return [entities.account(server, people[actor.id]) for actor in actors if actor.id in people]
