"""Projects of artists here: their documents, and who is told of their changes (F-080 to F-087)."""

from typing import Final

from activitypub import activities
from activitypub.activities import Collecting
from activitypub.actors import Image
from activitypub.addressing import Visibility, audience
from activitypub.document import Document
from activitypub.names import PROJECTS
from activitypub.projects import Project as Stated
from activitypub.projects import Section
from fedicara.federation.said import outbox
from fedicara.federation.said.documents import WIDE, activity_address
from fedicara.models import Actor, Project
from fedicara.models.ids import new_id
from fedicara.reads import projects as reads
from fedicara.reads.projects import ProjectView
from fedicara.server import Server
from policies.documents import terms
from policies.licences import LICENCES

TYPE: Final = "OrderedCollection"

# Plan: follows_followed, then the primary key of actors.
_READERS: Final = """
SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END AS inbox
FROM follows f JOIN actors a ON a.id = f.follower_id
WHERE f.followed_id = $1 AND f.accepted = TRUE AND a.domain <> '' AND CAST(a.implements AS TEXT) LIKE $2"""


async def stated(server: Server, project: ProjectView, reader_id: int | None) -> Stated:
    """A project as one reader elsewhere may have it: what they may not read is neither listed nor counted (F-082)."""
    found = await reads.entries(server, project.id, reader_id, here=False)
    to, cc = audience(Visibility(project.visibility), f"{project.actor_uri}/followers", [])
    licence = LICENCES.get(project.licence)
    author = await Actor.get(id=project.actor_id)
    policy = server.policy(author.policy, public=project.visibility in WIDE)
    return Stated(
        id=project.uri,
        attributed_to=project.actor_uri,
        name=project.title,
        summary=project.content,
        url=project.url,
        icon=await _icon(server, project, reader_id),
        items=tuple(entry.uri for entry in found if entry.uri),
        sections=tuple(Section(after, text.content) for after, text in reads.texts(found)),
        to=tuple(to),
        cc=tuple(cc),
        published=project.published,
        updated=project.edited,
        license=licence.title if licence else None,
        license_url=licence.url if licence else None,
        terms=terms(policy, server.settings.base_url),
    )


async def _icon(server: Server, project: ProjectView, reader_id: int | None) -> Image | None:
    """The cover; a sensitive picture stays behind its own work's warning."""
    (tile,) = await reads.tiles(server, [project], reader_id, here=False)
    shown = tile.cover.best("preview", "large") if tile.cover else None
    if tile.cover is None or shown is None or tile.work is None or tile.work.sensitive:
        return None
    return Image(shown.url, shown.media_type, tile.cover.alt)


async def publish_update(server: Server, project: Project) -> None:
    """Say that a project is new or changed; whoever hears it reads it anew, as far as they may (F-085)."""
    about = {"id": project.uri, "type": TYPE, "attributedTo": project.actor.uri}
    await _say(server, project, "Update", about)


async def publish_member(server: Server, project: Project, kind: Collecting, work_uri: str) -> None:
    """Say that a work was added to a project (`Add`) or taken out of it (`Remove`)."""
    await _say(server, project, kind, work_uri, target=project.uri)


async def publish_delete(server: Server, project: Project) -> None:
    """Say that a project is gone; its works stay (F-087)."""
    stone = activities.tombstone(project.uri, TYPE, server.now(), project.published, project.url or None)
    await _say(server, project, "Delete", activities.bare(stone))


async def _say(
    server: Server, project: Project, kind: Collecting, about: str | Document, **more: str
) -> None:
    """One activity about a project, to servers that say they know projects; `project.actor` is loaded."""
    inboxes = await readers(server, project.actor_id)
    if not inboxes:
        return
    to, cc = audience(Visibility(project.visibility), f"{project.actor.uri}/followers", [])
    identifier = new_id()
    document = activities.collecting(
        kind, project.actor.uri, about, to=to, cc=cc, activity_id=activity_address(server, identifier), **more
    )
    public = project.visibility in WIDE
    await outbox.send(
        server, await outbox.keep(server, identifier, project.actor_id, document, public=public), inboxes
    )


async def readers(server: Server, actor_id: int) -> list[str]:
    """Inboxes of followers whose servers name projects among what they understand."""
    return [row["inbox"] for row in await server.database.execute(_READERS, actor_id, f'%"{PROJECTS}"%')]
