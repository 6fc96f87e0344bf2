"""Which part of a file a request asks for, and whether it has the file already (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import AsyncIterator
from typing import Final

_ONE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*")
_UNIT: Final = "bytes="


class Unsatisfiable(Exception):
    """No byte of the file is in the range, or it is written wrongly."""


def part(stated: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range asked for; None for the whole file, also where several are asked for.

    Several ranges are never answered as such: small ones in large numbers cost more than the file (DOS-14).
    """
    if stated is None or not stated.startswith(_UNIT) or "," in stated:
        return None
    found = _ONE.fullmatch(stated)
    if found is None:
        raise Unsatisfiable
    first, last, length = found.groups()
    if length is not None:
        start, end = max(0, size - int(length)), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if start > end or (last and int(last) < start):
        raise Unsatisfiable
    return start, end


def has(stated: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names this file; weak tags count here, and a star does (13.1.2)."""
    named = [each.strip().removeprefix("W/") for each in (stated or "").split(",")]
    return "*" in named or etag in named


def may_be_part(if_range: str | None, etag: str) -> bool:
    """Whether a part fits what the request holds; a date never does, since none is said (13.1.5)."""
    return if_range is None or if_range.strip() == etag


async def between(chunks: AsyncIterator[bytes], first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes from the first to the last of a file that comes in pieces."""
    place = 0
    async for chunk in chunks:
        piece = chunk[max(0, first - place) : last + 1 - place]
        place += len(chunk)
        if piece:
            yield piece
        if place > last:
            return
