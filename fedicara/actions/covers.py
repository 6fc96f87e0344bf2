"""Cover posts: what other software sees of a project, a post with its title, its text and four of its pictures (F-084)."""

from collections.abc import Sequence
from typing import Final

from activitypub.works import LEADS
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid
from fedicara.actions.markdown import hashtags, to_html
from fedicara.actions.preparation import tell_again
from fedicara.federation.said import outbox
from fedicara.models import Entry, Picture, Project, Tag, Work
from fedicara.models.ids import new_id
from fedicara.models.works import State
from fedicara.reads import projects as reads
from fedicara.server import Server

_COPIED: Final = ("alt", "focus_x", "focus_y", "width", "height", "blurhash", "ai", "engine", "strength")
_DECLARED: Final = ("generated", "assisted")


async def choices(project: Project) -> list[Picture]:
    """The pictures that may stand for a project: of works in it that all its readers see, in its order."""
    order = {entry.uri: entry.position for entry in await Entry.filter(project_id=project.id).exclude(uri="")}
    works = {
        work.id: order[work.uri]
        for work in await Work.filter(uri__in=list(order), actor_id=project.actor_id, state=State.PUBLISHED)
        if reads.is_for_all(work.visibility, project.visibility)
    }
    found = await Picture.filter(work_id__in=list(works), state=State.READY, shows_id=None)
    return sorted(found, key=lambda each: (works[each.work_id or 0], each.position))


async def publish(server: Server, viewer: Viewer, project: Project, leads: Sequence[int]) -> Work:
    """Post the cover; inside the caller's transaction."""
    identifier = new_id()
    work = await Work.create(
        id=identifier,
        uri=server.url(f"/objects/{identifier}"),
        url=server.url(f"/@{viewer.actor.username}/{identifier}"),
        actor_id=project.actor_id,
        state=State.PUBLISHED,
        visibility=project.visibility,
        published=server.now(),
    )
    await _say(server, work, project)
    if not await _show(work, await _chosen(project, leads)):
        raise Invalid(
            "cover_post", "A cover post needs a picture, of a work in the project that all its readers see."
        )
    project.cover_post = work
    await project.save(update_fields=["cover_post_id"])
    await outbox.publish_create(server, work)
    return work


async def _say(server: Server, work: Work, project: Project) -> None:
    work.title, work.source = project.title, project.source
    work.content, work.licence = to_html(server, project.source), project.licence
    await work.save()
    await Tag.filter(work_id=work.id).delete()
    for name in hashtags(project.source)[:30]:
        await Tag.create(work_id=work.id, name=name[:100])


async def _chosen(project: Project, leads: Sequence[int]) -> list[Picture]:
    """The pictures that were chosen, else the first of each of the first four works."""
    if len(leads) > LEADS:
        raise Invalid("leads", f"At most {LEADS} pictures stand in a cover post.")
    known = {each.id: each for each in await choices(project)}
    if not all(lead in known for lead in leads):
        raise Invalid("leads", "Choose pictures of works in the project that all its readers see.")
    if leads:
        return [known[lead] for lead in dict.fromkeys(leads)]
    first = {each.work_id: each for each in reversed(known.values())}
    return [each for each in known.values() if first[each.work_id] is each][:LEADS]


async def _show(work: Work, pictures: Sequence[Picture]) -> int:
    """Show pictures of other works in this one, with what those say of themselves; how many there are."""
    await Picture.filter(work_id=work.id).delete()
    for position, picture in enumerate(pictures, 1):
        await Picture.create(
            actor_id=work.actor_id,
            work_id=work.id,
            shows_id=picture.id,
            position=position,
            **{name: getattr(picture, name) for name in _COPIED},
        )
    origins = await Work.filter(id__in=[picture.work_id for picture in pictures])
    work.warning = next((each.warning for each in origins if each.warning), "")
    work.sensitive = any(each.sensitive for each in origins)
    stated = {picture.ai for picture in pictures} | {each.ai for each in origins}
    work.ai = next((each for each in _DECLARED if each in stated), "none" if "none" in stated else "")
    await work.save(update_fields=["warning", "sensitive", "ai"])
    return len(pictures)


async def follow(
    server: Server, project: Project, before: tuple[str, str], leads: Sequence[int] | None
) -> None:
    """Let the cover post say what its project says by now, and tell who has it; words its artist changed there stay."""
    work = await Work.get_or_none(id=project.cover_post_id or 0)
    if work is None:
        return
    if (work.title, work.source) == before:
        await _say(server, work, project)
    if leads is not None:
        await _show(work, await _chosen(project, leads))
    else:
        await _drop_strangers(project, work)
    await tell_again(server, work)


async def _drop_strangers(project: Project, work: Work) -> None:
    """Pictures whose works left the project leave its cover too."""
    kept = [each.id for each in await choices(project)]
    await Picture.filter(work_id=work.id).exclude(shows_id__in=kept).delete()


async def leave(server: Server, project: Project) -> None:
    """The project goes, its cover post becomes a post like any other."""
    work = await Work.get_or_none(id=project.cover_post_id or 0)
    if work is not None:
        project.cover_post = None
        await project.save(update_fields=["cover_post_id"])
        await tell_again(server, work)
