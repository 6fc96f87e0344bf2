"""Somebody watches their pictures being prepared: steps, places, time left; live, and without scripts."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from fedicara.actions import authentication, progress
from fedicara.actions.errors import TooMany
from fedicara.models import Picture
from fedicara.models.works import State
from fedicara.reads.preparing import COUNTED, PictureProgress
from fedicara.watching import MOST_EACH
from fedicara.web.progress import words
from tests.fedicara.web.forms import post, token
from tests.fediverse import Fediverse, Island, Person, drawing

pytestmark = pytest.mark.anyio


async def posted(artist: Person, count: int = 1) -> str:
    """The id of a work that waits for its pictures."""
    pictures = [
        field for number in range(count) for field in (("picture", drawing(96 + number, 64)), ("alt", "A"))
    ]
    answer = await post(artist.browser, ("ai", "none"), *pictures)
    return str(answer.headers["location"].rpartition("/")[2])


async def uploaded(artist: Person, data: bytes | None = None) -> str:
    """The id of an upload that waits, as the script of the form sends it."""
    headers = {"X-Form-Token": await token(artist.browser)}
    answer = await artist.browser.post("/uploads", content=data or drawing(), headers=headers)
    assert answer.json()["words"].endswith(("in line", "before it"))
    return str(answer.json()["id"])


async def viewer(artist: Person) -> authentication.Viewer:
    token = artist.api.headers["authorization"].removeprefix("Bearer ")
    found = await authentication.viewer_of_bearer(artist.island.server, token)
    assert found is not None
    return found


def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    """What a browser hears: the name of each event and its value."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in answer.text.split("\n\n")]
    return [(each["event"], json.loads(each["data"])) for each in blocks if "event" in each]


@pytest.mark.rule("C-009", "V-006")
async def test_a_stream_tells_of_every_step_and_ends_when_the_work_is_out(
    ada: Person, island: Island
) -> None:
    work = await posted(ada, 2)
    watching = asyncio.create_task(ada.browser.get(f"/works/{work}/progress"))
    await asyncio.sleep(0.1)
    async with island.working():
        answer = await watching
    heard = events(answer)
    assert answer.headers["cache-control"] == "private, no-store"
    assert [name for name, _ in heard] == ["progress"] * (len(heard) - 1) + ["over"]
    first, last = heard[0][1], heard[-2][1]
    assert [each["words"] for each in first] == ["Next in line", "One picture before it"]
    assert [each["words"] for each in last] == ["Done", "Done"]
    assert all(len(value) == 2 for name, value in heard if name == "progress")
    again = await ada.browser.get(f"/works/{work}/progress", headers={"Last-Event-ID": "over"})
    assert (again.status_code, again.content) == (204, b"")
    late = events(await ada.browser.get(f"/works/{work}/progress"))
    assert [name for name, _ in late] == ["progress", "over"]


@pytest.mark.rule("C-009")
async def test_one_stream_tells_of_all_uploads_of_a_form(ada: Person, island: Island) -> None:
    ids = [await uploaded(ada, data) for data in (drawing(), drawing()[:-60])]
    watching = asyncio.create_task(ada.browser.get("/uploads/progress", params={"id": ids}))
    await asyncio.sleep(0.1)
    async with island.working():
        heard = events(await watching)
    assert heard[-1][0] == "over"
    ends = {each["id"]: (each["state"], bool(each["failure"])) for each in heard[-2][1]}
    assert ends == {ids[0]: ("ready", False), ids[1]: ("failed", True)}


@pytest.mark.rule("C-009")
@pytest.mark.threat("AUD-11")
async def test_what_is_anothers_is_as_absent_as_what_never_was(
    ada: Person, bob: Person, island: Island
) -> None:
    work, upload = await posted(ada), await uploaded(ada)
    own = await uploaded(bob)
    for path in ("/works/{}/progress", "/works/{}/progress.json", "/uploads/progress?id={}"):
        theirs = await bob.browser.get(path.format(work if "works" in path else upload))
        never = await bob.browser.get(path.format(7))
        assert theirs.status_code == never.status_code == 404
        assert theirs.text == never.text
        assert {**theirs.headers} == {**never.headers}
    for query in (f"id={own}&id={upload}", "", "id=x", "&".join(f"id={own}" for _ in range(17))):
        assert (await bob.browser.get(f"/uploads/progress?{query}")).status_code == 404
    async with island.client() as visitor:
        asked = await visitor.get(f"/works/{work}/progress")
        assert (asked.status_code, asked.headers["location"]) == (
            303,
            f"/sign-in?next=/works/{work}/progress",
        )


