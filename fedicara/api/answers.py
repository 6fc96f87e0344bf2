"""How the API answers: JSON, its headers, its errors."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from fedicara.actions.errors import ActionError, Forbidden, Invalid, NoRoom, NotFound, TooLarge, TooMany
from fedicara.actions.forms import FormError, FormTooLargeError
from fedicara.api.parameters import BodyError, BodyTooLargeError

HEADERS = {
    "Cache-Control": "private, no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Deprecation",
}
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
NOTHING = "There is nothing here, or nothing you may see."

_STATUS: Mapping[type[Exception], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 422,
    TooMany: 429,
    TooLarge: 413,
    NoRoom: 507,
    BodyTooLargeError: 413,
    FormTooLargeError: 413,
    BodyError: 400,
    FormError: 400,
}
ERRORS = (ActionError, BodyError, FormError)


class Unauthorised(ActionError):
    """No token, or a dead one, where one is needed (A-011)."""

    sentence = "This needs a bearer token that is still valid."


class PersonNeeded(Unauthorised):
    """Nobody is signed in, where the place asks for that (P-207); apps know this sentence."""

    sentence = "This method requires an authenticated user"


def json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; bytes are JSON already."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return Response(body, status, {**HEADERS, **(headers or {})}, "application/json; charset=utf-8")


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """An error answer (A-010)."""
    return json({"error": sentence, **more}, status, headers)


def explain(error: Exception) -> Response:
    """The answer for an action that was not done, or a body that cannot be read."""
    if isinstance(error, Unauthorised):
        return refusal(401, error.sentence, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, Invalid):
        return invalid(error.field, error.sentence)
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 422)
    sentence = error.sentence if isinstance(error, ActionError) else str(error)
    return refusal(status, sentence)


def invalid(field: str, sentence: str) -> Response:
    """A wrong field (A-014); the Pixelfed app reads `errors.file` for a picture (A-104)."""
    code = "ERR_BLANK" if re.search(r"\bmissing\b", sentence) else "ERR_INVALID"
    more: dict[str, Any] = {"details": {field: [{"error": code, "description": sentence}]}}
    if field == "file":
        more["errors"] = {"file": [sentence]}
    return refusal(422, sentence, **more)
