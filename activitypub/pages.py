"""HTML pages of other servers: the one link in their head that names the document (F-006, F-351)."""

from contextlib import suppress
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from activitypub.document import id_of
from activitypub.names import is_activity_type

MAX_HTML: Final = 128 * 1024

_SILENT: Final = frozenset({"title", "script", "style", "noscript", "template"})
_HEAD: Final = frozenset({"html", "head", "meta", "link", "base"}) | _SILENT


class _Over(Exception):
    """The head ended: whatever stands below is somebody's text."""


class _Head(HTMLParser):
    """Reads the links of a head, and stops where anything begins that stands in none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the first link to a document of ActivityStreams."""
        if tag not in _HEAD:
            raise _Over
        if tag in _SILENT:
            self._within = tag
        stated = {name: value or "" for name, value in attrs}
        if tag == "link" and not self._within and _is_alternate(stated):
            self.found = stated.get("href", "")
            raise _Over

    def handle_endtag(self, tag: str) -> None:
        """The head is over, or something without links in it."""
        if tag == "head":
            raise _Over
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        """Text stands in no head."""
        if data.strip() and not self._within:
            raise _Over


def _is_alternate(stated: dict[str, str]) -> bool:
    return "alternate" in stated.get("rel", "").lower().split() and is_activity_type(stated.get("type", ""))


def alternate(html: str, address: str) -> str | None:
    """Return the id that a page names as its document, or None; `address` is where the page was found.

    At most the first 128 KiB are read, and none of it twice: Python's parser takes a time that grows with the
    square of what is left open when it is told that nothing follows, so it is not told.
    """
    head = _Head()
    # The parser asserts what pages need not keep, as in `<![`.
    with suppress(_Over, AssertionError):
        head.feed(html[:MAX_HTML])
    try:
        return id_of(urljoin(address, head.found)) if head.found else None
    except ValueError:
        return None
