"""Somebody likes a post known here, with a heart or another sign (F-209, F-210)."""

from activitypub.document import id_of, text
from fedicara.federation import posts
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.verify import Authenticated
from fedicara.models import Like, Work
from fedicara.models.database import IntegrityError
from fedicara.reads.access import may_read
from fedicara.server import Server


@HANDLERS.on("Like")
@HANDLERS.on("EmojiReact")
async def like(server: Server, heard: Authenticated) -> Result:
    """Counted once per actor and post, and only on what the actor may see (ORI-21)."""
    uri = id_of(heard.activity) or ""
    work = await Work.get_or_none(uri=id_of(heard.activity.get("object")) or "")
    if work is None or not await may_read(server, work, heard.actor.id, here=False):
        return dropped("no such post")
    try:
        async with server.database.transaction():
            _, is_new = await Like.get_or_create(
                work=work, actor=heard.actor, defaults={"uri": uri, "emoji": _sign(heard)}
            )
            await posts.count_anew([work.id] if is_new else [])
    except IntegrityError:
        return KNOWN
    return DONE if is_new else KNOWN


def _sign(heard: Authenticated) -> str:
    """The emoji of a reaction, or its name; empty for a plain Like."""
    return text([heard.activity.get("content"), heard.activity.get("_misskey_reaction")], 64)
