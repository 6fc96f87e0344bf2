"""A picture in every format that it is shown in, as a browser, an app and another server find it."""

import re
from io import BytesIO

import pytest
from PIL import Image

from media.sniff import sniff
from tests.fediverse import Fediverse, Person, drawing, good
from tests.media.pictures import encoded, meadow, reel
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
SOURCE = re.compile(r'<source type="([^"]+)" srcset="([^"]+)" sizes="[^"]+">')
BROWSER = {"Accept": "image/avif,image/webp,image/*;q=0.8"}


async def document(ada: Person, mallory: Stranger, status: dict) -> dict:
    """The first picture as another server reads it."""
    uri = ada.island.server.url(f"/objects/{status['id']}")
    (found,) = (await mallory.read(ada.island, uri)).json()["attachment"]
    return dict(found)


@pytest.mark.rule("F-059", "F-054", "C-007", "P-130")
async def test_each_format_has_an_address_of_its_own_and_apps_and_servers_get_the_oldest(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="texture", authorized_fetch=False)
    ada, mallory = await art.artist("ada"), Stranger(fediverse)
    await ada.sign_in()
    status = await ada.post(encoded(meadow(1500, 1100), "JPEG"), status="A meadow")
    attached = await document(ada, mallory, status)
    assert (attached["mediaType"], attached["width"]) == ("image/jpeg", 1500)
    app = status["media_attachments"][0]
    async with art.client() as visitor:
        plain = await visitor.get(attached["url"])
        for address in (attached["url"], app["url"], app["preview_url"]):
            again = await visitor.get(address, headers=BROWSER)
            assert again.headers["content-type"] == "image/jpeg"
            assert "accept" not in again.headers.get("vary", "").lower()
        assert (await visitor.get(attached["url"], headers=BROWSER)).content == plain.content
        text = (await ada.browser.get(f"/@ada/{status['id']}")).text
        found = {
            kind: [each.split()[0] for each in files.split(", ")] for kind, files in SOURCE.findall(text)
        }
        assert list(found) == ["image/avif", "image/webp"]
        for kind, addresses in found.items():
            widths = []
            for address in addresses:
                answer = await visitor.get(address)
                assert (answer.headers["content-type"], sniff(answer.content)) == (kind, kind)
                assert answer.headers["content-usage"].startswith("train-ai=n")
                assert b"plus:DataMining" in answer.content
                widths.append(Image.open(BytesIO(answer.content)).width)
            assert widths == [600, 1080, 1500]
        for page in ("/", "/@ada"):
            assert "image/avif" in (await visitor.get(page)).text


@pytest.mark.rule("C-007", "F-058")
async def test_the_preview_of_a_link_is_a_card_around_the_focal_point(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    half = Image.new("RGB", (2400, 800), "navy")
    half.paste("orange", (1200, 0, 2400, 800))
    picture = await ada.upload(encoded(half, "JPEG"))
    # The point is set after the picture was prepared, so it is prepared again before it is out.
    good(await ada.api.put(f"/api/v1/media/{picture['id']}", data={"focus": "0.9,0.0"}), 200, 206)
    fields = {"status": "Half", "media_ids[]": [picture["id"]]}
    status = good(
        await ada.api.post("/api/v1/statuses", data={**fields, "fedicara[when_ready]": "true"}), 200, 202
    )
    await fediverse.settle()
    async with art.client() as visitor:
        page = (await visitor.get(f"/@ada/{status['id']}")).text
        address = re.search(r'property="og:image" content="([^"]+)"', page)
        assert address is not None
        assert '"og:image:width" content="1200"' in page
        assert '"og:image:height" content="630"' in page
        answer = await visitor.get(address[1])
        card = Image.open(BytesIO(answer.content))
        assert (answer.headers["content-type"], card.size) == ("image/jpeg", (1200, 630))
        red, _, blue = card.convert("RGB").getpixel((300, 300))
        assert red > 200 > 60 > blue
        # Where a shape cuts the picture, the same point stays in sight.
        assert re.search(r'class="tile [^"]*\bfx19\b', (await visitor.get("/@ada")).text)


@pytest.mark.rule("F-054", "C-003")
@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
async def test_a_picture_that_moves_is_shown_moving_everywhere(fediverse: Fediverse, kind: str) -> None:
    art = await fediverse.island("art", cloak="texture", authorized_fetch=False)
    home = await fediverse.island("home", cloak="none")
    ada, bea = await art.artist("ada"), await home.artist("bea")
    await bea.follow(ada.handle)
    await fediverse.settle()
    status = await ada.post(reel(kind, 5, (500, 300)), status="A loop")
    await fediverse.settle()
    mallory = Stranger(fediverse)
    attached = await document(ada, mallory, status)
    async with art.client() as visitor:
        moving = Image.open(BytesIO((await visitor.get(attached["url"])).content))
        assert (attached["mediaType"], moving.n_frames, moving.size) == ("image/webp", 5, (500, 300))
        page = (await visitor.get(f"/@ada/{status['id']}")).text
        assert status["media_attachments"][0]["fedicara"]["cloak"]["engine"] == "none"
        assert "Cloak" not in page
        # On its own page it moves, but for who asked for less of that; in lists it stands still.
        still = re.search(r'<source media="\(prefers-reduced-motion: reduce\)" srcset="([^"]+)">', page)
        assert still is not None
        shown = re.findall(
            r'<img src="([^"]+)" [^>]*alt="A drawing"', page + (await visitor.get("/@ada")).text
        )
        kinds = [(await visitor.get(each)).headers["content-type"] for each in (still[1], *shown)]
        assert kinds == ["image/jpeg", "image/webp", "image/jpeg"]
    (seen,) = await bea.home()
    assert seen["media_attachments"][0]["url"]


@pytest.mark.threat("MED-01", "MED-06")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(80), "HEIC files are not taken"),
        (b"<?xml version='1.0'?>\n<!-- a heron, drawn by hand, with a long comment -->\n<svg/>", "SVG files"),
        (reel("GIF", 601, (16, 16)), "at most 600 are taken"),
        (b"GIF89a\xff\xff\xff\xff" + drawing(kind="GIF")[10:], "at most 64 megapixels"),
    ],
    ids=["heic", "svg", "frames", "pixels"],
)
async def test_what_is_not_taken_is_refused_with_a_sentence_and_leaves_nothing(
    fediverse: Fediverse, data: bytes, words: str
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    answer = await ada.api.post("/api/v2/media", files={"file": ("a.png", data, "image/png")})
    if answer.status_code == 202:
        await fediverse.settle()
        answer = await ada.api.get(f"/api/v1/media/{answer.json()['id']}")
    assert answer.status_code == 422
    assert words in answer.text
    await fediverse.settle()
    assert art.files() == []
