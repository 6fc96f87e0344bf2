"""Everything a check retrieves of one site, each part once (P-501)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activitypub.names import ACCEPT, ACTIVITY_JSON, LD_JSON
from fedicara.actions.policy_check.expectation import Known
from fedicara.actions.policy_check.probe import Probe, joined, json_of, media_type, origin_of, text_of
from fedicara.network import Answer
from policies.check.readers import Head, links
from policies.check.signals import LICENSE, TDM_POLICY, TERMS_OF_SERVICE
from policies.check.verdicts import Inapplicable, Unread
from policies.rsl import MEDIA_TYPE

Found = Answer | Unread | Inapplicable
_PAGE: Final = "text/html, application/xhtml+xml, */*;q=0.5"
_DOCUMENT: Final = (ACTIVITY_JSON, LD_JSON)
_NODEINFO: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_NO_PICTURE: Final = Inapplicable("no picture was found")


@dataclass(frozen=True, slots=True)
class Site:
    """The answers of one site; `first` is what the address itself answered."""

    url: str
    origin: str
    first: Found
    page: Found
    head: Head
    media: Found
    media_head: Found
    document: Found
    actor: Found
    robots: Mapping[str, Found]
    tdmrep: Mapping[str, Found]
    nodeinfo: Found
    offer: Found
    licence: Found
    words: Found


async def read(probe: Probe, url: str, known: Known | None) -> Site:
    """Read a site from one address: a page, a picture, or an ActivityPub id."""
    origin = origin_of(url)
    robots = {origin: await probe.robots(origin)}
    first = await probe.get(known.page if known else url, _PAGE)
    page, document = await _page(probe, first)
    head = Head(text_of(page)) if isinstance(page, Answer) else Head("")
    media = await _media(probe, first, head, known, page)
    if isinstance(document, Inapplicable):
        document = await _document(probe, page, head, known)
    if isinstance(media, Answer) and (other := origin_of(media.url)) != origin:
        robots[other] = await probe.robots(other)
    sent = page.headers if isinstance(page, Answer) else {}
    return Site(
        url=url,
        origin=origin,
        first=first,
        page=page,
        head=head,
        media=media,
        media_head=await probe.look("HEAD", media.url) if isinstance(media, Answer) else media,
        document=document,
        actor=await _actor(probe, document, known),
        robots=robots,
        tdmrep={each: await probe.get(f"{each}/.well-known/tdmrep.json") for each in robots},
        nodeinfo=await _nodeinfo(probe, origin),
        offer=await _named(probe, origin, [sent.get(TDM_POLICY, ""), *head.meta(TDM_POLICY)]),
        licence=await _named(probe, origin, _rsl(robots[origin], sent)),
        words=await _named(probe, origin, _terms(sent, head)),
    )


async def _page(probe: Probe, first: Found) -> tuple[Found, Found]:
    """The page, and the document where the address was that of a document."""
    if not isinstance(first, Answer):
        return first, Inapplicable("no ActivityPub document was found")
    if media_type(first) in _DOCUMENT:
        address = _address(json_of(first))
        page = (
            await probe.get(joined(first.url, address), _PAGE)
            if address
            else Unread("its document names no page")
        )
        return page, first
    if media_type(first).startswith("image/"):
        return await probe.get(f"{origin_of(first.url)}/", _PAGE), Inapplicable("the address is a picture's")
    return first, Inapplicable("no ActivityPub document was found")


def _address(document: Any) -> str:
    stated = document.get("url") if isinstance(document, dict) else None
    each = stated[0] if isinstance(stated, list) and stated else stated
    found = each.get("href") if isinstance(each, dict) else each
    return found if isinstance(found, str) else ""


async def _media(probe: Probe, first: Found, head: Head, known: Known | None, page: Found) -> Found:
    if isinstance(first, Answer) and media_type(first).startswith("image/"):
        return first
    if known is not None and known.media:
        return await probe.get(known.media)
    named = [*head.meta("og:image"), *head.pictures]
    base = page.url if isinstance(page, Answer) else ""
    address = next((found for each in named if (found := joined(base, each))), "")
    return await probe.get(address) if address else _NO_PICTURE


async def _document(probe: Probe, page: Found, head: Head, known: Known | None) -> Found:
    address = known.document if known else ""
    if known is None and isinstance(page, Answer):
        alternates = (
            link.target for link in head.links if "alternate" in link.rel and link.type in _DOCUMENT
        )
        address = joined(page.url, next(alternates, ""))
    if not address:
        return Inapplicable("no ActivityPub document was found")
    answer = await probe.get(address, ACCEPT, signed=True)
    is_document = not isinstance(answer, Answer) or media_type(answer) in _DOCUMENT
    return answer if is_document else Inapplicable("no ActivityPub document was found")


async def _actor(probe: Probe, document: Found, known: Known | None) -> Found:
    stated = json_of(document) if isinstance(document, Answer) else None
    author = stated.get("attributedTo") if isinstance(stated, dict) else None
    address = known.actor if known and known.document else author
    if not isinstance(address, str) or not address:
        return Inapplicable("no author was found")
    if isinstance(document, Answer) and isinstance(stated, dict) and stated.get("id") == address:
        return document
    return await probe.get(address, ACCEPT, signed=True)


async def _nodeinfo(probe: Probe, origin: str) -> Found:
    answer = await probe.get(f"{origin}/.well-known/nodeinfo")
    if not isinstance(answer, Answer):
        return answer if probe.own else Inapplicable("no NodeInfo")
    stated = json_of(answer)
    entries = stated.get("links") if isinstance(stated, dict) else None
    named = {str(each.get("rel")): str(each.get("href")) for each in entries or () if isinstance(each, dict)}
    schema = max((rel for rel in named if rel.startswith(_NODEINFO)), default="")
    if not schema:
        return Unread("NodeInfo names no document")
    return await probe.get(joined(origin, named[schema]))


async def _named(probe: Probe, origin: str, addresses: Sequence[str]) -> Found:
    """The document that the site itself names, on its own host; others are links and are left alone."""
    address = next((found for each in addresses if each and (found := joined(f"{origin}/", each))), "")
    if not address or origin_of(address) != origin:
        return Inapplicable("none is named")
    return await probe.get(address)


def _rsl(robots: Found, sent: Mapping[str, str]) -> list[str]:
    from_robots = []
    if isinstance(robots, Answer):
        lines = (line.partition(":") for line in text_of(robots).splitlines())
        from_robots = [value.strip() for name, _, value in lines if name.strip().lower() == LICENSE]
    return from_robots + [
        each.target for each in links(sent.get("link")) if LICENSE in each.rel and each.type == MEDIA_TYPE
    ]


def _terms(sent: Mapping[str, str], head: Head) -> list[str]:
    named = (*links(sent.get("link")), *head.links)
    return [each.target for each in named if TERMS_OF_SERVICE in each.rel]
