"""Whether a page's address was asked for its ActivityPub document."""

from starlette.requests import Request

_DOCUMENT = ("application/activity+json", "application/ld+json")


def wants_document(request: Request) -> bool:
    """Whether the first type that is asked for is a document: what servers send and no browser does."""
    first = request.headers.get("accept", "").partition(",")[0]
    return first.partition(";")[0].strip().lower() in _DOCUMENT
