"""Pictures of other servers: kept within bounds, the least recently asked for go first, their words stay."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.faults import remote_cache as month
from bench.faults.row import Run
from fedicara.actions import remote_cache, remote_scan
from fedicara.actions.media import proxied
from fedicara.actions.uploads import proxy_key
from fedicara.federation.network.http import Door
from fedicara.models import Job, KeptFile, KeptSum, Picture, Work
from fedicara.reads.media import proxy_signature
from fedicara.reads.remote_cache import kept
from fedicara.reads.works import work
from fedicara.server import Server
from tests.carried import Carried
from tests.fedicara.actions.darkroom import MEADOW, files, pieces, work_off
from tests.fedicara.rooms import clock, local, pictured, posted, stranger

pytestmark = pytest.mark.anyio
SIZE = len(MEADOW)
ADDRESS = "https://93.184.215.14"


class There:
    """Other servers, each with the same picture, counting who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        await asyncio.sleep(0.01)
        return httpx.Response(200, content=pieces(MEADOW))


@pytest.fixture
def there() -> There:
    """The servers at the end of the network."""
    return There()


def of(server: Server, there: There, **settings: Any) -> Server:
    """A server that keeps so much."""
    chosen = server.settings.model_copy(update=settings)
    return replace(server, settings=chosen, network=Door(chosen, Carried(httpx.MockTransport(there))))


async def shown(name: str, host: str = "there.example", **about: Any) -> Picture:
    """A post of somebody elsewhere with one picture."""
    author = await stranger(f"eve-{name}", host)
    made = await posted(author, policy={}, sensitive=True, warning="Teeth")
    address = f"{ADDRESS}/{name}.png"
    return await Picture.create(
        actor_id=author.id, work_id=made.id, remote_url=address, alt=f"Alt {name}", **about
    )


async def look(server: Server, picture: Picture) -> bytes:
    """What somebody sees who asks for it."""
    found = await proxied(server, picture.id, proxy_signature(server, picture.id), None)
    content = b"".join([chunk async for chunk in found.chunks])
    assert len(content) == found.size
    return content


def names(server: Server) -> set[str]:
    return {path.name for path in files(server)}


@pytest.mark.threat("MED-13")
async def test_in_a_month_of_attachments_never_more_is_kept_than_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month, "HOURS", 48)
    monkeypatch.setattr(month, "MOST", 120_000)
    monkeypatch.setattr(month, "MOST_OF_ONE", 40_000)
    findings = await month.month(Run(tmp_path, random.randrange(1 << 30), scale=0.003))
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.threat("MED-13")
async def test_the_least_recently_asked_for_goes_first_and_its_words_stay(
    server: Server, there: There
) -> None:
    server = of(server, there, remote_cache=2 * SIZE, remote_cache_per_server=2 * SIZE)
    own = await pictured(server, await posted(await local(server, "ada")))
    first, second, third = [await shown(name, f"{name}.example") for name in ("first", "second", "third")]
    for picture in (first, second):
        assert await look(server, picture) == MEADOW
        clock(server).forward(hours=2)
    await look(server, first)
    assert await look(server, third) == MEADOW
    assert names(server) == {own.key, proxy_key(first.id), proxy_key(third.id)}
    view = await work(server, second.work_id or 0)
    assert view is not None
    assert (view.sensitive, view.warning, view.pictures[0].alt) == (True, "Teeth", "Alt second")
    told = await kept(server)
    assert (told.bytes, told.files, told.evicted) == (2 * SIZE, 2, 1)
    assert there.asked == ["/first.png", "/second.png", "/third.png"]
    assert await look(server, second) == MEADOW
    assert there.asked[3:] == ["/second.png"]
    assert names(server) == {own.key, proxy_key(third.id), proxy_key(second.id)}


@pytest.mark.threat("MED-13")
async def test_one_server_cannot_push_out_the_pictures_of_the_others(server: Server, there: There) -> None:
    server = of(server, there, remote_cache=10 * SIZE, remote_cache_per_server=2 * SIZE)
    quiet = await shown("quiet", "quiet.example")
    await look(server, quiet)
    loud = [await shown(f"loud{number}", "loud.example") for number in range(5)]
    for picture in loud:
        clock(server).forward(hours=2)
        await look(server, picture)
    assert names(server) == {proxy_key(each.id) for each in (quiet, *loud[-2:])}
    sums = {each.peer: (each.bytes, each.files) for each in await KeptSum.all()}
    assert sums == {"": (3 * SIZE, 3), "quiet.example": (SIZE, 1), "loud.example": (2 * SIZE, 2)}


