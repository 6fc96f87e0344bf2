"""Projects: made, changed and taken back by their artist; the works in them stay what they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tortoise.expressions import F

from activitypub.activities import Collecting
from fedicara.actions import covers
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.actions.markdown import to_html
from fedicara.federation.errors import RemoteError
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.heard import portfolios
from fedicara.federation.said import projects as told
from fedicara.federation.servers.rules import rejects
from fedicara.models import Actor, Entry, Picture, Project, Tombstone, Work
from fedicara.models.ids import new_id
from fedicara.reads import projects as reads
from fedicara.reads.access import may_read
from fedicara.reads.projects import ProjectView
from fedicara.server import Server
from policies.licences import LICENCES

VISIBILITIES: Final = ("public", "unlisted", "followers")
WORKS_MOST, TEXTS_MOST, PROJECTS_MOST = reads.MOST, 100, 200
TITLE_MOST, TEXT_MOST, TEXTS_TOGETHER = 200, 5_000, 100_000

Piece = int | str
"""A work by its id, or a text as it was typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an artist wants a project to be; `leads` are the pictures of its cover post, at most four."""

    title: str
    text: str = ""
    visibility: str = "public"
    licence: str = ""
    pieces: tuple[Piece, ...] = ()
    cover: int | None = None
    cover_post: bool = False
    leads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an artist changes afterwards; None leaves a thing as it is. Who sees the project never changes."""

    title: str | None = None
    text: str | None = None
    licence: str | None = None
    pieces: tuple[Piece, ...] | None = None
    cover: int | None = None
    leads: tuple[int, ...] | None = None


async def make(server: Server, viewer: Viewer, draft: Draft) -> Project:
    """A new project, with a cover post if its artist wants one; `Invalid` names the field and changes nothing."""
    _check_words(draft.title, draft.text, draft.licence)
    if draft.visibility not in VISIBILITIES:
        raise Invalid("visibility", f"Say one of {', '.join(VISIBILITIES)}.")
    if await Project.filter(actor_id=viewer.actor.id).count() >= PROJECTS_MOST:
        raise Invalid("title", f"You have {PROJECTS_MOST} projects, which is the most. Delete one first.")
    async with server.database.transaction():
        project = await _create(server, viewer, draft)
        await _write(server, project, draft.pieces)
        await _choose_cover(project, draft.cover)
        if draft.cover_post:
            await covers.publish(server, viewer, project, draft.leads)
        await told.publish_update(server, project)
    return project


async def _create(server: Server, viewer: Viewer, draft: Draft) -> Project:
    identifier = new_id()
    return await Project.create(
        id=identifier,
        uri=server.url(f"/projects/{identifier}"),
        url=server.url(f"/@{viewer.actor.username}/projects/{identifier}"),
        actor=viewer.actor,
        visibility=draft.visibility,
        title=draft.title.strip(),
        source=draft.text,
        content=to_html(server, draft.text),
        licence=draft.licence or viewer.account.licence,
        published=server.now(),
    )


def _check_words(title: str | None, text: str | None, licence: str | None) -> None:
    if title is not None and not title.strip():
        raise Invalid("title", "A project needs a title.")
    checked_text("title", title or "", TITLE_MOST)
    checked_text("text", text or "", TEXT_MOST)
    if licence and licence not in LICENCES:
        raise Invalid("licence", f"Say one of {', '.join(LICENCES)}.")


async def _write(server: Server, project: Project, pieces: Sequence[Piece]) -> None:
    """Put works and texts in their order."""
    works = await _own_works(project, [piece for piece in pieces if isinstance(piece, int)])
    _check_texts([piece for piece in pieces if isinstance(piece, str)])
    await _tell_works_of(project, [*await _member_uris(project), *(work.uri for work in works.values())])
    await Entry.filter(project_id=project.id).delete()
    kept = [piece for piece in pieces if isinstance(piece, int) or piece.strip()]
    await Entry.bulk_create(
        Entry(project=project, position=position, **_entry(server, piece, works))
        for position, piece in enumerate(kept)
    )


