"""Somebody changed a project of theirs: it is read anew where it lives (F-215)."""

from typing import Any

from activitypub.addressing import visibility_of
from activitypub.document import id_of, ids, same_origin
from activitypub.names import PROJECTS
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import portfolios, posts
from fedicara.federation.said.documents import WIDE
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Follow, Project
from fedicara.server import Server


@HANDLERS.on("Update", "OrderedCollection")
async def update_project(server: Server, heard: Authenticated) -> Result:
    """What the activity says of the project counts for nothing."""
    return await _changed(server, heard, heard.activity.get("object"))


async def collect(server: Server, heard: Authenticated) -> Result:
    """A work was put into a project, or taken out of it."""
    return await _changed(server, heard, heard.activity.get("target"))


async def _changed(server: Server, heard: Authenticated, about: Any) -> Result:
    """Only the author's own, where somebody here follows the author or knows the project.

    Of a server that does not name projects in `implements` no other collection is taken for one.
    """
    uri = id_of(about)
    if uri is None or not same_origin(uri, heard.actor.uri):
        return dropped("attribution")
    if await posts.is_gone(uri):
        return KNOWN
    project = await Project.get_or_none(uri=uri)
    if project is not None and project.actor_id != heard.actor.id:
        return dropped("attribution")
    if project is None and PROJECTS not in heard.actor.implements:
        return dropped("type")
    if project is None and not await _is_followed(heard):
        return dropped("no_reader")
    await portfolios.order(server, heard.actor, uri, open_to_all=_is_open(heard))
    return DONE


def _is_open(heard: Authenticated) -> bool:
    """Whether what is said is for everybody; then the project is, too."""
    to, cc = ids(heard.activity.get("to")), ids(heard.activity.get("cc"))
    return visibility_of(to, cc, heard.actor.followers or None) in WIDE


async def _is_followed(heard: Authenticated) -> bool:
    follows = Follow.filter(followed_id=heard.actor.id, accepted=True, follower__domain="")
    return await follows.exists()
