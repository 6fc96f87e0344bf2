"""Pictures on their way in."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedicara.actions import uploads
from fedicara.actions.errors import Invalid, NotFound, TooLarge
from fedicara.actions.uploads import About
from fedicara.models import Picture, Rendition
from fedicara.models.works import State
from fedicara.server import Server
from tests.fedicara.actions.darkroom import MEADOW, TRUNCATED, content, files, pieces, upload, work_off
from tests.fedicara.rooms import person, pictured, posted, room
from tests.media.pictures import png_header

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def jobs(server: Server) -> int:
    row = await server.database.row("SELECT count(*) AS n FROM jobs")
    assert row is not None
    return int(row["n"])


async def test_an_upload_is_kept_byte_for_byte_and_waits_for_its_preparation(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await uploads.receive(
        server, ada, pieces(MEADOW, 7), About("  A meadow ", (-3.0, 0.5), "assisted")
    )
    kept = await Picture.get(id=picture.id)
    assert (kept.state, kept.alt, kept.focus_x, kept.focus_y) == (State.PROCESSING, "A meadow", -1.0, 0.5)
    assert (kept.original_type, kept.original_bytes, kept.ai) == ("image/png", len(MEADOW), "assisted")
    assert [path.read_bytes() for path in files(server)] == [MEADOW]
    assert await jobs(server) == 1


async def test_a_prepared_picture_has_its_sizes_and_keeps_its_original(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    done = await uploads.wait(server, picture.id, 0)
    assert (done.state, done.percent, done.width, done.height) == (State.READY, 100, 96, 64)
    assert done.blurhash
    renditions = await Rendition.filter(picture_id=picture.id)
    assert "large" in [each.name for each in renditions]
    for each in renditions:
        assert len(await content(server, each.key)) == each.bytes
        assert len(each.key.split(".")[0]) == 32
    assert await content(server, done.original) == MEADOW
    assert len(files(server)) == len(renditions) + 1
    assert await jobs(server) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"just a text\n" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"II*\0"],
)
async def test_a_text_file_called_png_is_refused_and_leaves_nothing(server: Server, content: bytes) -> None:
    ada = await person(server, "ada")
    with pytest.raises(Invalid) as refused:
        await upload(server, ada, content)
    assert refused.value.field == "file"
    assert refused.value.sentence.endswith(".")
    assert (await Picture.all().count(), await jobs(server), files(server)) == (0, 0, [])


@on_sqlite
@pytest.mark.parametrize("content", [TRUNCATED, png_header(30_000, 30_000)], ids=["truncated", "bomb"])
async def test_a_picture_that_cannot_be_read_fails_with_its_sentence_and_leaves_no_file(
    server: Server, content: bytes
) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada, content)
    await work_off(server)
    failed = await uploads.wait(server, picture.id, 0)
    assert failed.state == State.FAILED
    assert len(failed.failure) > 20
    assert failed.failure.endswith(".")
    assert await Rendition.all().count() == 0
    assert files(server) == []
    assert await jobs(server) == 0


async def test_an_upload_over_the_limit_leaves_no_row_and_no_file_and_is_not_read_on(
    database_url: str, tmp_path: Path
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield MEADOW[:64]
        while True:
            read += 1
            yield bytes(10_000)

    async with room(database_url, tmp_path, upload_limit=50_000) as server:
        ada = await person(server, "ada")
        with pytest.raises(TooLarge):
            await uploads.receive(server, ada, endless())
        assert read == 5
        assert (await Picture.all().count(), await jobs(server), files(server)) == (0, 0, [])


async def test_an_upload_that_breaks_off_leaves_no_row_and_no_file(server: Server) -> None:
    ada = await person(server, "ada")

    async def broken() -> AsyncIterator[bytes]:
        yield MEADOW[:2_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await uploads.receive(server, ada, broken())
    assert (await Picture.all().count(), files(server)) == (0, [])


async def test_an_upload_whose_row_cannot_be_written_leaves_no_file(server: Server) -> None:
    ada = await person(server, "ada")
    await ada.actor.delete()
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await upload(server, ada)
    assert files(server) == []


@pytest.mark.parametrize(
    ("alt", "ai", "field"),
    [("x" * 1_501, "", "description"), ("a\0b", "", "description"), ("A meadow", "perhaps", "ai")],
)
async def test_words_that_do_not_fit_are_refused_before_a_byte_is_read(
    server: Server, alt: str, ai: str, field: str
) -> None:
    ada = await person(server, "ada")
    with pytest.raises(Invalid) as refused:
        await upload(server, ada, alt=alt, ai=ai)
    assert refused.value.field == field
    assert files(server) == []


async def test_the_words_of_an_upload_can_change(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await uploads.describe(server, ada, picture.id, alt=" New ", focus=(0.25, 9.0))
    kept = await Picture.get(id=picture.id)
    assert (kept.alt, kept.focus_x, kept.focus_y) == ("New", 0.25, 1.0)
    await uploads.describe(server, ada, picture.id)
    assert (await Picture.get(id=picture.id)).alt == "New"


async def test_an_upload_is_its_owners_alone(server: Server) -> None:
    ada, eve = await person(server, "ada"), await person(server, "eve")
    picture = await upload(server, ada)
    for wrong in (picture.id, picture.id + 1):
        for attempt in (
            uploads.mine(server, eve, wrong),
            uploads.describe(server, eve, wrong, alt="mine now"),
            uploads.discard(server, eve, wrong),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert (await Picture.get(id=picture.id)).alt == "A meadow"


async def test_a_discarded_upload_is_gone_with_its_files(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await uploads.discard(server, ada, picture.id)
    await work_off(server)
    assert (await Picture.all().count(), files(server), await jobs(server)) == (0, [], 0)


@on_sqlite
async def test_an_upload_discarded_while_it_is_prepared_leaves_no_file(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    write = server.storage.write

    async def written(key: str, content: bytes | Path) -> None:
        await write(key, content)
        if await Picture.exists(id=picture.id):
            await uploads.discard(server, ada, picture.id)

    monkeypatch.setattr(server.storage, "write", written)
    await work_off(server)
    assert (await Picture.all().count(), files(server), await jobs(server)) == (0, [], 0)


async def test_a_picture_of_a_work_is_not_discarded_alone(server: Server) -> None:
    ada = await person(server, "ada")
    rendition = await pictured(server, await posted(ada.actor))
    with pytest.raises(Invalid):
        await uploads.discard(server, ada, rendition.picture_id)


@pytest.mark.threat("MED-15")
async def test_bytes_that_come_again_while_their_last_row_goes_are_kept(server: Server) -> None:
    ada = await person(server, "ada")
    first = await upload(server, ada)

    async def again() -> Picture:
        with server.database.bound():
            return await upload(server, ada)

    async with server.database.transaction():
        await uploads.forget(server, [first])
        coming = asyncio.create_task(again(), context=contextvars.Context())
        await asyncio.sleep(0.5)
    second = await coming
    await work_off(server)
    assert second.original != first.original
    assert await content(server, second.original) == MEADOW
    assert not await server.storage.exists(first.original)
