"""Somebody likes a post known here, with a heart or another sign (F-209, F-210)."""

from collections.abc import Sequence
from typing import Final

from activitypub.document import id_of, text
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import posts
from fedicara.federation.signed.verify import Authenticated
from fedicara.models.database import rows_of
from fedicara.models.ids import new_id
from fedicara.reads.access import at, may_read
from fedicara.server import Server

_INSERT: Final = """
INSERT INTO likes (id, uri, actor_id, work_id, emoji) VALUES {rows} ON CONFLICT DO NOTHING RETURNING id, work_id"""


@HANDLERS.on("Like")
@HANDLERS.on("EmojiReact")
async def like(server: Server, heard: Authenticated) -> Result:
    """Counted once per actor and post, and only on what the actor may see (ORI-21)."""
    uri = id_of(heard.activity) or ""
    work = await at(server, id_of(heard.activity.get("object")) or "")
    if work is None or not await may_read(server, work, heard.actor.id, here=False):
        return dropped("no such post")
    is_new = await server.together(_keep, (uri, heard.actor.id, work.id, _sign(heard)))
    return DONE if is_new else KNOWN


async def _keep(server: Server, likes: Sequence[tuple[str, int, int, str]]) -> list[bool]:
    """Keep what was liked in the same moment; whether each is new."""
    places = rows_of(len(likes), "{}, {}, {}, {}, {}")
    rows = [(new_id(), *each) for each in likes]
    kept = await server.database.execute(
        _INSERT.format(rows=places), *(value for row in rows for value in row)
    )
    new = {row["id"]: row["work_id"] for row in kept}
    await posts.count_anew(new.values())
    return [row[0] in new for row in rows]


def _sign(heard: Authenticated) -> str:
    """The emoji of a reaction, or its name; empty for a plain Like."""
    return text([heard.activity.get("content"), heard.activity.get("_misskey_reaction")], 64)
