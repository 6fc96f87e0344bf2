"""What is asked of our own host alone: parity, every file, the gate, an inbox, and what visitors may not see (P-502)."""

from collections.abc import Iterator
from typing import Final

from anyio.to_thread import run_sync

from activitypub.document import dumps
from activitypub.names import ACTIVITY_JSON
from fedicara.actions.policy_check.credentials import signed
from fedicara.actions.policy_check.expectation import Expected, Known
from fedicara.actions.policy_check.probe import Probe, text_of
from fedicara.actions.policy_check.site import Found, Site
from fedicara.actions.policy_check.surfaces import headers
from fedicara.models import Rendition
from fedicara.network import Answer
from fedicara.reads.media import media_url
from fedicara.server import Server
from media import carried, xmp
from media.sniff import sniff
from policies.check import readers, signals
from policies.check.verdicts import Heard, Inapplicable, Sight, Unread
from policies.crawlers import TABLE, Crawler
from policies.policy import Policy
from policies.verdict import Refuse, Surface, verdict

_FILE_MOST: Final = 32 * 1024 * 1024
_WITHOUT_XMP: Final = "image/gif"
_SOURCE: Final = "Iptc4xmpExt:DigitalSourceType"
_STATEMENT: Final = "xmpRights:WebStatement"


async def parity(probe: Probe, site: Site, expected: Expected) -> list[Sight]:
    """A part of the file, and "not modified", say what the whole says (P-101)."""
    media = site.media
    if not isinstance(media, Answer):
        return []
    part = await probe.look("GET", media.url, Range="bytes=0-99")
    same: Found = Inapplicable("the file has no ETag")
    if etag := media.headers.get("etag"):
        same = await probe.look("GET", media.url, If_None_Match=etag)
    return [
        *headers("S02", "media Range", part, expected, expected.media),
        *headers("S02", "media If-None-Match", same, expected, expected.media),
    ]


async def embedded(site: Site, expected: Expected | None) -> list[Sight]:
    """The statement in the file that a page shows."""
    if not isinstance(site.media, Answer):
        return [Sight("S08", "XMP", "media", None, site.media)]
    return await _file("media", site.media.body, expected, expected.media if expected else None)


async def renditions(probe: Probe, server: Server, known: Known, expected: Expected) -> list[Sight]:
    """The statement in every file of a work: as sent where visitors may have it, else as it is stored (P-130)."""
    found: list[Sight] = []
    first = known.renditions[0].picture_id if known.renditions else 0
    for number, each in enumerate(known.renditions, 1):
        target = f"{each.name} {number}"
        content: bytes | Unread
        if each.picture_id == first and each.key not in known.hidden:
            answer = await probe.get(media_url(server, each.key, public=True))
            content = answer.body if isinstance(answer, Answer) else answer
        else:
            content = await _stored(server, each)
        if isinstance(content, Unread):
            found.append(Sight("S08", "XMP", target, None, content))
        else:
            found += await _file(target, content, expected, expected.page)
    return found


async def _stored(server: Server, rendition: Rendition) -> bytes | Unread:
    try:
        stored = await server.storage.open(rendition.key)
    except FileNotFoundError:
        return Unread("the file is missing")
    return b"".join([chunk async for chunk in stored.chunks])[:_FILE_MOST]


async def _file(target: str, content: bytes, expected: Expected | None, policy: Policy | None) -> list[Sight]:
    packet = await _packet(target, content, expected, policy)
    return [*packet, await signed(target, content, expected, policy)]


async def _packet(
    target: str, content: bytes, expected: Expected | None, policy: Policy | None
) -> Iterator[Sight]:
    if sniff(content) == _WITHOUT_XMP:
        return iter((Sight("S08", "XMP", target, None, Inapplicable("a GIF holds no XMP (P-131)")),))
    packet = await run_sync(carried.packet, content)
    if packet is None:
        return iter((Sight("S08", "XMP", target, None, Unread("not a picture that can be opened")),))
    stated = xmp.statements(packet)
    return _statements(target, {name: values[0] for name, values in stated.items()}, expected, policy)


