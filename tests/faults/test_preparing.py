"""Pictures whose process is killed while they are being cloaked: taken up again, and never out without their cloak."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fedicara.actions import works
from fedicara.actions.kinds import kinds
from fedicara.actions.works import Draft
from fedicara.jobs import worker as jobs_worker
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Picture, Rendition, Work
from fedicara.models.works import State
from fedicara.server import Server
from tests import sqlite
from tests.faults.forks import in_a_fork, integrity
from tests.fedicara.actions.darkroom import upload
from tests.fedicara.rooms import clock, person, room
from tests.media.pictures import encoded, meadow

LARGE = encoded(meadow(1600, 1200))


async def begin(url: str, folder: Path, count: int) -> None:
    """Post works whose pictures wait to be prepared."""
    async with room(url, folder, cloak="texture") as server:
        ada = await person(server, "ada")
        for number in range(count):
            picture = await upload(server, ada, LARGE, alt=f"Meadow {number}")
            await works.publish(server, ada, Draft(pictures=(picture.id,), ai="none"))


async def work(url: str, folder: Path, turn: int, *, die: bool) -> None:
    """Work, an hour later each turn; die in the moment in which a picture is being cloaked."""
    async with room(url, folder, cloak="texture") as server:
        clock(server).moment = datetime.now(UTC) + timedelta(hours=turn)
        worker = Worker(server, LeaseTable(server), kinds(server))
        if not die:
            return await worker.drain()
        # What the process before left behind is no step of this one.
        await Picture.filter(state=State.PROCESSING).update(step="waiting")
        working = asyncio.create_task(worker.run())
        await cloaking(server)
        os.kill(os.getpid(), signal.SIGKILL)
        await working


async def cloaking(server: Server) -> Picture:
    """A picture, as soon as one is being cloaked."""
    async with asyncio.timeout(120):
        while (found := await Picture.filter(step="cloaking").first()) is None:
            await asyncio.sleep(0.005)
    return found


async def left(url: str, folder: Path) -> tuple[list[str], list[str], list[str]]:
    """The states of the works, how each picture was cloaked, and what nobody needs any more on the disk."""
    async with room(url, folder, cloak="texture") as server:
        states = [each.state.value for each in await Work.all()]
        engines = [each.engine for each in await Picture.all()]
        known = {each.key for each in await Rendition.all()} | {each.original for each in await Picture.all()}
        files = {path.name for path in server.settings.media.rglob("*") if path.is_file()}
        assert known <= files
        assert await server.database.rows("SELECT id FROM jobs WHERE buried = TRUE") == []
        return states, engines, sorted(each for each in files if each.startswith("."))


@pytest.mark.rule("C-009", "C-006")
@pytest.mark.threat("MED-16")
def test_a_picture_whose_worker_is_killed_while_cloaking_is_taken_up_again_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_worker, "OLD_ENOUGH", 0.0)
    url = sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}")
    asyncio.run(begin(url, tmp_path, 2))
    for turn in range(2):  # a third crash of the same job would be its last
        assert in_a_fork(lambda turn=turn: work(url, tmp_path, turn * 5, die=True))
        states, engines, _ = asyncio.run(left(url, tmp_path))
        assert set(states) <= {State.PROCESSING, State.PUBLISHED}
        assert [bool(engine) for engine in engines] == [state == State.PUBLISHED for state in states]
    asyncio.run(work(url, tmp_path, 40, die=False))
    assert asyncio.run(left(url, tmp_path)) == (["published"] * 2, ["texture"] * 2, [])
    assert integrity(tmp_path / "test.db") == "ok"


@pytest.mark.rule("C-009")
@pytest.mark.threat("MED-16")
def test_a_picture_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with room(url, tmp_path, cloak="texture") as server:
            worker = Worker(server, LeaseTable(server), kinds(server))
            working = asyncio.create_task(worker.run())
            found = await cloaking(server)
            [child] = children()
            os.kill(child, signal.SIGKILL)
            async with asyncio.timeout(120):
                while (await Picture.get(id=found.id)).state == State.PROCESSING:
                    clock(server).forward(seconds=1)
                    await asyncio.sleep(0.05)
            assert child not in children()
            await worker.stop()
            await working

    url = sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}")
    asyncio.run(begin(url, tmp_path, 1))
    asyncio.run(story())
    assert asyncio.run(left(url, tmp_path))[:2] == (["published"], ["texture"])


def children() -> list[int]:
    """The processes for pictures that this one started and that still run."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    found = [each for task in tasks for each in (task / "children").read_text().split()]
    return [int(each) for each in found if b"\0media\0" in Path(f"/proc/{each}/cmdline").read_bytes()]
