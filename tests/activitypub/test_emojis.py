"""Custom emoji in tags."""

from datetime import UTC, datetime
from typing import Any

import pytest

from activitypub import emojis
from activitypub.emojis import Emoji

OWNER = "https://b.example/n/1"
ICON = {"type": "Image", "url": "https://cdn.example/heron.png"}
HERON = {"id": "https://b.example/emojis/1", "type": "Emoji", "name": ":heron:", "icon": ICON}


@pytest.mark.rule("F-067")
def test_an_emoji_has_a_name_a_picture_and_a_time() -> None:
    stated = [
        HERON | {"updated": "2026-01-02T03:04:05Z"},
        HERON,
        {"type": "Emoji", "name": "a+b", "icon": ICON},
    ]
    assert emojis.read(stated, OWNER) == (
        Emoji("heron", ICON["url"], datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        Emoji("a+b", ICON["url"]),
    )


@pytest.mark.threat("MED-19")
@pytest.mark.parametrize(
    "odd",
    [
        {"name": ":" + "x" * 5_000 + ":"},
        {"name": ":he\u202eron:"},
        {"name": "::"},
        {"name": 7},
        {"icon": None},
        {"icon": {"url": "javascript:alert(1)"}},
        {"id": "https://other.example/emojis/1"},
        {"type": "Hashtag"},
    ],
)
def test_odd_emoji_are_left_out(odd: dict[str, Any]) -> None:
    assert emojis.read([HERON | odd], OWNER) == ()


@pytest.mark.threat("MED-19")
def test_no_post_has_more_than_fifty() -> None:
    many = [HERON | {"name": f":h{number}:"} for number in range(150)]
    assert len(emojis.read(many, OWNER)) == 50
    assert len(emojis.read([{"name": ":heron:", "type": "Emoji", "icon": ICON}, "x", 7], OWNER)) == 1
