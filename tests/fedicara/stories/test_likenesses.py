"""Somebody shows a picture of ada's as their own: she is told and reports it with one click; moderators ban it."""

import html
import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from fedicara.models import BannedPicture, Fingerprint, Picture
from tests.browser.paintings import landscape
from tests.fedicara.stories.test_reports import keeper
from tests.fedicara.web.forms import post, send
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
ORIGINAL = landscape((900, 600), (62, 70, 132), (250, 160, 112), (28, 24, 40), seed=21)
OTHER = landscape((900, 600), (176, 178, 204), (248, 216, 208), (70, 64, 92), seed=22)


def stolen(data: bytes = ORIGINAL) -> bytes:
    """Cropped a little, made smaller, saved again badly."""
    picture = Image.open(BytesIO(data)).convert("RGB")
    width, height = picture.size
    cut = picture.crop((8, 5, width - 8, height - 5)).resize((width // 2, height // 2))
    out = BytesIO()
    cut.save(out, "JPEG", quality=60)
    return out.getvalue()


async def place(world: Fediverse) -> tuple[Island, Person, Person]:
    art = await world.island("art", cloak="none")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    await ada.sign_in()
    await bob.sign_in()
    return art, ada, bob


async def notices(person: Person) -> tuple[str, str]:
    """What the home page says of it, and the page it leads to."""
    home, listed = await person.browser.get("/home"), await person.browser.get("/similar")
    assert (home.status_code, listed.status_code) == (200, 200)
    found = re.search(r'aria-label="Pictures like yours"><p>(.*?) <a href="/similar"', home.text)
    return (found[1] if found else ""), listed.text


async def shown_elsewhere(art: Island, ada: Person, mallory: Stranger, data: bytes, **note: object) -> str:
    """Mallory's post with a picture arrives, and somebody looks at it; the address of the picture here."""
    url = mallory.serve_bytes(f"/files/{len(data)}.jpg", data, "image/jpeg")
    picture = {"type": "Document", "mediaType": "image/jpeg", "url": url, "name": "Mine"}
    sent = mallory.note(len(data), attachment=[picture], **{"cc": [ada.actor.uri], **note})
    await mallory.send(art, mallory.activity("Create", sent))
    await art.work_off()
    [row] = await art.server.database.rows("SELECT work_id FROM pictures WHERE remote_url = $1", url)
    status = good(await ada.api.get(f"/api/v1/statuses/{row['work_id']}"))
    address = str(status["media_attachments"][0]["url"])
    assert (await ada.api.get(address)).status_code == 200
    await art.work_off()
    return address


async def test_an_artist_is_told_of_a_picture_like_theirs_on_another_server_and_reports_it(
    fediverse: Fediverse,
) -> None:
    art, ada, bob = await place(fediverse)
    mallory = Stranger(fediverse)
    mine = await ada.post(ORIGINAL, fedicara={"title": "Six hills"})
    await bob.post(OTHER)
    assert await notices(ada) == ("", (await notices(ada))[1])
    await shown_elsewhere(art, ada, mallory, stolen())
    said, page = await notices(ada)
    assert said == "A picture of another account looks like one of yours."
    assert f"@{mallory.handle}" in page
    assert "Six hills" in page
    assert await notices(bob) == ("", (await notices(bob))[1])
    assert "No picture of another account" in (await notices(bob))[1]
    [link] = re.findall(r'href="(/@mallory[^"]*/report\?[^"]*)"', page)
    begun = parse_qs(urlsplit(html.unescape(link)).query)
    assert begun["words"][0].startswith(f"A picture in this post looks like mine at {mine['url']}, which I")
    form = await ada.browser.get(html.unescape(link))
    assert html.escape(begun["words"][0]) in form.text
    path = urlsplit(link).path
    work = path.split("/")[2]
    sent = await send(ada.browser, path, {"category": "other", "words": begun["words"][0], "post": work})
    assert sent.status_code == 303
    [report] = await art.server.database.rows("SELECT words FROM reports")
    assert report["words"] == begun["words"][0]


async def test_what_is_all_right_is_not_told_again_and_nobody_dismisses_for_others(
    fediverse: Fediverse,
) -> None:
    _, ada, bob = await place(fediverse)
    await ada.post(ORIGINAL)
    await bob.post(stolen())
    for person in (ada, bob):
        assert (await notices(person))[0], "both are of this place"
    [number] = re.findall(r'action="/similar/(\d+)"', (await notices(ada))[1])
    assert (await send(bob.browser, f"/similar/{number}", {})).status_code == 404
    assert (await send(ada.browser, f"/similar/{number}", {})).status_code == 303
    assert (await notices(ada))[0] == ""
    assert (await notices(bob))[0]


@pytest.mark.threat("AUD-04")
async def test_nobody_is_told_of_what_they_may_not_see(fediverse: Fediverse) -> None:
    """Followers-only, not published yet, of somebody who blocked them: no word, no count."""
    art, ada, bob = await place(fediverse)
    cleo = await art.artist("cleo")
    await ada.post(ORIGINAL)
    await bob.post(stolen(), visibility="private")
    await cleo.upload(stolen(stolen()))
    await art.work_off()
    said, page = await notices(ada)
    assert said == ""
    assert "bob" not in page
    assert "cleo" not in page
    assert len(await fingerprints(art)) == 3
    await ada.follow("bob@art.example")
    assert (await notices(ada))[0]
    account = (await bob.find("ada@art.example"))["id"]
    good(await bob.api.post(f"/api/v1/accounts/{account}/block"))
    assert (await notices(ada))[0] == ""


async def fingerprints(art: Island) -> list[Fingerprint]:
    with art.server.database.bound():
        return await Fingerprint.all()


async def test_own_accounts_elsewhere_are_no_news_but_a_thief_who_says_so_is(fediverse: Fediverse) -> None:
    art, ada, _ = await place(fediverse)
    mallory = Stranger(fediverse)
    mallory.serve(mallory.uri, mallory.actor(alsoKnownAs=[ada.actor.uri]))
    await ada.post(ORIGINAL)
    await shown_elsewhere(art, ada, mallory, stolen())
    assert (await notices(ada))[0]
    with art.server.database.bound():
        ada.actor.also_known_as = [mallory.uri]
        await ada.actor.save(update_fields=["also_known_as"])
    await ada.post(stolen(stolen()))
    assert (await notices(ada))[0].startswith("A picture"), "of the first alone"


async def test_a_flat_picture_looks_like_nothing(fediverse: Fediverse) -> None:
    art, ada, bob = await place(fediverse)
    flat = BytesIO()
    Image.new("RGB", (200, 200), "white").save(flat, "PNG")
    await ada.post(flat.getvalue())
    await bob.post(flat.getvalue())
    assert await fingerprints(art) == []
    assert (await notices(ada))[0] == (await notices(bob))[0] == ""


async def test_a_banned_picture_is_refused_on_upload_and_hidden_where_it_comes_from_elsewhere(
    fediverse: Fediverse,
) -> None:
    art, ada, bob = await place(fediverse)
    mo, mallory = await keeper(art), Stranger(fediverse)
    bad = await bob.post(ORIGINAL, fedicara={"title": "Not his"})
    address = await shown_elsewhere(art, ada, mallory, stolen())
    account = (await ada.find("bob@art.example"))["id"]
    wish = {"account_id": account, "status_ids": [bad["id"]], "comment": "Taken"}
    good(await ada.api.post("/api/v1/reports", json=wish))
    [report] = await art.server.database.rows("SELECT id FROM reports")
    case = f"/moderation/reports/{report['id']}"
    assert f'action="{case}/ban/{bad["id"]}"' in (await mo.browser.get(case)).text
    assert (await send(ada.browser, f"{case}/ban/{bad['id']}", {})).status_code == 403
    assert (await send(mo.browser, f"{case}/ban/{bad['id']}", {"note": "Not his"})).status_code == 303
    assert (await ada.api.get(f"/api/v1/statuses/{bad['id']}")).status_code == 404
    assert (await ada.api.get(address)).status_code == 404
    assert not [path for path in art.files() if path.suffix == ".remote"]
    page = await mo.browser.get("/moderation/pictures")
    assert "Not his" in page.text
    assert (await ada.browser.get("/moderation/pictures")).status_code == 403

    await ada.upload(stolen())
    answer = await post(
        bob.browser, ("ai", "none"), ("picture", stolen()), ("alt", "Mine"), ("title", "Again")
    )
    await art.work_off()
    failed = await bob.browser.get(answer.headers["location"])
    assert "This place does not take this picture, or one like it." in failed.text
    assert "ask the people who look after it" in failed.text
    await bob.post(OTHER)
    later = Stranger(fediverse, "later.example", "eve")
    again = await shown_elsewhere(art, ada, later, stolen())
    assert (await ada.api.get(again)).status_code == 404
    assert not [path for path in art.files() if path.suffix == ".remote"]
    with art.server.database.bound():
        hidden = await Picture.filter(state="withheld")
        assert {urlsplit(each.remote_url).hostname for each in hidden} == {mallory.host, later.host}
        [ban] = await BannedPicture.all()
    log = await art.server.database.rows("SELECT who, action FROM audit WHERE action LIKE 'pictures %'")
    assert [(row["who"], row["action"]) for row in log] == [("mo", "pictures ban")]
    assert (await send(mo.browser, f"/moderation/pictures/{ban.id}", {})).status_code == 303
    assert (await ada.api.get(address)).status_code == 200


async def test_small_drawings_of_others_are_not_taken_for_each_other(fediverse: Fediverse) -> None:
    art, ada, bob = await place(fediverse)
    await ada.post(OTHER)
    await bob.post(drawing(900, 600))
    assert (await notices(ada))[0] == ""
    assert len(await fingerprints(art)) == 2
