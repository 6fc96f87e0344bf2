"""What others state about AI use: read from every carrier, combined, and said again in our own words."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.headers import fields, meta, statement
from policies.policy import AnonymousMedia, Bounds, Licensing, Mining, Policy, Use, effective, loosened
from policies.statements import (
    NAMES,
    ORIGIN,
    REMOTE_DEFAULT,
    SILENCE,
    Reading,
    Statement,
    as_fields,
    check_remote_default,
    from_fields,
    nearest,
    read_cawg,
    read_headers,
    read_terms,
    read_xmp,
    restated,
    stating,
    sticky,
    strictest,
    tightened,
)
from policies.words import already, sentence

BASE = "https://art.example"
ALLOW, DENY, OPEN, RESERVED = Use.ALLOW, Use.DENY, Mining.OPEN, Mining.RESERVED
PLUS = "http://ns.useplus.org/ldf/vocab/DMI-"
LOOSE = Policy(ai_train=ALLOW, ai_input=ALLOW, tdm=OPEN)
NONE = Bounds(floor=LOOSE)
ALL_ORIGIN = dict.fromkeys(NAMES, ORIGIN)
RUBBISH: tuple[Any, ...] = (
    ["train-ai=n"],
    7,
    None,
    True,
    {"@value": "train-ai=n"},
    "<script>alert(1)</script>",
    "train-ai=n, search=y\r\nX-Evil: 1",
    "x" * 1025,
)
statements = st.builds(
    Statement,
    **{name: st.sampled_from([None, ALLOW, DENY]) for name in NAMES if name != "tdm"},
    tdm=st.sampled_from([None, OPEN, RESERVED]),
)


def four(policy: Policy) -> list[str]:
    """The fields as a row of table 1.6."""
    return ["unknown" if name in policy.unknown else getattr(policy, name).value for name in NAMES]


@pytest.mark.rule("P-024")
@pytest.mark.rule("P-032")
@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"contentUsage": "train-ai=n, search=y"}, Statement(search=ALLOW, ai_train=DENY)),
        ({"contentUsage": "train-ai=n, train-ai=y"}, Statement(ai_train=ALLOW)),
        ({"contentUsage": 'train-ai="n", search'}, SILENCE),
        ({"contentUsage": "train-ai=n; search=y, train-genai=n"}, Statement(ai_train=DENY)),
        ({"contentSignal": "search=yes, ai-input=no,ai-train=no"}, Statement(ALLOW, DENY, DENY)),
        ({"contentSignal": "ai-train=no, ai-train=yes, use=no, search=maybe"}, Statement(ai_train=DENY)),
        ({"tdmReservation": 1}, Statement(tdm=RESERVED)),
        ({"tdmReservation": "0"}, Statement(tdm=OPEN)),
        ({"dataMining": f"{PLUS}ALLOWED"}, Statement(ai_train=ALLOW, tdm=OPEN)),
        ({"dataMining": f"{PLUS}PROHIBITED"}, Statement(search=DENY, tdm=RESERVED)),
        ({"dataMining": "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"}, Statement(search=ALLOW, tdm=RESERVED)),
        ({"dataMining": f"{PLUS}PROHIBITED-GENAIMLTRAINING"}, Statement(ai_train=DENY)),
        ({"dataMining": f"{PLUS}PROHIBITED-AIMLTRAINING"}, Statement(tdm=RESERVED)),
        ({"dataMining": f"{PLUS}PROHIBITED-SEECONSTRAINT"}, Statement(tdm=RESERVED)),
        ({"dataMining": f"{PLUS}UNSPECIFIED"}, SILENCE),
        ({"xRobotsTag": "noai, max-image-preview:large"}, Statement(ai_train=DENY)),
        (
            {"contentUsage": "train-ai=y", "dataMining": f"{PLUS}PROHIBITED-GENAIMLTRAINING"},
            Statement(ai_train=DENY),
        ),
        ({"usageInfo": "https://there.example/", "noai": True}, SILENCE),
    ],
)
def test_each_term_says_what_the_table_says(terms: dict[str, Any], expected: Statement) -> None:
    assert read_terms(terms) == Reading(expected)


@pytest.mark.rule("P-032")
def test_header_fields_and_what_a_file_says_of_itself_are_read() -> None:
    headers = {"content-usage": "search=n", "tdm-reservation": "1", "x-robots-tag": "NoImageAI"}
    assert read_headers(headers | {"server": "x"}) == Reading(Statement(DENY, DENY, None, RESERVED))
    assert read_headers({"x-robots-tag": "gptbot: noai, none"}).statement == Statement(search=DENY)
    assert read_headers({"x-robots-tag": "otherbot: noindex"}) == Reading(SILENCE)
    assert read_xmp({"plus:DataMining": f"{PLUS}ALLOWED"}).statement == Statement(ai_train=ALLOW, tdm=OPEN)
    entries: dict[Any, Any] = {
        "cawg.ai_generative_training": {"use": "notAllowed"},
        "cawg.ai_inference": {"use": "constrained", "constraint_info": "ask"},
        "c2pa.data_mining": {"use": "notAllowed"},
        "cawg.ai_training": {"use": "allowed"},
        "cawg.juggling": {"use": "notAllowed"},
        "cawg.x": "notAllowed",
        7: {},
    }
    assert read_cawg(entries).statement == Statement(None, DENY, DENY, RESERVED)
    assert read_cawg(["notAllowed"]) == Reading(SILENCE, 1)
    carried = {"content-usage": "search=n", "contentUsage": "search=n", "plus:DataMining": "x"}
    assert stating(carried | {"server": "x", "type": "Note"}) == carried


@pytest.mark.rule("P-602")
@pytest.mark.parametrize("value", RUBBISH)
@pytest.mark.parametrize("term", ["contentUsage", "contentSignal", "dataMining"])
def test_rubbish_is_unknown_and_counted(term: str, value: Any) -> None:
    assert read_terms({term: value}) == Reading(SILENCE, 1)


@pytest.mark.rule("P-602")
@pytest.mark.parametrize("value", [2, -1, True, [1], "yes", None, "1\n0"])
def test_a_reservation_is_one_or_nought(value: Any) -> None:
    assert read_terms({"tdmReservation": value, "contentUsage": "search=n"}) == Reading(
        Statement(search=DENY), 1
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.rule("P-602")
@given(
    st.dictionaries(
        st.sampled_from(["contentUsage", "contentSignal", "tdmReservation", "dataMining"]), json_values
    )
)
def test_whatever_another_server_states_nothing_of_it_reaches_our_headers(terms: dict[str, Any]) -> None:
    read = read_terms(terms)
    assert isinstance(read_cawg(terms), Reading)
    stated = restated(read.statement, ALL_ORIGIN)
    for name, value in fields(stated, BASE):
        assert value.isascii()
        assert value.isprintable()
        assert len(value) < 256, name


@pytest.mark.rule("P-030")
@given(statements, statements, statements)
def test_the_nearest_statement_of_each_field_applies(
    one: Statement, two: Statement, three: Statement
) -> None:
    found = nearest(one, two, three)
    for name in NAMES:
        first = next((v for v in (getattr(s, name) for s in (one, two, three)) if v is not None), None)
        assert getattr(found, name) == first


@pytest.mark.rule("P-031")
@given(st.lists(statements, max_size=4))
def test_the_strictest_of_several_carriers_applies_in_whatever_order(found: list[Statement]) -> None:
    combined = strictest(found)
    assert combined == strictest(reversed(found))
    for name in NAMES:
        values = {getattr(each, name) for each in found} - {None}
        strict = next((value for value in (DENY, RESERVED) if value in values), None)
        assert getattr(combined, name) == (strict or next(iter(values), None))


@pytest.mark.rule("P-034")
def test_a_denial_stays_until_its_origin_allows() -> None:
    said = Statement(search=ALLOW, ai_train=DENY, tdm=RESERVED)
    assert sticky(said, SILENCE) == Statement(ai_train=DENY, tdm=RESERVED)
    assert sticky(said, Statement(search=DENY, ai_train=ALLOW)) == Statement(DENY, ALLOW, None, RESERVED)
    assert sticky(SILENCE, said) == said


@pytest.mark.rule("P-020", "P-021")
@given(statements, statements)
def test_a_choice_is_only_ever_tightened_by_a_statement(chosen: Statement, stated: Statement) -> None:
    choice = as_fields(chosen)
    before, after = (effective(LOOSE, {}, each, bounds=NONE) for each in (choice, tightened(choice, stated)))
    assert loosened(before, after) == ()
    for name, value in as_fields(stated).items():
        if value in ("deny", "reserved"):
            assert getattr(after, name) == value
    # Who is about to publish reads exactly what is denied, whatever else is permitted.
    words = already("Your file", stated)
    assert bool(words) is bool(tightened({}, stated))
    assert ("no AI training" in words) is (
        effective(LOOSE, {}, tightened({}, stated), bounds=NONE).ai_train is DENY
    )
    assert "allowed" not in words
    assert "open" not in words


@given(statements)
def test_what_is_stored_is_read_back(stated: Statement) -> None:
    assert from_fields(as_fields(stated)) == stated
    assert bool(stated) is (stated != SILENCE)


@pytest.mark.rule("P-033")
@pytest.mark.parametrize(
    ("stated", "indexable", "expected"),
    [
        pytest.param(SILENCE, False, ["deny", "deny", "deny", "reserved"], id="E8"),
        pytest.param(
            read_terms({"contentUsage": "train-ai=y, search=y"}).statement,
            True,
            ["allow", "deny", "deny", "reserved"],
            id="E9",
        ),
        pytest.param(
            strictest(
                [
                    nearest(
                        read_terms({"contentUsage": "train-ai=y, search=y"}).statement,
                        read_terms({"contentUsage": "train-ai=n"}).statement,
                    ),
                    read_xmp({"plus:DataMining": f"{PLUS}PROHIBITED"}).statement,
                ]
            ),
            True,
            ["deny", "deny", "deny", "reserved"],
            id="E11",
        ),
    ],
)
def test_our_copy_states_the_stricter_of_the_origin_and_our_default(
    stated: Statement, indexable: bool, expected: list[str]
) -> None:
    said = restated(stated, REMOTE_DEFAULT, indexable=indexable)
    assert four(said) == expected
    directives = "noai, noimageai" + (", noindex, noimageindex" if expected[0] == "deny" else "")
    usage = f"train-ai=n, search={'n' if expected[0] == 'deny' else 'y'}"
    assert statement(said, BASE) == (
        ("X-Robots-Tag", directives),
        ("Content-Usage", usage),
        ("tdm-reservation", "1"),
    )
    assert said.licensing is Licensing.NONE


@pytest.mark.rule("P-035")
def test_what_nobody_stated_stands_nowhere() -> None:
    said = restated(read_headers({"x-robots-tag": "noai"}).statement, ALL_ORIGIN)
    assert four(said) == ["unknown", "deny", "unknown", "unknown"]  # E10
    assert statement(said, BASE) == (
        ("X-Robots-Tag", "noai, noimageai"),
        ("Content-Usage", "train-ai=n"),
        ("tdm-reservation", "1"),
    )
    assert sentence(said) == "This work states: no AI training."
    silent = restated(SILENCE, ALL_ORIGIN)
    assert statement(silent, BASE) == ()
    assert [tag.element for tag in meta(silent, BASE)] == ["link"]
    assert sentence(silent) == "This work states nothing about use by AI."
    reserved = restated(Statement(tdm=RESERVED), ALL_ORIGIN)
    assert four(reserved) == ["unknown", "deny", "unknown", "reserved"]


@pytest.mark.rule("P-012")
def test_what_is_not_public_elsewhere_is_not_searchable_here() -> None:
    said = restated(Statement(search=ALLOW), ALL_ORIGIN, indexable=True, public=False)
    assert (said.search, said.anonymous_media) == (DENY, AnonymousMedia.NONE)
    assert "search" not in said.unknown


@given(statements)
def test_our_copy_is_never_looser_than_either(stated: Statement) -> None:
    said = restated(stated, REMOTE_DEFAULT)
    assert said == replace(restated(SILENCE, REMOTE_DEFAULT), search=said.search)
    for name in NAMES:
        if getattr(stated, name) in (DENY, RESERVED):
            assert getattr(restated(stated, ALL_ORIGIN), name) == getattr(stated, name)


@pytest.mark.rule("P-032")
def test_the_default_of_an_admin_is_checked_and_whole() -> None:
    assert check_remote_default({}) == REMOTE_DEFAULT
    assert check_remote_default({"tdm": "origin", "search": "deny"}) == {
        **REMOTE_DEFAULT,
        "tdm": "origin",
        "search": "deny",
    }
    for wrong in ({"noarchive": "on"}, {"ai_train": "indexable"}, {"tdm": "allow"}):
        with pytest.raises(PolicyError) as caught:
            check_remote_default(wrong)
        assert caught.value.field == next(iter(wrong))
