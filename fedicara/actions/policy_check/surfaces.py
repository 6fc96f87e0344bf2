"""What was retrieved, as sights: one for every signal on every surface S01 to S14."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import http_sf
from protego import Protego

from fedicara.actions.policy_check.expectation import Expected
from fedicara.actions.policy_check.probe import json_of, media_type, text_of
from fedicara.actions.policy_check.site import Found, Site
from fedicara.network import Answer
from policies.check import readers, signals
from policies.check.verdicts import ANY, Heard, Inapplicable, Sight, Unread, Wanted
from policies.crawlers import TABLE, Robots, denied_field
from policies.policy import DEFAULT, Policy
from policies.rsl import MEDIA_TYPE

_OBSERVED: Final = ("training", "dataset", "ai_search", "assistant")
ROBOTS_MOST: Final = 256 * 1024
"""The largest robots.txt that every parser reads whole (P-110)."""


def sights(site: Site, expected: Expected | None) -> Iterator[Sight]:
    """Every sight of a site, in the order of table 2.2; without an expectation the site is its own measure."""
    page, media = (expected.page, expected.media) if expected else (None, None)
    yield from headers("S01", "page", site.page, expected, page)
    yield from headers("S02", "media", site.media, expected, media)
    yield from headers("S02", "media HEAD", site.media_head, expected, media)
    yield from headers("S03", "document", site.document, expected, page)
    yield from _head(site, expected)
    yield from _robots(site, expected)
    yield from _tdmrep(site, expected)
    yield from _offer(site, expected)
    yield from _licence(site, expected)
    yield from _documents(site, expected)
    yield from _nodeinfo(site, expected)
    yield from _links(site, expected)
    yield from _words(site, expected)


def headers(
    surface: str, target: str, answer: Found, expected: Expected | None, policy: Policy | None
) -> Iterator[Sight]:
    """The policy's own header fields of one answer (block B1)."""
    wanted = _statement(policy, expected)
    if not isinstance(answer, Answer):
        yield Sight(surface, "headers", target, None, answer)
        return
    sent = answer.headers
    value = sent.get(signals.USAGE.lower())
    heard = {
        signals.ROBOTS_TAG: readers.robots_tag(sent.get(signals.ROBOTS_TAG.lower())),
        signals.USAGE: readers.usage(value, structured(value)),
        signals.RESERVATION: readers.single(signals.RESERVATION, sent.get(signals.RESERVATION)),
        signals.TDM_POLICY: readers.single(signals.TDM_POLICY, sent.get(signals.TDM_POLICY)),
    }
    for name, each in heard.items():
        yield Sight(surface, name, target, wanted.get(name), each)


def _statement(policy: Policy | None, expected: Expected | None) -> Mapping[str, Wanted]:
    if policy is None or expected is None:
        return {}
    return {
        signals.ROBOTS_TAG: signals.robots_tag(policy),
        signals.USAGE: signals.usage(policy),
        signals.RESERVATION: signals.reservation(policy),
        signals.TDM_POLICY: _address(signals.how_to_ask(policy, expected.base_url), expected),
    }


def _address(wanted: Wanted, expected: Expected) -> Wanted:
    """On other sites a document may have any address, if it has one."""
    if expected.exact or not wanted.values:
        return wanted
    return Wanted("present", dict.fromkeys(wanted.values, ANY), wanted.keys)


def structured(value: str | None) -> dict[str, str]:
    """The Tokens of a Dictionary (RFC 9651) by key, as http-sf parses it; a fault anywhere loses all."""
    try:
        found = http_sf.parse((value or "").encode("latin-1", "replace"), tltype="dictionary")
    except http_sf.StructuredFieldError:
        return {}
    members = found.items() if isinstance(found, dict) else ()
    tokens = {str(key): item[0] for key, item in members if isinstance(item, tuple)}
    return {key: str(item) for key, item in tokens.items() if isinstance(item, http_sf.Token)}


