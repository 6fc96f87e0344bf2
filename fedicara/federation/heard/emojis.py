"""Custom emoji of other servers: where their pictures are (F-067, MED-19)."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from activitypub.emojis import Emoji as Stated
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Emoji
from fedicara.reads.emojis import stored_as
from fedicara.server import Server

MOST: Final = 5_000


async def keep(server: Server, owner: str, stated: Iterable[Stated]) -> None:
    """Keep the emoji of something that lives at `owner`, at most 5,000 of a host; inside the caller's transaction."""
    wanted = {emoji.shortcode: emoji for emoji in stated}
    if not wanted:
        return
    domain = urlsplit(owner).netloc
    known = {each.shortcode: each for each in await Emoji.filter(domain=domain, shortcode__in=list(wanted))}
    room = MOST - await Emoji.filter(domain=domain).count()
    for shortcode, emoji in wanted.items():
        if shortcode in known:
            await _renew(server, known[shortcode], emoji)
        elif room > 0:
            room -= 1
            await Emoji.create(domain=domain, shortcode=shortcode, url=emoji.url, updated=emoji.updated)


async def _renew(server: Server, emoji: Emoji, stated: Stated) -> None:
    """Another picture takes the place of the one that is kept, unless it is older by its own words."""
    older = stated.updated is not None and emoji.updated is not None and stated.updated < emoji.updated
    if older or stated.url == emoji.url:
        return
    emoji.url, emoji.updated, emoji.media_type = stated.url, stated.updated, ""
    await emoji.save()
    await LeaseTable(server).enqueue(Order("forget", {"keys": [stored_as(emoji.id)]}))