@pytest.mark.rule("C-009")
async def test_one_reader_reads_for_everybody_and_ends_when_nobody_looks(ada: Person, island: Island) -> None:
    ids = [int(await uploaded(ada)) for _ in range(3)]
    server = island.server
    with server.database.bound():
        who = await viewer(ada)
        streams = [progress.changes(server, who, [each]) for each in (*ids, *ids[:2])]
        for stream in streams:
            [first] = await anext(stream)
            assert first.is_waiting
        readers = {task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "_read"}  # type: ignore[union-attr]
        assert readers == {server.watching.reader}
        assert server.watching.wanted() == sorted(ids)
        await Picture.filter(id=ids[0]).update(step="cloaking", percent=40)
        for stream in (streams[0], streams[3]):
            [told] = await anext(stream)
            assert (told.step, told.percent) == ("cloaking", 40)
        await Picture.filter(id=ids[1]).delete()
        with pytest.raises(StopAsyncIteration):
            while True:
                await anext(streams[1])
        for stream in streams:
            await stream.aclose()
        assert server.watching.wanted() == []
        assert server.watching.reader is not None
        async with asyncio.timeout(60):
            await server.watching.reader


@pytest.mark.rule("C-009")
async def test_a_process_that_stops_sends_everybody_on_to_the_next(ada: Person, island: Island) -> None:
    work = await posted(ada)
    watching = asyncio.create_task(ada.browser.get(f"/works/{work}/progress"))
    async with asyncio.timeout(60):
        while not island.server.watching.wanted():
            await asyncio.sleep(0.01)
    island.server.watching.end()
    answer = await watching
    assert [name for name, _ in events(answer)] == ["progress"]
    assert answer.text.startswith("retry: 1000\n\n")


async def test_nobody_keeps_more_than_a_few_streams_open(ada: Person, island: Island) -> None:
    work = await posted(ada)
    server = island.server
    with server.database.bound():
        who = await viewer(ada)
        pictures = await progress.pictures_of(server, who, int(work))
        streams = [progress.changes(server, who, pictures) for _ in range(MOST_EACH)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(TooMany):
            progress.check_room(server, who)
        refused = await ada.browser.get(f"/works/{work}/progress")
        assert refused.status_code == 429
        assert (await ada.browser.get(f"/works/{work}/progress.json")).status_code == 200
        for stream in streams:
            await stream.aclose()
        progress.check_room(server, who)


@pytest.mark.rule("C-009", "V-006")
async def test_without_scripts_the_page_says_the_place_in_the_queue_and_the_time_left(
    ada: Person, bob: Person, island: Island
) -> None:
    await ada.post(drawing())
    with island.server.database.bound():
        first = await Picture.get(actor_id=ada.actor.id)
        await Picture.filter(id=first.id).update(
            width=4000, height=3000, report={**first.report, "seconds": 24.0}
        )
    await posted(bob, 2)
    work = await posted(ada)
    island.server.forget("pace")
    page = await ada.browser.get(f"/@ada/{work}")
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    [said] = re.findall(r'<span class="step[^>]*>(.*?)</span>', page.text)
    assert said == "Two pictures before it · about 6 seconds left"
    state = (await ada.browser.get(f"/works/{work}/progress.json")).json()
    assert (state["pictures"][0]["before"], state["pictures"][0]["seconds"]) == (2, 6)
    told = (await ada.api.get(f"/api/v1/media/{state['pictures'][0]['id']}")).json()
    assert told["fedicara"]["progress"] == {"step": "waiting", "percent": 0, "queue_place": 2, "seconds": 6}


async def test_time_is_told_no_more_exactly_than_it_is_known() -> None:
    def said(step: str = "cloaking", percent: int = 40, before: int = 0, seconds: int | None = None) -> str:
        return words(PictureProgress(1, State.PROCESSING, step, percent, "", "", before, seconds))

    assert said() == "Cloaking 40 %"
    assert said(seconds=1) == "Cloaking 40 % · a few seconds left"
    assert said(seconds=33) == "Cloaking 40 % · about 35 seconds left"
    assert said(seconds=200) == "Cloaking 40 % · about 3 minutes left"
    assert said(seconds=30_000) == "Cloaking 40 % · about 8 hours left"
    assert said("waiting", 0, 40) == "40 pictures before it"
    assert said("waiting", 0, COUNTED) == "1,000 pictures or more before it"
    assert words(PictureProgress(1, State.FAILED, "reading", 0, "Torn")) == "Not possible"


async def test_a_whole_queue_is_not_counted(world: Fediverse) -> None:
    """Who stands behind the first thousand is told so, and no time."""
    art = await world.island("large", cloak="none")
    ada = await art.artist("ada")
    await ada.sign_in()
    first = int(await uploaded(ada))
    row = await art.server.database.row("SELECT lane, payload, due FROM jobs WHERE kind = 'picture'")
    assert row is not None
    with art.server.database.bound():
        for number in range(COUNTED):
            await art.server.database.execute(
                "INSERT INTO jobs (id, kind, lane, payload, due, created, leased, attempts, crashes, buried, error) "
                "SELECT $1, kind, $2, payload, due - 1, created, 0, 0, 0, FALSE, '' FROM jobs WHERE lane = $3",
                number + 1,
                f"picture:{first + 1 + number}",
                row["lane"],
            )
        found = await progress.of_upload(art.server, await Picture.get(id=first))
    assert (found.before, found.seconds) == (COUNTED, None)
    with art.server.database.bound():
        await art.server.database.execute("DELETE FROM jobs")