def _head(site: Site, expected: Expected | None) -> Iterator[Sight]:
    if not isinstance(site.page, Answer):
        yield Sight("S04", "head", "page", None, site.page)
        return
    wanted, head = _statement(expected.page if expected else None, expected), site.head
    yield Sight(
        "S04", "meta robots", "page", wanted.get(signals.ROBOTS_TAG), readers.meta_robots(head.meta("robots"))
    )
    for name in (signals.RESERVATION, signals.TDM_POLICY):
        heard = readers.singles(name, head.meta(name), "S04")
        yield Sight("S04", f"meta {name}", "page", wanted.get(name), heard)
    if expected is not None:
        terms = _address(signals.in_words(expected.base_url, signals.TERMS_OF_SERVICE), expected)
        yield Sight("S04", "link terms", "page", terms, readers.linked(head.links, signals.TERMS_OF_SERVICE))


def _robots(site: Site, expected: Expected | None) -> Iterator[Sight]:
    for origin, answer in site.robots.items():
        target = f"{origin}/robots.txt"
        if not isinstance(answer, Answer):
            yield Sight("S05", "robots.txt", target, None, answer)
            continue
        robots = readers.robots(text_of(answer))
        yield from _groups(target, robots, expected)
        yield from _closed(target, text_of(answer), site, expected)
        if expected is not None:
            yield Sight("S05", "file", target, signals.one("file", "text/plain, ASCII"), _plain(answer))
            if expected.exact:
                named = readers.single(signals.LICENSE, robots.everywhere.get(signals.LICENSE))
                yield Sight("S05", "License", target, signals.one(signals.LICENSE, expected.rsl_url), named)


def _groups(target: str, robots: readers.Robots, expected: Expected | None) -> Iterator[Sight]:
    """The signals of every group that may crawl: groups inherit nothing (P-114)."""
    opened = [row.token for row in TABLE if row.robots is Robots.OPEN] if expected else []
    for name in ("*", *opened):
        said, where = robots.group(name), "" if name == "*" else f" {name}"
        usage, signal = said.said(signals.USAGE), said.said(signals.SIGNAL)
        wanted = _site_wide(expected)
        heard = readers.usage(usage, structured(usage))
        yield Sight("S05", f"{signals.USAGE}{where}", target, wanted.get(signals.USAGE), heard)
        yield Sight(
            "S05", f"{signals.SIGNAL}{where}", target, wanted.get(signals.SIGNAL), readers.pairs(signal)
        )


def _site_wide(expected: Expected | None) -> Mapping[str, Wanted]:
    if expected is None:
        return {}
    return {
        signals.USAGE: signals.usage(expected.site, expected.floor),
        signals.SIGNAL: signals.signal(expected.site, expected.floor),
    }


def _closed(target: str, text: str, site: Site, expected: Expected | None) -> Iterator[Sight]:
    """Every crawler of the table that the policy closes the site to, judged by Protego (P-117)."""
    judge = Protego.parse(text)
    policy = expected.site if expected else DEFAULT
    for row in TABLE:
        closed = row.robots is Robots.DISALLOW or (
            row.robots is Robots.BY_POLICY and denied_field(row, policy) is not None
        )
        if not closed or (expected is None and row.purpose not in _OBSERVED):
            continue
        may = judge.can_fetch(site.url if site.url.startswith(target[:-11]) else target[:-10], row.token)
        heard = readers.single("crawl", "allow /" if may else "disallow /")
        if expected is not None:
            yield Sight("S05", f"robots {row.token}", target, signals.closed(True), heard)
        elif not may:
            # A site that closes itself to a crawler says nothing of models, so it is shown and not measured.
            yield Sight("S05", f"robots {row.token}", target, signals.closed(True), heard)


def _plain(answer: Answer) -> Heard:
    """Whether the file is one that every parser reads whole (P-110)."""
    kind = answer.headers.get("content-type", "none").partition(";")[0].strip().lower()
    size = "" if len(answer.body) <= ROBOTS_MOST else f", {len(answer.body)} bytes"
    value = f"{kind}, {'ASCII' if answer.body.isascii() else 'not ASCII'}{size}"
    return Heard(value, {"file": value}, {"file": value}, "P-110")


