"""Notes and their pictures, between documents and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from activitypub import interactions, mediums
from activitypub.document import (
    Document,
    format_time,
    id_of,
    ids,
    items,
    same_origin,
    text,
    timestamp,
    type_of,
    url_of,
)
from activitypub.emojis import Emoji
from activitypub.emojis import read as read_emojis
from activitypub.errors import MalformedDocument
from activitypub.interactions import Rules
from activitypub.keys import base58_encode
from activitypub.names import NOTE_CONTEXT
from activitypub.policy_terms import read_terms
from activitypub.quotes import quoted_by

MAX_ATTACHMENTS: Final = 16
LEADS: Final = 4
"""How many pictures of a post much other software keeps: the first ones (F-052)."""

_ATTACHMENT_TYPES: Final = ("Image", "Document", "Video", "Audio")
_TAG_TYPES: Final = ("Hashtag", "Mention", "Emoji")
_MAX_TAGS: Final = 200
_MAX_CONTENT: Final = 200_000
_MAX_ALT: Final = 10_000
_MAX_WHOLE: Final = 2**53


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag (`#name`), a mention (`@user@domain`, `href` the actor's id) or a custom emoji."""

    type: str
    name: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture of a Note.

    `name` is the alt text, `width` and `height` are pixels, `size` bytes, `focal_point` two numbers from -1 to 1,
    `position` counts from 1 in the artist's order.
    """

    url: str
    media_type: str = ""
    name: str = ""
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focal_point: tuple[float, float] = (0.0, 0.0)
    size: int | None = None
    digest_multibase: str | None = None
    position: int | None = None
    license: str | None = None
    license_url: str | None = None
    digital_source_type: str | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many like and how many boosted one of our posts."""

    likes: int
    shares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A post.

    `content` is HTML, of a received Note untrusted; `name` and `summary` are plain text; `language` is a BCP 47 tag;
    `source` is what was typed, in Markdown; `project` is the id of the project it belongs to, or stands for;
    `counts` belongs to our own Notes and adds the collections below their ids; `direct` marks a direct message;
    `medium` holds keys of the vocabulary of media; `interactions` says who may like, answer, boost and quote it; `quote` is the id of what a received Note quotes,
    `quote_approval` that of its author's consent; `terms` holds the policy terms.
    """

    id: str
    attributed_to: str
    url: str | None = None
    name: str = ""
    content: str = ""
    summary: str = ""
    sensitive: bool = False
    language: str | None = None
    source: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str | None = None
    quote: str | None = None
    context: str | None = None
    project: str | None = None
    counts: Counts | None = None
    license: str | None = None
    license_url: str | None = None
    direct: bool = False
    emojis: tuple[Emoji, ...] = ()
    interactions: Rules = field(default_factory=dict)
    quote_approval: str | None = None
    medium: tuple[str, ...] = ()
    terms: Mapping[str, Any] = field(default_factory=dict)


def digest_multibase(sha256: bytes) -> str:
    """Return a SHA-256 digest as `z` and base58btc of its multihash (F-059, FEP-1311)."""
    return "z" + base58_encode(b"\x12\x20" + sha256)


def render(note: Note) -> Document:
    """Return the document of a Note (F-050 to F-074), pictures in the order given: leads first (F-052)."""
    stated: Document = {
        "@context": NOTE_CONTEXT,
        "id": note.id,
        "type": "Note",
        "url": note.url,
        "attributedTo": note.attributed_to,
        "to": list(note.to),
        "cc": list(note.cc),
        **_render_text(note),
        "attachment": [_render_attachment(entry) for entry in note.attachments],
        "tag": [_present({"type": t.type, "name": t.name, "href": t.href}) for t in note.tags],
        "interactionPolicy": interactions.render(note.interactions) or None,
        "inReplyTo": note.in_reply_to,
        "context": note.context,
        "conversation": note.context,
        "medium": list(note.medium) or None,
        "project": note.project,
        **_render_collections(note),
        "directMessage": note.direct or None,
        "license": note.license,
        "schema:license": note.license_url,
        **note.terms,
    }
    return _present(stated)


def _present(stated: Document) -> Document:
    return {name: value for name, value in stated.items() if value is not None}


def _render_collections(note: Note) -> Document:
    """Return the address of the replies, and the totals that Mastodon reads (F-070)."""
    if note.counts is None:
        return {}
    totals = {"likes": note.counts.likes, "shares": note.counts.shares}
    return {
        "replies": f"{note.id}/replies",
        **{
            name: {"id": f"{note.id}/{name}", "type": "Collection", "totalItems": total}
            for name, total in totals.items()
        },
    }


def _render_text(note: Note) -> Document:
    return {
        "published": format_time(note.published) if note.published else None,
        "updated": format_time(note.updated) if note.updated else None,
        # On a reply, other servers may take a name for a vote in a poll (F-063).
        "name": note.name if note.name and note.in_reply_to is None else None,
        "summary": note.summary or None,
        "sensitive": note.sensitive,
        "content": note.content,
        "contentMap": {note.language: note.content} if note.language else None,
        "source": {"content": note.source, "mediaType": "text/markdown"} if note.source is not None else None,
    }


def _render_attachment(entry: Attachment) -> Document:
    return _present(
        {
            "type": "Image",
            "mediaType": entry.media_type,
            "url": entry.url,
            "name": entry.name or None,
            "width": entry.width,
            "height": entry.height,
            "blurhash": entry.blurhash,
            "focalPoint": list(entry.focal_point),
            "size": entry.size,
            "digestMultibase": entry.digest_multibase,
            "position": entry.position,
            "license": entry.license,
            "schema:license": entry.license_url,
            "digitalSourceType": entry.digital_source_type,
            **entry.terms,
        }
    )


def parse(document: Document) -> Note:
    """Return what a received document says of a Note, or raise MalformedDocument (F-014, F-077).

    Needed are an id, the type Note and an author; everything else that has the wrong shape counts as absent.
    Whether the author may speak at this id is for the caller to check.
    """
    note_id, authors = id_of(document), ids(document.get("attributedTo"))
    if note_id is None or type_of(document, {"Note"}) is None or not authors:
        raise MalformedDocument("A Note needs an id, its type, and an author.")
    reply = id_of(next(iter(items(document.get("inReplyTo"))), None))
    return Note(
        id=note_id,
        attributed_to=authors[0],
        url=url_of(document.get("url")),
        to=tuple(ids(document.get("to"))),
        cc=tuple(ids(document.get("cc"))),
        published=timestamp(document.get("published")),
        updated=timestamp(document.get("updated")),
        tags=_parse_tags(document.get("tag")),
        attachments=_parse_attachments(document.get("attachment")),
        in_reply_to=reply,
        context=_phrase(document.get("context")) or _phrase(document.get("conversation")),
        medium=mediums.read(document.get("medium")),
        project=_own(note_id, document.get("project")),
        direct=document.get("directMessage") is True,
        license=_phrase(document.get("license")),
        license_url=_phrase(document.get("schema:license")),
        emojis=read_emojis(document.get("tag"), note_id),
        interactions=interactions.read(document.get("interactionPolicy")),
        quote=quoted_by(document),
        quote_approval=id_of(document.get("quoteAuthorization")),
        terms=read_terms(document),
        **_parse_text(document),
    )


def _own(note_id: str, value: Any) -> str | None:
    """Return an address on the Note's own host; a project lives where its works do."""
    address = id_of(value)
    return address if address and same_origin(note_id, address) else None


