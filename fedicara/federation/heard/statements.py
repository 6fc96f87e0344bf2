"""What other servers state about AI use, kept as it came and as it was read (P-300, P-301)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from activitypub.works import Note
from fedicara.federation.heard import drops
from fedicara.models import Actor, Peer, Picture, RemoteStatement, Work
from fedicara.models.statements import Carrier
from fedicara.server import Server
from policies.statements import (
    LONGEST,
    Reading,
    Statement,
    as_fields,
    from_fields,
    read_headers,
    read_terms,
    read_xmp,
    stating,
    sticky,
    strictest,
)

_READERS: Final = {Carrier.DOCUMENT: read_terms, Carrier.HEADERS: read_headers, Carrier.XMP: read_xmp}

Stored = Mapping[str, Mapping[str, str]]

# What the JSON of a remote work, picture or actor holds: its own document, the header fields and the file itself,
# all pictures of a work together, and what the server of an actor says for everybody there.
DOCUMENT: Final = "stated"
CARRIED: Final = "carried"
PICTURES: Final = "pictures"
SERVER: Final = "server"


def stated(server: Server, before: Stored, terms: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """What is stored of something with what its document says now; an earlier denial stays (P-034)."""
    return heard(server, before, DOCUMENT, read_terms(terms))


def heard(server: Server, before: Stored, name: str, reading: Reading) -> dict[str, Mapping[str, str]]:
    """What is stored with what one carrier says now; parts that nobody could read are counted."""
    if reading.unreadable:
        drops.note(server, "unreadable policy statement")
    return replaced(before, name, sticky(_of(before, name), reading.statement))


def replaced(before: Stored, name: str, statement: Statement) -> dict[str, Mapping[str, str]]:
    """What is stored with one statement in another's place; silence is not stored."""
    others = {each: fields for each, fields in before.items() if each != name}
    return {**others, name: as_fields(statement)} if statement else others


def _of(stored: Stored, name: str) -> Statement:
    return from_fields(stored.get(name, {}))


async def keep(server: Server, work: Work, note: Note, pictures: Sequence[Picture]) -> None:
    """Keep the words of a post and of those pictures that say something else; inside the caller's transaction."""
    await write(server, Carrier.DOCUMENT, note.terms, work_id=work.id)
    terms = {each.url: each.terms for each in note.attachments}
    for picture in pictures:
        own = terms.get(picture.remote_url, {})
        if _raw(own) != _raw(note.terms):
            await write(server, Carrier.DOCUMENT, own, picture_id=picture.id)
    await gather(work, [picture.stated for picture in pictures])


async def gather(work: Work, stored: Iterable[Stored]) -> None:
    """What all pictures of a work say together, for the page that shows them all."""
    said = strictest(_of(each, name) for each in stored for name in (DOCUMENT, CARRIED))
    policy = replaced(work.policy, PICTURES, said)
    if policy != work.policy:
        work.policy = policy
        await work.save(update_fields=["policy"])


async def write(server: Server, carrier: Carrier, said: Mapping[str, Any], **subject: Any) -> None:
    """Keep what was stated as it came; where nothing is said now, the words before stay as the reason for what does."""
    if not (raw := _raw(said)):
        return
    kept = {"raw_": raw, "fields_": as_fields(_READERS[carrier](said).statement), "seen": server.now()}
    await RemoteStatement.update_or_create(carrier=carrier, **subject, defaults=kept)


def _raw(said: Mapping[str, Any]) -> str:
    """As many of the words as fit into 1 KiB, as JSON; empty where nothing is said."""
    kept: dict[str, Any] = {}
    for name, value in stating(said).items():
        if len(orjson.dumps({**kept, name: value})) <= LONGEST:
            kept[name] = value
    return orjson.dumps(kept).decode() if kept else ""


async def of_answer(server: Server, work: Work, headers: Mapping[str, str]) -> None:
    """What the header fields said of a post that its own server answered with."""
    if not stating(headers):
        return
    async with server.database.transaction():
        await write(server, Carrier.HEADERS, headers, work_id=work.id)
        work.policy = heard(server, work.policy, CARRIED, read_headers(headers))
        await work.save(update_fields=["policy"])


async def of_file(
    server: Server, picture: Picture, headers: Mapping[str, str], embedded: Mapping[str, Any]
) -> None:
    """What the bytes of a picture came with and hold; the caller saves the picture, inside its transaction."""
    for carrier, said, read in ((Carrier.HEADERS, headers, read_headers), (Carrier.XMP, embedded, read_xmp)):
        await write(server, carrier, said, picture_id=picture.id)
        if stating(said):
            reading = read(said)
            both = Reading(strictest([_of(picture.stated, CARRIED), reading.statement]), reading.unreadable)
            picture.stated = heard(server, picture.stated, CARRIED, both)
    work = await Work.get_or_none(id=picture.work_id)
    if work is not None and picture.stated:
        others = await Picture.filter(work_id=work.id).exclude(id=picture.id).only("id", "stated")
        await gather(work, [each.stated for each in (picture, *others)])


async def of_server(server: Server, peer: Peer, terms: Mapping[str, Any]) -> None:
    """What a server says for everybody there, beside what each of them says; inside the caller's transaction."""
    await write(server, Carrier.DOCUMENT, terms, peer_id=peer.host)
    before: Stored = {DOCUMENT: peer.stated}
    peer.stated = stated(server, before, terms).get(DOCUMENT, {})
    await peer.save(update_fields=["stated"])
    changed = []
    for actor in await Actor.filter(host=peer.host.partition(":")[0]).only("id", "policy"):
        policy = replaced(actor.policy, SERVER, from_fields(peer.stated))
        if policy != actor.policy:
            actor.policy = policy
            changed.append(actor)
    if changed:
        await Actor.bulk_update(changed, ["policy"])


async def of_place(actor: Actor) -> None:
    """Somebody new of a server that is known says what it says for everybody there."""
    peer = await Peer.get_or_none(host=urlsplit(actor.uri).netloc[:255])
    if peer is not None:
        actor.policy = replaced(actor.policy, SERVER, from_fields(peer.stated))
