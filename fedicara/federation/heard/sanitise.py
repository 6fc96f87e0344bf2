"""HTML from strangers, reduced to what a post may say (F-013)."""

import re
from html import escape, unescape
from typing import Final

import nh3

from activitypub.document import id_of

TAGS: Final = frozenset(
    ["p", "br", "a", "span", "strong", "em", "del", "blockquote", "code", "pre", "ul", "ol", "li"]
)
CLASSES: Final = frozenset(
    ["mention", "hashtag", "u-url", "h-card", "p-name", "p-more", "p-ai", "invisible", "ellipsis"]
)
MOST_TAGS: Final = 4_000
_ATTRIBUTES: Final = {"a": {"href", "class"}, "span": {"class"}, "p": {"class"}, "strong": {"class"}}
_LINK: Final = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_DROPPED_WITH_CONTENT: Final = {"script", "style", "template", "svg", "math", "iframe", "object", "title"}
# An ampersand that begins no reference; the parser's time grows with the square of their number (DOS-11).
_BARE: Final = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")


def clean(html: str) -> str:
    """Harmless HTML: the tags and classes of F-013, links to http and https, everything else gone.

    What stands behind MOST_TAGS is left out: a parser's time grows with the square of what it finds open (DOS-11).
    """
    return nh3.clean(
        _BARE.sub("&amp;", "<".join(html.split("<", MOST_TAGS + 1)[: MOST_TAGS + 1])),
        tags=set(TAGS),
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
    )


def clean_line(html: str) -> str:
    """A line of somebody's profile: links show the address they lead to, whatever they were called (ORI-25)."""
    return _LINK.sub(_honest, clean(html))


def _honest(match: re.Match[str]) -> str:
    address = id_of(unescape(match[1]))
    if address is None:
        return match[2]
    return f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">{escape(address.partition("://")[2])}</a>'


def _attribute(_element: str, name: str, value: str) -> str | None:
    if name != "class":
        return value
    return " ".join(word for word in value.split() if word in CLASSES) or None
