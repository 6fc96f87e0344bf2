"""Posts of other kinds than Note, read as what a Note can show: title, text, link and preview picture (F-078)."""

import html
from typing import Any, Final

from activitypub.document import Document, id_of, items, text, type_of, url_of
from activitypub.works import Note, parse

__all__ = ["CONVERTED", "MAX_OPTIONS", "POST_TYPES", "is_vote", "read"]

CONVERTED: Final = ("Article", "Page", "Video", "Audio", "Image", "Event", "Question")
POST_TYPES: Final = ("Note", *CONVERTED)
MAX_OPTIONS: Final = 500

_PICTURES: Final = ("Image", "Document")
_MAX_TEXT: Final = 200_000
_PLAIN_TYPES: Final = ("text/plain", "text/markdown")
_MAX_WHOLE: Final = 2**53


def read(document: Document) -> Note:
    """Return the post in a document of any of POST_TYPES as a Note, or raise MalformedDocument (F-078).

    Title, text, the link to the page for people, and pictures: those attached, else the preview. A Question keeps its
    text and lists its options with their results. The summary of other kinds is their text, not a warning. Where people
    and groups are named as authors, the first person is the author (F-406).
    """
    kind = type_of(document, POST_TYPES)
    plain = document | {"attributedTo": _author(document.get("attributedTo"))}
    if kind == "Question":
        plain |= {"type": "Note", "content": _poll(document), "contentMap": None}
    elif kind != "Note" and kind is not None:
        plain |= _converted(document, kind)
    return parse(plain)


def is_vote(note: Note) -> bool:
    """Whether this is a vote in a poll: the name of an option as a reply, nothing else (F-079)."""
    return bool(note.name and note.in_reply_to) and not (note.content or note.attachments)


def _author(value: Any) -> Any:
    """The first person among the authors, else whoever is named first."""
    stated = items(value)
    return next((entry for entry in stated if type_of(entry, {"Person"})), stated[0] if stated else None)


def _converted(document: Document, kind: str) -> Document:
    page = _page(document)
    link = f'<p><a href="{html.escape(page)}">{html.escape(page)}</a></p>' if page else ""
    return {
        "type": "Note",
        "url": page,
        "content": _words(document) + link,
        "contentMap": None,
        "summary": None,
        "attachment": _pictures(document, kind),
    }


def _page(document: Document) -> str | None:
    """The address for people: of several the one that says it is a page, else the first, else the id."""
    links = [link for link in items(document.get("url")) if isinstance(link, dict)]
    pages = [link for link in links if link.get("mediaType") == "text/html"]
    return url_of(pages) or url_of(document.get("url")) or id_of(document)


def _words(document: Document) -> str:
    """The summary, else the whole text, as HTML."""
    summary = text(document.get("summary"), _MAX_TEXT)
    content = summary or text(document.get("content"), _MAX_TEXT)
    if not summary and document.get("mediaType") in _PLAIN_TYPES:
        content = html.escape(content)
    return content if content.lstrip().startswith("<") or not content else f"<p>{content}</p>"


def _pictures(document: Document, kind: str) -> list[Document]:
    """What is attached as a picture, else the preview; an Image is its own."""
    if kind == "Image":
        return [document]
    attached = [entry for entry in items(document.get("attachment")) if _is_picture(entry)]
    return attached or _preview(document)


def _is_picture(entry: Any) -> bool:
    media_type = text(entry.get("mediaType"), 128) if isinstance(entry, dict) else ""
    return type_of(entry, _PICTURES) is not None and media_type.partition("/")[0] in ("", "image")


def _preview(document: Document) -> list[Document]:
    """The widest of the first kind of preview there is."""
    for name in ("image", "icon", "preview"):
        stated = [entry for entry in items(document.get(name)) if url_of(entry)]
        if stated:
            return [_picture(max(stated, key=_width))]
    return []


def _picture(entry: Any) -> Document:
    stated = entry if isinstance(entry, dict) else {}
    return {**stated, "type": "Image", "url": url_of(entry)}


def _width(entry: Any) -> int:
    width = entry.get("width") if isinstance(entry, dict) else 0
    return width if type(width) is int else 0


def _poll(document: Document) -> str:
    """The question and its options with how many chose each."""
    options = [*items(document.get("oneOf")), *items(document.get("anyOf"))][:MAX_OPTIONS]
    lines = "".join(_option(entry) for entry in options if isinstance(entry, dict))
    return text(document.get("content"), _MAX_TEXT) + (f"<ul>{lines}</ul>" if lines else "")


def _option(entry: Document) -> str:
    replies = entry.get("replies")
    votes = replies.get("totalItems") if isinstance(replies, dict) else None
    count = f": {votes}" if type(votes) is int and 0 <= votes < _MAX_WHOLE else ""
    return f"<li>{html.escape(text(entry.get('name'), 512))}{count}</li>"
