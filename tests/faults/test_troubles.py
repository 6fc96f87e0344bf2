"""A database that is locked, full or away: what people and other servers are told, and that all is well afterwards."""

import asyncio
import errno
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.backends.asyncpg.client import TransactionWrapper

from activitypub import cavage
from activitypub.document import dumps
from activitypub.names import ACTIVITY_JSON
from fedicara.actions.authentication import make_token
from fedicara.app import Patience, create
from fedicara.models import Key, Work
from fedicara.models import sqlite as sqlite_engine
from fedicara.models.troubles import TROUBLED, Trouble, trouble_of
from fedicara.server import Server
from tests.fedicara.federation.stage import key_pair
from tests.fedicara.rooms import person, posted, room, stranger

pytestmark = pytest.mark.anyio
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)


@dataclass
class Place:
    """A whole server, an artist's app, and a peer that knows how to sign."""

    server: Server
    app: httpx.AsyncClient
    work: str

    async def post(self, text: str = "Ink on paper.") -> httpx.Response:
        """Publish a text."""
        return await self.app.post("/api/v1/statuses", json={"status": text})

    async def like(self) -> httpx.Response:
        """Another server tells of a Like."""
        actor = "https://there.example/users/bob"
        body = dumps({"id": f"{actor}/likes/1", "type": "Like", "actor": actor, "object": self.work})
        url = self.server.url("/inbox")
        signed = cavage.sign("POST", url, {}, body, f"{actor}#main-key", key_pair("bob")[0])
        return await self.app.post(url, content=body, headers={**signed, "Content-Type": ACTIVITY_JSON})

    async def timeline(self) -> httpx.Response:
        """Look at what there is."""
        return await self.app.get("/api/v1/timelines/public")


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with room(database_url, tmp_path) as server:
        ada, bob = await person(server, "ada"), await stranger("bob")
        await Key.create(actor=bob, uri=f"{bob.uri}#main-key", public=key_pair("bob")[1])
        token = await make_token(server, ada.account, "read write")
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(create(server), raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url=server.settings.base_url, headers=headers
        ) as app:
            yield Place(server, app, (await posted(ada.actor)).uri)


@asynccontextmanager
async def locked(server: Server) -> AsyncIterator[None]:
    """Another process writes, and takes its time."""
    holder = sqlite3.connect(server.database.url.removeprefix("sqlite://"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


@pytest.mark.threat("REL-14")
@only_sqlite
async def test_while_somebody_else_holds_the_lock_one_reads_and_is_told_to_come_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_engine, "WAIT", 0.3)
    async with locked(place.server):
        *refused, read = await asyncio.gather(
            *(place.post() for _ in range(5)), place.like(), place.timeline()
        )
    assert read.status_code == 200
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert "busy" in refused[0].json()["error"]
    assert [(await place.post()).status_code, (await place.like()).status_code] == [200, 202]
    assert await Work.all().count() == 2


@pytest.mark.threat("REL-14")
@only_sqlite
async def test_a_writer_that_waits_gets_its_turn(place: Place) -> None:
    async with locked(place.server):
        posting = asyncio.create_task(place.post())
        await asyncio.sleep(0.3)
        assert not posting.done()
    assert (await posting).status_code == 200


@pytest.mark.threat("REL-14")
@only_sqlite
async def test_a_writer_that_gives_up_waiting_keeps_nobody_out(place: Place) -> None:
    for _ in range(5):
        async with locked(place.server):
            writing = asyncio.create_task(_write(place.server))
            await asyncio.sleep(0.03)
            writing.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(writing, return_exceptions=True)
        await asyncio.sleep(0.1)
        async with locked(place.server):
            assert (await place.timeline()).status_code == 200
    assert (await place.post()).status_code == 200


async def _write(server: Server) -> None:
    async with server.database.transaction():
        await asyncio.sleep(0.002)


@pytest.mark.threat("REL-15")
@only_sqlite
async def test_on_a_full_disk_one_reads_and_is_told_that_there_is_no_room(place: Place) -> None:
    await _pages_at_most(place.server, await _pragma(place.server, "page_count"))
    before = await Work.all().count()
    for _ in range(60):
        full = await place.post("Ink. " * 900)
        if full.status_code != 200:
            break
        before += 1
    heard = await place.like()
    assert full.status_code == 507
    assert "disk" in full.json()["error"]
    page = await place.app.post("/sign-in", data={})
    assert page.status_code < 500
    assert (await place.timeline()).status_code == 200
    assert heard.status_code in (202, 503)
    assert await Work.all().count() == before
    await _pages_at_most(place.server, 1_000_000)
    assert (await place.post("Ink. " * 900)).status_code == 200
    assert (await place.like()).status_code == 202
    assert await _pragma(place.server, "integrity_check") == "ok"


async def _pragma(server: Server, name: str) -> Any:
    rows = await server.database.execute(f"PRAGMA {name}")
    return next(iter(dict(rows[0]).values()))


async def _pages_at_most(server: Server, pages: int) -> None:
    await server.database.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.threat("REL-15")
async def test_health_says_what_is_wrong_as_long_as_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = await place.app.get("/health", headers={"Host": "127.0.0.1:8000"})
    assert (well.status_code, well.text) == (200, "OK")
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 0))
        ill = await place.app.get("/health")
        assert (ill.status_code, ill.text.partition(":")[0]) == (503, "degraded")
        assert "disk" in ill.text
    assert (await place.app.get("/health")).text == "OK"


