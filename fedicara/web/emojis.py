"""Custom emoji in texts: `:heron:` becomes its picture, in what people read alone."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from activitypub.emojis import SHORTCODE
from fedicara.reads.views import EmojiView

# A whole tag, with whatever stands between the quotes of its attributes.
_TAG: Final = re.compile(r'(<(?:[^"<>]|"[^"]*")*>)')


def pictured(html: str, emojis: Sequence[EmojiView]) -> str:
    """Harmless HTML with its emoji as pictures, whose alt text is the shortcode; addresses in it stay as they are."""
    if not emojis:
        return html
    known = {emoji.shortcode: emoji.url for emoji in emojis}
    return "".join(
        piece if piece.startswith("<") else _with_pictures(piece, known) for piece in _TAG.split(html)
    )


def _with_pictures(text: str, known: Mapping[str, str]) -> str:
    def picture(match: re.Match[str]) -> str:
        if match[1] not in known:
            return match[0]
        url, name = escape(known[match[1]]), match[0]
        return f'<img class="emoji" src="{url}" alt="{name}" title="{name}" width="20" height="20" loading="lazy">'

    return SHORTCODE.sub(picture, text)