@pytest.mark.threat("MED-13")
async def test_what_is_larger_than_may_be_kept_is_passed_on_and_pushes_nothing_out(
    server: Server, there: There
) -> None:
    server = of(server, there, remote_cache=10 * SIZE, remote_cache_per_server=SIZE - 1)
    picture = await shown("large")
    assert await look(server, picture) == MEADOW
    await work_off(server)
    assert names(server) == set()
    assert await kept(server) == type(await kept(server))()


@pytest.mark.threat("MED-13")
async def test_a_place_that_keeps_nothing_passes_pictures_on(server: Server, there: There) -> None:
    server = of(server, there, remote_cache=0)
    picture = await shown("first")
    for _ in range(2):
        assert await look(server, picture) == MEADOW
    assert len(there.asked) == 1, "until it was looked through it lies there"
    await work_off(server)
    assert names(server) == set()
    for _ in range(2):
        assert await look(server, picture) == MEADOW
    assert len(there.asked) == 3
    assert names(server) == set()
    assert await Job.filter(kind=remote_scan.KIND).count() == 0, "the same bytes are looked through once"
    assert await KeptFile.all().count() == 0


async def test_who_asks_in_the_same_moment_waits_for_one_request(server: Server, there: There) -> None:
    server = of(server, there)
    picture = await shown("first")
    assert await asyncio.gather(*(look(server, picture) for _ in range(20))) == [MEADOW] * 20
    assert there.asked == ["/first.png"]


async def test_that_somebody_looked_is_written_down_once_an_hour(server: Server, there: There) -> None:
    server = of(server, there)
    picture = await shown("first")
    seen = set()
    for _ in range(9):
        await look(server, picture)
        seen.add((await KeptFile.get(id=picture.id)).asked)
        clock(server).forward(minutes=20)
    assert len(seen) == 3


@pytest.mark.threat("MED-13")
async def test_what_was_interrupted_is_counted_right_again(server: Server, there: There) -> None:
    """A row without its file is fetched again; sums that went wrong, and files of posts that went, are put right."""
    server = of(server, there)
    first, second, gone = [await shown(name) for name in ("first", "second", "gone")]
    for picture in (first, second, gone):
        await look(server, picture)
    await work_off(server)
    await server.storage.delete(proxy_key(first.id))
    assert await look(server, first) == MEADOW
    assert (await kept(server)).bytes == 3 * SIZE
    await KeptSum.all().update(bytes=7, files=70)
    await Work.filter(id=gone.work_id).delete()
    await remote_cache.run(server, month.RUN)
    told = await kept(server)
    assert (told.bytes, told.files) == (2 * SIZE, 2)
    assert told.ran == pytest.approx(server.now().timestamp(), abs=0.01)
    assert names(server) == {proxy_key(first.id), proxy_key(second.id)}


@pytest.mark.threat("MED-13")
async def test_a_smaller_size_is_kept_to_with_the_next_run_which_orders_the_one_after(
    server: Server, there: There
) -> None:
    large = of(server, there)
    pictures = [await shown(f"n{number}", f"h{number % 2}.example") for number in range(6)]
    for picture in pictures:
        await look(large, picture)
        clock(server).forward(hours=2)
    await work_off(large)
    small = of(server, there, remote_cache=3 * SIZE, remote_cache_per_server=2 * SIZE)
    await remote_cache.run(small, month.RUN)
    assert names(server) == {proxy_key(each.id) for each in pictures[-3:]}
    assert (await kept(server)).evicted == 3
    waiting = await Job.filter(kind=remote_cache.KIND)
    assert [each.due - int(server.now().timestamp() * 1000) for each in waiting] == [3_600_000]
    await remote_cache.run(small, month.RUN)
    assert await Job.filter(kind=remote_cache.KIND).count() == 1
