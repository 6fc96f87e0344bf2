"""The policy as header fields and as tags in the head of a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.headers import content_signal, content_usage, fields, meta, meta_html, statement
from policies.licences import LICENCES
from policies.policy import (
    DEFAULT,
    FIELDS,
    FLOOR,
    Licensing,
    Mining,
    Policy,
    Switch,
    Use,
    effective,
    normalise,
)

BASE = "https://art.example"
B1 = """\
X-Robots-Tag: noai, noimageai
Content-Usage: train-ai=n, search=y
tdm-reservation: 1
tdm-policy: https://art.example/policies/tdm.json"""
B2 = 'Link: <https://art.example/ai-policy>; rel="terms-of-service"'
B3 = """\
<meta name="robots" content="noai, noimageai">
<meta name="tdm-reservation" content="1">
<meta name="tdm-policy" content="https://art.example/policies/tdm.json">
<link rel="terms-of-service" href="https://art.example/ai-policy">"""
LOOSE = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)

policies = st.builds(
    Policy, **{field: st.sampled_from(list(values)) for field, values in FIELDS.items()}
).map(normalise)


def lines(header_fields: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in header_fields)


@pytest.mark.rule("P-100")
def test_the_default_headers_are_the_documented_bytes() -> None:
    assert lines(statement(DEFAULT, BASE)) == B1
    assert lines(fields(DEFAULT, BASE)) == f"{B1}\n{B2}"


def test_the_default_head_is_the_documented_bytes() -> None:
    assert meta_html(DEFAULT, BASE) == B3


def test_an_account_that_refuses_search_says_so_in_both_header_fields() -> None:
    headers = dict(fields(replace(DEFAULT, search=Use.DENY), BASE))
    assert headers["X-Robots-Tag"] == "noai, noimageai, noindex, noimageindex"
    assert headers["Content-Usage"] == "train-ai=n, search=n"


def test_a_work_that_opts_in_sends_no_opt_out_and_nothing_to_ask() -> None:
    headers = dict(statement(replace(LOOSE, ai_input=Use.DENY), BASE))
    assert headers == {"Content-Usage": "train-ai=y, search=y", "tdm-reservation": "0"}
    assert [tag.attributes.get("name") for tag in meta(LOOSE, BASE)] == ["tdm-reservation", None]


def test_open_mining_with_training_denied_is_still_a_reservation() -> None:
    assert dict(statement(Policy(tdm=Mining.OPEN), BASE))["tdm-reservation"] == "1"


@pytest.mark.rule("P-121")
def test_a_plain_no_names_no_document_that_says_how_to_ask() -> None:
    plain = replace(DEFAULT, licensing=Licensing.NONE)
    assert "tdm-policy" not in dict(fields(plain, BASE))
    assert "tdm-policy" not in meta_html(plain, BASE)


def test_the_archive_token_comes_last_and_only_when_it_is_on() -> None:
    policy = replace(LOOSE, noarchive=Switch.ON)
    assert dict(statement(policy, BASE))["X-Robots-Tag"] == "noarchive"


def test_a_licence_is_a_second_link_of_the_same_line() -> None:
    url = LICENCES["cc-by-nc-nd"].url
    assert dict(fields(DEFAULT, BASE, licence_url=url))["Link"] == (
        '<https://art.example/ai-policy>; rel="terms-of-service", '
        '<https://creativecommons.org/licenses/by-nc-nd/4.0/>; rel="license"'
    )


@given(st.text())
def test_no_licence_address_breaks_out_of_its_link(url: str) -> None:
    link = dict(fields(DEFAULT, BASE, licence_url=url))["Link"]
    assert link.isascii()
    assert link.isprintable()
    assert link.count("<") == (2 if url else 1)


@pytest.mark.rule("P-104")
@given(policies)
def test_a_reader_that_splits_at_the_colon_keeps_the_opt_out(policy: Policy) -> None:
    """Dataset builders split each line once at a colon and take the left part for a crawler's name."""
    names = [name for name, _ in fields(policy, BASE)]
    assert len(names) == len(set(names))
    robots = dict(fields(policy, BASE)).get("X-Robots-Tag", "")
    assert ":" not in robots
    assert ("noai" in robots.split(", ")) is (policy.ai_train is Use.DENY)


@pytest.mark.rule("P-105", "P-035", "P-024")
@given(policies)
def test_content_usage_is_one_dictionary_with_each_key_once(policy: Policy) -> None:
    usage = dict(fields(policy, BASE))["Content-Usage"]
    assert re.fullmatch(r"train-ai=[yn], search=[yn]", usage)
    assert usage == content_usage(policy)
    assert ("train-ai=n" in usage) is (policy.ai_train is Use.DENY)
    assert re.fullmatch(r"search=(yes|no), ai-input=(yes|no), ai-train=(yes|no)", content_signal(policy))


@pytest.mark.rule("P-025")
def test_a_site_wide_statement_leaves_out_what_works_may_differ_in() -> None:
    floor = replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN)
    assert content_usage(DEFAULT, floor) == "search=y"
    assert content_signal(DEFAULT, floor) == "search=yes, ai-input=no"
    assert content_usage(LOOSE, floor) == "train-ai=y, search=y"
    assert content_usage(DEFAULT, FLOOR) == content_usage(DEFAULT)
    undecided = replace(DEFAULT, search=Use.DENY)
    assert content_usage(undecided, floor) == ""


class Head(HTMLParser):
    """Reads the tags of a page's head."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@given(policies)
def test_a_browser_reads_the_tags_back_and_they_agree_with_the_headers(policy: Policy) -> None:
    base = 'https://art.example/"><script>'
    head = Head()
    head.feed(meta_html(policy, base))
    assert head.tags == [(tag.element, dict(tag.attributes)) for tag in meta(policy, base)]
    named = {tag.get("name"): tag.get("content") for _, tag in head.tags}
    headers = dict(fields(policy, base))
    assert named.get("robots") == headers.get("X-Robots-Tag")
    assert named.get("tdm-reservation") == headers["tdm-reservation"]
    assert named.get("tdm-policy") == headers.get("tdm-policy")


@pytest.mark.rule("P-012")
def test_a_work_for_followers_states_the_strictest_headers() -> None:
    policy = effective(DEFAULT, {}, {"search": "allow"}, public=False)
    assert dict(fields(policy, BASE))["X-Robots-Tag"] == "noai, noimageai, noindex, noimageindex"
