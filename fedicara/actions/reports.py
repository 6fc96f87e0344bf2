"""Reporting accounts and posts to the people who look after a place (F-243, F-247)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.federation.heard import flags
from fedicara.models import Actor, Report, Work
from fedicara.models.reports import Category
from fedicara.reads.access import may_read
from fedicara.server import Server

POSTS_MOST: Final = 20
# The mark and a space have to fit beside the words when a report is handed on.
WORDS_MOST: Final = flags.WORDS_MOST - len(flags.AI_MADE) - 1


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody reports: an account, some of its posts by id, why, and whether its own server shall hear of it."""

    about: int
    posts: tuple[int, ...] = ()
    category: str = Category.OTHER
    words: str = ""
    forward: bool = False


async def file(server: Server, viewer: Viewer, complaint: Complaint) -> Report:
    """Hand in a report; what the viewer cannot read is as absent as what never was (AUD-04)."""
    category, words = _checked(complaint)
    target = await Actor.get_or_none(id=complaint.about, suspended=None)
    if target is None or (target.is_local and target.type == "Application"):
        raise NotFound
    if target.id == viewer.actor.id:
        raise Invalid("account", "One cannot report oneself.")
    posts = await _posts(server, viewer, target, complaint.posts)
    stated = Report(reporter=viewer.actor, target=target, category=category, words=words, posts=posts)
    async with server.database.transaction():
        kept = await flags.keep(server, stated)
        if complaint.forward and not target.is_local and not kept.forwarded:
            await flags.forward(server, kept, target, posts)
            kept.forwarded = True
            await kept.save(update_fields=["forwarded"])
    kept.target = target
    return kept


def _checked(complaint: Complaint) -> tuple[Category, str]:
    if complaint.category not in tuple(Category):
        raise Invalid("category", f"Say one of {', '.join(Category)}.")
    if len(complaint.posts) > POSTS_MOST:
        raise Invalid("posts", f"At most {POSTS_MOST} posts fit into one report.")
    return Category(complaint.category), checked_text("words", complaint.words.strip(), WORDS_MOST)


async def _posts(server: Server, viewer: Viewer, target: Actor, ids: Sequence[int]) -> list[str]:
    """The ids of the posts, all of them by the account and readable for the viewer."""
    found = {work.id: work for work in await Work.filter(id__in=list(ids), actor_id=target.id)}
    for number in ids:
        if number not in found or not await may_read(server, found[number], viewer.actor.id):
            raise NotFound
    return [found[number].uri for number in dict.fromkeys(ids)]
