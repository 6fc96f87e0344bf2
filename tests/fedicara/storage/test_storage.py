"""What every storage does, told by a folder and by a bucket of a real service over HTTP."""

import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest

from fedicara.settings import Settings
from fedicara.storage import open_storage
from fedicara.storage.bucket import Access, Bucket
from fedicara.storage.trial import try_out
from media.storage import Storage, StorageAway
from tests.seaweed import Seaweed

pytestmark = pytest.mark.anyio

KEY = "0f" * 16 + ".original"
LARGE = 20 * 1024 * 1024 + 3
ESCAPES = (
    "../secret",
    "",
    "/etc/passwd",
    "0f/../../secret",
    "0f\0.png",
    "0f.png/",
    ".hidden",
    "0f\n",
    "ÿf.png",
)


@pytest.fixture(params=["folder", "bucket", "bucket with a prefix", "sealed folder", "sealed bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    given: dict[str, Any] = {}
    (tmp_path / "incoming").mkdir()
    if "bucket" in request.param:
        service: Seaweed = request.getfixturevalue("seaweed")
        given = service.bucket() | {"bucket_prefix": "art/pictures" if "prefix" in request.param else ""}
    if "sealed" in request.param:
        given["original_keys"] = tmp_path / "keys"
        given["original_keys"].write_bytes(b64encode(secrets.token_bytes(32)))
    return open_storage(Settings(base_url="https://art.example", data=tmp_path, **given))


async def content(storage: Storage, key: str, span: tuple[int, int] | None = None) -> bytes:
    return b"".join([piece async for piece in (await storage.open(key, span)).chunks])


async def keys(storage: Storage) -> set[str]:
    return {each.key async for each in storage.kept()}


async def test_bytes_come_back_as_they_went_in(storage: Storage) -> None:
    for written in (b"", b"pixels", secrets.token_bytes(3_000_000)):
        await storage.write(KEY, written)
        assert await content(storage, KEY) == written
        assert (await storage.open(KEY)).size == len(written)


async def test_a_large_file_goes_in_and_out_in_pieces(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(secrets.token_bytes(LARGE))
    await storage.write(KEY, source)
    stored = await storage.open(KEY)
    pieces = [piece async for piece in stored.chunks]
    assert (stored.size, b"".join(pieces)) == (LARGE, source.read_bytes())
    assert max(map(len, pieces)) <= 1024 * 1024


@pytest.mark.parametrize(
    "span",
    [(0, 1), (5, 6), (0, 3_000_000), (1_048_570, 2_097_160), (2_999_999, 3_000_050), (9, 9), (4_000_000, 5)],
)
async def test_a_span_is_read_alone_and_the_size_is_that_of_the_whole(
    storage: Storage, span: tuple[int, int]
) -> None:
    written = secrets.token_bytes(3_000_000)
    await storage.write(KEY, written)
    assert (await storage.open(KEY, span)).size == len(written)
    assert await content(storage, KEY, span) == written[slice(*span)]


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    await storage.write(KEY, b"pixels")
    assert await storage.exists(KEY)
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert not await storage.exists(KEY)
    with pytest.raises(FileNotFoundError):
        await storage.open(KEY)


async def test_all_files_are_listed_with_size_and_moment(storage: Storage) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    written = {secrets.token_hex(16) + ".webp": secrets.token_bytes(9) for _ in range(5)}
    for key, bytes_ in written.items():
        await storage.write(key, bytes_)
    listed = [each async for each in storage.kept()]
    assert {each.key for each in listed} == set(written)
    assert {each.size for each in listed} == {9}
    assert all(before < each.written < before + timedelta(minutes=5) for each in listed)
    await storage.delete(next(iter(written)))
    assert await keys(storage) == set(list(written)[1:])


async def test_nothing_is_listed_where_nothing_was_written(storage: Storage) -> None:
    assert await keys(storage) == set()
    assert await storage.sweep(datetime.now(UTC)) == 0


@pytest.mark.threat("MED-09")
@pytest.mark.parametrize("key", ESCAPES)
async def test_what_is_no_key_opens_writes_and_deletes_nothing(storage: Storage, key: str) -> None:
    assert not await storage.exists(key)
    await storage.delete(key)
    for attempt in (storage.open(key), storage.write(key, b"theirs")):
        with pytest.raises(FileNotFoundError):
            await attempt
    assert await keys(storage) == set()


async def test_a_trial_leaves_nothing(storage: Storage) -> None:
    await try_out(storage)
    assert await keys(storage) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket_secret": "another secret"},
        {"bucket_key": "nobody"},
        {"bucket": "elsewhere"},
        {"bucket_endpoint": "http://127.0.0.1:9"},
    ],
)
async def test_a_service_that_refuses_is_not_a_file_that_is_missing(
    seaweed: Seaweed, tmp_path: Path, wrong: dict[str, str]
) -> None:
    settings = Settings(base_url="https://art.example", data=tmp_path, **(seaweed.bucket() | wrong))
    with pytest.raises(StorageAway) as refused:
        await open_storage(settings).write(KEY, b"pixels")
    assert "another secret" not in str(refused.value)


async def test_files_of_others_in_the_bucket_are_let_alone(seaweed: Seaweed, tmp_path: Path) -> None:
    shared = seaweed.bucket()
    ours, theirs = (
        open_storage(
            Settings(base_url="https://art.example", data=tmp_path, **(shared | {"bucket_prefix": prefix}))
        )
        for prefix in ("ours", "theirs")
    )
    await ours.write(KEY, b"pixels")
    assert (await keys(ours), await keys(theirs)) == ({KEY}, set())
    assert not await theirs.exists(KEY)


@pytest.mark.parametrize(
    ("path_style", "begins"),
    [(True, "https://s3.example/art/a/0f"), (False, "https://art.s3.example/a/0f")],
)
def test_the_bucket_is_named_in_the_path_or_in_the_host(path_style: bool, begins: str) -> None:
    access = Access("art", "https://s3.example", "eu-1", "key", "secret", path_style=path_style, prefix="a/")
    address = obstore.sign(Bucket(access)._store, "GET", "a/0f.png", timedelta(minutes=1))
    assert address.startswith(begins)
    assert "eu-1" in address
    assert "secret" not in repr(access)