def _statements(
    target: str, stated: dict[str, str], expected: Expected | None, policy: Policy | None
) -> Iterator[Sight]:
    mining = signals.mining(policy) if policy else None
    heard = readers.single(signals.DATA_MINING, stated.get("plus:DataMining"))
    yield Sight("S08", "XMP DataMining", target, mining, heard)
    if expected is None or not expected.exact:
        return
    web = signals.in_words(expected.base_url, _STATEMENT)
    yield Sight("S08", "XMP WebStatement", target, web, readers.single(_STATEMENT, stated.get(_STATEMENT)))
    # A file may say that it was made by hand where the post leaves the medium open (P-401).
    if expected.source_type:
        source = signals.one(_SOURCE, expected.source_type)
        yield Sight(
            "S08", "XMP DigitalSourceType", target, source, readers.single(_SOURCE, stated.get(_SOURCE))
        )


def crawlers(token: str = "") -> list[Crawler]:
    """One crawler of the table for each purpose, or the one that was asked for; empty where it is not listed."""
    if token:
        return [row for row in TABLE if row.token.casefold() == token.casefold()]
    first: dict[str, Crawler] = {}
    for row in TABLE:
        # A control token is sent by nobody (P-119), so another of its purpose is asked about.
        if row.purpose not in first or first[row.purpose].token.endswith("-Extended"):
            first[row.purpose] = row
    return list(first.values())


async def gate(probe: Probe, site: Site, expected: Expected, chosen: list[Crawler]) -> list[Sight]:
    """Whether crawlers get what the policy lets them have: a page and a picture each."""
    found = []
    parts = (
        ("page", site.page, Surface.HTML, expected.page),
        ("media", site.media, Surface.MEDIA, expected.media),
    )
    for row in chosen:
        for name, part, surface, policy in parts:
            if not isinstance(part, Answer):
                continue
            named = f"Mozilla/5.0 (compatible; {row.token}/1.0; +{expected.base_url}/ai-policy)"
            answer = await probe.look("GET", part.url, User_Agent=named)
            wanted = signals.refused(isinstance(verdict(policy, row, surface), Refuse))
            heard = readers.single("status", str(answer.status)) if isinstance(answer, Answer) else answer
            found.append(Sight("gate", row.token, name, wanted, heard, row.purpose.value))
    return found


async def inbox(probe: Probe, server: Server) -> Sight:
    """Whether signed requests of servers pass: an activity of a kind that nobody acts upon."""
    actor = server.url("/actor")
    body = dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{actor}#policy-check-{int(server.now().timestamp() * 1000)}",
            "type": "View",
            "actor": actor,
            "object": actor,
        }
    )
    answer = await probe.post(server.url("/inbox"), body, ACTIVITY_JSON)
    heard = readers.single("status", str(answer.status)) if isinstance(answer, Answer) else answer
    return Sight("inbox", "signed POST", "/inbox", signals.one("status", "202"), heard)


async def leaks(probe: Probe, server: Server, site: Site, known: Known) -> list[Sight]:
    """Whether visitors are told names of files that are not for them (P-246)."""
    if not known.hidden:
        return []
    answers = [("page", site.page)]
    answers.append(
        ("API", await probe.get(server.url(f"/api/v1/statuses/{known.document.rpartition('/')[2]}")))
    )
    answers.append(("unsigned document", await probe.get(known.document, ACTIVITY_JSON)))
    return [
        Sight("leaks", "hidden files", name, signals.one("named", "0"), _named(answer, known))
        for name, answer in answers
    ]


def _named(answer: Found, known: Known) -> Heard | Inapplicable:
    if not isinstance(answer, Answer):
        return Inapplicable("visitors get nothing there")
    count = str(sum(key in text_of(answer) for key in known.hidden))
    return readers.single("named", count)
