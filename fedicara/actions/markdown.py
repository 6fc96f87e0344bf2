"""What people type becomes HTML: a little Markdown, hashtags, sanitised like everything else."""

import re
from collections.abc import Mapping
from html import escape

from markdown_it import MarkdownIt

from fedicara.federation.sanitise import clean
from fedicara.server import Server

_markdown = MarkdownIt("zero", {"breaks": True, "html": False}).enable(
    ["emphasis", "newline", "autolink", "link", "list", "blockquote", "backticks", "escape", "entity"]
)
HASHTAG = re.compile(r"(?<![\w/#&])#(\w*[^\W\d_]\w*)")


def hashtags(text: str) -> tuple[str, ...]:
    """The tags in a text, without #, each once, in order."""
    return tuple(dict.fromkeys(tag.lower() for tag in HASHTAG.findall(text)))


def to_html(server: Server, text: str, people: Mapping[str, str] | None = None) -> str:
    """Sanitised HTML of a typed text; hashtags are linked, and the people named `@ada` by their page."""
    html = _markdown.render(text.strip())
    pieces = re.split(r"(<[^>]*>)", html)
    linked = (piece if piece.startswith("<") else _link(server, piece, people or {}) for piece in pieces)
    return clean("".join(linked)).strip()


def _link(server: Server, text: str, people: Mapping[str, str]) -> str:
    text = HASHTAG.sub(lambda match: _tag(server, match[1]), text)
    for handle, url in people.items():
        name = escape(handle.split("@")[1])
        link = f'<span class="h-card"><a href="{escape(url)}" class="u-url mention">@<span>{name}</span></a></span>'
        text = text.replace(handle, link)
    return text


def _tag(server: Server, name: str) -> str:
    href = escape(server.url(f"/tags/{name.lower()}"))
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
