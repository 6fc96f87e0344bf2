"""Projects of artists elsewhere: taken from their own origin alone, their works read when somebody opens them (F-086)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from activitypub import converted, projects
from activitypub.addressing import Visibility, visibility_of
from activitypub.collections import MAX_ITEMS
from activitypub.document import same_origin
from activitypub.errors import MalformedDocument
from activitypub.projects import Project as Stated
from fedicara.federation.errors import Gone, RemoteError, Unbelievable, Unreachable
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.heard import posts, statements
from fedicara.federation.heard.sanitise import clean
from fedicara.federation.said.documents import WIDE
from fedicara.federation.servers.rules import host_of
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Actor, Entry, Follow, Project, Work
from fedicara.models.database import IntegrityError
from fedicara.reads import projects as reads
from fedicara.server import Server

PROJECT: Final = "project"
STALE: Final = timedelta(minutes=15)
PAUSE: Final = timedelta(minutes=1)
PAGES: Final = 10
WORKS: Final = 20
MOST: Final = 100
_log = structlog.get_logger()
_VISIBILITIES: Final = frozenset({Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS})


async def order(server: Server, author: Actor, uri: str, *, open_to_all: bool) -> None:
    """Ask for a project to be read anew, because its author says that it changed; at most once a minute.

    One that is not open to all is read by a follower of the author (F-340).
    """
    now, project = server.now(), await Project.get_or_none(uri=uri)
    read = project.fetched if project is not None else None
    delay = max(0.0, (read + PAUSE - now).total_seconds()) if read else 0.0
    payload = {
        "uri": uri,
        "asked": now.timestamp(),
        "works": False,
        "follower_of": None if open_to_all else author.id,
    }
    await LeaseTable(server).enqueue(Order(PROJECT, payload, lane=host_of(uri)[:255], delay=delay))


async def order_works(server: Server, project_id: int, uri: str) -> None:
    """Ask for works that a project names and that nobody read; who asks again meanwhile waits for the same."""
    payload = {"uri": uri, "asked": server.now().timestamp(), "works": True}
    key = f"{PROJECT}:works:{project_id}"
    await LeaseTable(server).enqueue(Order(PROJECT, payload, lane=host_of(uri)[:255], key=key))


async def is_stale(server: Server, project_id: int) -> bool:
    """Whether a project was last read more than a quarter of an hour ago."""
    read = (await Project.get(id=project_id)).fetched
    return read is None or server.now() - read > STALE


async def run(server: Server, claim: Claim) -> Outcome:
    """The job: read a project where it lives, and a few of its works if somebody looks at it."""
    uri, looked_at = claim.payload["uri"], claim.payload["works"]
    project = await Project.get_or_none(uri=uri)
    try:
        if project is None or await _is_due(server, project, claim):
            project = await read(server, uri, claim.payload.get("follower_of"))
        if looked_at:
            await read_works(server, project)
    except RemoteError as error:
        _log.info("project not read", project=uri, reason=error.reason)
    return Done()


async def _is_due(server: Server, project: Project, claim: Claim) -> bool:
    """Whether it changed since it was last read, as far as is known."""
    if claim.payload["works"] or project.fetched is None:
        return await is_stale(server, project.id)
    return bool(project.fetched.timestamp() < claim.payload["asked"])


async def read(server: Server, uri: str, follower_of: int | None = None) -> Project:
    """The project as its own server states it, kept; `RemoteError` where it states none."""
    moment, reader = server.now(), await _reader(await Project.get_or_none(uri=uri), follower_of)
    found = await _stated(server, uri, reader)
    known = await Project.get_or_none(uri=found.id)
    author = await actors.fetch(server, found.attributed_to)
    if known is not None and known.actor_id != author.id:
        raise Unbelievable("attribution")
    items = found.items or await _paged(server, found, reader)
    visibility = visibility_of(found.to, found.cc, author.followers or None) if found.to or found.cc else None
    if (visibility or Visibility.UNLISTED) not in _VISIBILITIES:
        raise Unbelievable("audience")
    project = known or await _begin(found, author)
    project.visibility = (visibility or Visibility.UNLISTED).value
    project.fetched = moment
    await _keep(server, project, found, items)
    return project


async def _stated(server: Server, uri: str, reader: Actor | None) -> Stated:
    """What is stated of a project where it lives; one that is gone there goes here too."""
    try:
        if await posts.is_gone(uri):
            raise Gone("tombstone")
        return projects.parse(await fetch_object(server, uri, reader=reader))
    except MalformedDocument as error:
        raise Unbelievable("not a project") from error
    except Gone as error:
        if error.reason != "404":
            await Project.filter(uri=uri).delete()
        raise


async def _begin(found: Stated, author: Actor) -> Project:
    if await Project.filter(actor_id=author.id).count() >= MOST:
        raise Unbelievable("too many projects")
    return Project(uri=found.id, actor=author)


async def _reader(project: Project | None, follower_of: int | None = None) -> Actor | None:
    """Who asks: a follower from here for what is for followers, else the server itself (F-340)."""
    if project is not None and project.visibility not in WIDE:
        follower_of = project.actor_id
    follow = (
        await Follow.filter(followed_id=follower_of or 0, accepted=True, follower__domain="")
        .order_by("id")
        .first()
        .prefetch_related("follower")
    )
    return follow.follower if follow is not None else None


async def _paged(server: Server, found: Stated, reader: Actor | None) -> tuple[str, ...]:
    """The items of at most ten pages on the project's own host, at most 500 (F-356)."""
    address, seen, items = found.first, set[str](), list[str]()
    while address and address not in seen and len(seen) < PAGES and len(items) < MAX_ITEMS:
        if not same_origin(address, found.id):
            break
        seen.add(address)
        page = await fetch_object(server, address, reader=reader)
        items += projects.own_items(page, found.attributed_to)
        address = projects.next_page(page)
    return tuple(dict.fromkeys(items))[:MAX_ITEMS]