def _tdmrep(site: Site, expected: Expected | None) -> Iterator[Sight]:
    for origin, answer in site.tdmrep.items():
        target = f"{origin}/.well-known/tdmrep.json"
        wanted = signals.reservation(expected.site) if expected else None
        if not isinstance(answer, Answer):
            missing = isinstance(answer, Unread) and answer.reason in ("answered 404", "answered 410")
            yield Sight("S06", "tdmrep.json", target, wanted, Heard(None) if missing else answer)
            continue
        for part in (site.page, site.media):
            if isinstance(part, Answer) and part.url.startswith(f"{origin}/"):
                path = urlsplit(part.url).path or "/"
                heard = readers.tdm_location(json_of(answer), path)
                yield Sight("S06", "tdmrep.json", path, wanted, heard)


def _offer(site: Site, expected: Expected | None) -> Iterator[Sight]:
    asks = expected is not None and bool(signals.how_to_ask(expected.page, expected.base_url).values)
    if expected is None or not asks:
        yield Sight("S07", "offer", "tdm-policy", None, Inapplicable("no way to ask is published"))
    elif isinstance(site.offer, Answer):
        heard = readers.offer(json_of(site.offer))
        yield Sight("S07", "offer", site.offer.url, signals.one("type", "Offer"), heard)
        kind = media_type(site.offer)
        right = "application/ld+json"
        yield Sight("S07", "type", site.offer.url, signals.one("type", right), readers.single("type", kind))
        if expected.assigner:
            asked_of = signals.one("assigner", expected.assigner)
            yield Sight("S07", "assigner", site.offer.url, asked_of, readers.assigner(json_of(site.offer)))
    elif isinstance(site.offer, Inapplicable):
        yield Sight("S07", "offer", "tdm-policy", signals.one("type", "Offer"), Heard(None))
    else:
        yield Sight("S07", "offer", "tdm-policy", None, site.offer)


def _licence(site: Site, expected: Expected | None) -> Iterator[Sight]:
    """RSL is read where a site offers it, and missed where ours should (P-140)."""
    wanted = signals.signal(expected.site, expected.floor) if expected else None
    if isinstance(site.licence, Answer):
        value = readers.rsl(site.licence.body[:ROBOTS_MOST])
        yield Sight("S10", "license.xml", site.licence.url, wanted, readers.pairs(value))
        if expected is not None:
            kind = readers.single("type", media_type(site.licence))
            yield Sight("S10", "type", site.licence.url, signals.one("type", MEDIA_TYPE), kind)
    elif expected is not None and expected.rsl_url and isinstance(site.licence, Inapplicable):
        yield Sight("S10", "license.xml", expected.rsl_url, wanted, Heard(None))
    else:
        yield Sight("S10", "license.xml", "RSL", None, site.licence)


def _documents(site: Site, expected: Expected | None) -> Iterator[Sight]:
    """The six terms on the object, on each of its pictures, and on its author (block B10)."""
    policies = (expected.page, expected.actor) if expected else (None, None)
    for name, answer, policy in zip(("object", "actor"), (site.document, site.actor), policies, strict=True):
        if not isinstance(answer, Answer):
            yield Sight("S11", name, name, None, answer)
            continue
        stated = json_of(answer)
        stated = stated if isinstance(stated, dict) else {}
        yield from terms("S11", name, stated, expected, policy)
        attached = stated.get("attachment") if name == "object" else None
        pictures = [
            each
            for each in attached or ()
            if isinstance(each, dict) and each.get("type") in ("Image", "Document")
        ]
        for number, picture in enumerate(pictures, 1):
            yield from terms("S11", f"picture {number}", picture, expected, policy)
            if expected is not None and expected.source_type is not None:
                wanted = signals.one("digitalSourceType", expected.source_type)
                heard = readers.single("digitalSourceType", _text(picture.get("digitalSourceType")))
                yield Sight("S11", "digitalSourceType", f"picture {number}", wanted, heard)


