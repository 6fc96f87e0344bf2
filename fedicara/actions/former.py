"""Addresses of sizes that were replaced, and where they lead."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedicara.models import FormerRendition, Rendition
from fedicara.reads.media import media_signature_valid, media_url, media_url_until
from fedicara.server import Server
from policies.policy import Policy


@dataclass(frozen=True, slots=True)
class Replaced:
    """Where a size is now, and what is stated of it."""

    address: str
    policy: Policy


async def replaced(server: Server, key: str, query: Mapping[str, str]) -> Replaced | None:
    """The size that took the place of this one, for whoever held a good address of it (P-017, P-101).

    What is not public leads on with the end that the old address had.
    """
    old = await FormerRendition.get_or_none(key=key).prefetch_related("picture__actor", "picture__work")
    new = await _newer(old) if old else None
    if old is None or new is None:
        return None
    picture, work = old.picture, old.picture.work
    is_shown = picture.actor.suspended is None and (bool(picture.use) or (work and work.state == "published"))
    public = bool(picture.use) or (work is not None and work.visibility in ("public", "unlisted"))
    policy = server.policy(picture.actor.policy, work.policy if work else {}, public=public)
    if is_shown and public:
        return Replaced(media_url(server, new.key, public=True), policy)
    expires = query.get("expires", "")
    if is_shown and media_signature_valid(server, key, expires, query.get("signature", "")):
        return Replaced(media_url_until(server, new.key, expires), policy)
    return None


async def _newer(old: FormerRendition) -> Rendition | None:
    """The same size in the same format, else in the one that apps and other servers get."""
    names = (old.name, old.name.partition(".")[0])
    found = {each.name: each for each in await Rendition.filter(picture_id=old.picture_id, name__in=names)}
    return next((found[name] for name in names if name in found), None)
