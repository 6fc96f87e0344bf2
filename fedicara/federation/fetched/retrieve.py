"""Posts that somebody looked for rather than was sent, as their own server states them (F-108, F-350)."""

from collections.abc import Mapping
from typing import Any, Final

from activitypub.converted import is_vote
from activitypub.document import Document, id_of, type_of
from activitypub.works import Note
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_answer, is_own
from fedicara.federation.heard import posts, statements
from fedicara.federation.said.documents import WIDE
from fedicara.models import Work
from fedicara.reads import senders
from fedicara.server import Server

_CREATE: Final = ("Create",)
_UNSAID: Final[Mapping[str, str]] = {}


async def post(server: Server, address: str, *, meets: bool = True) -> Work | None:
    """The post at an address, known already or read now; None where there is none that everybody may read.

    Unless it `meets` people, only posts of authors who are known here are kept.
    """
    known = await Work.get_or_none(uri=address)
    if known is not None or is_own(server, address) or await posts.is_gone(address):
        return known
    document, headers = await fetch_answer(server, address)
    return await stated(server, document, headers, meets=meets)


async def reply(server: Server, address: str) -> Work | None:
    """The post at an address, if it replies to something that is known here."""
    if await Work.filter(uri=address).exists() or await posts.is_gone(address):
        return None
    document, headers = await fetch_answer(server, address)
    note = posts.parsed(document)
    if note is None or note.in_reply_to is None or not await Work.filter(uri=note.in_reply_to).exists():
        return None
    return await stated(server, document, headers)


async def stated(
    server: Server,
    document: Document,
    headers: Mapping[str, str] = _UNSAID,
    *,
    meets: bool = True,
    retrieved: bool = True,
) -> Work | None:
    """Keep the post that its own server stated, or the one in the Create it stated; `headers` came with it."""
    if type_of(document, _CREATE):
        document, headers = await _inside(server, document.get("object"))
    note = posts.parsed(document)
    if note is None or is_vote(note) or await posts.is_gone(note.id):
        return None
    known = await Work.get_or_none(uri=note.id)
    work = known or await _kept(server, note, meets=meets, retrieved=retrieved)
    if work is not None:
        await statements.of_answer(server, work, headers)
    return work


async def _inside(server: Server, about: Any) -> tuple[Document, Mapping[str, str]]:
    address = id_of(about)
    return await fetch_answer(server, address) if address else ({}, {})


async def _kept(server: Server, note: Note, *, meets: bool, retrieved: bool) -> Work | None:
    """Public and unlisted posts alone: what is for some was sent to them (F-109)."""
    find = actors.fetch(server, note.attributed_to) if meets else senders.actor(server, note.attributed_to)
    author = await find
    if author is None:
        return None
    seen_as = posts.visibility(author, note)
    if seen_as not in WIDE or not posts.speaks_for(author, note) or await posts.is_rejected(server, note):
        return None
    return await posts.keep(server, author, note, seen_as, [*note.to, *note.cc], retrieved=retrieved)