def _entry(server: Server, piece: Piece, works: Mapping[int, Work]) -> dict[str, str]:
    if isinstance(piece, int):
        return {"uri": works[piece].uri}
    return {"source": piece, "content": to_html(server, piece)}


async def _own_works(project: Project, wanted: Sequence[int]) -> dict[int, Work]:
    if len(wanted) > WORKS_MOST:
        raise Invalid("works", f"At most {WORKS_MOST} works fit into one project.")
    if len(set(wanted)) != len(wanted):
        raise Invalid("works", "A work stands in a project once.")
    found = await Work.filter(id__in=list(wanted), actor_id=project.actor_id, state="published").exclude(
        visibility="direct"
    )
    if len(found) != len(wanted):
        raise Invalid("works", "One of these works does not exist, is not yours, or is not published yet.")
    if project.cover_post_id in wanted:
        raise Invalid("works", "The cover post stands for the project; it cannot be in it.")
    return {work.id: work for work in found}


def _check_texts(texts: Sequence[str]) -> None:
    if len(texts) > TEXTS_MOST:
        raise Invalid("sections", f"At most {TEXTS_MOST} texts fit between the works.")
    for each in texts:
        checked_text("sections", each, TEXT_MOST)
    if sum(map(len, texts)) > TEXTS_TOGETHER:
        raise Invalid("sections", f"The texts together have more than {TEXTS_TOGETHER:,} characters.")


async def _member_uris(project: Project) -> list[str]:
    found = await Entry.filter(project_id=project.id).exclude(uri="").order_by("position")
    return [entry.uri for entry in found]


async def _tell_works_of(project: Project, uris: Iterable[str]) -> None:
    """Documents of works name their project (F-072): what was printed of these is out of date."""
    await Work.filter(uri__in=list(dict.fromkeys(uris)), actor_id=project.actor_id).update(
        revision=F("revision") + 1
    )


async def _choose_cover(project: Project, picture_id: int | None) -> None:
    """The picture that stands for the project, one of a work in it that all its readers see."""
    if picture_id is None:
        return
    if picture_id not in {each.id for each in await covers.choices(project)}:
        raise Invalid(
            "cover", "The cover is a picture of a work in the project that all its readers may see."
        )
    project.cover_id = picture_id
    await project.save(update_fields=["cover_id"])


async def own(server: Server, viewer: Viewer, project_id: int) -> Project:
    """One's own project; `NotFound` for everybody else's."""
    project = await Project.get_or_none(id=project_id, actor_id=viewer.actor.id).prefetch_related("actor")
    if project is None:
        raise NotFound
    return project


async def leads_of(project: Project) -> tuple[int, ...]:
    """The pictures that its cover post shows."""
    shown = await Picture.filter(work_id=project.cover_post_id or 0).order_by("position")
    return tuple(each.shows_id for each in shown if each.shows_id is not None)


async def readable(server: Server, viewer_actor_id: int | None, project_id: int) -> ProjectView:
    """A project, if this person may see it; else `NotFound`, as if it never was."""
    found = await reads.project(server, project_id)
    if found is None or not await may_read(server, found, viewer_actor_id):
        raise NotFound
    if await rejects(server, [found.uri]):
        raise NotFound
    return found


async def look(server: Server, viewer: Viewer | None, project: ProjectView, author: Actor) -> int:
    """How many works a project of another server names that are not known here.

    Where somebody of this place looks, a few of them are asked for (F-356); visitors make this server ask nobody.
    """
    if author.is_local:
        return 0
    missing = len(await reads.missing(server, project.id, reads.MOST))
    if viewer is not None and (missing or await portfolios.is_stale(server, project.id)):
        await portfolios.order_works(server, project.id, project.uri)
    return missing


async def find(server: Server, viewer: Viewer, address: str) -> ProjectView | None:
    """A project by its address, read where it lives if it is not known here; only for people of this place (SSRF-18)."""
    known = await Project.get_or_none(uri=address) or await Project.get_or_none(url=address)
    if known is None and not is_own(server, address):
        try:
            known = await portfolios.read(server, address)
        except RemoteError:
            return None
    try:
        return await readable(server, viewer.actor.id, known.id) if known is not None else None
    except NotFound:
        return None


