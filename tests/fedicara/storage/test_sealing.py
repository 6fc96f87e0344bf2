"""What lies sealed: nobody reads it without the key, and no bit of it changes unnoticed."""

import secrets
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedicara.storage import Folder
from fedicara.storage.sealed import Sealed
from fedicara.storage.sealing import CHUNK, HEADER, TAG, KeyFileError, Keys, Layout, SealError, read_keys

pytestmark = pytest.mark.anyio

KEY = "0f" * 16 + ".original"
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7)


def keys(*raw: bytes, folder: Path) -> Keys:
    file = folder / "keys"
    file.write_text("# comment\n\n" + "\n".join(b64encode(each).decode() for each in raw) + "\n")
    return read_keys(file)


OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "media")


async def read(storage: Sealed, span: tuple[int, int] | None = None) -> bytes:
    return b"".join([piece async for piece in (await storage.open(KEY, span)).chunks])


@pytest.mark.parametrize("size", SIZES)
async def test_whatever_its_size_a_file_comes_back_and_its_bytes_lie_nowhere(
    folder: Folder, tmp_path: Path, size: int
) -> None:
    storage = Sealed(folder, keys(NEW, folder=tmp_path), tmp_path)
    content = secrets.token_bytes(size)
    await storage.write(KEY, content)
    assert await read(storage) == content
    lying = folder.path(KEY).read_bytes()
    assert Layout(len(lying)).size == size == (await storage.open(KEY)).size
    assert size < 16 or content[:16] not in lying
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["keys"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(0, 3 * CHUNK + 9), start=st.integers(0, 4 * CHUNK), length=st.integers(0, 4 * CHUNK))
async def test_any_span_is_what_the_whole_holds_there(
    folder: Folder, tmp_path: Path, size: int, start: int, length: int
) -> None:
    storage = Sealed(folder, keys(NEW, folder=tmp_path), tmp_path)
    content = secrets.token_bytes(size)
    await storage.write(KEY, content)
    assert await read(storage, (start, start + length)) == content[start : start + length]


async def test_a_new_key_seals_and_old_ones_open(folder: Folder, tmp_path: Path) -> None:
    await Sealed(folder, Keys(), tmp_path).write(KEY, b"plain")
    both = Sealed(folder, keys(NEW, OLD, folder=tmp_path), tmp_path)
    assert await read(both) == b"plain"
    old = Sealed(folder, keys(OLD, folder=tmp_path), tmp_path)
    await old.write(KEY, b"sealed before")
    assert await read(both) == b"sealed before"
    await both.write(KEY, b"sealed since")
    with pytest.raises(SealError, match="not here"):
        await read(old)


async def test_the_same_bytes_never_lie_the_same_way(folder: Folder, tmp_path: Path) -> None:
    storage = Sealed(folder, keys(NEW, folder=tmp_path), tmp_path)
    lying = set()
    for _ in range(3):
        await storage.write(KEY, b"pixels" * 100)
        lying.add(folder.path(KEY).read_bytes()[HEADER:])
    assert len(lying) == 3


def cut(sealed: bytes) -> bytes:
    return sealed[: HEADER + 2 * (CHUNK + TAG)]


def cut_within(sealed: bytes) -> bytes:
    return sealed[:-1]


def swapped(sealed: bytes) -> bytes:
    body = sealed[HEADER:]
    return (
        sealed[:HEADER]
        + body[CHUNK + TAG : 2 * (CHUNK + TAG)]
        + body[: CHUNK + TAG]
        + body[2 * (CHUNK + TAG) :]
    )


def flipped(sealed: bytes) -> bytes:
    at = HEADER + CHUNK // 2
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


def salted(sealed: bytes) -> bytes:
    return sealed[: HEADER - 1] + bytes([sealed[HEADER - 1] ^ 1]) + sealed[HEADER:]


def longer(sealed: bytes) -> bytes:
    return sealed + b"\0" * 40


@pytest.mark.parametrize("damage", [cut, cut_within, swapped, flipped, salted, longer])
async def test_a_changed_file_is_noticed(folder: Folder, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    storage = Sealed(folder, keys(NEW, folder=tmp_path), tmp_path)
    await storage.write(KEY, secrets.token_bytes(3 * CHUNK + 7))
    path = folder.path(KEY)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SealError, match="changed"):
        await read(storage)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "not base64 at all", b64encode(b"too short").decode(), "ÿ"]
)
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text, encoding="latin-1")
    with pytest.raises(KeyFileError):
        read_keys(tmp_path / "keys")
    with pytest.raises(KeyFileError):
        read_keys(tmp_path / "missing")