@pytest.mark.threat("REL-16")
@only_postgres
async def test_postgres_that_cuts_every_connection_is_spoken_to_again_at_once(place: Place) -> None:
    for _ in range(30):
        await asyncio.gather(place.timeline(), place.post())
        await place.server.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        during = await asyncio.gather(place.post(), place.timeline(), place.like())
        assert {answer.status_code for answer in during} <= {200, 202, 503}
    # More often than the pool has connections: none was lost on the way.
    answers = await asyncio.gather(*(place.post() for _ in range(25)))
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.threat("REL-16")
@only_postgres
async def test_transactions_that_cannot_begin_give_their_connection_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(wrapper: TransactionWrapper) -> None:
        raise asyncpg.ConnectionDoesNotExistError

    async with asyncio.timeout(60):
        with monkeypatch.context() as away:
            away.setattr(TransactionWrapper, "begin", lost)
            answers = [await place.post() for _ in range(22)]
        assert {answer.status_code for answer in answers} == {503}
        assert (await place.post()).status_code == 200


@pytest.mark.threat("REL-15", "REL-16")
async def test_a_mistake_of_ours_is_no_trouble_of_the_database() -> None:
    assert trouble_of(ValueError("no")) is None
    assert trouble_of(sqlite3.OperationalError("no such table")) is None
    assert trouble_of(ConnectionResetError()) is Trouble.BUSY
    assert all(issubclass(each, Exception) for each in TROUBLED)


@pytest.mark.threat("REL-14", "REL-15")
@pytest.mark.parametrize(
    ("path", "number", "status"),
    [
        ("/api/v1/statuses", errno.ENOSPC, 507),
        ("/inbox", errno.ENOSPC, 503),
        ("/actors/1/inbox", errno.EDQUOT, 503),
        ("/api/v1/statuses", errno.ECONNRESET, 503),
        ("/inbox", errno.ECONNRESET, 503),
    ],
)
async def test_what_cannot_be_done_for_the_moment_is_said_so(path: str, number: int, status: int) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError(number, "no")

    answer = await _asked(Patience(fails), path)
    assert answer.status_code == status
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.threat("REL-14")
async def test_a_mistake_and_an_answer_that_began_are_left_to_others() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        raise FileNotFoundError(errno.ENOENT, "no")

    async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError(errno.ENOSPC, "no")

    for app in (breaks, breaks_off):
        with pytest.raises(OSError, match="no"):
            await _asked(Patience(app), "/inbox")


async def _asked(app: ASGIApp, path: str) -> httpx.Response:
    around = Starlette()
    around.state.server = SimpleNamespace(troubles=Counter())

    async def within(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "app": around}, receive, send)

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(within), base_url="https://art.example"
    ) as client:
        return await client.post(path)
