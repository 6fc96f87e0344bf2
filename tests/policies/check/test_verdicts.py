"""Verdicts on signals, the yardstick of a foreign site, exit codes and the table."""

import pytest

from policies.check import signals
from policies.check.readers import pairs, robots_tag, single, usage
from policies.check.verdicts import (
    ANY,
    Heard,
    Inapplicable,
    Mode,
    Row,
    Sight,
    Unread,
    Verdict,
    Wanted,
    exit_code,
    judged,
    printed,
    rows,
    summary,
    table,
    yardstick,
)
from policies.policy import Mining, Policy, Use

DEFAULT = Policy()
OPEN = Policy(ai_train=Use.ALLOW, tdm=Mining.OPEN)


@pytest.mark.rule("P-505", "P-104")
@pytest.mark.parametrize(
    ("sent", "verdict"),
    [
        ("noai, noimageai", Verdict.PASS),
        ("NoImageAI,noai", Verdict.PASS),
        (None, Verdict.ABSENT),
        ("all", Verdict.ABSENT),
        ("noai", Verdict.ABSENT),
        ("noai, noimageai, noindex", Verdict.FAIL),
        ("noai, noimageai, max-image-preview:large", Verdict.WEAK),
        ("GPTBot: noai, noimageai", Verdict.WEAK),
    ],
)
def test_a_robots_tag_is_judged_by_what_the_reader_of_datasets_makes_of_it(
    sent: str | None, verdict: Verdict
) -> None:
    assert judged(signals.robots_tag(DEFAULT), robots_tag(sent)) is verdict


def test_what_should_not_be_said_and_is_not_said_passes() -> None:
    assert judged(signals.robots_tag(OPEN), robots_tag(None)) is Verdict.PASS
    assert judged(signals.robots_tag(OPEN), robots_tag("noai, noimageai")) is Verdict.FAIL


@pytest.mark.rule("P-505", "P-105")
@pytest.mark.parametrize(
    ("sent", "parsed", "verdict"),
    [
        ("train-ai=n, search=y", {"train-ai": "n", "search": "y"}, Verdict.PASS),
        ("train-ai=y, search=y", {"train-ai": "y", "search": "y"}, Verdict.FAIL),
        ("search=y", {"search": "y"}, Verdict.ABSENT),
        ("train-ai=n; search=y", {"train-ai": "n"}, Verdict.WEAK),
        ("Train-AI=n, search=y", {}, Verdict.WEAK),
        ("train-ai=n, train-ai=y, search=y", {"train-ai": "y", "search": "y"}, Verdict.WEAK),
        (None, {}, Verdict.ABSENT),
    ],
)
def test_a_dictionary_is_judged_by_what_its_parser_makes_of_it(
    sent: str | None, parsed: dict[str, str], verdict: Verdict
) -> None:
    assert judged(signals.usage(DEFAULT), usage(sent, parsed)) is verdict


def test_an_address_that_is_not_known_has_only_to_be_there() -> None:
    some = Wanted("present", {"tdm-policy": ANY}, frozenset({"tdm-policy"}))
    assert judged(some, single("tdm-policy", "https://a.example/ask")) is Verdict.PASS
    assert judged(some, single("tdm-policy", None)) is Verdict.ABSENT


@pytest.mark.rule("P-025")
def test_where_works_may_differ_the_site_says_nothing_and_what_it_says_is_a_fault() -> None:
    wanted = signals.usage(DEFAULT, OPEN)
    assert judged(wanted, usage("search=y", {"search": "y"})) is Verdict.PASS
    assert judged(wanted, usage("train-ai=n, search=y", {"train-ai": "n", "search": "y"})) is Verdict.FAIL
    assert judged(signals.site_reservation(DEFAULT, OPEN), single("tdm-reservation", None)) is Verdict.PASS
    assert judged(signals.site_reservation(OPEN, OPEN), single("tdm-reservation", "0")) is Verdict.PASS


@pytest.mark.rule("P-503")
def test_of_a_foreign_site_the_strictest_that_it_says_is_the_measure() -> None:
    sights = [
        Sight("S01", "X-Robots-Tag", "page", None, robots_tag("noai, noimageai")),
        Sight("S01", "Content-Usage", "page", None, usage("train-ai=y", {"train-ai": "y"})),
        Sight("S05", "Content-Signal", "robots.txt", None, pairs("search=yes, ai-train=no")),
        Sight("S02", "X-Robots-Tag", "media", None, robots_tag("noai, max-image-preview:large")),
        Sight("S04", "meta robots", "page", None, Heard(None)),
        Sight("S12", "aiPolicy", "NodeInfo", None, Unread("timeout")),
        Sight("S10", "license.xml", "RSL", None, Inapplicable("none is named")),
    ]
    assert yardstick(sights) == {"ai_train": "deny", "search": "allow"}
    found = rows(sights)
    assert [row.verdict for row in found] == ["pass", "fail", "pass", "weak", "absent", "error", "n/a"]
    assert found[3].rule == "P-104"
    assert found[0].expected == "ai_train=deny, search=allow"
    assert [row.id for row in found][:2] == ["S01.x-robots-tag.1", "S01.content-usage.1"]
    assert exit_code(found, Mode.OBSERVE) == 1


def test_what_is_expected_stands_in_the_row_and_what_is_not_there_is_called_absent() -> None:
    found = rows([Sight("S01", "X-Robots-Tag", "page", signals.robots_tag(OPEN), robots_tag(None))])
    assert (found[0].expected, found[0].seen, found[0].verdict) == ("none", "absent", Verdict.PASS)


def row(verdict: Verdict) -> Row:
    return Row("S01.a.1", "S01", "page", "a", "x" * 60, "y", verdict, "P-104", "note")


@pytest.mark.rule("P-506")
@pytest.mark.parametrize(
    ("verdicts", "mode", "strict", "code"),
    [
        ("pass n/a", Mode.SELF, False, 0),
        ("pass weak", Mode.SELF, False, 4),
        ("pass weak", Mode.SELF, True, 1),
        ("weak error", Mode.SELF, True, 3),
        ("error absent", Mode.EXPECT, False, 1),
        ("error fail", Mode.SELF, False, 1),
        ("pass absent", Mode.OBSERVE, False, 0),
        ("absent fail", Mode.OBSERVE, False, 1),
    ],
)
def test_the_worst_verdict_decides_the_exit_code(verdicts: str, mode: Mode, strict: bool, code: int) -> None:
    assert exit_code([row(Verdict(each)) for each in verdicts.split()], mode, strict=strict) == code


@pytest.mark.rule("P-504", "P-507")
def test_rows_are_printed_as_a_table_and_as_members_in_their_order() -> None:
    found = [row(Verdict.WEAK), row(Verdict.PASS)]
    text = table(found)
    assert text.splitlines()[0].split() == ["SURFACE", "EXPECTED", "SEEN", "VERDICT"]
    assert "xxx...  y" in text
    assert "weak     P-104 note" in text
    assert list(printed(found[0])) == ["id", "surface", "target", "field", "expected", "seen", "verdict", "rule", "note"]  # fmt: skip
    assert summary(found) == {"pass": 1, "n/a": 0, "weak": 1, "error": 0, "absent": 0, "fail": 0}
