"""robots.txt, judged by parsers nobody here wrote."""

from dataclasses import replace
from urllib.robotparser import RobotFileParser

import pytest
from protego import Protego

from policies.crawlers import TABLE, Crawler, Deny, Purpose, Robots
from policies.policy import DEFAULT, FLOOR, Mining, Policy, Use
from policies.robots import render

BASE = "https://art.example"
FIVE = tuple(
    Crawler(token, "", purpose)
    for token, purpose in (
        ("GPTBot", Purpose.TRAINING),
        ("Google-Extended", Purpose.TRAINING),
        ("ChatGPT-User", Purpose.ASSISTANT),
        ("CCBot", Purpose.DATASET),
        ("Applebot-Extended", Purpose.TRAINING),
    )
)
B4 = """\
# In words: https://art.example/ai-policy
# train-ai, ai-train: training of generative models. ai-input: input to a model. n, no: not allowed.
# Where a value is n or no, rights under Article 4(3) of Directive (EU) 2019/790 are reserved.
User-agent: *
Content-Usage: train-ai=n, search=y
Content-Signal: search=yes, ai-input=no, ai-train=no
Disallow: /api/
Disallow: /proxy/
Disallow: /settings/
Allow: /

User-agent: Applebot-Extended
User-agent: CCBot
User-agent: ChatGPT-User
User-agent: Google-Extended
User-agent: GPTBot
Allow: /ai-policy
Allow: /policies/
Allow: /.well-known/
Disallow: /

Sitemap: https://art.example/sitemap.xml
"""


def judge(text: str, path: str, token: str) -> bool:
    allowed = Protego.parse(text).can_fetch(f"{BASE}{path}", token)
    second = RobotFileParser()
    second.parse(text.splitlines())
    assert second.can_fetch(token, f"{BASE}{path}") is allowed
    return bool(allowed)


def test_five_tokens_give_the_documented_bytes() -> None:
    assert render(DEFAULT, FLOOR, FIVE, BASE) == B4


@pytest.mark.rule("P-110")
def test_the_shipped_file_is_small_ascii_with_plain_line_ends() -> None:
    body = render(DEFAULT, FLOOR, TABLE, BASE)
    assert body.isascii()
    assert "\r" not in body
    assert body.endswith("sitemap.xml\n")
    assert len(body) < 256 * 1024


@pytest.mark.rule("P-111", "P-112", "P-113")
def test_each_group_names_its_crawlers_first_sorted_and_without_a_gap() -> None:
    groups = render(DEFAULT, FLOOR, TABLE, BASE).strip().split("\n\n")
    for group in groups[:-1]:
        lines = [line for line in group.splitlines() if not line.startswith("#")]
        names = [line for line in lines if line.startswith("User-agent: ")]
        assert lines[: len(names)] == names
        assert names == sorted(names, key=str.casefold)
    assert groups[-1] == "Sitemap: https://art.example/sitemap.xml"


@pytest.mark.rule("P-111")
def test_a_token_that_differs_by_case_alone_stands_once() -> None:
    twice = (*FIVE, Crawler("gptbot", "", Purpose.TRAINING))
    assert render(DEFAULT, FLOOR, twice, BASE) == B4


@pytest.mark.rule("P-201", "P-112", "P-116", "P-119")
@pytest.mark.parametrize("crawler", TABLE, ids=lambda row: row.token)
def test_every_shipped_row_is_judged_as_the_table_says(crawler: Crawler) -> None:
    text = render(DEFAULT, FLOOR, TABLE, BASE)
    by_everyone = crawler.purpose in {Purpose.SEARCH, Purpose.PREVIEW}
    assert judge(text, "/@ada/1", crawler.token) is by_everyone
    for document in ("/ai-policy", "/policies/tdm.json", "/.well-known/tdmrep.json"):
        assert judge(text, document, crawler.token)


def test_everybody_else_may_read_pages_but_no_timelines_or_settings() -> None:
    text = render(DEFAULT, FLOOR, TABLE, BASE)
    assert judge(text, "/@ada", "SomeReader")
    assert not judge(text, "/api/v1/timelines/public", "SomeReader")
    assert not judge(text, "/proxy/1", "SomeReader")
    assert not judge(text, "/settings/profile", "SomeReader")


@pytest.mark.rule("P-114", "P-118")
def test_an_open_crawler_has_a_group_of_its_own_with_both_signals() -> None:
    tools = (
        Crawler("Zed Fetcher", "", Purpose.FEED, Robots.OPEN),
        Crawler("FediFetcher", "", Purpose.FEED, Robots.OPEN),
    )
    text = render(DEFAULT, FLOOR, (*FIVE, *tools), BASE)
    signals = "Content-Usage: train-ai=n, search=y\nContent-Signal: search=yes, ai-input=no, ai-train=no\n"
    own = f"User-agent: FediFetcher\n{signals}Allow: /\n\nUser-agent: Zed Fetcher\n{signals}Allow: /\n\n"
    assert text.index(own) < text.index("User-agent: Applebot-Extended")
    assert judge(text, "/api/v1/timelines/public", "FediFetcher")


@pytest.mark.rule("P-115")
def test_the_closed_group_carries_no_signal() -> None:
    closed = render(DEFAULT, FLOOR, TABLE, BASE).split("\n\n")[1]
    assert "Content-" not in closed


def test_an_open_instance_closes_only_what_an_admin_closed() -> None:
    loose = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)
    assert render(loose, loose, TABLE, BASE).count("User-agent") == 1
    row = Crawler("Rude Bot", "", Purpose.MONITOR, Robots.DISALLOW, Deny.NEVER)
    assert not judge(render(loose, loose, (*TABLE, row), BASE), "/", "Rude Bot")


def test_an_instance_that_refuses_search_closes_the_search_crawlers_too() -> None:
    text = render(replace(DEFAULT, search=Use.DENY), FLOOR, TABLE, BASE)
    assert not judge(text, "/@ada", "Googlebot")
    assert judge(text, "/@ada", "Twitterbot")


@pytest.mark.rule("P-025")
def test_a_lowered_floor_leaves_the_word_on_training_to_each_answer() -> None:
    floor = replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN)
    text = render(DEFAULT, floor, TABLE, BASE)
    assert "\nContent-Usage: search=y\nContent-Signal: search=yes, ai-input=no\n" in text


@pytest.mark.rule("P-025", "P-011")
def test_a_floor_that_contradicts_itself_is_read_as_the_strict_one() -> None:
    contradictory = replace(FLOOR, ai_train=Use.ALLOW)
    text = render(contradictory, contradictory, TABLE, BASE)
    assert "\nContent-Usage: train-ai=n, search=y\n" in text
    assert not judge(text, "/@ada", "GPTBot")


def test_nothing_to_state_site_wide_leaves_no_empty_line() -> None:
    everything_open = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)
    strict = replace(DEFAULT, search=Use.DENY)
    assert "Content-" not in render(strict, everything_open, TABLE, BASE)


@pytest.mark.rule("P-117")
def test_a_whole_user_agent_value_passes_urllib_and_not_protego_which_is_why_protego_judges() -> None:
    text, value = render(DEFAULT, FLOOR, TABLE, "https://art.example"), "Mozilla/5.0 (compatible; GPTBot/1.2)"
    simple = RobotFileParser()
    simple.parse(text.splitlines())
    assert simple.can_fetch(value, "https://art.example/@ada/1")
    assert not Protego.parse(text).can_fetch("https://art.example/@ada/1", value)