def _phrase(value: Any, limit: int = 2048) -> str | None:
    return text(value, limit) or None


def _parse_text(document: Document) -> dict[str, Any]:
    content, language = _parse_content(document)
    source = document.get("source")
    return {
        "name": text(document.get("name"), 1024),
        "content": content,
        "summary": text(document.get("summary"), 4096),
        "sensitive": document.get("sensitive") is True,
        "language": language,
        "source": _phrase(source.get("content"), _MAX_CONTENT) if isinstance(source, dict) else None,
    }


def _parse_content(document: Document) -> tuple[str, str | None]:
    """Return the content and its language: the one whose translation equals it, else the first stated."""
    stated = document.get("contentMap")
    by_language = stated if isinstance(stated, dict) else {}
    content = document.get("content") or next(iter(by_language.values()), None)
    same = (language for language, translated in by_language.items() if translated == content)
    return text(content, _MAX_CONTENT), _phrase(next(same, next(iter(by_language), None)), 35)


def _parse_tags(value: Any) -> tuple[Tag, ...]:
    found = []
    for entry in items(value)[:_MAX_TAGS]:
        kind = type_of(entry, _TAG_TYPES)
        name = text(entry.get("name"), 512) if kind else ""
        if kind and name:
            found.append(Tag(kind, name, url_of(entry.get("href"))))
    return tuple(found)


def _parse_attachments(value: Any) -> tuple[Attachment, ...]:
    known = [entry for entry in items(value) if type_of(entry, _ATTACHMENT_TYPES)]
    parsed = [found for entry in known[:MAX_ATTACHMENTS] if (found := _parse_attachment(entry))]
    if parsed and all(entry.position is not None for entry in parsed):
        parsed.sort(key=lambda entry: entry.position or 0)
    return tuple(parsed)


def _parse_attachment(entry: Document) -> Attachment | None:
    url = url_of(entry.get("url", entry.get("href")))
    if url is None:
        return None
    return Attachment(
        url=url,
        media_type=_media_type(entry),
        name=text(entry.get("summary"), _MAX_ALT) or text(entry.get("name"), _MAX_ALT),
        width=_whole(entry.get("width")),
        height=_whole(entry.get("height")),
        blurhash=_phrase(entry.get("blurhash"), 128),
        focal_point=_focal_point(entry.get("focalPoint")),
        size=_whole(entry.get("size")),
        digest_multibase=_phrase(entry.get("digestMultibase"), 128),
        position=_whole(entry.get("position")),
        license=_phrase(entry.get("license")),
        license_url=_phrase(entry.get("schema:license")),
        digital_source_type=_phrase(entry.get("digitalSourceType")),
        terms=read_terms(entry),
    )


def _media_type(entry: Document) -> str:
    """Return the stated media type, else that of the first Link in `url`."""
    links = [link for link in items(entry.get("url")) if isinstance(link, dict)]
    return text([found.get("mediaType") for found in (entry, *links)], 128).lower()


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < _MAX_WHOLE else None


def _focal_point(value: Any) -> tuple[float, float]:
    numbers = [float(n) for n in items(value) if type(n) in (int, float) and abs(n) <= 1]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0.0, 0.0)
