"""HTML from strangers, reduced to what a post may say (F-013)."""

import re
from html import escape, unescape
from typing import Final
from urllib.parse import urlsplit

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
_REL: Final = "nofollow noopener noreferrer ugc"
_ANCHOR: Final = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>(?: \[([^\]\s<]*)\])?', re.DOTALL)
_UNSEEN: Final = re.compile(r'<span class="[^"]*\binvisible\b[^"]*">[^<]*</span>')
_TAG: Final = re.compile(r"<[^>]*>")
_HOST_IN_WORDS: Final = re.compile(r"(?:[\w-]+[.\u3002\uff0e])+[^\W\d_]{2,}")
_NAME_OF_SOMEBODY: Final = re.compile(r"\s*(?:#|@[\w.-]+(?:@[\w.-]+)?\s*$)")
_SCHEME: Final = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_LINK: Final = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_DROPPED_WITH_CONTENT: Final = {"script", "style", "template", "svg", "math", "iframe", "object", "title"}
# An ampersand that begins no reference; the parser's time grows with the square of their number (DOS-11).
_BARE: Final = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")


def clean(html: str) -> str:
    """Harmless HTML, and behind a link whose words name another host the one that it leads to (WEB-04)."""
    return _ANCHOR.sub(_with_its_host, _harmless(html))


def _with_its_host(match: re.Match[str]) -> str:
    link, host = match[0], _host(unescape(match[1]))
    if not host or match[3] == escape(host) or not _names_another(_UNSEEN.sub("", match[2]), host):
        return link
    end = match.end(2) - match.start() + len("</a>")
    return f"{link[:end]} [{escape(host)}]{link[end:]}"


def _names_another(shown: str, host: str) -> bool:
    """Whether words of a link name a host that is not its own; apps hide what is of the class `invisible`."""
    words = unescape(_TAG.sub("", shown))
    named = None if _NAME_OF_SOMEBODY.match(words) else _HOST_IN_WORDS.search(words)
    other = named is not None and named[0].lower().removeprefix("www.") != host.removeprefix("www.")
    return other or "invisible" in "".join(_TAG.findall(shown))


def _host(address: str) -> str:
    """The host that a browser would ask: to it a backslash is a slash, and slashes may be few or many."""
    try:
        return urlsplit(_SCHEME.sub(r"\1://", address, count=1).replace("\\", "/")).hostname or ""
    except ValueError:
        return ""


def _harmless(html: str) -> str:
    """The tags and classes of F-013, links to http and https, everything else gone.

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
        link_rel=_REL,
    )


def clean_line(html: str) -> str:
    """A line of somebody's profile: links show the address they lead to, whatever they were called (ORI-25)."""
    return _LINK.sub(_honest, _harmless(html))


def _honest(match: re.Match[str]) -> str:
    address = id_of(unescape(match[1]))
    if address is None:
        return match[2]
    return f'<a href="{escape(address)}" rel="{_REL}">{escape(address.partition("://")[2])}</a>'


def _attribute(_element: str, name: str, value: str) -> str | None:
    if name != "class":
        return value
    return " ".join(word for word in value.split() if word in CLASSES) or None
