"""Quotes with their author's consent: requests, answers and approvals (FEP-044f, F-252)."""

from dataclasses import dataclass
from typing import Any, Final

from activitypub.document import Document, id_of, same_origin, type_of
from activitypub.errors import MalformedDocument
from activitypub.names import QUOTE_CONTEXT

__all__ = ["Request", "accept", "approves", "authorization", "quoted_by", "read_request", "reject"]

_QUOTED: Final = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks to quote a post (`quoted`) in another (`instrument`)."""

    id: str
    actor: str
    quoted: str
    instrument: str


def quoted_by(document: Document) -> str | None:
    """Return the id of what a post quotes, in the words of FEP-044f or in older ones."""
    return next((found for name in _QUOTED if (found := id_of(document.get(name)))), None)


def read_request(document: Document) -> Request:
    """Return what a received QuoteRequest asks, or raise MalformedDocument."""
    names = ("id", "actor", "object", "instrument")
    found = [id_of(document if name == "id" else document.get(name)) for name in names]
    if not all(found):
        raise MalformedDocument("A QuoteRequest needs an id, an actor, an object and an instrument.")
    return Request(*(each or "" for each in found))


def authorization(approval_id: str, author: str, quoting: str, quoted: str) -> Document:
    """Return the approval of one quote by the author of what is quoted."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": approval_id,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }


def approves(document: Document, author: str, quoting: str, quoted: str) -> bool:
    """Say whether a document, read at its id, is the approval by this author of exactly this quote (MOD-07)."""
    stated = {
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }
    return (
        type_of(document, {"QuoteAuthorization"}) is not None
        and same_origin(id_of(document) or "", author)
        and all(id_of(document.get(name)) == wanted for name, wanted in stated.items())
    )


def accept(author: str, request: Request, activity_id: str, approval_id: str) -> Document:
    """Return the Accept of a request, with the approval's id as its result (F-244)."""
    return _answer("Accept", author, request, activity_id) | {"result": approval_id}


def reject(author: str, request: Request, activity_id: str) -> Document:
    """Return the Reject of a request."""
    return _answer("Reject", author, request, activity_id)


def _answer(kind: str, author: str, request: Request, activity_id: str) -> Document:
    asked: dict[str, Any] = {
        "id": request.id,
        "type": "QuoteRequest",
        "actor": request.actor,
        "object": request.quoted,
        "instrument": request.instrument,
    }
    return {
        "@context": QUOTE_CONTEXT,
        "id": activity_id,
        "type": kind,
        "actor": author,
        "object": asked,
        "to": [request.actor],
    }
