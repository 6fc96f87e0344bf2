"""Media types and contexts."""

import pytest

from activitypub import names


@pytest.mark.rule("F-341")
@pytest.mark.threat("ORI-02")
@pytest.mark.parametrize(
    ("content_type", "believed"),
    [
        ("application/activity+json", True),
        ("Application/Activity+JSON; charset=utf-8", True),
        (names.LD_JSON_AS, True),
        ("application/ld+json;profile=https://www.w3.org/ns/activitystreams", True),
        (
            'application/ld+json; charset=utf-8; profile="https://x.example https://www.w3.org/ns/activitystreams"',
            True,
        ),
        ("application/ld+json", False),
        ('application/ld+json; profile=""', False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams.evil"', False),
        ("application/json", False),
        ("text/html", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_only_the_two_activity_types_are_believed(content_type: str, believed: bool) -> None:
    assert names.is_activity_type(content_type) is believed


@pytest.mark.rule("F-005")
@pytest.mark.parametrize(
    ("accept", "document"),
    [
        ("application/activity+json", True),
        ("application/ld+json", True),
        (names.LD_JSON_AS, True),
        (names.ACCEPT, True),
        ("application/json", True),
        ("application/json, text/plain, */*", True),
        ("application/activity+json, text/html;q=0.1", True),
        ("text/html;q=0.5, application/activity+json;q=0.9", True),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", False),
        ("text/html, application/activity+json", False),
        ("application/activity+json;q=0, text/html", False),
        ("application/activity+json;q=0", False),
        ("*/*", False),
        ("image/png", False),
        ("", False),
        (None, False),
    ],
)
def test_who_asks_for_the_document_gets_it_and_browsers_get_the_page(
    accept: str | None, document: bool
) -> None:
    assert names.wants_document(accept) is document
