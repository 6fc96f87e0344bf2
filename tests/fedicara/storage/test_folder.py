"""The folder of pictures: whole files under its own roof, or none."""

import os
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedicara.storage import Folder

pytestmark = pytest.mark.anyio

KEY = "0f" * 16 + ".png"
ESCAPES = (
    "../secret",
    "..",
    "",
    "/etc/passwd",
    "0f/../../../secret",
    "0f\0.png",
    "0f..",
    "0f.png/",
    "..%2fsecret",
    ".hidden",
    "0f\n",
    "ÿf.png",
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "media")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_what_was_written_is_read_whole_and_in_pieces(folder: Folder) -> None:
    content = secrets.token_bytes(700_000)
    await folder.write(KEY, content)
    stored = await folder.open(KEY)
    pieces = [piece async for piece in stored.chunks]
    assert (stored.size, b"".join(pieces)) == (len(content), content)
    assert len(pieces) > 1
    assert await folder.read(KEY) == content


@pytest.mark.parametrize(
    "span", [(0, 1), (5, 6), (0, 700_000), (262_143, 524_290), (699_999, 700_050), (9, 9)]
)
async def test_a_span_is_read_alone_and_the_size_is_that_of_the_whole(
    folder: Folder, span: tuple[int, int]
) -> None:
    content = secrets.token_bytes(700_000)
    await folder.write(KEY, content)
    stored = await folder.open(KEY, span)
    assert stored.size == len(content)
    assert b"".join([piece async for piece in stored.chunks]) == content[slice(*span)]


async def test_a_file_is_copied_in_and_the_first_one_stays(folder: Folder, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(b"pixels")
    await folder.write(KEY, source)
    assert await folder.read(KEY) == b"pixels"
    assert source.exists()


async def test_files_are_spread_over_folders_by_their_first_letters(folder: Folder, tmp_path: Path) -> None:
    await folder.write(KEY, b"pixels")
    assert files(tmp_path) == [tmp_path / "media" / "0f" / KEY]


@pytest.mark.parametrize("place", ["copyfile", "fsync", "replace"])
async def test_a_write_that_fails_leaves_nothing(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    source = tmp_path / "upload"
    source.write_bytes(b"pixels")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil if place == "copyfile" else os, place, full)
    with pytest.raises(OSError, match="No space"):
        await folder.write(KEY, source)
    assert not await folder.exists(KEY)
    assert files(tmp_path / "media") == []


async def test_a_write_that_fails_keeps_what_was_there(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folder.write(KEY, b"before")

    def cut(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="Input/output"):
        await folder.write(KEY, b"after")
    assert await folder.read(KEY) == b"before"


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(folder: Folder) -> None:
    await folder.write(KEY, b"pixels")
    await folder.delete(KEY)
    await folder.delete(KEY)
    assert not await folder.exists(KEY)
    with pytest.raises(FileNotFoundError):
        await folder.open(KEY)


@pytest.mark.threat("MED-09")
@pytest.mark.parametrize("key", ESCAPES)
async def test_what_is_no_key_opens_writes_and_deletes_nothing(
    folder: Folder, tmp_path: Path, key: str
) -> None:
    (tmp_path / "secret").write_bytes(b"a secret")
    assert not await folder.exists(key)
    await folder.delete(key)
    for attempt in (folder.open(key), folder.read(key), folder.write(key, b"theirs")):
        with pytest.raises(FileNotFoundError):
            await attempt
    assert (tmp_path / "secret").read_bytes() == b"a secret"


@pytest.mark.threat("MED-09")
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40) | st.text(alphabet="0af./\\%_-", max_size=12))
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    root = tmp_path / "media"
    try:
        path = Folder(root).path(name)
    except FileNotFoundError:
        return
    assert path == path.resolve()
    assert path.parent.parent == root.resolve()


async def test_keys_as_the_server_makes_them_are_accepted(folder: Folder) -> None:
    for key in (secrets.token_hex(16) + ".jpg", secrets.token_hex(16) + ".original", "07263.remote"):
        await folder.write(key, b"pixels")
        assert await folder.exists(key)


async def test_what_others_put_beside_its_subfolders_is_not_looked_at(folder: Folder, tmp_path: Path) -> None:
    await folder.write(KEY, b"pixels")
    for name in ("lost+found", "ab-kept", ".cache"):
        (tmp_path / "media" / name).mkdir()
        (tmp_path / "media" / name / f".{KEY}").write_bytes(b"theirs")
        (tmp_path / "media" / name / KEY).write_bytes(b"theirs")
    assert [each.key async for each in folder.kept()] == [KEY]
    assert await folder.sweep(datetime.now(UTC) + timedelta(days=1)) == 0
