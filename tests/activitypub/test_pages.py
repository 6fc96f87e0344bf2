"""Pages of other servers, and the one link in them that is followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from activitypub import pages

PAGE = "https://blog.example/posts/heron"
ID = "https://blog.example/objects/1"
LINK = f'<link rel="alternate" type="application/activity+json" href="{ID}">'


@pytest.mark.rule("F-351")
@pytest.mark.parametrize(
    ("html", "found"),
    [
        (f"<!doctype html><html><head><meta charset=utf-8><title>A &lt;b&gt;</title>{LINK}</head>", ID),
        (f"<head><style>p > a {{}}</style><script>if (1 < 2) '</p>'</script>{LINK}", ID),
        (
            "<LINK TYPE='application/activity+json' REL='Alternate me' HREF=/objects/1?a=1&amp;b=2>",
            ID + "?a=1&b=2",
        ),
        ('<link rel=alternate type="application/ld+json" href=/objects/1>', None),
        ('<link rel=alternate type="application/rss+xml" href=/feed>' + LINK, ID),
        ("<link rel=alternate type='application/activity+json'>", None),
        ("<link rel=alternate type='application/activity+json' href='https://[::1'>", None),
        ("<link rel=alternate type='application/activity+json' href='javascript:x'>", None),
        # What people wrote is not what the page says of itself.
        (f"<html><head></head><body>{LINK}", None),
        (f"<head><!-- {LINK} --><title>{LINK}</title><noscript>{LINK}</noscript>", None),
        (f"</meta>{LINK}", ID),
        (f"<p>{LINK}", None),
        (f"words {LINK}", None),
        (f"<textarea>{LINK}", None),
        ("<![CDATA[", None),
        ("<![<", None),
        ("", None),
    ],
)
def test_only_a_link_in_the_head_names_the_document(html: str, found: str | None) -> None:
    assert pages.alternate(html, PAGE) == found


@pytest.mark.rule("F-351")
def test_a_link_beyond_what_is_read_is_not_found() -> None:
    assert pages.alternate("<head>" + " " * pages.MAX_HTML + LINK, PAGE) is None


@given(some.text(alphabet="<>/!-=&'\"[ alinktybody") | some.text())
def test_no_page_breaks_the_parser(html: str) -> None:
    pages.alternate("<head>" + html, PAGE)


@pytest.mark.parametrize(
    "piece", ["<a", "<", "<!--", "<?", "</", "<link ", "<title>", "&", "&#", "<![", "<link a='"]
)
def test_a_long_hostile_page_is_read_once(piece: str) -> None:
    """With a parser that reads what is left open again and again this takes minutes."""
    assert pages.alternate("<head>" + piece * (pages.MAX_HTML // len(piece)), PAGE) is None
