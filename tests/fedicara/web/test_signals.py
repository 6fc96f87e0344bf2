"""The page behind a work's line about AI: what should be said beside what is said."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from fedicara.actions.policy_check import daily
from fedicara.app import create
from fedicara.federation.errors import NetworkError
from fedicara.jobs.queue import Claim
from fedicara.web.within import Within
from tests.fedicara.rooms import posted, stranger
from tests.fedicara.stories.test_policy_check import Mouth, Silenced
from tests.fediverse import Fediverse, Island, Person, drawing

pytestmark = pytest.mark.anyio


def rows(page: httpx.Response) -> dict[tuple[str, str], list[str]]:
    """Each line of the tables: the signal and where, then what is expected, what was seen, and the verdict."""
    found = {}
    for row in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page.text, re.DOTALL):
        field, *cells = [
            " ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row.split("<td")
        ]
        name, _, where = field.rpartition(" ")
        found[name, where] = [cell.partition(">")[2].strip() for cell in cells]
    return found


def closed(page: httpx.Response) -> int:
    """How many crawlers one line stands for."""
    found = re.search(r"(\d+) listed crawlers", page.text)
    return int(found[1]) if found else 0


@pytest.mark.rule("P-508", "P-509", "P-505", "P-701")
@pytest.mark.sqlite_first
async def test_what_a_work_says_stands_beside_what_it_should_say_and_nobody_else_is_asked(
    world: Fediverse, island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    server = island.server
    status = await ada.post(drawing(), alt="A drawing", status="Said")
    path = f"{httpx.URL(status['url']).path}/signals"
    asked, before = len(world.router.exchanges), server.now()
    page = await visitor.get(path)
    assert len(world.router.exchanges) == asked + 1, "nothing leaves for a visitor's request but its answer"
    found = rows(page)
    right = "As it should be"
    for signal, where, said in (
        ("Content-Usage", "page", "train-ai=n, search=y"),
        ("tdm-reservation", "media", "1"),
        ("meta robots", "page", "noai, noimageai"),
        ("contentSignal", "object", "search=yes, ai-input=no, ai-train=no"),
        ("contentUsage", "NodeInfo", "train-ai=n, search=y"),
    ):
        (line,) = [cells for (name, target), cells in found.items() if name == signal and where in target]
        assert line == [said, said, right], signal
    assert ("Inside the picture file" in page.text, "listed crawlers" in page.text) == (True, True)
    assert {cells[-1] for cells in found.values()} == {right}
    assert (
        f"All {len(re.findall('class=.ok.', page.text)) + closed(page) - 1} signals are as they should be."
        in page.text
    )
    moment = re.search(r'Read on <time datetime="([^"]*)"', page.text)
    assert moment
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(moment[1]) <= server.now()
    # What leads the check to another server leads nowhere.
    with pytest.raises(NetworkError):
        await Within(create(server), server).server().network.get("https://there.example/", {})
    # Within the hour it is not read again; what is wrong then stands open, beside what it should be.
    app: Any = create(server)
    app.app.state.within = Within(Silenced(app, Mouth("S01", "/@", "x-robots-tag")), server)
    world.router.join("art.example", app)
    assert {cells[-1] for cells in rows(await visitor.get(path)).values()} == {right}
    world.clock.advance(hours=1)
    spoiled = await visitor.get(path)
    assert rows(spoiled)["X-Robots-Tag", "page"] == ["noai, noimageai", "absent", "Missing"]
    assert "1 of " in spoiled.text
    # While another work is read, the page says what is sent and compares nothing.
    world.clock.advance(hours=1)
    async with app.app.state.within.busy:
        assert rows(await visitor.get(path)) == {}


@pytest.mark.rule("P-508")
@pytest.mark.sqlite_first
async def test_the_page_repeats_what_the_daily_self_check_found_and_compares_nothing_that_visitors_do_not_get(
    world: Fediverse, island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    server, app = island.server, create(island.server)
    status = await ada.post(drawing(), alt="A drawing", status="Said")
    world.router.join("art.example", Silenced(app, Mouth("S02", "/media/", "x-robots-tag")))
    with server.database.bound():
        await daily.run(server, Claim(1, daily.SELF_CHECK, "", {}, 0))
        theirs = await posted(await stranger("eve"), content="From elsewhere")
    page = await visitor.get(f"{httpx.URL(status['url']).path}/signals")
    assert "S02 X-Robots-Tag: absent" in page.text
    assert rows(page)["X-Robots-Tag", "media"][-1] == "As it should be", "it is lost on the way, not here"
    hidden = await ada.post(drawing(), alt="A drawing", status="Said", visibility="private")
    for browser, path in (
        (ada.browser, f"{httpx.URL(hidden['url']).path}/signals"),
        (visitor, f"/@eve@there.example/{theirs.id}/signals"),
    ):
        answer = await browser.get(path)
        assert (answer.status_code, rows(answer)) == (200, {}), path
