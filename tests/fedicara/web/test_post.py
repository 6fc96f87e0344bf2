"""Posting from the page, with and without scripts."""

import re

import pytest

from tests.fedicara.web.forms import post, token, wrong
from tests.fediverse import Fediverse, Island, Person, drawing

pytestmark = pytest.mark.anyio


@pytest.mark.rule("V-006")
async def test_several_pictures_are_posted_without_a_script(ada: Person, island: Island) -> None:
    answer = await post(
        ada.browser,
        ("picture", drawing(96, 64)),
        ("alt", "The first"),
        ("picture", b""),
        ("alt", ""),
        ("picture", drawing(64, 96)),
        ("alt", "The second"),
        ("title", "Two"),
        ("caption", "Look #here"),
        ("ai", "none"),
        ("tags", "ink, Paper"),
        ("visibility", "public"),
    )
    assert answer.status_code == 303
    path = answer.headers["location"]
    waiting = await ada.browser.get(path)
    assert "being prepared" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    await island.work_off()
    page = (await ada.browser.get(path)).text
    assert re.findall(r'<img[^>]* alt="([^"]*)"', page) == ["The first", "The second"]
    assert sorted(re.findall(r'href="/tags/(\w+)"', page)) == ["here", "ink", "paper"]


async def test_a_post_without_alt_text_keeps_its_pictures_and_words(ada: Person, island: Island) -> None:
    answer = await post(
        ada.browser,
        ("ai", "none"),
        ("picture", drawing()),
        ("alt", ""),
        ("title", "Kept <b>"),
        ("visibility", "followers"),
    )
    assert answer.status_code == 422
    assert wrong(answer) == ["Describe picture 1 for people who cannot see it."]
    assert 'value="Kept &lt;b&gt;"' in answer.text
    assert '<option value="followers" selected>' in answer.text
    kept = re.findall(r'name="picture_id" value="(\d+)"', answer.text)
    assert len(kept) == 1
    again = await post(
        ada.browser, ("ai", "none"), ("picture_id", kept[0]), ("alt", "Now"), ("picture", b""), ("alt", "")
    )
    assert again.status_code == 303
    assert await island.count("pictures") == 1


async def test_a_text_file_called_png_is_refused_by_name_and_leaves_nothing(
    ada: Person, island: Island
) -> None:
    answer = await post(ada.browser, ("picture", b"just words"), ("alt", "Words"))
    assert answer.status_code == 422
    assert wrong(answer)[0].startswith("drawing.png: ")
    assert await island.count("pictures") == await island.count("works") == 0
    assert island.files() == []


async def test_nobody_posts_somebody_elses_upload(ada: Person, bob: Person) -> None:
    headers = {"X-Form-Token": await token(ada.browser)}
    made = (await ada.browser.post("/uploads", content=drawing(), headers=headers)).json()
    answer = await post(bob.browser, ("picture_id", made["id"]), ("alt", "Mine"))
    assert answer.status_code == 404
    assert (await bob.browser.get(f"/uploads/{made['id']}.json")).status_code == 404


async def test_the_script_sends_a_picture_and_hears_its_steps(ada: Person, island: Island) -> None:
    headers = {"X-Form-Token": await token(ada.browser)}
    answer = await ada.browser.post("/uploads", content=drawing(), headers=headers)
    assert answer.status_code == 201
    assert answer.json()["state"] == "processing"
    path = f"/uploads/{answer.json()['id']}.json"
    await island.work_off()
    done = (await ada.browser.get(path)).json()
    assert (done["state"], done["percent"]) == ("ready", 100)
    gone = await ada.browser.post(path.replace(".json", "/discard"), headers=headers)
    assert gone.status_code == 204
    assert (await ada.browser.get(path)).status_code == 404


async def test_the_script_hears_in_words_why_a_picture_was_not_taken(ada: Person, island: Island) -> None:
    headers = {"X-Form-Token": await token(ada.browser)}
    answer = await ada.browser.post("/uploads", content=b"just words", headers=headers)
    assert answer.status_code == 422
    assert "JPEG, PNG, WebP, AVIF or GIF" in answer.json()["failure"]
    assert island.files() == []


async def test_a_picture_over_the_limit_is_refused(world: Fediverse) -> None:
    small = await world.island("small", cloak="none", upload_limit=1_000)
    cleo = await small.artist("cleo")
    await cleo.sign_in()
    headers = {"X-Form-Token": await token(cleo.browser)}
    answer = await cleo.browser.post("/uploads", content=drawing() + bytes(2_000), headers=headers)
    assert answer.status_code == 413
    answer = await post(cleo.browser, ("picture", drawing() + bytes(2_000)), ("alt", "Large"))
    assert answer.status_code == 422
    assert "larger than" in wrong(answer)[0]
    assert small.files() == []


async def test_a_broken_picture_leaves_the_work_unpublished_and_says_why(ada: Person, island: Island) -> None:
    answer = await post(
        ada.browser, ("ai", "none"), ("picture", drawing()[:-60]), ("alt", "Torn"), ("title", "Torn")
    )
    path = answer.headers["location"]
    await island.work_off()
    page = await ada.browser.get(path)
    assert "could not be published" in page.text
    state = (await ada.browser.get(f"/works/{path.rpartition('/')[2]}/progress.json")).json()
    assert state["state"] == "failed"
    assert state["failure"]
    assert "Torn" not in (await ada.browser.get("/")).text


async def test_progress_is_its_artists_alone(ada: Person, bob: Person) -> None:
    answer = await post(ada.browser, ("ai", "none"), ("picture", drawing()), ("alt", "A"))
    identifier = answer.headers["location"].rpartition("/")[2]
    assert (await ada.browser.get(f"/works/{identifier}/progress.json")).json()["pictures"]
    assert (await bob.browser.get(f"/works/{identifier}/progress.json")).status_code == 404
    assert (await bob.browser.get(answer.headers["location"])).status_code == 404


async def test_a_work_may_state_something_stricter(ada: Person, island: Island) -> None:
    answer = await post(
        ada.browser,
        ("ai", "none"),
        ("picture", drawing()),
        ("alt", "A"),
        ("policy.search", "deny"),
        ("policy.noarchive", "inherit"),
    )
    await island.work_off()
    page = await ada.browser.get(answer.headers["location"])
    assert "no listing by search engines" in page.text
