"""Somebody elsewhere asks for somebody here to be looked at (F-217)."""

from collections.abc import Sequence

from activitypub.document import id_of, ids, text
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.heard import flags
from fedicara.federation.servers.rules import host_of, verdict
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Report, Work
from fedicara.server import Server


@HANDLERS.on("Flag")
async def flag(server: Server, heard: Authenticated) -> Result:
    """Kept with the ids and the words alone, so that nobody reads through a report what they may not (ORI-16)."""
    if (await verdict(server, host_of(heard.actor.uri))).takes_no_reports:
        return dropped("no reports")
    named = ids(heard.activity.get("object"))[: flags.IDS_MOST]
    target = await _about([uri for uri in named if is_own(server, uri)])
    if target is None:
        return dropped("no such object")
    words = text(heard.activity.get("content"), flags.WORDS_MOST)
    stated = Report(
        uri=id_of(heard.activity) or "",
        reporter=heard.actor,
        target=target,
        category=flags.category_of(words),
        words=words,
        posts=[uri for uri in named if uri != target.uri],
    )
    return DONE if await flags.keep(server, stated) is stated else KNOWN


async def _about(own: Sequence[str]) -> Actor | None:
    """The person of this place whom a report names, else the author of a post it names."""
    person = Actor.filter(uri__in=own, domain="").exclude(type__in=("Application", "Tombstone"))
    found = await person.order_by("id").first()
    if found is not None or not own:
        return found
    work = await Work.filter(uri__in=own, actor__domain="").order_by("id").prefetch_related("actor").first()
    return work.actor if work is not None else None
