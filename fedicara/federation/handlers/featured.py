"""Somebody shows one of their posts first, or no longer (F-214)."""

from activitypub.document import id_of
from fedicara.federation.handlers.registry import DONE, KNOWN, Result, dropped
from fedicara.federation.said import featured
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Work
from fedicara.models.database import IntegrityError
from fedicara.server import Server


async def add(server: Server, heard: Authenticated) -> Result:
    """A post of the actor's own, to the collection their document names, at most twenty."""
    work = await _own_post(heard)
    if work is None or work.visibility not in ("public", "unlisted"):
        return dropped("no such post")
    try:
        async with server.database.transaction():
            pinned = await featured.pin(heard.actor.id, work.id)
    except IntegrityError:
        return KNOWN
    return DONE if pinned is not None else KNOWN


async def remove(server: Server, heard: Authenticated) -> Result:
    """The post stays where it stands in time."""
    work = await _own_post(heard)
    gone = await featured.unpin(heard.actor.id, work.id) if work is not None else 0
    return DONE if gone else dropped("no such post")


def is_featured(heard: Authenticated) -> bool:
    """Whether the target is the collection that the actor's own document names."""
    return bool(heard.actor.featured) and id_of(heard.activity.get("target")) == heard.actor.featured


async def _own_post(heard: Authenticated) -> Work | None:
    uri = id_of(heard.activity.get("object")) or ""
    return await Work.get_or_none(uri=uri, actor_id=heard.actor.id, state="published")
