"""Which paths are judged and which are open, limits as they are written, and published addresses."""

import json
import re
from pathlib import Path

import pytest

from fedicara.api.routes import ROUTES as API
from fedicara.peers.routes import ROUTES as PEERS
from policies.addresses import contains, read
from policies.buckets import BUCKETS, Bucket, read_bucket
from policies.errors import PolicyError
from policies.surfaces import MEDIA_PATHS, OPEN_PATHS, surface_of
from policies.verdict import GUARDED, Surface

SETTINGS = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.mark.rule("P-106", "P-207", "P-208")
def test_no_route_of_the_protocol_and_none_of_the_api_is_judged() -> None:
    for route in (*PEERS, *API):
        assert surface_of(f"{route.path}/v1" if route in API else route.path) not in GUARDED, route  # type: ignore[attr-defined]
    for path in (
        "/robots.txt",
        "/ai-policy",
        "/policies/tdm.json",
        "/.well-known/x",
        "/nodeinfo/2.1",
        "/static/a",
    ):
        assert surface_of(path) is Surface.OPEN


@pytest.mark.rule("P-207", "P-209")
@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/", Surface.HTML),
        ("/robots.txt/x", Surface.HTML),
        ("/ai-policy/", Surface.HTML),
        ("//inbox", Surface.HTML),
        ("/actors", Surface.HTML),
        ("/actor/inbox", Surface.ACTIVITYPUB),
        ("/media/x.webp", Surface.MEDIA),
        ("/proxy/1/x", Surface.MEDIA),
        ("/@ada.rss", Surface.FEED),
        ("/@ada.json", Surface.FEED),
        ("/tags/ink.atom", Surface.FEED),
    ],
)
def test_a_path_belongs_to_one_class(path: str, surface: Surface) -> None:
    assert surface_of(path) is surface


@pytest.mark.rule("P-210")
def test_the_recipe_for_a_challenge_in_front_leaves_everything_but_pages_alone() -> None:
    recipe = re.findall(r"location ~ (\S+) \{ proxy_pass http://fedicara", SETTINGS.read_text())
    passed = [re.compile(pattern) for pattern in recipe]
    paths = [route.path.replace("{version}", "2.1") for route in (*PEERS, *API)]  # type: ignore[attr-defined]
    paths += [f"{path}x" if path.endswith("/") else path for path in (*OPEN_PATHS, *MEDIA_PATHS)]
    local = ("/metrics", "/health")
    for path in (*paths, "/api/v1/instance", "/@ada.rss", "/tags/ink/feed.json", "/@ada.json"):
        assert path in (*local, "/api") or any(each.search(path) for each in passed), path
    for path in ("/", "/@ada", "/@ada/1", "/tags/ink", "/sign-in"):
        assert not any(each.search(path) for each in passed), path


@pytest.mark.rule("P-230")
def test_limits_are_written_in_words_and_begin_as_the_specification_has_them() -> None:
    assert BUCKETS["api"] == read_bucket("300/5min burst 300")
    assert BUCKETS["proxy"] == read_bucket("30/10min burst 30")
    assert BUCKETS["feed"] == read_bucket("6/min burst 12")
    assert read_bucket("2/s burst 5") == Bucket(2.0, 5)
    assert read_bucket("off") is None
    for text in ("many", "0/s burst 1", "1/s burst 0", "1/s", "1/0s burst 1"):
        with pytest.raises(ValueError, match="limit"):
            read_bucket(text)


def prefixes(*networks: str) -> bytes:
    names = ["ipv6Prefix" if ":" in each else "ipv4Prefix" for each in networks]
    return json.dumps(
        {"prefixes": [{name: each} for name, each in zip(names, networks, strict=True)]}
    ).encode()


@pytest.mark.rule("P-241")
def test_published_addresses_are_read_and_found() -> None:
    networks = read(prefixes("192.0.2.0/24", "2001:db8::/32"))
    assert networks == ("192.0.2.0/24", "2001:db8::/32")
    assert contains(networks, "192.0.2.7")
    assert contains(networks, "2001:db8::1")
    assert not contains(networks, "198.51.100.1")
    assert not contains(networks, "nobody")


@pytest.mark.rule("P-241")
@pytest.mark.parametrize(
    "body",
    [
        b" " * ((1 << 20) + 1),
        b"not json",
        b"[]",
        b'{"prefixes": []}',
        b'{"prefixes": ["192.0.2.0/24"]}',
        prefixes("0.0.0.0/0"),
        prefixes("::/0"),
        prefixes("nonsense"),
    ],
)
def test_a_list_that_vouches_for_nobody_or_for_everybody_is_refused(body: bytes) -> None:
    with pytest.raises(PolicyError):
        read(body)
