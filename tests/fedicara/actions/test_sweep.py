"""Rows and files agree after a sweep, whatever was done and left half done."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedicara.actions import originals, sweep, uploads, works
from fedicara.actions.authentication import Viewer
from fedicara.models import Picture, Rendition
from fedicara.models.works import State
from fedicara.server import Server
from tests import sqlite
from tests.fedicara.actions.darkroom import MEADOW, pieces, upload, work_off
from tests.fedicara.rooms import person, posted, room

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


def age(path: Path, **much: float) -> None:
    moment = (datetime.now(UTC) - timedelta(**much)).timestamp()
    os.utime(path, (moment, moment))


def path_of(server: Server, key: str) -> Path:
    return server.settings.media / key[:2] / key


async def kept(server: Server) -> set[str]:
    return {each.key async for each in server.storage.kept()}


@pytest.mark.threat("MED-11")
async def test_what_a_dead_process_left_half_done_is_swept_within_the_hour(server: Server) -> None:
    incoming, room_ = server.settings.incoming, server.settings.media / "0f"
    (incoming / "picture-old").mkdir(parents=True)
    room_.mkdir(parents=True)
    left = [incoming / "tmpold", incoming / "picture-old", room_ / ".0f.png.1a2b3c4d"]
    (incoming / "picture-old" / "source").write_bytes(b"half")
    fresh = [incoming / "tmpnew", room_ / ".0e.png.1a2b3c4d"]
    for path in (left[0], left[2], *fresh):
        path.write_bytes(b"half")
    for path in left:
        age(path, minutes=31)
    assert await sweep.temporary(server, datetime.now(UTC) - sweep.TEMPORARY) == 3
    assert [path.exists() for path in (*left, *fresh)] == [False, False, False, True, True]
    assert sweep.TEMPORARY + timedelta(seconds=sweep.QUARTER) < HOUR


@pytest.mark.threat("MED-11", "MED-15")
async def test_a_file_without_a_row_goes_after_an_hour_and_a_row_without_a_file_is_told(
    server: Server,
) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    names = [
        f"{secrets.token_hex(16)}{ending}" for ending in (".png", ".original", "-0123abcd.original", ".trial")
    ]
    others = [f"{secrets.token_hex(16)}.png", "0f15.remote", "0f15.emoji"]
    for name in (*names, *others):
        await server.storage.write(name, b"pixels")
    for name in (*names, *others[1:], *[each.key for each in await Rendition.all()]):
        age(path_of(server, name), minutes=61)
    lost = (await Rendition.first()).key  # type: ignore[union-attr]
    await server.storage.delete(lost)
    found = await sweep.settle(server, datetime.now(UTC) - sweep.ORPHANED)
    assert (set(found.orphans), found.missing) == (set(names), (lost,))
    assert not await kept(server) & set(names)
    assert set(others) <= await kept(server)
    assert picture.original in await kept(server)
    assert server.swept == {"orphan": 4, "missing": 1}
    assert timedelta(hours=24) > sweep.EVERY + sweep.ORPHANED


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["upload", "upload", "publish", "delete", "discard", "prepare", "fail", "die", "sweep"]
        ),
        st.integers(0, 2),
        st.integers(0, 5),
    ),
    max_size=14,
)


class Studio:
    """Three people with three pictures between them, who do things in any order."""

    def __init__(self, server: Server, people: list[Viewer]) -> None:
        self.server = server
        self.people = people

    async def upload(self, who: Viewer, which: int) -> None:
        await uploads.receive(self.server, who, pieces(MEADOW + bytes([which % 3]), 4096))

    async def publish(self, who: Viewer, which: int) -> None:
        """Two works may show the same upload's bytes, each with a row of its own."""
        waiting = await Picture.filter(actor_id=who.actor.id, work_id=None).exclude(state=State.FAILED)
        if waiting:
            work = await posted(who.actor)
            await Picture.filter(id=waiting[which % len(waiting)].id).update(work_id=work.id)

    async def delete(self, who: Viewer, which: int) -> None:
        pictures = await Picture.filter(actor_id=who.actor.id).exclude(work_id=None).prefetch_related("work")
        if pictures:
            async with self.server.database.transaction():
                await works.remove(self.server, pictures[which % len(pictures)].work)  # type: ignore[arg-type]

    async def discard(self, who: Viewer, which: int) -> None:
        waiting = await Picture.filter(actor_id=who.actor.id, work_id=None)
        if waiting:
            await uploads.discard(self.server, who, waiting[which % len(waiting)].id)

    async def prepare(self, who: Viewer, which: int) -> None:
        """Sizes as a preparation leaves them; made anew they have new names."""
        pictures = await Picture.filter(actor_id=who.actor.id).exclude(state=State.FAILED)
        if pictures:
            picture = pictures[which % len(pictures)]
            old = [each.key for each in await Rendition.filter(picture_id=picture.id)]
            key = f"{secrets.token_hex(16)}.png"
            await self.server.storage.write(key, b"pixels")
            async with self.server.database.transaction():
                await Rendition.filter(picture_id=picture.id).delete()
                await Rendition.create(
                    picture_id=picture.id,
                    name="large",
                    key=key,
                    media_type="image/png",
                    width=4,
                    height=3,
                    bytes=6,
                    sha256="5" * 64,
                )
                await uploads.forget_later(self.server, old)

    async def fail(self, who: Viewer, which: int) -> None:
        """A preparation refuses the bytes for good."""
        waiting = await Picture.filter(actor_id=who.actor.id, renditions__id=None).exclude(state=State.FAILED)
        if waiting:
            picture = waiting[which % len(waiting)]
            async with self.server.database.transaction():
                await uploads.forget_later(self.server, [picture.original])
                await Picture.filter(id=picture.id).update(state=State.FAILED)

    async def die(self, who: Viewer, which: int) -> None:
        """A process is killed between the file and its row."""
        ending = (".png", ".original")[which % 2]
        await self.server.storage.write(f"{secrets.token_hex(16)}{ending}", b"pixels")

    async def sweep(self, who: Viewer, which: int) -> None:
        await sweep.settle(self.server, datetime.now(UTC) + HOUR)


async def named() -> set[str]:
    rows = {key for _, key in await originals.kept_after(0, 1000)}
    return rows | {each.key for each in await Rendition.all()}


@pytest.mark.threat("MED-15")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_in_any_order_no_file_in_use_goes_and_none_that_is_not_stays(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("studio")
    async with room(sqlite.fresh(f"sqlite://{folder / 'test.db'}"), folder) as server:
        studio = Studio(server, [await person(server, name) for name in ("ada", "bob", "eve")])
        for step, who, which in steps:
            await getattr(studio, step)(studio.people[who], which)
            await forgotten(server)
            assert await named() <= await kept(server), step
        await sweep.settle(server, datetime.now(UTC) + HOUR)
        assert await kept(server) == await named()
        assert (await sweep.compare(server, datetime.now(UTC) + HOUR)).missing == ()


async def forgotten(server: Server) -> None:
    """Run the jobs that forget files, and leave preparations alone: they take their time."""
    await server.database.execute("DELETE FROM jobs WHERE kind = 'picture'")
    await work_off(server)
