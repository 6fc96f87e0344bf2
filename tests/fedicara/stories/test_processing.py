"""The report on what was done to a file: its artist reads it everywhere, and for everybody else there is none."""

import orjson
import pytest

from fedicara.actions import processing
from tests.fediverse import Fediverse, good
from tests.media.pictures import encoded, meadow, profile, reel, xmp

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
REPORT = "/api/fedicara/v1/media/{}/report"


def upload() -> bytes:
    credit = xmp("<dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li></rdf:Seq></dc:creator>")
    return encoded(meadow(1500, 1100), "JPEG", xmp=credit, icc_profile=profile(), comment=b"for Joe alone")


@pytest.mark.rule("A-241", "AUD-12")
async def test_an_artist_reads_what_was_done_to_each_file_and_nobody_else_does(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="texture")
    ada, bea = await art.artist("ada"), await art.artist("bea")
    await ada.sign_in()
    await bea.sign_in()
    status = await ada.post(upload(), reel("GIF", 4, (300, 200)), status="A meadow")
    first, second = (each["id"] for each in status["media_attachments"])
    report = good(await ada.api.get(REPORT.format(first)))
    assert (report["came"]["type"], report["came"]["width"]) == ("image/jpeg", 1500)
    assert report["kept"] == ["creator", "colour profile"]
    assert "comments and text notes" in report["dropped"]
    assert report["cloak"]["engine"] == "texture"
    assert report["written"]["plus:DataMining"]
    made = {each["rendition"]: each for each in report["made"]}
    assert {"large", "large.avif", "preview.webp", "small", "card"} <= made.keys()
    assert all(each["bytes"] > 0 and len(each["sha256"]) == 64 for each in made.values())
    moving = good(await ada.api.get(REPORT.format(second)))
    assert (moving["came"]["frames"], moving["cloak"]["engine"]) == (4, "none")
    address = f"/@ada/{status['id']}"
    text = (await ada.browser.get(f"{address}/files")).text
    for words in (
        "JPEG, 1500 × 1100 pixels",
        "Creator, colour profile",
        "Comments and text notes",
        "Texture 1, standard (experimental)",
        "4 frames in",
        "None. The picture moves",
        "AVIF",
        "1200 × 630",
        "Ada Example",
    ):
        assert words in text, words
    assert f'href="{address}/files"' in (await ada.browser.get(address)).text
    # A stranger and somebody else find the same as where there is nothing.
    nothing, absent = "117700000000000000", "/@ada/117700000000000000/files"
    async with art.client() as visitor:
        for browser in (visitor, bea.browser):
            here, there = await browser.get(f"{address}/files"), await browser.get(absent)
            assert (here.status_code, here.text.replace(status["id"], "")) == (
                there.status_code,
                there.text.replace(nothing, ""),
            )
            assert "/files" not in (await browser.get(address)).text
        for app in (visitor, bea.api):
            here, there = await app.get(REPORT.format(first)), await app.get(REPORT.format(nothing))
            assert (here.status_code, here.content) == (there.status_code, there.content)
            assert here.status_code in (401, 404)


async def test_who_runs_the_place_reads_the_reports_on_a_picture_or_a_work(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    status = await ada.post(upload(), upload(), status="Two")
    with art.server.database.bound():
        found = await processing.known(int(status["id"]))
        (one,) = await processing.known(int(status["media_attachments"][1]["id"]))
        assert await processing.known(1) == []
    assert [each["id"] for each in found] == [each["id"] for each in status["media_attachments"]]
    assert one == found[1] == orjson.loads(orjson.dumps(one))


async def test_before_a_picture_is_prepared_the_report_says_how_far_it_is(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    sent = await ada.api.post("/api/v2/media", files={"file": ("a.jpg", upload(), "image/jpeg")})
    answer = await ada.api.get(REPORT.format(sent.json()["id"]))
    assert answer.status_code in (200, 206)
    assert (answer.status_code == 206) == ("progress" in str(answer.json()))
    await fediverse.settle()
    assert (await ada.api.get(REPORT.format(sent.json()["id"]))).status_code == 200
    cut = await ada.api.post("/api/v2/media", files={"file": ("a.jpg", upload()[:9000], "image/jpeg")})
    if cut.status_code == 202:
        await fediverse.settle()
        refused = await ada.api.get(REPORT.format(cut.json()["id"]))
        assert refused.status_code == 422
        assert "damaged or cut off" in refused.text
