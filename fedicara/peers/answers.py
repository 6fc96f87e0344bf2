"""The answers that other servers get, and the one that says nothing."""

import hashlib
import math
from functools import lru_cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from activitypub.activities import tombstone
from activitypub.document import Document, dumps
from activitypub.names import ACTIVITY_JSON
from fedicara.federation.signed.verify import Refusal
from fedicara.models import Tombstone
from fedicara.server import Server

VARY: Final = "Accept, Authorization, Cookie, Signature, Signature-Input"
_OPEN: Final = "public, max-age=60"
_PRIVATE: Final = "private, no-store"


def document(request: Request, body: bytes, *, private: bool = False) -> Response:
    """A document; for identified readers it is kept by nobody, for others it has an ETag."""
    if private:
        return _whole(body, {"cache-control": _PRIVATE, "vary": VARY})
    return tagged(request, body, ACTIVITY_JSON, {"cache-control": _OPEN, "vary": VARY})


def tagged(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """Bytes with an ETag, or 304 for who has them already."""
    tag = headers["etag"] = _tag(body)
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


@lru_cache(maxsize=256)
def _tag(body: bytes) -> str:
    """Bytes remember their own hash, so that a body which is kept is digested once."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _whole(body: bytes, headers: dict[str, str], status: int = 200) -> Response:
    return Response(body, status, headers, ACTIVITY_JSON)


def page(address: str) -> Response:
    """To the page for people (F-005)."""
    return RedirectResponse(address, 302, {"vary": VARY})


def absent() -> Response:
    """What an id that never existed gets, and everything the reader may not know of."""
    return _error(404, "There is nothing here.")


async def nowhere(request: Request) -> Response:
    """For addresses below ours that no id can have."""
    return absent()


def unsigned() -> Response:
    """To who must say who they are (F-305)."""
    return _error(401, "This can be read with a signed request only.")


def no_page() -> Response:
    """To who asks for a page of something that has none."""
    return _error(406, "This has no page; ask for application/activity+json.")


def refused(refusal: Refusal) -> Response:
    """The answer to a request that cannot be believed."""
    if refusal.status == 202:
        return Response(status_code=202)
    answer = _error(refusal.status, refusal.sentence, reason=refusal.reason)
    if refusal.wait:
        answer.headers["retry-after"] = str(math.ceil(refusal.wait))
    return answer


def _error(status: int, sentence: str, **more: Any) -> Response:
    return JSONResponse({"error": sentence, **more}, status, {"vary": VARY, "cache-control": _PRIVATE})


def problem(status: int, sentence: str) -> Response:
    """Any other refusal, in one sentence."""
    return _error(status, sentence)


async def gone_or_absent(server: Server, path: str) -> Response:
    """410 for what was public and is deleted, else the absent answer (F-302)."""
    stone = await Tombstone.get_or_none(uri=server.url(path))
    if stone is None or not stone.public:
        return absent()
    stated: Document = tombstone(stone.uri, stone.former_type, stone.deleted)
    return _whole(dumps(stated), {"vary": VARY, "cache-control": _OPEN}, 410)
