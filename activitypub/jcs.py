"""JSON in its one canonical spelling (RFC 8785), which signatures inside documents are made over."""

from decimal import Decimal
from math import inf, isfinite
from typing import Any, Final

import orjson

from activitypub.document import MAX_DEPTH
from activitypub.errors import MalformedDocument

_EXACT: Final = 2**53


def canonical(value: Any) -> bytes:
    """Return a JSON value's canonical bytes, or raise MalformedDocument.

    Refused are numbers that are not finite, half surrogates and more than 64 levels of nesting.
    """
    return _text(value, 1).encode()


def _text(value: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise MalformedDocument(f"The document nests more than {MAX_DEPTH} deep.")
    if isinstance(value, dict):
        names = sorted(value, key=_utf16)
        return "{" + ",".join(f"{_string(name)}:{_text(value[name], depth + 1)}" for name in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(entry, depth + 1) for entry in value) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return _number(value)


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", errors="surrogatepass")


def _string(value: str) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise MalformedDocument("A text holds half a character.") from error


def _number(value: int | float) -> str:
    """Return a number as ECMAScript prints it (RFC 8785 section 3.2.2.3)."""
    if isinstance(value, int) and abs(value) <= _EXACT:
        return str(value)
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise MalformedDocument("A number is too large.")
    if number == 0:
        return "0"
    return ("-" if number < 0 else "") + _positive(abs(number))


def _positive(number: float) -> str:
    _, stated, exponent = Decimal(repr(number)).normalize().as_tuple()
    digits, point = "".join(map(str, stated)), len(stated) + int(exponent)
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
