"""Cloaks as artists choose them, what people then see, and what happens when one cannot be made."""

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from fedicara.actions import picture_process
from fedicara.actions.cloaks import ELSEWHERE, GATE, LIMITS
from fedicara.models import Picture
from media import cloak
from tests.fedicara import engines
from tests.fedicara.stories.test_pictures import everything
from tests.fedicara.web.forms import multipart, post, send, token, wrong
from tests.fediverse import Fediverse, Island, Person, good
from tests.media.pictures import encoded, meadow
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
MEADOW = encoded(meadow(240, 160))
WHOLE = {"name": "Ada", "summary": "", "ai": "none", "licence": "cc-by"}


def made(status: Any) -> tuple[str, str | None]:
    (picture,) = status["media_attachments"]
    return picture["fedicara"]["cloak"]["engine"], picture["fedicara"]["cloak"]["strength"]


async def stated(browser: httpx.AsyncClient, work: str) -> str:
    """What the page of a work says of its cloak."""
    page = (await browser.get(f"/@ada/{work}")).text
    found = re.search(r"<dt>Cloak</dt><dd>(.*?)</dd>", page)
    return unescape(re.sub(r" ?<a.*?</a>", "", found[1])) if found else ""


async def offered(browser: httpx.AsyncClient, path: str) -> tuple[list[str], list[str]]:
    """What a form offers, and what it begins with."""
    page = (await browser.get(path)).text
    field = re.search(r'<select name="cloak".*?</select>', page, re.DOTALL)
    assert field, page
    return re.findall(r'value="(\w*)"', field[0]), re.findall(r'value="(\w*)" selected', field[0])


def looks(data: bytes) -> str:
    """Whether a file shows the meadow as it was drawn or as the engine `negative` turns it."""
    picture = Image.open(BytesIO(data)).convert("RGB")
    small = np.asarray(picture.resize((48, 32)), dtype=float)
    drawn = np.asarray(meadow(240, 160).resize((48, 32)), dtype=float)
    far, near = abs(small - drawn).mean(), abs(small - (255 - drawn)).mean()
    assert min(far, near) < 20, (far, near)
    return "cloaked" if near < far else "as it came"


@pytest.mark.rule("C-004")
async def test_the_place_bounds_the_account_begins_and_the_work_says_which_cloak_it_gets(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak_weakest="standard", cloak_none=False)
    ada = await art.artist("ada")
    await ada.sign_in()
    choices = ["standard", "strong", "external"]
    assert await offered(ada.browser, "/post") == (choices, ["standard"])
    assert await offered(ada.browser, "/settings") == (["", *choices], [""])
    first = await ada.post(MEADOW, fedicara={"title": "As usual"})
    assert made(first) == ("generator", "standard")
    assert await stated(ada.browser, first["id"]) == (
        f"Generator, standard (experimental). Adds a small change to the picture. {GATE} {LIMITS}"
    )
    for weaker in ("light", "none", "glaze"):
        refused = await send(ada.browser, "/settings", {**WHOLE, "cloak": weaker})
        assert wrong(refused) == ["Say one of standard, strong, external."]
    assert (await send(ada.browser, "/settings", {**WHOLE, "cloak": "strong"})).status_code == 303
    assert await offered(ada.browser, "/post") == (choices, ["strong"])
    assert made(await ada.post(MEADOW)) == ("generator", "strong")
    attachment = await ada.upload(MEADOW)
    wish: dict[str, Any] = {"media_ids": [attachment["id"]]}
    await fediverse.settle()
    refused = await ada.api.post("/api/v1/statuses", json={**wish, "fedicara": {"cloak": "none"}})
    assert (refused.status_code, list(refused.json()["details"])) == (422, ["fedicara[cloak]"])
    own = await ada.post(MEADOW, fedicara={"cloak": "external"})
    assert made(own) == ("external", None)
    assert await stated(ada.browser, own["id"]) == ELSEWHERE


