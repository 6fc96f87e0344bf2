"""Signals as readers in use take them."""

import pytest

from policies.check import readers, signals
from policies.check.verdicts import Verdict, judged
from policies.policy import Licensing, Policy
from policies.words import explanation


@pytest.mark.rule("P-505")
def test_a_second_robots_tag_in_a_head_loses_what_it_adds() -> None:
    wanted = signals.robots_tag(Policy())
    assert judged(wanted, readers.meta_robots([])) is Verdict.ABSENT
    assert judged(wanted, readers.meta_robots(["noai, noimageai"])) is Verdict.PASS
    assert judged(wanted, readers.meta_robots(["all", "noai, noimageai"])) is Verdict.WEAK
    twice = readers.singles("tdm-reservation", ["1", "0"], "S04")
    assert judged(signals.reservation(Policy()), twice) is Verdict.WEAK
    assert readers.singles("tdm-reservation", [], "S04").raw is None


def test_a_head_gives_its_tags_links_pictures_and_words() -> None:
    head = readers.Head(
        '<META NAME="Robots" CONTENT="noai &amp; more"><meta property="og:image" content="/a.png"><meta>'
        '<link rel="terms-of-service" href="/ai-policy"><a href="/b" rel="License nofollow">x</a><script>no</script>'
        '<img src="/c.png"><img><p>one\n two</p></style>'
    )
    assert head.meta("robots") == ["noai & more"]
    assert head.meta("og:image") == ["/a.png"]
    assert head.pictures == ["/c.png"]
    assert head.text == "x one two"
    assert readers.linked(head.links, "license").raw == "/b"
    assert readers.linked(head.links, "next").raw is None


def test_links_of_a_header_are_read_with_quoted_commas() -> None:
    found = readers.links(
        '<https://a.example/x,y>; rel="terms-of-service"; title="a, b", <b>; rel=license; type="t/x"'
    )
    assert [link.target for link in found] == ["https://a.example/x,y", "b"]
    assert readers.linked(found, "license", "t/x").raw == "b"
    assert readers.linked(found, "license").raw is None
    assert readers.links(None) == ()


@pytest.mark.rule("P-112", "P-114")
def test_robots_txt_is_read_by_groups_and_a_rule_ends_the_names() -> None:
    found = readers.robots(
        "User-agent: A\nUser-agent: C\nContent-Usage: train-ai=n\nUser-agent: B\nDisallow: /\n\nno colon\nUser-agent: *\n"
        "Content-Usage: search=n # words\nContent-Usage: search=y\nLicense: https://a.example/license.xml\n"
    )
    assert found.group("b").said("content-usage") is None
    assert found.group("A").said("Content-Usage") == "train-ai=n"
    assert found.group("other").said("Content-Usage") == "search=y"
    assert found.names("B")
    assert not found.names("*-other")
    assert found.everywhere == {"license": "https://a.example/license.xml"}
    assert readers.robots("Disallow: /").group("x").said("disallow") is None


@pytest.mark.rule("P-120")
def test_the_first_location_that_fits_decides_and_a_policy_beside_it_is_weak() -> None:
    wanted = signals.reservation(Policy(licensing=Licensing.NONE))
    entries = [
        {"location": "/open/*$", "tdm-reservation": 0},
        {"location": "/", "tdm-reservation": 1},
        "rubbish",
    ]
    assert judged(wanted, readers.tdm_location(entries, "/media/x")) is Verdict.PASS
    assert judged(wanted, readers.tdm_location(entries, "/open/x")) is Verdict.FAIL
    assert readers.tdm_location(["rubbish", {"location": ""}], "/").raw is None
    assert judged(wanted, readers.tdm_location({}, "/")) is Verdict.ABSENT
    asked = [{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example"}]
    assert judged(wanted, readers.tdm_location(asked, "/")) is Verdict.WEAK


@pytest.mark.rule("P-121")
@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({"@type": "Offer", "permission": [{}]}, Verdict.PASS),
        ({"@type": "Offer", "permission": [{}, {}]}, Verdict.FAIL),
        ({"@type": "Offer", "permission": [{}], "prohibition": [{}]}, Verdict.FAIL),
        ({"@type": "Agreement", "permission": [{}]}, Verdict.FAIL),
        ({"@type": "Offer", "permission": 7}, Verdict.FAIL),
        ({}, Verdict.FAIL),
        ([], Verdict.ABSENT),
    ],
)
def test_a_policy_document_is_an_offer_that_only_says_ask_first(document: object, verdict: Verdict) -> None:
    assert judged(signals.one("type", "Offer"), readers.offer(document)) is verdict


@pytest.mark.rule("P-122")
@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({"assigner": {"uid": "https://art.example/actors/7"}}, Verdict.PASS),
        ({"assigner": {"uid": "https://art.example"}}, Verdict.FAIL),
        ({"assigner": {"uid": 7}}, Verdict.ABSENT),
        ({"assigner": "https://art.example/actors/7"}, Verdict.ABSENT),
        ([], Verdict.ABSENT),
    ],
)
def test_a_policy_document_names_the_one_who_is_asked(document: object, verdict: Verdict) -> None:
    wanted = signals.one("assigner", "https://art.example/actors/7")
    assert judged(wanted, readers.assigner(document)) is verdict


def test_rsl_is_read_in_the_words_of_content_signals() -> None:
    text = (
        '<rsl xmlns="https://rslstandard.org/rsl"><permits type="usage">search</permits>'
        '<prohibits type="usage">ai-train,ai-input</prohibits><permits type="geo">all</permits></rsl>'
    )
    assert readers.rsl(text.encode()) == "search=yes, ai-train=no, ai-input=no"
    assert readers.rsl(b"<rsl") == "not readable"
    assert judged(signals.signal(Policy()), readers.pairs(readers.rsl(text.encode()))) is Verdict.PASS
    assert readers.pairs(None).raw is None


def test_a_page_in_words_says_its_own_sentences_and_no_others() -> None:
    wanted, said = signals.sentences(Policy()), " ".join(explanation(Policy()))
    assert judged(wanted, readers.spoken(said, wanted.keys)) is Verdict.PASS
    assert (
        judged(wanted, readers.spoken(said.replace("not allowed", "allowed", 1), wanted.keys)) is Verdict.FAIL
    )
    assert judged(wanted, readers.spoken(None, wanted.keys)) is Verdict.ABSENT
    assert signals.how_to_ask(Policy(licensing=Licensing.NONE), "https://a.example").values == {}
    assert signals.closed(False).text == "allow /"
    assert signals.refused(False).text == "200"
    assert signals.in_words("https://a.example", "usageInfo").text == "https://a.example/ai-policy"
    assert signals.mining(Policy()).values["DataMining"].endswith("EXCEPTSEARCHENGINEINDEXING")
