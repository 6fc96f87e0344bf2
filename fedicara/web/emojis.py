"""Custom emoji in texts: `:heron:` becomes its picture, in what people read alone."""

import re
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from activitypub.emojis import SHORTCODE
from fedicara.reads.views import ActorView, EmojiView

# A whole tag, with whatever stands between the quotes of its attributes.
_TAG: Final = re.compile(r'(<(?:[^"<>]|"[^"]*")*>)')


def emojified(text: str | Markup, emojis: Sequence[EmojiView]) -> Markup:
    """Plain text, which is escaped, or sanitised HTML, with its emoji as pictures whose alt text is the shortcode."""
    html = escape(text)
    if not emojis:
        return html
    known = {emoji.shortcode: emoji.url for emoji in emojis}
    pieces = _TAG.split(str(html))
    return Markup("").join(
        Markup(piece) if piece.startswith("<") else _pictured(piece, known)  # noqa: S704  (clean already)
        for piece in pieces
    )


def _pictured(text: str, known: dict[str, str]) -> Markup:
    def picture(match: re.Match[str]) -> str:
        if match[1] not in known:
            return match[0]
        return Markup(
            '<img class="emoji" src="{}" alt="{}" title="{}" width="20" height="20" loading="lazy">'
        ).format(known[match[1]], match[0], match[0])

    return Markup(SHORTCODE.sub(picture, text))  # noqa: S704  (clean already)


def name_of(actor: ActorView) -> Markup:
    """Somebody's name with its emoji."""
    return emojified(actor.display_name, actor.emojis)
