"""Ordered and plain collections: roots, pages, and reading them."""

from typing import Any, Final

from activitypub import document as documents
from activitypub.activities import bare
from activitypub.document import Document, id_of, same_origin, type_of
from activitypub.names import COLLECTION_CONTEXT, NOTE_CONTEXT

MAX_ITEMS: Final = 500
MAX_PAGES: Final = 10

_TYPES: Final = ("OrderedCollection", "Collection", "OrderedCollectionPage", "CollectionPage")
_ITEMS: Final = ("orderedItems", "items")

_ENVELOPE: Final = ("@context", "id", "type", "attributedTo")


def root(
    id: str, total: int | None, first: str | None, attributed_to: str | None, ordered: bool = True
) -> Document:
    """Return the root of a collection (F-260)."""
    stated: Document = {
        "@context": COLLECTION_CONTEXT,
        "id": id,
        "type": "OrderedCollection" if ordered else "Collection",
        "attributedTo": attributed_to,
        "totalItems": total,
        "first": first,
    }
    return {name: value for name, value in stated.items() if value is not None}


def root_envelope(document: Document) -> Document:
    """Return the part of a root that unsigned readers get: neither numbers nor pages (F-261)."""
    return {name: document[name] for name in _ENVELOPE if name in document}


def hidden(document: Document, *, total: bool) -> Document:
    """Return the part of a root that a hidden list keeps: its number at most, and no page (F-263)."""
    kept = {*_ENVELOPE, "totalItems"} if total else {*_ENVELOPE}
    return {name: value for name, value in document.items() if name in kept}


def page(
    id: str,
    part_of: str,
    items: list[Any],
    next: str | None = None,
    prev: str | None = None,
    ordered: bool = True,
) -> Document:
    """Return a page of ids, or of embedded documents as an outbox has them (F-260)."""
    embeds = any(isinstance(entry, dict) for entry in items)
    stated: Document = {
        "@context": NOTE_CONTEXT if embeds else COLLECTION_CONTEXT,
        "id": id,
        "type": "OrderedCollectionPage" if ordered else "CollectionPage",
        "partOf": part_of,
        "next": next,
        "prev": prev,
        "orderedItems" if ordered else "items": [bare(e) if isinstance(e, dict) else e for e in items],
    }
    return {name: value for name, value in stated.items() if value is not None}


def is_collection(document: Any) -> bool:
    """Say whether this is a collection or a page of one."""
    return type_of(document, _TYPES) is not None


def is_embedded(value: Any) -> bool:
    """Say whether a collection stands here itself, with items or pages, rather than its address alone."""
    return isinstance(value, dict) and any(name in value for name in ("first", *_ITEMS))


def items_of(document: Document) -> list[Any]:
    """Return at most 500 items of a received collection or page, ordered or not (F-266, F-356).

    Where the document itself holds none, those of a `first` page that is embedded; a page given by its address is
    for the caller to read.
    """
    for source in (document, _embedded_first(document)):
        for name in _ITEMS:
            found = documents.items(source.get(name))
            if found:
                return found[:MAX_ITEMS]
    return []


def next_of(document: Document, collection: str) -> str | None:
    """Return the address of the page that follows, on the host of the collection, or None (F-266).

    After a page comes what it names as `next`; after a root its `first`, or what an embedded first names as `next`.
    """
    first = _embedded_first(document)
    if "next" in document or "first" not in document:
        following = id_of(document.get("next"))
    elif "next" in first or any(name in first for name in _ITEMS):
        following = id_of(first.get("next"))
    else:
        following = id_of(document["first"])
    return following if following and same_origin(following, collection) else None


def _embedded_first(document: Document) -> Document:
    first = document.get("first")
    return first if isinstance(first, dict) else {}
