"""`python -m bench faults`: runs rows of tests/threats.csv whole, one after the other, and prints what it found."""

import asyncio
import logging
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog
from tortoise.backends.base.executor import EXECUTOR_CACHE

from bench.faults import crashes, crowds, deliveries, locks, order, outages, poison, remote_cache
from bench.faults.row import Finding, Row, Run
from bench.table import show

ROWS: Final[Mapping[str, Row]] = {
    "MED-13": remote_cache.month,
    "REL-01": deliveries.killed_workers,
    "REL-02": crashes.between_calls,
    "REL-03": crashes.killed_server,
    "REL-04": deliveries.half_the_time,
    "REL-06": deliveries.swallowed,
    "REL-09": order.shaky_peer,
    "REL-10": crowds.viral,
    "REL-13": locks.four_writers,
    "REL-14": locks.lock_outside,
    "REL-15": locks.full_disk,
    "REL-16": outages.killed_postgres,
    "REL-19": poison.poisoned,
    "REL-20": outages.stopped_under_load,
    "REL-23": crowds.soak,
}


def main(only: Sequence[str], seed: int | None, scale: float) -> int:
    """Run the rows; 0 when all is as it should be."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chosen = seed if seed is not None else random.SystemRandom().randrange(1 << 30)
    unknown = sorted(set(only) - set(ROWS))
    if unknown:
        raise SystemExit(f"There is no {', '.join(unknown)}; there are {', '.join(ROWS)}.")
    results = [_run(row, chosen, scale) for row in only or ROWS]
    return 0 if all(results) else 1


def _run(name: str, seed: int, scale: float) -> bool:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        findings = asyncio.run(_found(ROWS[name], Run(Path(folder), seed, scale)))
    good = all(finding.holds for finding in findings)
    title = f"{name} in {time.perf_counter() - began:.0f} s" + (
        "" if good else f", FAILED with --seed {seed}"
    )
    show(title, ("what", "figure", "holds"), [_words(finding) for finding in findings])
    return good


async def _found(row: Row, run: Run) -> list[Finding]:
    # The ORM keeps INSERT statements by connection name alone; the row before may have run on another database.
    EXECUTOR_CACHE.clear()
    return await row(run)


def _words(finding: Finding) -> tuple[str, str, str]:
    return finding.what, finding.figure, "yes" if finding.holds else "NO"
