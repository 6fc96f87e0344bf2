"""The shipped table, and which User-Agent values name whom."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.crawlers import NEVER_MATCHED, TABLE, Crawler, Deny, Matcher, Purpose, Robots
from policies.errors import PolicyError

MATCHER = Matcher(TABLE)

GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
)
PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
    "Mastodon/4.3.1 (http.rb/5.2.0; +https://social.example/)",
    "Misskey/2024.10.1 (https://mk.example)",
    "Pleroma 2.6.0: https://pl.example <admin@pl.example>; Bot",
    "(Pixelfed/0.12.3; +https://px.example)",
    "gotosocial/0.17.3 (+https://gts.example)",
    "Lemmy/0.19.5; +https://lemmy.example",
    "Friendica 'Yellow Archangel' 2024.08; https://fr.example",
    "Fedify/2.3.6 (Node.js/v22.0.0)",
    "Tusky/26.1 Android/14 OkHttp/4.12.0",
    "IceCubesApp/1.10 CFNetwork/1568 Darwin/24.1.0",
    "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    "FreshRSS/1.24.3 (Linux; https://freshrss.org)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Code/1.95.0",
    "curl/8.10.1",
    "",
)


def row(token: str, purpose: Purpose = Purpose.TRAINING) -> Crawler:
    return Crawler(token, "", purpose)


@pytest.mark.rule("P-202")
def test_every_shipped_row_says_where_and_when_it_was_compiled() -> None:
    assert len({crawler.token.casefold() for crawler in TABLE}) == len(TABLE) > 60
    for crawler in TABLE:
        assert crawler.source
        assert crawler.operator
        assert crawler.updated_at == date(2026, 11, 23)


@pytest.mark.rule("P-119")
@pytest.mark.parametrize("token", ["Google-Extended", "Applebot-Extended"])
def test_control_tokens_stand_in_robots_and_refuse_no_request(token: str) -> None:
    crawler = next(crawler for crawler in TABLE if crawler.token == token)
    assert (crawler.robots, crawler.deny) == (Robots.BY_POLICY, Deny.NEVER)


@pytest.mark.rule("P-204")
def test_a_token_is_found_whatever_its_case_and_its_type() -> None:
    for value in (GPTBOT, GPTBOT.lower(), GPTBOT.upper().encode()):
        found = MATCHER.match(value)
        assert found is not None
        assert found.token == "GPTBot"


@pytest.mark.rule("P-204")
@pytest.mark.parametrize("crawler", [row for row in TABLE if row.token.casefold() not in NEVER_MATCHED])
def test_every_shipped_token_is_found_in_a_value_of_the_usual_shape(crawler: Crawler) -> None:
    assert MATCHER.match(f"Mozilla/5.0 (compatible; {crawler.token}/1.0; +https://bot.example)") == crawler


@pytest.mark.rule("P-204")
def test_a_token_counts_only_between_boundaries() -> None:
    matcher = Matcher([row("Bot.One")])
    assert matcher.match("x/1 (Bot.One)")
    for near in ("Bot.Ones", "MyBot.One", "Bot.One-Extra", "_Bot.One", "BotxOne"):
        assert matcher.match(near) is None


@pytest.mark.rule("P-204")
def test_the_longer_of_two_tokens_at_one_place_wins() -> None:
    matcher = Matcher([row("Kangaroo"), row("Kangaroo Bot")])
    found = matcher.match("Kangaroo Bot/1.0")
    assert found is not None
    assert found.token == "Kangaroo Bot"
    found = matcher.match("Kangaroo/1.0")
    assert found is not None
    assert found.token == "Kangaroo"


@pytest.mark.rule("P-204")
def test_only_the_first_512_bytes_are_read() -> None:
    assert MATCHER.match("x" * 505 + " GPTBot") is not None
    assert MATCHER.match("x" * 506 + " GPTBot") is None


@pytest.mark.rule("P-203", "P-204", "P-205")
@pytest.mark.parametrize("value", PEOPLE)
def test_people_servers_and_readers_are_nobodys_crawler(value: str) -> None:
    assert MATCHER.match(value) is None


@pytest.mark.rule("P-203")
def test_tokens_that_would_hit_other_things_are_never_matched() -> None:
    tokens = ["Code", "Spider", "OpenAI", "Operator", "Cursor", "wpbot", "Applebot", "facebookexternalhit"]
    matcher = Matcher([row(token) for token in tokens])
    assert [matcher.match(f"{token}/1.0") for token in tokens] == [None] * 8


def test_of_two_rows_for_one_token_the_first_counts() -> None:
    matcher = Matcher([row("GPTBot", Purpose.FEED), row("gptbot")])
    found = matcher.match(GPTBOT)
    assert found is not None
    assert found.purpose is Purpose.FEED


def test_an_empty_table_matches_nobody() -> None:
    assert Matcher([]).match(GPTBOT) is None


@given(st.one_of(st.text(), st.binary()))
def test_no_value_breaks_the_matching(value: str | bytes) -> None:
    assert MATCHER.match(value) is None or MATCHER.match(value) in TABLE


@pytest.mark.rule("P-212")
@pytest.mark.parametrize(
    "token", ["Bad\nAllow: /", "Bad\r", "Bad#", "Bad:", "*", "ab", "x" * 65, "Bøt", "Bad\n"]
)
def test_a_token_that_could_write_rules_into_robots_is_refused(token: str) -> None:
    with pytest.raises(PolicyError) as caught:
        row(token)
    assert caught.value.field == "token"
