"""A newer cloak, or another one: pictures are made anew from their originals while nothing else waits."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from fedicara.actions import recloaking
from fedicara.models import Account, AuditEntry, Picture
from fedicara.models.accounts import Role
from tests.fedicara import engines
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, Island, Person, good
from tests.media.pictures import encoded, meadow

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


def drawn(width: int) -> bytes:
    return encoded(meadow(width, 160))


def shows(data: bytes) -> int:
    """How bright it is: the engine `negative` turns a bright sky into a dark one."""
    return int(np.asarray(Image.open(BytesIO(data)).convert("L"))[:40].mean())


async def versions(island: Island) -> dict[int, tuple[str, str, str]]:
    """What each picture is cloaked with by width, and why it could not be cloaked again."""
    with island.server.database.bound():
        return {each.width: (each.engine, each.engine_version, each.failure) for each in await Picture.all()}


async def ordered(island: Island, **wish: bool) -> int:
    with island.server.database.bound():
        async with island.server.database.transaction():
            return await recloaking.order(island.server, **wish)


async def go_on(world: Fediverse) -> None:
    """Until every picture is done: a pause lies between one and the next."""
    for _ in range(20):
        world.clock.advance(seconds=200)
        await world.settle()


def updates(world: Fediverse, host: str) -> list[Any]:
    """The posts that another server was told anew, oldest first."""
    said = [orjson.loads(each.body) for each in world.router.sent("POST", host, "/inbox")]
    return [
        each["object"]["id"] for each in said if each["type"] == "Update" and each["object"]["type"] == "Note"
    ]


async def page(admin: Person) -> str:
    text = (await admin.browser.get("/settings/cloak")).text
    return re.sub(r"\s+", " ", re.sub(r"<(?!progress|input)[^>]*>", " ", text))


@pytest.mark.rule("C-005", "C-006", "P-017")
async def test_when_an_engine_has_a_new_version_works_are_cloaked_again_and_followers_hear_of_each_once(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = engines.add(monkeypatch, tmp_path / "engines")
    art, there = await fediverse.island("art", cloak="picky"), await fediverse.island("there", cloak="none")
    ada, eve = await art.artist("ada"), await there.artist("eve")
    await ada.sign_in()
    with art.server.database.bound():
        await Account.filter(actor_id=ada.actor.id).update(role=Role.ADMIN)
    await eve.follow(ada.handle)
    await fediverse.settle()
    pair = await ada.post(drawn(200), drawn(210), fedicara={"title": "Two"})
    unlucky = await ada.post(drawn(220), fedicara={"title": "One"})
    outside = await ada.post(drawn(230), fedicara={"title": "Mine", "cloak": "external"})
    await fediverse.settle()
    assert (await ordered(art), updates(fediverse, "there.example")) == (0, [])
    addresses = [each["url"] for each in pair["media_attachments"]]

    engines.add(monkeypatch, folder, picky="2")
    (folder / "refused").write_text("220")
    assert "3 pictures of an earlier version can be cloaked again" in await page(ada)
    assert await ordered(art) == 3
    assert await ordered(art) == 3, "asked for twice, begun once"
    await fediverse.settle()
    assert '<progress max="3" value="1">' in await page(ada)
    assert updates(fediverse, "there.example") == [], "the other picture of that work is still to come"
    # A process that dies takes nothing along: what is left is found anew.
    await art.server.database.execute("DELETE FROM jobs WHERE kind = 'recloak'")
    assert await ordered(art) == 2
    await go_on(fediverse)
    assert await versions(art) == {
        200: ("picky", "2", ""),
        210: ("picky", "2", ""),
        220: ("picky", "1", "This picture is not to its taste."),
        230: ("external", "1", ""),
    }
    assert updates(fediverse, "there.example") == [pair["uri"]]
    assert "1 picture could not be cloaked again" in await page(ada)
    now = await ada.status(pair["id"])
    for old, new in zip(addresses, now["media_attachments"], strict=True):
        moved = await ada.browser.get(old)
        assert (moved.status_code, moved.headers["location"]) == (301, new["url"])
        assert shows((await ada.browser.get(new["url"])).content) < 128
    seen = {
        each["uri"]: [one["remote_url"] for one in each["media_attachments"]] for each in await eve.home()
    }
    assert seen[pair["uri"]] == [each["url"] for each in now["media_attachments"]]
    for status in (unlucky, outside):
        same = (await ada.status(status["id"]))["media_attachments"][0]["url"]
        assert same == status["media_attachments"][0]["url"]
        assert (await ada.browser.get(same)).status_code == 200
    assert "not to its taste" in (await ada.browser.get(f"/@ada/{unlucky['id']}")).text

    (folder / "refused").unlink()
    assert (await send(ada.browser, "/settings/cloak", {"engines": "", "failed": "yes"})).status_code == 303
    await go_on(fediverse)
    assert (await versions(art))[220] == ("picky", "2", "")
    assert updates(fediverse, "there.example") == [pair["uri"], unlucky["uri"]]
    assert "could not be cloaked again" not in await page(ada)
    with art.server.database.bound():
        assert [(each.who, each.detail["pictures"]) for each in await AuditEntry.all()] == [("ada", 1)]


@pytest.mark.rule("C-005")
async def test_another_engine_takes_over_when_asked_to_and_uploads_go_first(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    art = await fediverse.island("art", cloak="negative")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    for each in (ada, bob):
        await each.sign_in()
    first = await ada.post(drawn(200))
    settings = art.server.settings.model_copy(update={"cloak": "patient"})
    object.__setattr__(art.server, "settings", settings)
    (tmp_path / "engines" / "go").touch()
    assert await ordered(art) == 0, "a place that names another engine changes nothing that is out"
    assert (await send(bob.browser, "/settings/cloak", {"engines": "yes"})).status_code == 403
    assert await ordered(art, engines=True) == 1
    await ada.upload(drawn(210))
    await art.work_off()
    states = await versions(art)
    assert (states[200][0], states[210][0]) == ("negative", "patient"), "the upload went first"
    await go_on(fediverse)
    assert (await versions(art))[200] == ("patient", "1", "")
    assert (await ada.status(first["id"]))["media_attachments"][0]["fedicara"]["cloak"]["engine"] == "patient"
    # A place that cloaks nothing any more leaves what is out as it is, whatever is asked.
    object.__setattr__(art.server, "settings", settings.model_copy(update={"cloak": "none"}))
    assert await ordered(art, engines=True) == 0
    good(await ada.api.put(f"/api/v1/statuses/{first['id']}", json={"fedicara": {"license": "cc-by"}}))
    await fediverse.settle()
    assert (await versions(art))[200] == ("patient", "1", "")