@pytest.mark.rule("C-004", "C-006")
async def test_another_choice_on_the_form_prepares_a_published_work_again_from_its_original(
    fediverse: Fediverse,
) -> None:
    art, there = await fediverse.island("art"), await fediverse.island("there", cloak="none")
    ada, eve = await art.artist("ada"), await there.artist("eve")
    await ada.sign_in()
    await eve.follow(ada.handle)
    await fediverse.settle()
    answer = await post(
        ada.browser,
        ("picture", MEADOW),
        ("alt", "Grass"),
        ("ai", "none"),
        ("cloak", "none"),
        ("title", "Grass"),
    )
    assert answer.status_code == 303, wrong(answer)
    await fediverse.settle()
    work = answer.headers["location"].rpartition("/")[2]
    assert await stated(ada.browser, work) == "None"
    before = (await ada.status(work))["media_attachments"][0]["url"]
    plain = (await ada.browser.get(before)).content
    edit = f"/@ada/{work}/edit"
    assert await offered(ada.browser, edit) == (["light", "standard", "strong", "external", "none"], ["none"])
    changed = {"title": "Grass", "caption": "", "ai": "none", "licence": "cc-by", "cloak": "strong"}
    (alt,) = re.findall(r'name="(alt\.\d+)"', (await ada.browser.get(edit)).text)
    assert (await send(ada.browser, edit, {**changed, alt: "Grass"})).status_code == 303
    page = unescape((await ada.browser.get(f"/@ada/{work}")).text)
    assert "being prepared again with the cloak you chose. Until then the work is shown as it was." in page
    assert before in page, "it is shown as it was until then"
    await fediverse.settle()
    assert (await stated(ada.browser, work)).startswith("Generator, strong (experimental)")
    after = (await ada.status(work))["media_attachments"][0]["url"]
    moved = await ada.browser.get(before)
    assert (moved.status_code, moved.headers["location"]) == (301, after)
    ours, pixels = ((await ada.browser.get(after)).content, np.asarray(meadow(240, 160), dtype=int))
    strongest = abs(np.asarray(Image.open(BytesIO(ours)).convert("RGB"), dtype=int) - pixels).max()
    unchanged = abs(np.asarray(Image.open(BytesIO(plain)).convert("RGB"), dtype=int) - pixels).max()
    assert unchanged < strongest
    (seen,) = await eve.home()
    assert seen["media_attachments"][0]["remote_url"] == after
    again = good(await ada.api.put(f"/api/v1/statuses/{work}", json={"fedicara": {"cloak": "light"}}))
    assert made(again) == ("generator", "strong")
    await fediverse.settle()
    assert made(await ada.status(work)) == ("generator", "light")


async def failed(ada: Person, *, cloak: str = "") -> str:
    """Post a meadow whose cloak fails; why it failed, as its artist is told."""
    await ada.sign_in()
    answer = await post(
        ada.browser,
        ("picture", MEADOW),
        ("alt", "Grass"),
        ("ai", "none"),
        *([("cloak", cloak)] if cloak else []),
    )
    path = answer.headers["location"]
    asked = f"/works/{path.rpartition('/')[2]}/progress.json"
    assert (await ada.browser.get(asked)).json()["state"] == "processing"
    async with ada.island.client() as visitor:
        assert (await visitor.get(path)).status_code == 404
        async with ada.island.working():
            while (state := (await ada.browser.get(asked)).json())["state"] == "processing":
                assert await shown_pictures(ada.island, visitor) == []
        assert (await visitor.get(path)).status_code == 404
        assert await shown_pictures(ada.island, visitor) == []
    page = unescape((await ada.browser.get(path)).text)
    assert "This work could not be published" in page
    assert state["failure"] in page
    assert (state["state"], await ada.island.count("renditions")) == ("failed", 0)
    return str(state["failure"])


async def shown_pictures(island: Island, visitor: httpx.AsyncClient) -> list[str]:
    return re.findall(r"/media/\w+", (await visitor.get("/@ada")).text)


