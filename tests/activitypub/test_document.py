"""Reading untrusted JSON."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import document
from activitypub.errors import ActivityPubError, MalformedDocument
from activitypub.names import PUBLIC

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def test_an_object_comes_back_as_it_was_written() -> None:
    written = {"id": "https://a.example/1", "type": "Note", "tag": [1, 2.5, None, True]}
    assert document.loads(document.dumps(written)) == written


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"a": NaN}'])
def test_bytes_that_are_no_json_object_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        document.loads(body)


@pytest.mark.parametrize("depth", [65, 500, 10_000])
@pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_json_nested_too_deeply_is_malformed_and_exhausts_nothing(
    depth: int, start: bytes, end: bytes
) -> None:
    body = b'{"a":' + start * (depth - 1) + b"1" + end * (depth - 1) + b"}"
    with pytest.raises(MalformedDocument):
        document.loads(body)


def test_json_nested_sixty_deep_is_read() -> None:
    assert document.loads(b'{"a":' + b"[" * 60 + b"]" * 60 + b"}")


@given(st.binary(max_size=200))
def test_whatever_bytes_arrive_only_our_own_error_comes_out(body: bytes) -> None:
    with contextlib.suppress(ActivityPubError):
        document.loads(body)


@pytest.mark.rule("F-007")
def test_known_prefixes_are_cut_everywhere_and_unknown_ones_stay() -> None:
    body = b'{"as:type": "as:Note", "toot:focalPoint": 1, "a": [{"gts:x": {"litepub:y": 2}}], "schema:license": 3}'
    assert document.loads(body) == {
        "type": "as:Note",
        "focalPoint": 1,
        "a": [{"x": {"y": 2}}],
        "schema:license": 3,
    }


@pytest.mark.rule("F-014")
@pytest.mark.threat("ORI-23")
def test_twins_that_disagree_make_the_document_malformed() -> None:
    agreeing = document.loads(b'{"@id": "https://a.example/1", "id": "https://a.example/1", "@type": "Note"}')
    assert agreeing == {"id": "https://a.example/1", "type": "Note"}
    for body in (
        b'{"@id": "https://a.example/1", "id": "https://b.example/1"}',
        b'{"as:actor": 1, "actor": 2}',
    ):
        with pytest.raises(MalformedDocument):
            document.loads(body)


@pytest.mark.rule("F-014")
@pytest.mark.threat("DISC-03")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/1", "https://a.example/1"),
        ({"id": "https://a.example/1"}, "https://a.example/1"),
        ({"@id": "https://a.example/1"}, "https://a.example/1"),
        ("HTTPS://A.Example.:443/Path?q#f", "https://a.example/Path?q#f"),
        ("http://127.0.0.1:8000/actors/1", "http://127.0.0.1:8000/actors/1"),
        ("http://a.example:80", "http://a.example"),
        ("https://xn--bcher-kva.example/é", "https://xn--bcher-kva.example/é"),
        ("as:Public", PUBLIC),
        ("Public", PUBLIC),
        (PUBLIC, PUBLIC),
    ],
)
def test_an_id_is_read_from_its_shapes_with_its_host_in_canonical_form(value: Any, expected: str) -> None:
    assert document.id_of(value) == expected


@pytest.mark.rule("F-014")
@pytest.mark.threat("ORI-22")
@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        ["https://a.example/1"],
        {},
        {"id": 1},
        {"id": {"id": "https://a.example/1"}},
        {"id": "https://a.example/1", "@id": "https://b.example/1"},
        "",
        "a.example/1",
        "ftp://a.example/1",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://ada@a.example/1",
        "https://a.example@evil.example/1",
        "https://bücher.example/",
        "https://a..example/",
        "https://-a.example/",
        "https://[::1]/",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:x/",
        "https://a.example\\@evil.example/",
        "https://a.example/\\b",
        "https://a.example/a b",
        "https://a.example/\n",
        " https://a.example/",
        "https://" + "a." * 130 + "example/",
        "https://a.example/" + "x" * 2048,
    ],
)
def test_what_is_no_usable_id_counts_as_none(value: Any) -> None:
    assert document.id_of(value) is None


@pytest.mark.rule("F-008")
def test_values_may_be_missing_one_or_many() -> None:
    assert document.items(None) == []
    assert document.items("a") == ["a"]
    assert document.items(["a", 1]) == ["a", 1]
    stated = ["https://a.example/1", {"id": "https://a.example/2"}, 3, "https://A.example/1"]
    assert document.ids(stated) == ["https://a.example/1", "https://a.example/2"]


def test_an_address_is_found_in_links_and_lists() -> None:
    link = {"type": "Link", "href": "https://a.example/x.jpg"}
    assert document.url_of("https://a.example/") == "https://a.example/"
    assert document.url_of([3, {"href": 4}, link]) == "https://a.example/x.jpg"
    assert document.url_of({"url": "https://a.example/y.jpg"}) == "https://a.example/y.jpg"
    assert document.url_of({"url": [{"href": "https://a.example/z.jpg"}]}) == "https://a.example/z.jpg"
    assert document.url_of({"url": {"url": {"url": {"url": "https://a.example/"}}}}) is None
    assert document.url_of("javascript:alert(1)") is None


@pytest.mark.rule("F-014")
def test_of_a_list_of_types_the_first_known_one_counts() -> None:
    known = {"Note", "Question"}
    assert document.type_of({"type": ["Odd", 4, "as:Question", "Note"]}, known) == "Question"
    assert document.type_of({"@type": "Note"}, known) == "Note"
    assert document.type_of({"type": {"a": 1}}, known) is None
    assert document.type_of({}, known) is None
    assert document.type_of("Note", known) is None


def test_text_is_cut_and_freed_of_control_characters() -> None:
    assert document.text("a\x00b\x1b\n\tc\ud800", 20) == "ab\n\tc"
    assert document.text("abcdef", 3) == "abc"
    assert document.text([7, "first", "second"], 20) == "first"
    assert document.text({"en": "x"}, 20) == ""
    assert document.text(None, 20) == ""


@pytest.mark.rule("F-010")
def test_times_are_utc_with_whole_seconds() -> None:
    moment = datetime(2026, 11, 21, 18, 3, 22, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert document.format_time(moment) == "2026-11-21T16:03:22Z"
    assert document.format_time(datetime(2026, 11, 21)) == "2026-11-21T00:00:00Z"
    assert document.timestamp("2026-11-21T16:03:22Z") == datetime(2026, 11, 21, 16, 3, 22, tzinfo=UTC)
    assert document.timestamp("2026-11-21T16:03:22") == datetime(2026, 11, 21, 16, 3, 22, tzinfo=UTC)
    assert document.timestamp("2026-11-21T18:03:22.5+02:00") == datetime(
        2026, 11, 21, 16, 3, 22, 500_000, tzinfo=UTC
    )


@pytest.mark.parametrize("value", [None, 5, "", "yesterday", "0001-01-01T00:00:00+05:00", "2026-11-21" * 9])
def test_what_is_no_time_counts_as_none(value: Any) -> None:
    assert document.timestamp(value) is None


def test_an_origin_is_scheme_host_and_port() -> None:
    assert document.origin("https://A.example:443/x?y#z") == "https://a.example"
    assert document.origin("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000"
    assert document.same_origin("https://a.example/1", "https://a.example:443/2")
    assert not document.same_origin("https://a.example/1", "http://a.example/1")
    assert not document.same_origin("https://a.example/1", "https://a.example:8443/1")
    assert not document.same_origin("https://a.example/1", "https://b.example/1")
    assert not document.same_origin("nowhere", "nowhere")
    assert not document.same_origin("https://a.example/1", "nowhere")
    with pytest.raises(MalformedDocument):
        document.origin("nowhere")


@given(json_values, st.text())
def test_reading_survives_any_shape(value: Any, other: str) -> None:
    found = document.id_of(value)
    assert found is None or document.id_of(found) == found
    assert all(document.id_of(entry) == entry for entry in document.ids(value))
    document.url_of(value)
    document.type_of(value, {"Note"})
    document.timestamp(value)
    assert len(document.text(value, 10)) <= 10
    assert not document.same_origin(other, "nowhere")
