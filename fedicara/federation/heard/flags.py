"""Reports: the same one is kept once a day, and one is handed on to the server of whom it is about (F-217, F-247)."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson
from tortoise.expressions import F

from activitypub import activities
from fedicara.federation.said import outbox
from fedicara.federation.said.documents import activity_address
from fedicara.federation.said.instance import instance_actor
from fedicara.models import Actor, Report
from fedicara.models.ids import new_id
from fedicara.models.reports import Category
from fedicara.server import Server

WORDS_MOST: Final = 5_000
IDS_MOST: Final = 100
AI_MADE: Final = "[ai-made]"
_JOINED: Final = timedelta(hours=24)


async def keep(server: Server, stated: Report) -> Report:
    """The row of a report: a new one, or that of the same sender, subject and text within 24 hours, counted."""
    stated.digest = _digest(stated)
    stated.created = server.now()
    async with server.database.transaction():
        since = stated.created - _JOINED
        same = Report.filter(reporter_id=stated.reporter_id, digest=stated.digest, created__gt=since)
        known = await same.order_by("id").first()
        if known is not None:
            await Report.filter(id=known.id).update(times=F("times") + 1)
            return known
        await stated.save()
    return stated


def _digest(stated: Report) -> str:
    subject = [stated.target_id, sorted(stated.posts), stated.category, stated.words]
    return hashlib.sha256(orjson.dumps(subject)).hexdigest()


def category_of(words: str) -> Category:
    """The category a Flag's text begins with (P-433)."""
    return Category.AI_MADE if words.startswith(AI_MADE) else Category.OTHER


async def forward(server: Server, report: Report, target: Actor, posts: Sequence[str]) -> None:
    """Send a report to the server of whom it is about, in the name of this place, inside the caller's transaction."""
    sender, identifier = await instance_actor(server), new_id()
    marked = f"{AI_MADE} {report.words}" if report.category == Category.AI_MADE else report.words
    document = activities.flag(
        sender.uri, [target.uri, *posts], marked.strip()[:WORDS_MOST], activity_address(server, identifier)
    )
    activity = await outbox.keep(server, identifier, sender.id, document)
    await outbox.send(server, activity, [target.shared_inbox or target.inbox])
