"""Names as they may be shown: without the marks that turn text around, hide in it, or take no room (UTS 39)."""

import re
from typing import Final

_EMOJI: Final = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# Soft hyphen, joiners, direction marks and isolates, fillers that look like nothing, line separators, tags.
_MARKS: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    # The joiner stays where it makes one emoji of two.
    f"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
)


def shown_name(name: str) -> str:
    """Return a display name without direction marks and zero-width marks, blanks made single (DISC-04)."""
    return " ".join(_MARKS.sub("", name).split())
