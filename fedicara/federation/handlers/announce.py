"""Somebody shows a post to their followers (F-211), a group what its members do (F-212)."""

from typing import Any

from activitypub.converted import POST_TYPES
from activitypub.document import id_of, type_of
from fedicara.federation.fetched import retrieve
from fedicara.federation.fetched.objects import fetch_answer, is_own
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import posts
from fedicara.federation.said.documents import WIDE
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Boost, Follow, Work
from fedicara.models.database import IntegrityError
from fedicara.server import Server


@HANDLERS.on("Announce")
async def announce(server: Server, heard: Authenticated) -> Result:
    """A boost of what may be shown further; inline copies are ignored, unknown posts are read where they live."""
    about = heard.activity.get("object")
    uri = id_of(_inside(about) if heard.actor.type == "Group" else about)
    if uri is None:
        return dropped("type")
    work = await Work.get_or_none(uri=uri) or await _read(server, heard, uri)
    if work is None or not _may_show(work, heard.actor):
        return dropped("no such post")
    try:
        async with server.database.transaction():
            _, is_new = await Boost.get_or_create(
                work=work, actor=heard.actor, defaults={"uri": id_of(heard.activity) or ""}
            )
            await posts.count_anew([work.id] if is_new else [])
    except IntegrityError:
        return KNOWN
    return DONE if is_new else KNOWN


def _inside(about: Any) -> Any:
    """The post that a Create within holds; of whatever else members do, nothing counts."""
    if not isinstance(about, dict) or "type" not in about or type_of(about, POST_TYPES):
        return about
    return about.get("object") if type_of(about, {"Create"}) else None


def _may_show(work: Work, actor: Actor) -> bool:
    """Public and unlisted posts, and one's own for followers; never a local or direct one (ORI-14)."""
    own = work.visibility == "followers" and work.actor_id == actor.id
    return work.state == "published" and (work.visibility in WIDE or own)


async def _read(server: Server, heard: Authenticated, uri: str) -> Work | None:
    """The post from its origin, if somebody here follows who shows it, or a group shows it to somebody here."""
    if is_own(server, uri) or not await _is_wanted(server, heard) or await posts.is_gone(uri):
        return None
    document, headers = await fetch_answer(server, uri)
    if type_of(document, {"Create"}) and heard.actor.type != "Group":
        return None
    return await retrieve.stated(server, document, headers, retrieved=False)


async def _is_wanted(server: Server, heard: Authenticated) -> bool:
    if await Follow.filter(followed_id=heard.actor.id, accepted=True, follower__domain="").exists():
        return True
    own = [uri for uri in posts.addressed(heard.activity) if is_own(server, uri)][:100]
    speaks_to = Actor.filter(uri__in=own, domain="").exclude(type="Application")
    return heard.actor.type == "Group" and bool(own) and await speaks_to.exists()