async def _keep(server: Server, project: Project, found: Stated, items: Sequence[str]) -> None:
    project.title = found.name[:500]
    project.content = clean(found.summary)
    project.licence = posts.licence_of(found.license, found.license_url)
    project.url = found.url or found.id
    project.policy = statements.stated(server, project.policy, found.terms)
    project.published = min(found.published or server.now(), server.now())
    project.edited = found.updated
    project.revision += 1
    try:
        async with server.database.transaction():
            await project.save()
            await Entry.filter(project_id=project.id).delete()
            await Entry.bulk_create(_entries(project, found, items))
    except IntegrityError as error:
        raise Unreachable("read twice at once") from error


def _entries(project: Project, found: Stated, items: Sequence[str]) -> list[Entry]:
    """Works and texts in one order."""
    made, texts = list[Entry](), list(found.sections)
    for number in range(len(items) + 1):
        last = number == len(items)
        while texts and (last or texts[0].after <= number):
            made.append(Entry(project=project, content=clean(texts.pop(0).content)))
        if not last:
            made.append(Entry(project=project, uri=items[number]))
    for position, entry in enumerate(made):
        entry.position = position
    return made


async def read_works(server: Server, project: Project) -> None:
    """Read at most twenty works that a project names and that are not known here."""
    author = await Actor.get(id=project.actor_id)
    reader = await _reader(project)
    for uri in await reads.missing(server, project.id, WORKS):
        if not await _is_worth_keeping(server, author, uri, reader):
            await Entry.filter(project_id=project.id, uri=uri).delete()


async def _is_worth_keeping(server: Server, author: Actor, uri: str, reader: Actor | None) -> bool:
    """Whether a work was read, or may be another time."""
    try:
        return await _read_work(server, author, uri, reader) is not None
    except Unreachable:
        return True
    except RemoteError:
        return False


async def _read_work(server: Server, author: Actor, uri: str, reader: Actor | None) -> Work | None:
    """A work as its author's server states it, if it is the author's and for whoever asks."""
    if await posts.is_gone(uri):
        return None
    try:
        note = converted.read(await fetch_object(server, uri, reader=reader))
    except MalformedDocument:
        return None
    seen_as = posts.visibility(author, note)
    may_show = seen_as in WIDE or (seen_as == Visibility.FOLLOWERS and reader is not None)
    if note.attributed_to != author.uri or note.id != uri or converted.is_vote(note) or not may_show:
        return None
    return await posts.keep(server, author, note, seen_as, [], retrieved=True)
