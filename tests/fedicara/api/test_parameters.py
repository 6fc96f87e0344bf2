"""What apps send, in every spelling they use."""

import pytest
from starlette.requests import Request

from fedicara.actions.errors import Invalid
from fedicara.api.parameters import BodyError, BodyTooLargeError, Parameters, read, tree

pytestmark = pytest.mark.anyio


def request(body: bytes = b"", content_type: str = "", query: str = "") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": headers,
        "query_string": query.encode(),
    }
    return Request(scope, receive)


@pytest.mark.rule("A-001")
@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a[]", "1"), ("a[]", "2")], ["1", "2"]),
        ([("a[1]", "2"), ("a[0]", "1")], ["1", "2"]),
        ([("a", "1")], ["1"]),
        ([(f"a[{n}]", str(n)) for n in range(12)], [str(n) for n in range(12)]),
    ],
)
def test_lists_are_read_in_both_spellings(pairs: list[tuple[str, str]], expected: list[str]) -> None:
    assert Parameters(tree(pairs)).texts("a") == expected


@pytest.mark.rule("A-001")
def test_maps_are_read_to_any_depth_an_app_uses() -> None:
    sent = Parameters(tree([("fedicara[policy][search]", "deny"), ("fedicara[title]", "Heron")]))
    assert sent.tree("fedicara").text("title") == "Heron"
    assert sent.tree("fedicara").tree("policy").text("search") == "deny"


@pytest.mark.rule("A-001")
def test_a_list_of_maps_keeps_its_entries_apart() -> None:
    names = ["media[][id]", "media[][alt]"] * 2
    sent = Parameters(tree(zip(names, ["1", "one", "2", "two"], strict=True)))
    assert [(each.text("id"), each.text("alt")) for each in sent.trees("media")] == [
        ("1", "one"),
        ("2", "two"),
    ]


@pytest.mark.rule("A-001")
@pytest.mark.parametrize("word", ["true", "1", "on", "t", True, 1])
def test_yes_is_spelt_in_many_ways(word: object) -> None:
    assert Parameters({"locked": word}).flag("locked")


@pytest.mark.rule("A-001")
@pytest.mark.parametrize("word", ["false", "0", "off", "f", False, 0, None])
def test_so_is_no(word: object) -> None:
    assert not Parameters({"locked": word}).flag("locked")


@pytest.mark.rule("A-001")
@pytest.mark.parametrize(
    ("values", "ask"),
    [
        ({"status": ["a"]}, lambda sent: sent.text("status")),
        ({"status": {"a": 1}}, lambda sent: sent.text("status")),
        ({"status": True}, lambda sent: sent.text("status")),
        ({"status": "maybe"}, lambda sent: sent.flag("status")),
        ({"status": {"a": "b"}}, lambda sent: sent.texts("status")),
        ({"status": [["a"]]}, lambda sent: sent.texts("status")),
        ({"status": "a"}, lambda sent: sent.tree("status")),
        ({"status": ["a"]}, lambda sent: sent.trees("status")),
    ],
)
def test_a_wrong_type_names_the_field(values: dict[str, object], ask: object) -> None:
    with pytest.raises(Invalid) as refused:
        ask(Parameters(values))  # type: ignore[operator]
    assert refused.value.field == "status"


@pytest.mark.parametrize("focus", ["1", "a,b", "2,0", "0,-1.5", "nan,0", "1,2,3"])
def test_a_focus_outside_the_picture_is_refused(focus: str) -> None:
    with pytest.raises(Invalid, match="from -1 to 1"):
        Parameters({"focus": focus}).focus()


@pytest.mark.rule("A-001")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"status": "A heron", "media_ids": ["1", 2]}', "application/json; charset=utf-8"),
        (b"status=A+heron&media_ids[]=1&media_ids[]=2", "application/x-www-form-urlencoded"),
        (
            b'--e\r\nContent-Disposition: form-data; name="status"\r\n\r\nA heron\r\n'
            b'--e\r\nContent-Disposition: form-data; name="media_ids[]"\r\n\r\n1\r\n'
            b'--e\r\nContent-Disposition: form-data; name="media_ids[]"\r\n\r\n2\r\n--e--\r\n',
            "multipart/form-data; boundary=e",
        ),
    ],
)
async def test_a_form_a_multipart_body_and_json_say_the_same(body: bytes, content_type: str) -> None:
    sent = await read(request(body, content_type, "language=en"))
    assert (sent.text("status"), sent.texts("media_ids"), sent.text("language")) == (
        "A heron",
        ["1", "2"],
        "en",
    )


@pytest.mark.threat("DOS-02", "DOS-03", "DOS-13")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b'{"a": "\xff"}', "application/json"),
        (b'["a"]', "application/json"),
        (b"a=%ff&" * 5_000, "application/x-www-form-urlencoded"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
        (b"nothing", "multipart/form-data; boundary=e"),
    ],
)
async def test_a_body_that_cannot_be_read_says_so(body: bytes, content_type: str) -> None:
    with pytest.raises(BodyError):
        await read(request(body, content_type))


async def test_a_body_over_a_mebibyte_is_refused() -> None:
    with pytest.raises(BodyTooLargeError):
        await read(request(b"a" * (1 << 20) + b"b", "application/json"))
