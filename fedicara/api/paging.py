"""Which part of a list an app wants, and the links to the next."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlencode

from fedicara.api.resource import Call
from fedicara.reads.views import Page

MOST = 40
_CURSORS = ("max_id", "since_id", "min_id")


def page(call: Call, default: int = 20) -> Page:
    """The page asked for; rubbish gives the default (A-021)."""
    query = call.request.query_params
    if not query:
        return Page(limit=default)
    cursors = {name: _number(query.get(name, "")) for name in _CURSORS}
    limit = _number(query.get("limit", ""))
    return Page(limit=default if limit is None else min(max(limit, 1), MOST), **cursors)


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def link(call: Call, cursors: Sequence[int]) -> dict[str, str]:
    """The Link header for a page with these cursors, newest first (A-022)."""
    if not cursors:
        return {}
    kept = [(name, value) for name, value in call.request.query_params.multi_items() if name not in _CURSORS]
    address = call.server.url(call.request.scope["path"])
    return {"Link": _links(address, tuple(kept), cursors[0], cursors[-1])}


@lru_cache(maxsize=256)
def _links(address: str, kept: tuple[tuple[str, str], ...], newest: int, oldest: int) -> str:
    older = urlencode([*kept, ("max_id", str(oldest))])
    newer = urlencode([*kept, ("min_id", str(newest))])
    return f'<{address}?{older}>; rel="next", <{address}?{newer}>; rel="prev"'