def terms(
    surface: str, target: str, stated: Mapping[str, Any], expected: Expected | None, policy: Policy | None
) -> Iterator[Sight]:
    """The terms of one ActivityPub value."""
    usage = _text(stated.get("contentUsage"))
    heard = {
        "contentUsage": readers.usage(usage, structured(usage)),
        "contentSignal": readers.pairs(_text(stated.get("contentSignal"))),
        "tdmReservation": readers.single(signals.RESERVATION, _text(stated.get("tdmReservation"))),
        "tdmPolicy": readers.single(signals.TDM_POLICY, _text(stated.get("tdmPolicy"))),
        "dataMining": readers.single(signals.DATA_MINING, _text(stated.get("dataMining"))),
        "usageInfo": readers.single("usageInfo", _text(stated.get("usageInfo"))),
    }
    wanted = _terms_wanted(policy, expected)
    for name, each in heard.items():
        yield Sight(surface, name, target, wanted.get(name), each)


def _terms_wanted(policy: Policy | None, expected: Expected | None) -> Mapping[str, Wanted]:
    if policy is None or expected is None:
        return {}
    return {
        "contentUsage": signals.usage(policy),
        "contentSignal": signals.signal(policy),
        "tdmReservation": signals.reservation(policy),
        "tdmPolicy": _address(signals.how_to_ask(policy, expected.base_url), expected),
        "dataMining": signals.mining(policy),
        "usageInfo": _address(signals.in_words(expected.base_url, "usageInfo"), expected),
    }


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _nodeinfo(site: Site, expected: Expected | None) -> Iterator[Sight]:
    if not isinstance(site.nodeinfo, Answer):
        yield Sight("S12", "aiPolicy", "NodeInfo", None, site.nodeinfo)
        return
    document = json_of(site.nodeinfo)
    metadata = document.get("metadata") if isinstance(document, dict) else None
    stated = metadata.get("aiPolicy") if isinstance(metadata, dict) else None
    stated = stated if isinstance(stated, dict) else {}
    usage = _text(stated.get("contentUsage"))
    heard = {
        "contentUsage": readers.usage(usage, structured(usage)),
        "contentSignal": readers.pairs(_text(stated.get("contentSignal"))),
        "tdmReservation": readers.single(signals.RESERVATION, _text(stated.get("tdmReservation"))),
    }
    wanted: dict[str, Wanted] = {}
    if expected is not None:
        wanted = {
            "contentUsage": signals.usage(expected.site, expected.floor),
            "contentSignal": signals.signal(expected.site, expected.floor),
            "tdmReservation": signals.site_reservation(expected.site, expected.floor),
        }
    for name, each in heard.items():
        yield Sight("S12", name, "NodeInfo", wanted.get(name), each)


def _links(site: Site, expected: Expected | None) -> Iterator[Sight]:
    for target, answer in (("page", site.page), ("media", site.media)):
        if expected is None or not isinstance(answer, Answer):
            continue
        found = readers.links(answer.headers.get("link"))
        terms = _address(signals.in_words(expected.base_url, signals.TERMS_OF_SERVICE), expected)
        yield Sight("S13", "terms-of-service", target, terms, readers.linked(found, signals.TERMS_OF_SERVICE))
        if expected.exact:
            licence = signals.one(signals.LICENSE, expected.licence_url or "")
            yield Sight("S13", "license", target, licence, readers.linked(found, signals.LICENSE))
            rsl = signals.one(signals.LICENSE, expected.rsl_url)
            yield Sight("S13", "license RSL", target, rsl, readers.linked(found, signals.LICENSE, MEDIA_TYPE))


def _words(site: Site, expected: Expected | None) -> Iterator[Sight]:
    if expected is None or not expected.exact:
        yield Sight(
            "S14", "in words", "ai-policy", None, Inapplicable("words are compared on our own pages alone")
        )
        return
    if isinstance(site.words, Unread):
        yield Sight("S14", "in words", "ai-policy", None, site.words)
        return
    text = readers.Head(text_of(site.words)).text if isinstance(site.words, Answer) else None
    wanted = signals.sentences(expected.site)
    yield Sight("S14", "in words", "ai-policy", wanted, readers.spoken(text, wanted.keys))
