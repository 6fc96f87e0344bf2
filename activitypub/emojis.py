"""Custom emoji in the tags of posts and actors (F-067)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from activitypub.document import id_of, items, same_origin, text, timestamp, type_of, url_of

__all__ = ["SHORTCODE", "Emoji", "read"]

SHORTCODE: Final = re.compile(r":([A-Za-z0-9_+-]{1,2048}):")
_MAX_TAGS: Final = 200
_MAX_EMOJIS: Final = 50


@dataclass(frozen=True, slots=True)
class Emoji:
    """A picture for `:shortcode:`."""

    shortcode: str
    url: str
    updated: datetime | None = None


def read(tags: Any, owner: str) -> tuple[Emoji, ...]:
    """Return the emoji among the tags of something of `owner`; one with an id of another origin is not its to state.

    Shortcodes are ASCII letters, digits, `_`, `+` and `-`, at most 2,048 of them; others are left out (MED-19).
    """
    found: dict[str, Emoji] = {}
    for entry in items(tags)[:_MAX_TAGS]:
        emoji = _emoji(entry, owner) if type_of(entry, {"Emoji"}) else None
        if emoji is not None and len(found) < _MAX_EMOJIS:
            found.setdefault(emoji.shortcode, emoji)
    return tuple(found.values())


def _emoji(entry: dict[str, Any], owner: str) -> Emoji | None:
    stated = text(entry.get("name"), 2052).strip(":")
    url, identifier = url_of(entry.get("icon")), id_of(entry)
    if url is None or not SHORTCODE.fullmatch(f":{stated}:"):
        return None
    if identifier is not None and not same_origin(identifier, owner):
        return None
    return Emoji(stated, url, timestamp(entry.get("updated")))
