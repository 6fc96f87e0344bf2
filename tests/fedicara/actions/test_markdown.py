"""What people type becomes harmless HTML with links to tags and people."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedicara.actions.markdown import MENTION, hashtags, to_html
from fedicara.server import Server
from tests.fedicara.rooms import room

pytestmark = pytest.mark.anyio

ATTEMPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[](:)",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](https://there.example/x.png)",
    '[x](https://there.example/"onmouseover="alert(1))',
    "`<script>alert(1)</script>`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a href='https://x' style='position:fixed'>x</a>",
    "<iframe src=https://there.example>",
    '#"><script>alert(1)</script>',
    '@ada"><img src=x onerror=alert(1)>',
    "<form action=https://there.example><input name=password>",
    "<!--><script>alert(1)</script>-->",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
)
TAGS = {"p", "br", "a", "span", "strong", "em", "del", "blockquote", "code", "pre", "ul", "ol", "li"}


class Reading(HTMLParser):
    """What a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.depth = self.deepest = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "a":
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "a"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Server]:
    async with room(f"sqlite://{tmp_path / 'test.db'}", tmp_path) as made:
        yield made


def harmless(html: str) -> None:
    for tag, attributes in Reading(html).found:
        assert tag in TAGS, html
        assert set(attributes) <= {"href", "class", "rel"}, html
        assert (attributes.get("href") or "https://").startswith(("https://", "http://")), html


@pytest.mark.parametrize("text", ATTEMPTS)
async def test_nothing_typed_becomes_a_program(place: Server, text: str) -> None:
    harmless(to_html(place, text, {"@ada": "https://art.example/@ada"}))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="<>\"'&;=/ax#@[]()`*_!:-\n \\", max_size=60))
async def test_no_mixture_of_signs_becomes_a_program_or_a_link_in_a_link(place: Server, text: str) -> None:
    html = to_html(place, text, {"@a": "https://art.example/@a", "@x": "https://art.example/@x"})
    harmless(html)
    assert Reading(html).deepest <= 1


async def test_a_little_markdown_is_understood(place: Server) -> None:
    html = to_html(place, "*soft* **loud**\nnext\n\n> said\n\n- one\n- two\n\n[home](https://there.example/)")
    for piece in ("<em>soft</em>", "<strong>loud</strong><br>", "<blockquote>", "<li>one</li>"):
        assert piece in html
    assert '<a href="https://there.example/" rel="nofollow noopener noreferrer ugc">home</a>' in html
    assert to_html(place, "# no heading") == "<p># no heading</p>"
    assert to_html(place, "  \n ") == ""


async def test_hashtags_are_found_once_in_order_and_linked(place: Server) -> None:
    text = "#Ink and #ink, #été #日本 not#this /#nor #123 but #3d &#35; https://there.example/#anchor"
    assert hashtags(text) == ("ink", "été", "日本", "3d")
    html = to_html(place, "Some #Ink.")
    assert 'href="https://art.example/tags/ink"' in html
    assert "#<span>Ink</span></a>." in html
    assert 'href="https://art.example/tags/%C3%A9t%C3%A9"' in to_html(place, "#été")


async def test_people_are_linked_by_their_whole_handle(place: Server) -> None:
    people = {
        "@ada": "https://art.example/@ada",
        "@ada@there.example": "https://there.example/@ada",
        "@adam": "https://art.example/@adam",
    }
    html = to_html(place, "@ada, @adam and @ada@there.example. Not @eve.", people)
    links = [attributes["href"] for tag, attributes in Reading(html).found if tag == "a"]
    assert links == [people["@ada"], people["@adam"], people["@ada@there.example"]]
    assert html.endswith("</span>. Not @eve.</p>")


async def test_names_inside_links_and_code_stay_as_they_are(place: Server) -> None:
    people = {"@ada": "https://art.example/@ada"}
    html = to_html(place, "[by @ada #ink](https://there.example/@ada) `@ada #ink`", people)
    links = [attributes["href"] for tag, attributes in Reading(html).found if tag == "a"]
    assert links == ["https://there.example/@ada"]


def test_a_mention_ends_before_what_ends_the_sentence() -> None:
    text = "(@ada) @ada. @b.c- @eve@there.example: x@ada /@ada @@ada @eve@[::1]"
    assert [match[0] for match in MENTION.finditer(text)] == [
        "@ada",
        "@ada",
        "@b.c",
        "@eve@there.example",
        "@eve",
    ]
