"""Which paths of the server give pages, pictures and feeds, and which stay open to everybody (P-106, P-207 to P-209)."""

import re
from functools import lru_cache
from typing import Final

from policies.verdict import Surface

OPEN_PATHS: Final = (
    "/.well-known/",
    "/nodeinfo/",
    "/policies/",
    "/robots.txt",
    "/ai-policy",
    "/license.xml",
    "/sitemap.xml",
    "/favicon.ico",
    "/static/",
    "/metrics",
    "/health",
)
"""Statements, files every page needs, and what machines of the operator ask: never judged and never limited."""

ACTIVITYPUB_PATHS: Final = (
    "/actors/",
    "/objects/",
    "/activities/",
    "/projects/",
    "/approvals/",
    "/contexts/",
    "/fedicara/",
    "/inbox",
    "/actor",
)
API_PATHS: Final = ("/api/", "/oauth/")
MEDIA_PATHS: Final = ("/media/", "/proxy/", "/emoji/")
_FEED: Final = re.compile(r"/(@[^/]+|tags/[^/]+|feed)(\.rss|\.atom|/feed\.json)$|/@[^/]+\.json$")


@lru_cache(4_096)
def surface_of(path: str) -> Surface:
    """Return the class of a path; whatever is not known to be something else is a page."""
    if _below(path, OPEN_PATHS):
        return Surface.OPEN
    if _below(path, ACTIVITYPUB_PATHS):
        return Surface.ACTIVITYPUB
    if _below(path, API_PATHS):
        return Surface.API
    if _below(path, MEDIA_PATHS):
        return Surface.MEDIA
    return Surface.FEED if _FEED.match(path) else Surface.HTML


def _below(path: str, known: tuple[str, ...]) -> bool:
    """Whether the path is one of these, or below one that ends with a slash or stands for a folder."""
    return any(path.startswith(each) if each.endswith("/") else _is_or_below(path, each) for each in known)


def _is_or_below(path: str, known: str) -> bool:
    return path == known or (known in ("/inbox", "/actor") and path.startswith(f"{known}/"))
