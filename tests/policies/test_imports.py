"""Lists of crawlers from elsewhere: what is taken, what is refused, what an administrator says above them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from policies.crawlers import TABLE, Crawler, Deny, Matcher, Origin, Purpose, Robots
from policies.errors import PolicyError
from policies.exports import export, refused_tokens
from policies.imports import MOST_BYTES, MOST_ENTRIES, combined, compared, purpose_of, read
from policies.overrides import applied, check
from policies.policy import DEFAULT
from policies.quarantine import AGENTS, quarantined

BASE = "https://art.example"


def listed(**rows: Any) -> bytes:
    return json.dumps(rows).encode()


def entry(function: str = "", **more: str) -> dict[str, str]:
    return {"operator": "[Acme](https://acme.example)", "function": function, **more}


@pytest.mark.rule("P-205")
def test_the_shipped_table_turns_away_nobody_and_a_row_that_would_is_kept_apart() -> None:
    assert quarantined(TABLE) == {}
    matcher = Matcher([row for row in TABLE if row.purpose not in ("search", "preview")])
    assert not [agent for values in AGENTS.values() for agent in values if matcher.match(agent)]
    rows = [
        Crawler(token, "", Purpose.TRAINING)
        for token in ("Mozilla", "Mastodon", "Googlebot", "NVDA", "LCC", "Quiet Bot")
    ]
    kept = quarantined(rows)
    assert set(kept) == {"Mozilla", "Mastodon", "Googlebot", "NVDA", "LCC"}
    assert kept["NVDA"] == "it would also name a screen reader"
    assert "LCC" not in quarantined(rows, confirmed=["lcc"])
    assert "Googlebot" not in quarantined([replace(rows[2], purpose=Purpose.SEARCH)])


@pytest.mark.rule("P-211", "P-212", "P-213", "P-203")
def test_a_list_is_cleaned_row_by_row_and_our_rows_keep_their_purpose() -> None:
    found = read(
        listed(
            **{
                "GPTBot": entry("AI Assistants", description="one\r\nDisallow: /"),
                "Fresh Bot/1.0": entry("Scrapes data to train LLMs"),
                "Helper": entry("AI Assistants"),
                "Finder": entry("AI Search Crawlers"),
                "Strange": entry("Unclear at this time."),
                "OpenAI": entry("AI Agents"),
                "Spider": entry(),
                "Applebot": entry(),
                "fresh bot": entry("again"),
                "x\r\nAllow: /": entry(),
                "a:b": entry(),
                "a#b": entry(),
                "(.*)+": entry(),
            }
        ),
        TABLE,
    )
    rows = {row.token: row for row in found.rows}
    assert set(rows) == {"GPTBot", "Fresh Bot", "Helper", "Finder", "Strange", "OpenAI"}
    assert set(found.rejected) == {"x Allow: /", "a:b", "a#b", "(.*)+"}
    assert (rows["GPTBot"].purpose, rows["GPTBot"].operator) == (Purpose.TRAINING, "OpenAI")
    assert rows["GPTBot"].note == "one Disallow: /"
    assert [rows[name].purpose for name in ("Fresh Bot", "Helper", "Finder", "Strange")] == [
        Purpose.TRAINING,
        Purpose.ASSISTANT,
        Purpose.AI_SEARCH,
        Purpose.UNKNOWN,
    ]
    assert rows["Fresh Bot"].operator == "Acme"
    assert {row.origin for row in found.rows} == {Origin.IMPORTED}
    assert (rows["OpenAI"].robots, rows["OpenAI"].deny) == (Robots.BY_POLICY, Deny.NEVER)
    assert purpose_of("") is Purpose.UNKNOWN


@pytest.mark.rule("P-211")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" + b" " * MOST_BYTES, "larger than 1 MiB"),
        (b"not json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"text"', "neither an object"),
        (b"[1]", "must be an object"),
        (b'{"GPTBot": 1}', "must be an object"),
        (b"{}", "no entry of it can be used"),
        (b'{"(.*)+": {}}', "the first one"),
        (b'[{"token": "New Bot", "operator": "", "purpose": "world peace"}]', "purpose"),
        (json.dumps({f"Bot {n}": {} for n in range(10_000)}).encode(), "10,000 entries"),
    ],
)
def test_a_list_of_another_shape_or_size_is_refused_with_a_clear_word(body: bytes, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        read(body, TABLE)


@pytest.mark.rule("P-214", "P-222")
def test_what_was_exported_is_imported_again_and_changes_nothing() -> None:
    exported = export("json", TABLE, DEFAULT, BASE, 403)
    found = read(exported.encode(), TABLE)
    changes = compared(combined(TABLE, ()), combined(TABLE, found.rows))
    assert (len(found.rows), found.rejected) == (len(TABLE) - 2, {})
    assert not [row for row in changes.changed if replace(row, origin=Origin.SHIPPED) not in TABLE]
    later = compared(combined(TABLE, [Crawler("Old Bot", "", Purpose.UNKNOWN)]), combined(TABLE, ()))
    assert [row.token for row in later.removed] == ["Old Bot"]
    assert MOST_ENTRIES == 2_000


@pytest.mark.rule("P-215")
def test_what_an_administrator_says_stands_above_every_list() -> None:
    said = {
        "gptbot": {"deny": "never", "confirmed": "yes"},
        "Own Bot": {"purpose": "training"},
        "Gone": {"deny": "never"},
    }
    rows = {row.token: row for row in applied(TABLE, said)}
    assert (rows["GPTBot"].deny, rows["GPTBot"].origin) == (Deny.NEVER, Origin.ADMIN)
    assert rows["Own Bot"].purpose is Purpose.TRAINING
    assert "Gone" not in rows
    assert applied([rows["Own Bot"]], {"Own Bot": {"confirmed": "yes"}}) == (rows["Own Bot"],)


@pytest.mark.rule("P-215")
@pytest.mark.parametrize(
    ("token", "column", "value"),
    [
        ("GPTBot", "colour", "red"),
        ("GPTBot", "confirmed", "no"),
        ("GPTBot", "note", "two\nlines"),
        ("GPTBot", "deny", "perhaps"),
        ("GPTBot", "verify", "by magic"),
        ("a:b", "note", "x"),
    ],
)
def test_what_no_row_may_hold_is_refused(token: str, column: str, value: str) -> None:
    with pytest.raises(PolicyError):
        check(token, column, value)


@pytest.mark.rule("P-222")
@pytest.mark.parametrize("form", ["nginx", "caddy", "haproxy"])
def test_a_server_in_front_gets_every_token_that_is_refused_and_no_other(form: str) -> None:
    rude = Crawler("Rude Bot", "", Purpose.MONITOR, deny=Deny.ALWAYS)
    table = (*TABLE, rude, Crawler("Cursor", "", Purpose.UNKNOWN))
    text, groups = export(form, table, DEFAULT, BASE, 451), refused_tokens(table, DEFAULT)
    assert groups["all"] == ("Rude Bot",)
    for row in table:
        is_refused = any(row.token in tokens for tokens in groups.values())
        assert (f"{row.token}(" in text or f"{row.token}|" in text or f"{row.token})" in text) is is_refused
    for words in ("for AI training is refused", "as AI input is refused", "451", "/inbox", "well-known/"):
        assert words in text
    assert "GPTBot" in text
    assert "Googlebot" not in text
