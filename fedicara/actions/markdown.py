"""What people type becomes HTML: a little Markdown, hashtags, sanitised like everything else."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt

from fedicara.federation.heard.sanitise import clean
from fedicara.server import Server

_markdown = MarkdownIt("zero", {"breaks": True, "html": False}).enable(
    ["emphasis", "newline", "autolink", "link", "list", "blockquote", "backticks", "escape", "entity"]
)
HASHTAG = re.compile(r"(?<![\w/#&])#(\w*[^\W\d_]\w*)")
MENTION = re.compile(
    r"(?<![\w/@])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([A-Za-z0-9.:-]*[A-Za-z0-9]))?"
)
_LINKED = re.compile(f"{HASHTAG.pattern}|{MENTION.pattern}")
_CLOSED = re.compile(r"</?(a|code)\b")


def hashtags(text: str) -> tuple[str, ...]:
    """The tags in a text, without #, each once, in order."""
    return tuple(dict.fromkeys(tag.lower() for tag in HASHTAG.findall(text)))


def to_html(server: Server, text: str, people: Mapping[str, str] | None = None) -> str:
    """Sanitised HTML of a typed text; hashtags are linked, and the people named `@ada` by their page."""
    html = _markdown.render(text.strip())
    return clean("".join(_linked(server, re.split(r"(<[^>]*>)", html), people or {}))).strip()


def _linked(server: Server, pieces: Iterable[str], people: Mapping[str, str]) -> Iterator[str]:
    """Tags as they are, texts between them with links; what stands inside a link or code stays."""

    def link(match: re.Match[str]) -> str:
        return _tag(server, match[1]) if match[1] else _person(match[0], match[2], people)

    depth = 0
    for piece in pieces:
        if closed := _CLOSED.match(piece):
            depth += -1 if closed[0].startswith("</") else 1
        yield piece if depth or piece.startswith("<") else _LINKED.sub(link, piece)


def _person(handle: str, name: str, people: Mapping[str, str]) -> str:
    if handle not in people:
        return handle
    href = escape(people[handle])
    return f'<span class="h-card"><a href="{href}" class="u-url mention">@<span>{name}</span></a></span>'


def _tag(server: Server, name: str) -> str:
    href = escape(server.url(f"/tags/{quote(name.lower())}"))
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
