"""Transactions, reads and writers that meet."""

import asyncio
import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from fedicara.models import Actor
from fedicara.models.database import IntegrityError
from fedicara.server import Server
from tests.fedicara.rooms import local, room

pytestmark = pytest.mark.anyio

WRITES = 100


async def count_up(server: Server, actor_id: int, times: int) -> None:
    """Read, think, write, as a request does."""
    for _ in range(times):
        async with server.database.transaction():
            if server.database.is_sqlite:
                actor = await Actor.get(id=actor_id)
            else:
                actor = await Actor.filter(id=actor_id).select_for_update().get()
            await asyncio.sleep(0)
            actor.revision += 1
            await actor.save(update_fields=["revision"])


async def elsewhere(url: str, folder: Path, actor_id: int, start: Barrier) -> None:
    async with room(url, folder) as server:
        start.wait(120)
        await asyncio.gather(*(count_up(server, actor_id, WRITES // 2) for _ in range(2)))


def another_process(url: str, folder: Path, actor_id: int, start: Barrier) -> None:
    asyncio.run(elsewhere(url, folder, actor_id, start))


@pytest.mark.threat("REL-13")
async def test_three_processes_lose_no_write_and_meet_no_locked_database(
    server: Server, database_url: str, tmp_path: Path
) -> None:
    actor = await local(server, "ada")
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(3)
    processes = [
        spawn.Process(target=another_process, args=(database_url, tmp_path, actor.id, start))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    await asyncio.to_thread(start.wait, 30)
    await asyncio.gather(*(count_up(server, actor.id, WRITES // 2) for _ in range(4)))
    for process in processes:
        await asyncio.to_thread(process.join, 60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (await Actor.get(id=actor.id)).revision == 4 * WRITES


async def test_a_transaction_that_fails_changes_nothing(server: Server) -> None:
    actor = await local(server, "ada")
    with pytest.raises(ZeroDivisionError):
        async with server.database.transaction():
            await Actor.filter(id=actor.id).update(name="Ada")
            await server.database.execute("UPDATE actors SET revision = 7 WHERE id = $1", actor.id)
            raise ZeroDivisionError
    fresh = await Actor.get(id=actor.id)
    assert (fresh.name, fresh.revision) == ("", 0)


async def test_a_transaction_inside_another_goes_with_it(server: Server) -> None:
    actor = await local(server, "ada")
    with pytest.raises(ZeroDivisionError):
        async with server.database.transaction():
            async with server.database.transaction():
                await Actor.filter(id=actor.id).update(name="Ada")
            raise ZeroDivisionError
    assert (await Actor.get(id=actor.id)).name == ""


async def test_reads_see_what_was_committed_a_moment_ago(server: Server) -> None:
    for number in range(20):
        actor = await local(server, f"artist{number}")
        row = await server.database.row("SELECT username FROM actors WHERE id = $1", actor.id)
        assert row is not None
        assert row["username"] == f"artist{number}"
    assert await server.database.row("SELECT id FROM actors WHERE id = $1", 1) is None


async def test_a_value_may_stand_in_a_read_twice(server: Server) -> None:
    await local(server, "ada")
    sql = "SELECT username FROM actors WHERE username = $2 AND username = $2 AND domain = $1"
    assert [row["username"] for row in await server.database.rows(sql, "", "ada")] == ["ada"]


async def test_the_database_keeps_names_unique(server: Server) -> None:
    await local(server, "ada")
    with pytest.raises(IntegrityError):
        await local(server, "ada")


async def test_the_database_refuses_a_row_without_its_actor(server: Server) -> None:
    sql = "INSERT INTO follows (id, uri, follower_id, followed_id, accepted, created) VALUES (1, 'x', 2, 3, TRUE, $1)"
    with pytest.raises(IntegrityError):
        await server.database.execute(sql, str(server.now()) if server.database.is_sqlite else server.now())


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_sqlite_writes_ahead_waits_its_turn_and_checks_foreign_keys(server: Server) -> None:
    found = {}
    for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous"):
        (row,) = await server.database.execute(f"PRAGMA {name}")
        found[name] = next(iter(dict(row).values()))
    assert found == {"journal_mode": "wal", "busy_timeout": 50, "foreign_keys": 1, "synchronous": 1}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_reader_never_waits_for_a_writer(server: Server) -> None:
    async with server.database.transaction():
        await local(server, "ada")
        assert await server.database.rows("SELECT id FROM actors") == []
