"""Multipart forms, read piece by piece."""

from collections.abc import AsyncIterator

import pytest

from fedicara.actions.forms import FormError, FormTooLargeError, is_multipart, parts

pytestmark = pytest.mark.anyio

TYPE = "multipart/form-data; boundary=edge"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + content + b"\r\n"


async def in_pieces(body: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


PICTURE = b"\x89PNG\r\n--edg" + bytes(range(256)) * 20
BODY = (
    part("description", "Ein Reiher, früh.".encode())
    + part("file", PICTURE, "reiher.png")
    + part("focus", b"0.1,-0.2")
    + b"--edge--\r\n"
)


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
async def test_fields_and_files_come_out_as_they_went_in_however_the_body_is_cut(size: int) -> None:
    found: dict[str, str | bytes] = {}
    async for each in parts(in_pieces(BODY, size), TYPE):
        content = b"".join([chunk async for chunk in each.chunks()])
        found[each.name] = content if each.is_file else content.decode()
    assert found == {"description": "Ein Reiher, früh.", "file": PICTURE, "focus": "0.1,-0.2"}


async def test_a_part_that_nobody_reads_is_skipped() -> None:
    seen = [(each.name, each.filename) async for each in parts(in_pieces(BODY), TYPE)]
    assert seen == [("description", None), ("file", "reiher.png"), ("focus", None)]


async def test_a_part_read_to_its_end_stays_at_its_end() -> None:
    async for each in parts(in_pieces(BODY), TYPE):
        first = await each.text() if not each.is_file else ""
        assert [chunk async for chunk in each.chunks()] == [] or each.is_file
        assert first or each.is_file


async def test_the_body_is_read_no_faster_than_the_part() -> None:
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        for piece in [part("file", b"x" * 10, "a.png")[:-2], *[b"y" * 1000] * 50, b"\r\n--edge--\r\n"]:
            asked += 1
            yield piece

    async for each in parts(body(), TYPE):
        async for _ in each.chunks():
            break
        assert asked <= 3
        break


async def test_a_body_that_ends_early_says_so() -> None:
    with pytest.raises(FormError, match="ends before"):
        async for each in parts(in_pieces(BODY[:600]), TYPE):
            [chunk async for chunk in each.chunks()]


@pytest.mark.threat("DOS-12")
async def test_a_field_of_fifty_megabytes_is_refused_after_the_first() -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield part("caption", b"")[:-2]
        for _ in range(800):
            sent += 65536
            yield b"a" * 65536

    with pytest.raises(FormTooLargeError):
        async for each in parts(body(), TYPE):
            await each.text()
    assert sent < 2 << 20


@pytest.mark.threat("DOS-12")
async def test_five_thousand_parts_are_refused() -> None:
    body = b"".join(part(f"f{n}", b"1") for n in range(5000)) + b"--edge--\r\n"
    with pytest.raises(FormError, match="more than 200 parts"):
        async for _ in parts(in_pieces(body, 65536), TYPE):
            pass


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (BODY, "multipart/form-data"),
        (BODY, "application/json"),
        (BODY, "multipart/form-data; boundary=" + "x" * 1000),
        (b"no boundary at all, only words", TYPE),
        (b"", TYPE),
        (b"--edge\r\n\x00bad header: 1\r\n\r\n", TYPE),
        (part("caption", b"\xff\xfe") + b"--edge--\r\n", TYPE),
    ],
)
async def test_a_body_that_is_no_form_is_refused_in_words(body: bytes, content_type: str) -> None:
    with pytest.raises(FormError, match=r"\w+ .*\."):
        async for each in parts(in_pieces(body), content_type):
            await each.text()


def test_only_forms_with_parts_are_multipart() -> None:
    assert is_multipart(TYPE)
    assert not is_multipart("application/x-www-form-urlencoded")
    assert not is_multipart("")
