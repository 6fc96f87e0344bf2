"""The lease table itself: its plans, and claimers in several processes."""

import asyncio
import multiprocessing
import time
from collections import Counter
from pathlib import Path

import pytest

from fedicara.jobs import lease
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.server import Server
from tests.fedicara.rooms import room

pytestmark = pytest.mark.anyio


async def claim_all(url: str, folder: Path) -> list[int]:
    """What one claimer got hold of; in one lane never more than two are held at once, whoever holds them."""
    async with room(url, folder) as server:
        queue, held = LeaseTable(server), list[int]()
        while claims := await queue.claim({"write": 2}, 5, 600.0):
            held += [claim.payload["number"] for claim in claims]
            most = "SELECT lane FROM jobs WHERE leased > 0 GROUP BY lane HAVING count(*) > 2"
            assert await server.database.rows(most) == []
            await queue.done(*claims)
        return held


def claimer(url: str, folder: Path, results: "multiprocessing.Queue[list[int]]") -> None:
    results.put(asyncio.run(claim_all(url, folder)))


async def test_two_processes_never_hold_one_job_nor_more_of_a_lane_than_its_limit(
    server: Server, database_url: str, tmp_path: Path
) -> None:
    async with server.database.transaction():
        await LeaseTable(server).enqueue(
            *(Order("write", {"number": number}, lane=f"host{number % 3}") for number in range(150))
        )
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[int]] = spawn.Queue()
    processes = [spawn.Process(target=claimer, args=(database_url, tmp_path, results)) for _ in range(2)]
    for process in processes:
        process.start()
    held = [await asyncio.to_thread(results.get, True, 60) for _ in processes]
    for process in processes:
        process.join()
    assert Counter(held[0] + held[1]) == Counter(range(150))


async def test_five_thousand_jobs_of_one_lane_do_not_slow_the_claim_of_another(server: Server) -> None:
    queue = LeaseTable(server)
    async with server.database.transaction():
        await queue.enqueue(*(Order("write", {"number": number}, lane="busy") for number in range(5_000)))
        await queue.enqueue(Order("write", {"number": 5_000}, lane="healthy"))
    began = time.perf_counter()
    claims = await queue.claim({"write": 2}, 16, 60.0)
    assert [claim.payload["number"] for claim in claims] == [0, 1, 5_000]
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_candidates_are_read_from_the_index_alone_without_a_sort(server: Server) -> None:
    rows = await server.database.rows(f"EXPLAIN QUERY PLAN {lease._without(lease._ANY, 4, 0)}", "write", 1, 2)
    plan = [row["detail"] for row in rows]
    assert plan[0] == "SEARCH jobs USING COVERING INDEX jobs_due (buried=? AND kind=? AND due<?)"
    assert "SEARCH jobs USING COVERING INDEX jobs_leased (kind=? AND leased>?)" in plan
    assert not any("ORDER BY" in step for step in plan)


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_a_claimer_sees_what_another_machine_takes_at_the_same_moment(server: Server) -> None:
    queue = LeaseTable(server)
    async with server.database.transaction():
        await queue.enqueue(*(Order("write", {"number": number}, lane="one") for number in range(6)))
    elsewhere = await server.database.dial()
    try:
        async with elsewhere.transaction():
            await elsewhere.execute(lease._TURN, "write")
            later = "SELECT id FROM jobs ORDER BY id DESC LIMIT 2"
            await elsewhere.execute(f"UPDATE jobs SET leased = $1 WHERE id IN ({later})", 1 << 60)
            claiming = asyncio.create_task(queue.claim({"write": 2}, 2, 60.0))
            await asyncio.sleep(0.2)
            assert not claiming.done()
        assert await claiming == []
    finally:
        await elsewhere.close()