@pytest.mark.rule("C-006")
@pytest.mark.threat("MED-16")
@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        ("killed", "This picture could not be prepared on this server. Try a smaller export."),
        ("keyless", "The cloak's model cannot be read, so the picture was not published."),
        ("unread", "The cloak could not be made, so the picture was not published."),
        ("endless", "This picture took too long to prepare. Try a smaller export."),
        ("glaze", "There is no cloak called 'glaze' with strength 'standard' on this server."),
    ],
)
async def test_a_cloak_that_cannot_be_made_fails_the_work_with_its_reason_and_nothing_leaves(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str, reason: str
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    if engine == "endless":
        monkeypatch.setattr(picture_process, "SECONDS", 3.0)
    art, there = await fediverse.island("art", cloak=engine), await fediverse.island("there", cloak="none")
    ada, eve = await art.artist("ada"), await there.artist("eve")
    await eve.follow(ada.handle)
    await fediverse.settle()
    assert await failed(ada) == reason
    await fediverse.settle()
    await art.server.database.execute("DELETE FROM jobs WHERE buried = TRUE")
    assert await eve.home() == []
    assert art.files() == [], "neither a size of it nor the original is kept"


@pytest.mark.rule("C-006")
async def test_where_a_chosen_cloak_fails_a_published_work_stays_as_it_was_and_its_artist_reads_why(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    art = await fediverse.island("art", cloak="picky")
    ada = await art.artist("ada")
    await ada.sign_in()
    status = await ada.post(MEADOW)
    before = status["media_attachments"][0]["url"]
    good(await ada.api.put(f"/api/v1/statuses/{status['id']}", json={"fedicara": {"cloak": "strong"}}))
    await fediverse.settle()
    now = await ada.status(status["id"])
    assert (made(now), now["media_attachments"][0]["url"]) == (("picky", "standard"), before)
    assert looks((await ada.browser.get(before)).content) == "cloaked"
    page = unescape((await ada.browser.get(f"/@ada/{status['id']}")).text)
    assert "so the work is shown as it was. This picture is not to its taste. Only you see this." in page
    async with art.client() as visitor:
        assert "to its taste" not in (await visitor.get(f"/@ada/{status['id']}")).text
    given_up = await art.server.database.execute("DELETE FROM jobs WHERE buried = TRUE RETURNING error")
    assert [row["error"] for row in given_up] == ["This picture is not to its taste."]
    good(await ada.api.put(f"/api/v1/statuses/{status['id']}", json={"fedicara": {"cloak": "light"}}))
    await fediverse.settle()
    assert made(await ada.status(status["id"])) == ("picky", "light")
    assert "to its taste" not in (await ada.browser.get(f"/@ada/{status['id']}")).text


@pytest.mark.rule("C-004", "C-006")
@pytest.mark.threat("MED-16")
async def test_a_work_whose_chosen_cloak_fails_is_not_shown_with_another_and_may_be_tried_again(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    art = await fediverse.island("art", cloak="picky")
    ada = await art.artist("ada")
    await ada.sign_in()
    attachment = await ada.upload(MEADOW)
    await art.work_off()
    assert made({"media_attachments": [good(await ada.api.get(f"/api/v1/media/{attachment['id']}"))]}) == (
        "picky",
        "standard",
    )
    wish = {"media_ids": [attachment["id"]], "fedicara": {"cloak": "strong"}}
    async with art.working():
        refused = await ada.api.post("/api/v1/statuses", json=wish)
    assert (refused.status_code, "not to its taste" in refused.text) == (422, True)
    (row,) = await art.server.database.rows("SELECT id, state FROM works")
    path = f"/@ada/{row['id']}"
    page = (await ada.browser.get(path)).text
    assert "This picture is not to its taste." in page
    assert f'href="{path}/edit">Choose another cloak' in page
    async with art.client() as visitor:
        assert (await visitor.get(path)).status_code == 404
        assert await shown_pictures(art, visitor) == []
    changed = {"title": "Grass", "ai": "none", "cloak": "light", f"alt.{attachment['id']}": "Grass"}
    answer = await send(ada.browser, f"{path}/edit", changed)
    assert answer.status_code == 303, wrong(answer)
    await fediverse.settle()
    assert made(await ada.status(str(row["id"]))) == ("picky", "light")


@pytest.mark.rule("C-009")
async def test_a_killed_process_is_begun_again_and_meanwhile_the_place_answers_and_says_how_far_it_is(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = engines.add(monkeypatch, tmp_path / "engines")
    for engine in ("once_killed", "patient"):
        art = await fediverse.island(engine.replace("_", "-"), cloak=engine)
        ada = await art.artist("ada")
        await ada.sign_in()
        answer = await post(ada.browser, ("picture", MEADOW), ("alt", "Grass"), ("ai", "none"))
        asked = f"/works/{answer.headers['location'].rpartition('/')[2]}/progress.json"
        async with art.working():
            if engine == "patient":
                while (state := (await ada.browser.get(asked)).json())["pictures"][0]["step"] != "cloaking":
                    assert state["state"] == "processing"
                assert (await ada.browser.get("/@ada")).status_code == 200
                (folder / "go").touch()
            while (state := (await ada.browser.get(asked)).json())["state"] == "processing":
                pass
        assert state["state"] == "published", engine
    assert (folder / "killed").exists()


@pytest.mark.rule("C-007")
@pytest.mark.threat("MED-17")
async def test_whatever_shows_a_work_or_its_artist_is_cut_from_the_cloaked_picture(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    art, mallory = await fediverse.island("art", cloak="negative"), Stranger(fediverse)
    ada = await art.artist("ada")
    await ada.sign_in()
    body, kind = multipart(
        [
            ("_token", await token(ada.browser)),
            ("avatar", MEADOW),
            ("avatar_alt", "Grass"),
            ("header", MEADOW),
            ("header_alt", ""),
        ]
    )
    await ada.browser.post("/settings/pictures", content=body, headers={"Content-Type": kind})
    posts = [
        await ada.post(encoded(picture), status="A #slope", visibility=each)
        for picture, each in ((meadow(240, 160), "public"), (meadow(240, 160, "RGBA"), "private"))
    ]
    await fediverse.settle()
    async with art.client() as visitor:
        found = await everything(ada, mallory, visitor, [each["id"] for each in posts])
        pictures = sorted(each for each in found if "/media/" in each)
        assert len(pictures) >= 8, "portrait, header, three sizes, and addresses that expire"
        for address in pictures:
            assert looks((await ada.browser.get(address)).content) == "cloaked", address
    keys = await art.server.database.rows("SELECT key FROM renditions")
    original = {row["original"] for row in await art.server.database.rows("SELECT original FROM pictures")}
    files = {path.name: path.read_bytes() for path in art.files()}
    assert files.keys() >= {row["key"] for row in keys} | original
    assert {looks(files[each]) for each in original} == {"as it came"}
    assert {looks(data) for name, data in files.items() if name not in original} == {"cloaked"}


@pytest.mark.rule("C-004")
@pytest.mark.threat("AUD-12")
async def test_an_artist_sees_before_after_and_difference_and_nobody_else_learns_of_it(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines.add(monkeypatch, tmp_path / "engines")
    art = await fediverse.island("art", cloak="negative")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    for each in (ada, bob):
        await each.sign_in()
    work = (await ada.post(MEADOW))["id"]
    path = f"/@ada/{work}/cloak"
    assert f'href="{path}"' in (await ada.browser.get(f"/@ada/{work}")).text
    assert "being compared, which takes a few seconds" in (await ada.browser.get(path)).text
    assert (await ada.browser.get(f"/works/{work}/cloak.json")).json() == {"waits": True}
    await fediverse.settle()
    answer = await ada.browser.get(path)
    assert answer.headers["cache-control"] == "private, no-store"
    files = re.findall(rf'src="({path}/\d+/[\w-]+)"', answer.text)
    assert len(files) == 9
    assert "No value moved by more than" in answer.text
    async with art.client() as visitor:
        for file in files:
            seen = await ada.browser.get(file)
            assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, no-store")
            if "whole-difference" not in file and "/whole-" in file:
                assert looks(seen.content) == ("as it came" if "before" in file else "cloaked")
            assert [(await each.get(file)).status_code for each in (bob.browser, visitor)] == [404, 303]
        absent = [f"/@ada/{int(work) + 1}/cloak", f"/works/{int(work) + 1}/cloak.json"]
        for there, missing in zip([path, f"/works/{work}/cloak.json"], absent, strict=True):
            mine, never = await bob.browser.get(there), await bob.browser.get(missing)
            assert (mine.status_code, never.status_code) == (404, 404)
            assert re.sub(r"\d+", "", mine.text) == re.sub(r"\d+", "", never.text)
            assert (await visitor.get(there)).status_code == 303
        with art.server.database.bound():
            kept = (await Picture.get(work_id=int(work))).report["compared"]["files"]
        assert len(kept) == 9
        for key in kept.values():
            assert (await ada.browser.get(f"/media/{key}")).status_code == 404
    before = len(art.files())
    fediverse.clock.advance(days=8)
    await fediverse.settle()
    assert len(art.files()) == before - 9, "it is kept for a week"
    await ada.sign_in()
    assert "being compared" in (await ada.browser.get(path)).text
    await fediverse.settle()
    files = re.findall(rf'src="({path}/\d+/[\w-]+)"', (await ada.browser.get(path)).text)
    assert (await ada.browser.get(files[0])).status_code == 200
    good(await ada.api.put(f"/api/v1/statuses/{work}", json={"fedicara": {"cloak": "light"}}))
    await fediverse.settle()
    assert (await ada.browser.get(files[0])).status_code == 404, "it was of the size before"
    await ada.api.delete(f"/api/v1/statuses/{work}")
    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    assert art.files() == []


async def served(artist: Person, data: bytes, name: str) -> np.ndarray[Any, Any]:
    """The largest size of a new work with this picture, as its readers get it."""
    media = await artist.upload(data, name=name)
    async with artist.island.working():
        wish = {"media_ids": [media["id"]], "fedicara": {"cloak": "strong"}}
        status = good(await artist.api.post("/api/v1/statuses", json=wish))
    seen = await artist.api.get(status["media_attachments"][0]["url"])
    return np.asarray(Image.open(BytesIO(seen.content)).convert("RGB"), dtype=float)


@pytest.mark.rule("C-002", "C-008")
async def test_what_readers_get_holds_the_change_that_belongs_to_the_place_and_the_picture(
    fediverse: Fediverse,
) -> None:
    # The engine whose change is largest for a picture this small: what is saved must keep it.
    here, there = [await fediverse.island(name, cloak="texture") for name in ("here", "there")]
    ada, eve = await here.artist("ada"), await there.artist("eve")
    photograph = encoded(meadow(240, 160), "JPEG", quality=95)
    before = np.asarray(Image.open(BytesIO(photograph)).convert("RGB"))
    first, again, elsewhere = [await served(each, photograph, "a.jpg") for each in (ada, ada, eve)]
    assert (first == again).all(), "the same work, uploaded twice"
    secret = here.server.derive("cloak")
    whole = cloak.apply(Image.fromarray(before), "texture", "strong", secret).picture

    def likeness(one: Any, other: Any) -> float:
        return float(np.corrcoef((one - before).mean(2).ravel(), (other - before).mean(2).ravel())[0, 1])

    assert likeness(first, np.asarray(whole, dtype=float)) > 0.8
    assert abs(likeness(first, elsewhere)) < 0.4


@pytest.mark.rule("C-003")
async def test_what_no_cloak_fits_is_left_as_it_is_and_its_artist_reads_why(fediverse: Fediverse) -> None:
    art = await fediverse.island("art")
    ada = await art.artist("ada")
    await ada.sign_in()
    flat = Image.new("RGB", (200, 200), "white")
    flat.paste("black", (50, 50, 150, 150))
    for picture, reason in (
        (meadow(240, 100), "The picture is smaller than 128 pixels on a side."),
        (flat, "The picture has at most 32 colours, where any change would be seen."),
    ):
        status = await ada.post(encoded(picture), fedicara={"cloak": "strong"})
        assert made(status) == ("none", None)
        assert reason in unescape((await ada.browser.get(f"/@ada/{status['id']}/cloak")).text)
        assert await stated(ada.browser, status["id"]) == "None"
        async with art.client() as visitor:
            assert await stated(visitor, status["id"]) == ""
