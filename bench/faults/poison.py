"""Jobs that are bad for the process that runs them."""

import asyncio
import time

from bench.faults.checker import violations
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import Scene, crew
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.server import Server

LIMIT = 120
CRASHES = 3


async def poisoned(run: Run) -> list[Finding]:
    """REL-19: one job that raises, one that kills its process, one that never ends, among 2,000 others."""
    scene = run.scene()
    async with scene.opened() as server:
        fine = [Order("fine", {}, lane=f"lane{number % 20}") for number in range(run.many(2_000))]
        async with server.database.transaction():
            await LeaseTable(server).enqueue(
                Order("raises", {}), Order("kills", {}), Order("hangs", {}), *fine
            )
        began = time.perf_counter()
        deaths, all_fine, stopped = await _watch(scene, server, began)
        rows = {row["kind"]: row for row in await server.database.rows("SELECT * FROM jobs")}
        broken = await violations(server, given_up=2)
    return [
        Finding(f"processes killed by the job that kills ({CRASHES})", str(deaths), deaths == CRASHES),
        Finding("that job is given up", str(bool(rows["kills"]["buried"])), bool(rows["kills"]["buried"])),
        Finding("the job that never ends was stopped after, s (120)", f"{stopped:.0f}", stopped < LIMIT + 5),
        Finding(
            "the job that raises is given up",
            str(bool(rows["raises"]["buried"])),
            bool(rows["raises"]["buried"]),
        ),
        Finding("all others done after, s", f"{all_fine:.0f}", all_fine < LIMIT),
        kept(broken),
    ]


async def _watch(scene: Scene, server: Server, began: float) -> tuple[int, float, float]:
    """Deaths of a process, seconds until the good jobs were done, seconds the endless one ran in the end."""
    deaths, all_fine, hung = 0, 0.0, 0.0
    with crew(scene, "bench.faults.crew") as workers:
        while not (all_fine and hung and await _is_over(server, "hangs")):
            deaths += workers.replace_dead()
            now = time.perf_counter() - began
            all_fine = all_fine or (0.0 if "fine" in await LeaseTable(server).counts() else now)
            if not hung and await _is_over(server, "kills"):
                hung = now
                async with server.database.transaction():
                    await LeaseTable(server).enqueue(Order("hangs", {}))
            await asyncio.sleep(0.1)
    return deaths, all_fine, time.perf_counter() - began - hung


async def _is_over(server: Server, kind: str) -> bool:
    """Whether the job of this kind is given up, or was stopped once."""
    row = await server.database.row("SELECT buried, attempts FROM jobs WHERE kind = $1", kind)
    return row is not None and bool(row["buried"] or row["attempts"])
