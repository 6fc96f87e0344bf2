"""The lines of a profile: a name and a text each, whose addresses become links (F-028)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from activitypub.document import id_of
from fedicara.actions.errors import Invalid, checked_text

MOST: Final = 12
NAME_MOST, TEXT_MOST = 100, 500
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")

Line = tuple[str, str]
"""Name and text as typed."""


def typed(details: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """What was typed of the lines that are stored."""
    return tuple((line["name"], line.get("source", "")) for line in details)


def stored(lines: Sequence[Line], before: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines to be stored; `Invalid` where they do not fit. A link that stays keeps what was found of it."""
    kept = [(name.strip(), text.strip()) for name, text in lines if name.strip() or text.strip()]
    if len(kept) > MOST:
        raise Invalid("fields", f"At most {MOST} lines fit into a profile.")
    verified = {line.get("link"): line.get("verified", "") for line in before}
    return [_line(name, text, verified) for name, text in kept]


def _line(name: str, text: str, verified: Mapping[Any, str]) -> dict[str, Any]:
    if not name or not text:
        raise Invalid("fields", "Each line of a profile has a name and a text.")
    checked_text("fields", name, NAME_MOST)
    checked_text("fields", text, TEXT_MOST)
    link = next((found for each in _ADDRESS.findall(text) if (found := id_of(each))), "")
    return {
        "name": name,
        "source": text,
        "value": _html(text),
        "link": link,
        "verified": verified.get(link, "") if link else "",
    }


def _html(text: str) -> str:
    """The text with its addresses as links, which show the host they lead to; one with userinfo stays a text."""
    pieces, end = list[str](), 0
    for match in _ADDRESS.finditer(text):
        address = id_of(match[0])
        if address is None:
            continue
        shown = escape(address.partition("://")[2].rstrip("/"))
        pieces += [
            escape(text[end : match.start()]),
            f'<a href="{escape(address)}" rel="me nofollow noopener">{shown}</a>',
        ]
        end = match.end()
    return "".join([*pieces, escape(text[end:])])
