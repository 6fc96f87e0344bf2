"""Hostile text: the time of every scanner grows with its length and no faster, or the text is refused for it (DOS-11)."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from activitypub import cavage, digest, rfc9421, webfinger
from activitypub.document import id_of, loads, text, timestamp, url_of
from activitypub.errors import ActivityPubError
from activitypub.works import Note
from fedicara.actions.markdown import MENTION, hashtags, to_html
from fedicara.federation.heard import posts
from fedicara.federation.servers.rules import canonical
from fedicara.settings import Settings

SHORT, LONG = 10_000, 100_000
# Ten times the length takes ten times as long; with the square of it it would be a hundred.
MOST = 35.0
# Shorter than this, the clock says nothing.
FELT = 0.02

MARKDOWN = ("<a", "@a.", "#a", "[", "**a*", "`", "> ")
MARKUP = (*MARKDOWN, "<b>", '<p class="p-more"></p>', "&", "&#", "&a", "<", "<!--")
OTHERS = ("@", "a@", "@a@", "a.", "https://a.", ":", "\n", 'keyId="', 'a="b",', 'sig1=("', ";a", ",", '"')


class Place:
    """As much of a server as text needs."""

    settings = Settings(base_url="https://a.example")

    def url(self, path: str) -> str:
        return self.settings.base_url + path


def content(html: str) -> str:
    return posts._content(Note(id="https://a.example/1", attributed_to="https://a.example/a", content=html))


SCANNERS: dict[str, Callable[[str], Any]] = {
    "HTML": content,
    "Markdown": lambda value: to_html(Place(), value),  # type: ignore[arg-type]
    "mentions": MENTION.findall,
    "hashtags": hashtags,
    "addresses": lambda value: (id_of(value), id_of(f"https://{value}"), url_of([value]), timestamp(value)),
    "handles": webfinger.parse_resource,
    "domains": canonical,
    "draft-cavage": cavage.parse,
    "RFC 9421": lambda value: rfc9421.parse(value, value),
    "digests": lambda value: digest.check_content(value, b""),
    "JSON": lambda value: loads(f'{{"a": "{value}"}}'.encode()),
    "text": lambda value: text(value, LONG),
}


def taken(scan: Callable[[str], Any], hostile: str) -> float:
    """Seconds of the processor."""
    started = time.process_time()
    with contextlib.suppress(ActivityPubError, ValueError):
        scan(hostile)
    return time.process_time() - started


def grows_with_its_length(scan: Callable[[str], Any], piece: str) -> bool:
    short, long = (piece * (length // len(piece)) + "x" for length in (SHORT, LONG))
    whole = taken(scan, long)
    return whole < FELT or whole < MOST * taken(scan, short)


@pytest.mark.threat("DOS-11")
@pytest.mark.parametrize("name", SCANNERS)
def test_the_time_of_a_scanner_grows_no_faster_than_its_text(name: str) -> None:
    pieces = MARKDOWN if name == "Markdown" else (*MARKUP, *OTHERS)
    # Asked again where the machine was busy with something else.
    slow = [
        piece for piece in pieces if not any(grows_with_its_length(SCANNERS[name], piece) for _ in range(3))
    ]
    assert not slow
