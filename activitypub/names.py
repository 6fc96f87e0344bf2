"""Media types, contexts, policy terms, and Public in its three spellings."""

import re
from typing import Any, Final

AS: Final = "https://www.w3.org/ns/activitystreams"
PUBLIC: Final = f"{AS}#Public"
PUBLIC_SPELLINGS: Final = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = "application/ld+json"
LD_JSON_AS: Final = f'{LD_JSON}; profile="{AS}"'
ACCEPT: Final = f"{ACTIVITY_JSON}, {LD_JSON_AS}"

RFC_9421: Final = "https://datatracker.ietf.org/doc/html/rfc9421"
# Our own terms (F-421). To be registered, or changed here, before the first release.
FEDICARA: Final = "https://w3id.org/fedicara/ns#"
PROJECTS: Final = f"{FEDICARA}projects"

POLICY_TERMS: Final = (
    "contentUsage",
    "contentSignal",
    "tdmReservation",
    "tdmPolicy",
    "dataMining",
    "usageInfo",
)

_PROFILE = re.compile(r';\s*profile\s*=\s*(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_DOCUMENT_RANGES = frozenset({ACTIVITY_JSON, LD_JSON, "application/json"})
_PAGE_RANGES = frozenset({"text/html", "application/xhtml+xml", "text/*", "*/*"})


def _address(iri: str) -> dict[str, str]:
    """Return the definition of a term whose value is an address."""
    return {"@id": iri, "@type": "@id"}


# `http://schema.org#` is spelled as Mastodon spells it, or compaction differs (P-147).
_POLICY: Final[dict[str, Any]] = {
    "schema": "http://schema.org#",
    "usageInfo": _address("schema:usageInfo"),
    "tdm": "http://www.w3.org/ns/tdmrep#",
    "tdmReservation": "tdm:reservation",
    "tdmPolicy": _address("tdm:policy"),
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "dataMining": _address("plus:DataMining"),
    "aiup": "https://w3id.org/fep/1e38/",
    "contentUsage": "aiup:contentUsage",
    "contentSignal": "aiup:contentSignal",
}
# What our own terms mean, for the page and the context document at their namespace (F-421).
OWN_TERMS: Final[dict[str, tuple[Any, str]]] = {
    "projects": (
        _address("fedicara:projects"),
        "Of an actor: the collection of their public projects, newest first.",
    ),
    "project": (
        _address("fedicara:project"),
        "Of a post: the project it belongs to, or stands for as its cover.",
    ),
    "sections": (
        {"@id": "fedicara:sections", "@container": "@list"},
        "Of a project: the texts between its works, each with after and content (HTML).",
    ),
    "after": ("fedicara:after", "Of a section: how many items of the project stand before it."),
    "position": (
        "fedicara:position",
        "Of a picture of a post: its place in the artist's order, counted from 1.",
    ),
    "medium": (
        "fedicara:medium",
        "Of a post: what the work was made with, one key of the vocabulary or several.",
    ),
}


def _own(*names: str) -> dict[str, Any]:
    """Return the definitions of some of our own terms, with their prefix."""
    return {"fedicara": FEDICARA, **{name: OWN_TERMS[name][0] for name in names}}


_SHARED: Final[dict[str, Any]] = {
    **_POLICY,
    "toot": "http://joinmastodon.org/ns#",
    "gts": "https://gotosocial.org/ns#",
    "sec": "https://w3id.org/security#",
}
_ACTOR: Final[dict[str, Any]] = {
    **_SHARED,
    "featured": _address("toot:featured"),
    "featuredTags": _address("toot:featuredTags"),
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "suspended": "toot:suspended",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "alsoKnownAs": _address("as:alsoKnownAs"),
    "movedTo": _address("as:movedTo"),
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "implements": {**_address("https://w3id.org/fep/844e/implements"), "@container": "@list"},
    "Multikey": "sec:Multikey",
    "assertionMethod": _address("sec:assertionMethod"),
    "controller": _address("sec:controller"),
    "publicKeyMultibase": "sec:publicKeyMultibase",
    "hidesToPublicFromUnauthedWeb": "gts:hidesToPublicFromUnauthedWeb",
    "hidesCcPublicFromUnauthedWeb": "gts:hidesCcPublicFromUnauthedWeb",
    "misskey": "https://misskey-hub.net/ns#",
    "requireSigninToViewContents": "misskey:requireSigninToViewContents",
    **_own("projects"),
}
_NOTE: Final[dict[str, Any]] = {
    **_SHARED,
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "digitalSourceType": _address("Iptc4xmpExt:DigitalSourceType"),
    "blurhash": "toot:blurhash",
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "Emoji": "toot:Emoji",
    "sensitive": "as:sensitive",
    "Hashtag": "as:Hashtag",
    "ostatus": "http://ostatus.org#",
    "conversation": "ostatus:conversation",
    "litepub": "http://litepub.social/ns#",
    "directMessage": "litepub:directMessage",
    "digestMultibase": "sec:digestMultibase",
    "pt": "https://joinpeertube.org/ns#",
    "size": "pt:size",
    "pixelfed": "http://pixelfed.org/ns#",
    "license": "pixelfed:license",
    "interactionPolicy": _address("gts:interactionPolicy"),
    "canQuote": _address("gts:canQuote"),
    "automaticApproval": _address("gts:automaticApproval"),
    "manualApproval": _address("gts:manualApproval"),
    **_own("position", "project", "medium"),
}
_PROJECT: Final[dict[str, Any]] = {
    **_POLICY,
    "pixelfed": "http://pixelfed.org/ns#",
    "license": "pixelfed:license",
    **_own("sections", "after"),
}
_FEP_044F: Final = "https://w3id.org/fep/044f#"
_QUOTE: Final[dict[str, Any]] = {
    "gts": _SHARED["gts"],
    "QuoteRequest": f"{_FEP_044F}QuoteRequest",
    "QuoteAuthorization": f"{_FEP_044F}QuoteAuthorization",
    "interactingObject": _address("gts:interactingObject"),
    "interactionTarget": _address("gts:interactionTarget"),
}

ACTOR_CONTEXT: Final[list[Any]] = [AS, "https://w3id.org/security/v1", _ACTOR]
NOTE_CONTEXT: Final[list[Any]] = [AS, _NOTE]
ACTIVITY_CONTEXT: Final[list[Any]] = [AS]
COLLECTION_CONTEXT: Final[list[Any]] = [AS]
PROJECT_CONTEXT: Final[list[Any]] = [AS, _PROJECT]
OWN_CONTEXT: Final[dict[str, Any]] = _own(*OWN_TERMS)
TAGS_CONTEXT: Final[list[Any]] = [AS, {"Hashtag": "as:Hashtag"}]
QUOTE_CONTEXT: Final[list[Any]] = [AS, _QUOTE]


def is_activity_type(content_type: str) -> bool:
    """Say whether an answer of this Content-Type may be believed as ActivityStreams (F-341).

    Only `application/activity+json`, and `application/ld+json` with the ActivityStreams profile, count.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == ACTIVITY_JSON:
        return True
    profile = _PROFILE.search(content_type)
    return media_type == LD_JSON and profile is not None and AS in (profile[1] or profile[2] or "").split()


def wants_document(accept: str | None) -> bool:
    """Say whether an Accept header asks for the document rather than the page (F-005, RFC 9110 section 12.5.1).

    The higher quality wins; of equal ones the one named first. A missing header and `*/*` alone mean the page.
    """
    best, wants = 0.0, False
    for entry in _QUOTED.sub("", accept or "").split(",")[:64]:
        media_type = entry.partition(";")[0].strip().lower()
        if media_type not in _DOCUMENT_RANGES and media_type not in _PAGE_RANGES:
            continue
        stated = _QUALITY.search(entry)
        quality = float(stated[1]) if stated else 1.0
        if quality > best:
            best, wants = quality, media_type in _DOCUMENT_RANGES
    return wants
