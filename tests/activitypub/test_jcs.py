"""Canonical JSON: one spelling for one value."""

import json
import struct
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub.errors import MalformedDocument
from activitypub.jcs import canonical


@pytest.mark.rule("F-322")
@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_printed_as_the_standard_lists_them(bits: str, expected: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(number) == expected.encode()


@pytest.mark.rule("F-322")
def test_names_are_sorted_by_their_utf16_units_and_texts_escaped_as_little_as_possible() -> None:
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
    ordered = list(json.loads(canonical(names)).values())
    assert ordered == [2, 4, 6, 7, 1, 5, 3]
    text = "\u20ac$\x0f\nA'B\"\\/\x7f"
    assert canonical([text, True, False, None, 2**53, 2**60]) == (
        '["€$\\u000f\\nA\'B\\"\\\\/\x7f",true,false,null,9007199254740992,1152921504606847000]'.encode()
    )
    assert canonical({}) + canonical(()) == b"{}[]"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", ["\ud800", {"\udfff": 1}, float("nan"), float("inf"), -(10**400), nested(64)]
)
def test_what_has_no_canonical_form_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedDocument):
        canonical(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_the_canonical_form_means_the_same_and_is_its_own(value: Any) -> None:
    once = canonical(value)
    assert json.loads(once, parse_int=float) == value
    assert canonical(orjson.loads(once)) == once