async def edit(server: Server, viewer: Viewer, project_id: int, change: Change) -> Project:
    """Change a project, and tell the servers that know of projects; its cover post follows."""
    project = await own(server, viewer, project_id)
    _check_words(change.title, change.text, change.licence)
    async with server.database.transaction():
        before = (project.title, project.source)
        _apply(server, project, change)
        if change.pieces is not None:
            await _write(server, project, change.pieces)
        await _choose_cover(project, change.cover)
        await _touch(server, project)
        await covers.follow(server, project, before, change.leads)
        await told.publish_update(server, project)
    return project


def _apply(server: Server, project: Project, change: Change) -> None:
    if change.title is not None:
        project.title = change.title.strip()
    if change.text is not None:
        project.source, project.content = change.text, to_html(server, change.text)
    if change.licence:
        project.licence = change.licence


async def _touch(server: Server, project: Project) -> None:
    project.edited, project.revision = server.now(), project.revision + 1
    await project.save()


async def add(server: Server, viewer: Viewer, project_id: int, work_id: int) -> Project:
    """Put a work at the end; a second time changes nothing."""
    project = await own(server, viewer, project_id)
    pieces = await pieces_of(server, project)
    if work_id in pieces:
        return project
    return await _with(server, project, [*pieces, work_id], "Add", work_id)


async def remove(server: Server, viewer: Viewer, project_id: int, work_id: int) -> Project:
    """Take a work out; one that is not in it changes nothing."""
    project = await own(server, viewer, project_id)
    pieces = await pieces_of(server, project)
    if work_id not in pieces:
        return project
    return await _with(server, project, [piece for piece in pieces if piece != work_id], "Remove", work_id)


async def _with(
    server: Server, project: Project, pieces: Sequence[Piece], kind: Collecting, work_id: int
) -> Project:
    """The change of one work; servers hear of it only where the project's readers may know the work."""
    async with server.database.transaction():
        work = await Work.get_or_none(id=work_id)
        await _write(server, project, pieces)
        await _touch(server, project)
        await covers.follow(server, project, (project.title, project.source), None)
        if work is not None and reads.is_for_all(work.visibility, project.visibility):
            await told.publish_member(server, project, kind, work.uri)
    return project


async def forget_work(server: Server, work: Work) -> None:
    """Take a work that is about to go out of the projects it is in; inside the caller's transaction."""
    numbers = await Entry.filter(uri=work.uri).values_list("project_id", flat=True)
    for project in await Project.filter(id__in=list(numbers)).prefetch_related("actor"):
        await Entry.filter(project_id=project.id, uri=work.uri).delete()
        await _touch(server, project)
        await covers.follow(server, project, (project.title, project.source), None)
        if reads.is_for_all(work.visibility, project.visibility):
            await told.publish_member(server, project, "Remove", work.uri)


async def pieces_of(server: Server, project: Project) -> list[Piece]:
    """What a project holds, in its order, as it would be given to `edit`."""
    found = await reads.entries(server, project.id, project.actor_id)
    return [each.work_id if each.work_id is not None else each.source for each in found]


async def delete(server: Server, viewer: Viewer, project_id: int) -> None:
    """Take a project back; its works and its cover post stay (F-087)."""
    project = await own(server, viewer, project_id)
    async with server.database.transaction():
        await told.publish_delete(server, project)
        await _tell_works_of(project, await _member_uris(project))
        await covers.leave(server, project)
        await _bury(project)


async def erase(server: Server, actor_id: int) -> None:
    """Remove every project of somebody who left; servers learn it from their farewell."""
    async with server.database.transaction():
        for project in await Project.filter(actor_id=actor_id):
            await _bury(project)


async def _bury(project: Project) -> None:
    public = project.visibility != "followers"
    await Tombstone.get_or_create(uri=project.uri, defaults={"public": public, "former_type": told.TYPE})
    await project.delete()
