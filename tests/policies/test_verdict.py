"""Which crawler is refused what, and in which words."""

from dataclasses import replace

import pytest

from policies.crawlers import TABLE, Crawler, Deny, Matcher, Purpose
from policies.policy import DEFAULT, Mining, Policy, Use
from policies.verdict import (
    GUARDED,
    Allow,
    Reason,
    Refuse,
    Surface,
    may_refuse,
    refusal_sentence,
    refusal_text,
    verdict,
)

BASE = "https://art.example"
LOOSE = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)


def shipped(token: str) -> Crawler:
    return next(crawler for crawler in TABLE if crawler.token == token)


@pytest.mark.rule("P-200", "P-201", "P-221")
@pytest.mark.parametrize("surface", [Surface.HTML, Surface.MEDIA, Surface.FEED])
@pytest.mark.parametrize(
    ("purpose", "field", "words"),
    [
        (Purpose.TRAINING, "ai_train", "for AI training"),
        (Purpose.DATASET, "ai_train", "for AI training"),
        (Purpose.SCRAPER, "ai_train", "for AI training"),
        (Purpose.UNKNOWN, "ai_train", "for AI training"),
        (Purpose.AI_SEARCH, "ai_input", "as AI input"),
        (Purpose.ASSISTANT, "ai_input", "as AI input"),
        (Purpose.SEARCH, "search", "for search indexing"),
    ],
)
def test_a_purpose_is_refused_where_its_field_is_denied_and_only_there(
    purpose: Purpose, field: str, words: str, surface: Surface
) -> None:
    crawler = Crawler("Some Bot", "", purpose)
    refusal = verdict(replace(LOOSE, **{field: Use.DENY}), crawler, surface)
    assert refusal == Refuse(field, f"Automated access {words} is refused here.", Reason.POLICY)
    assert verdict(LOOSE, crawler, surface) == Allow()


@pytest.mark.rule("P-200")
@pytest.mark.parametrize("purpose", [Purpose.PREVIEW, Purpose.ARCHIVE, Purpose.FEED, Purpose.MONITOR])
def test_other_purposes_follow_no_field(purpose: Purpose) -> None:
    strict = replace(DEFAULT, search=Use.DENY)
    assert verdict(strict, Crawler("Some Bot", "", purpose), Surface.HTML) == Allow()


@pytest.mark.rule("P-207", "P-208")
@pytest.mark.parametrize("surface", [Surface.ACTIVITYPUB, Surface.API, Surface.OPEN])
def test_federation_the_api_and_policy_documents_never_refuse_by_the_table(surface: Surface) -> None:
    assert surface not in GUARDED
    for crawler in (*TABLE, Crawler("Rude Bot", "", Purpose.UNKNOWN, deny=Deny.ALWAYS)):
        assert verdict(replace(DEFAULT, search=Use.DENY), crawler, surface) == Allow()


def test_who_names_nobody_is_allowed() -> None:
    assert verdict(DEFAULT, Matcher(TABLE).match("Firefox/132.0"), Surface.MEDIA) == Allow()


def test_a_row_that_is_always_denied_is_refused_whatever_the_policy() -> None:
    trainer = replace(shipped("GPTBot"), deny=Deny.ALWAYS)
    monitor = Crawler("Rude Bot", "", Purpose.MONITOR, deny=Deny.ALWAYS)
    assert verdict(LOOSE, trainer, Surface.HTML) == Refuse(
        "ai_train", "Automated access for AI training is refused here.", Reason.ALWAYS
    )
    assert verdict(LOOSE, monitor, Surface.HTML) == Refuse(
        None, "Automated access is refused here.", Reason.ALWAYS
    )


@pytest.mark.parametrize("token", ["Googlebot", "Google-Extended", "WhatsApp"])
def test_a_row_that_is_never_denied_is_allowed_whatever_the_policy(token: str) -> None:
    assert verdict(replace(DEFAULT, search=Use.DENY), shipped(token), Surface.HTML) == Allow()


@pytest.mark.rule("P-201")
def test_the_work_that_opted_in_is_open_while_its_neighbour_is_not() -> None:
    crawler = shipped("GPTBot")
    assert verdict(LOOSE, crawler, Surface.MEDIA) == Allow()
    assert isinstance(verdict(DEFAULT, crawler, Surface.MEDIA), Refuse)


@pytest.mark.rule("P-220")
def test_the_refusal_is_the_documented_text() -> None:
    assert refusal_text(refusal_sentence("ai_train"), BASE) == (
        "Automated access for AI training is refused here. Policy: https://art.example/ai-policy"
    )


@pytest.mark.rule("P-201")
@pytest.mark.parametrize("surface", Surface)
def test_what_no_policy_refuses_is_known_without_looking_one_up(surface: Surface) -> None:
    strictest = replace(DEFAULT, search=Use.DENY)
    rude = Crawler("Rude Bot", "", Purpose.MONITOR, deny=Deny.ALWAYS)
    for crawler in (*TABLE, rude, replace(rude, deny=Deny.BY_POLICY)):
        assert may_refuse(crawler, surface) is isinstance(verdict(strictest, crawler, surface), Refuse)
