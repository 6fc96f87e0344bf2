"""Who gets which bytes: pictures of works that are not public, originals, and what a file tells about its maker."""

import hashlib
from io import BytesIO
from urllib.parse import urlsplit

import orjson
import pytest
from PIL import Image

from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


async def exhibited(world: Fediverse, picture: bytes, **fields: object) -> tuple[Island, Person, dict]:
    """An artist with one work."""
    ada = await (await world.island("art")).artist("ada")
    return ada.island, ada, await ada.post(picture, **fields)


async def keys(island: Island) -> list[str]:
    """The names of every rendition."""
    return [row["key"] for row in await island.server.database.rows("SELECT key FROM renditions")]


@pytest.mark.threat("AUD-10")
@pytest.mark.rule("P-246")
async def test_a_picture_for_followers_is_absent_for_a_visitor_who_knows_its_name(
    fediverse: Fediverse,
) -> None:
    island, _, posted = await exhibited(fediverse, drawing(), status="Followers", visibility="private")
    signed = urlsplit(posted["media_attachments"][0]["url"])
    async with island.client() as visitor:
        absent = await visitor.get(f"/media/{'0' * 32}.jpg")
        assert absent.status_code == 404
        for key in await keys(island):
            assert len(key.split(".")[0]) == 32
            for query in ("", "?expires=9999999999&signature=" + "0" * 32, "?expires=&signature="):
                answer = await visitor.get(f"/media/{key}{query}")
                assert (answer.status_code, answer.content) == (404, absent.content)
        assert signed.query
        answer = await visitor.get(f"{signed.path}?{signed.query}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.threat("AUD-10")
async def test_a_signed_address_of_a_picture_expires(fediverse: Fediverse) -> None:
    island, _, posted = await exhibited(fediverse, drawing(), status="Followers", visibility="private")
    fediverse.clock.advance(days=31)
    async with island.client() as visitor:
        assert (await visitor.get(posted["media_attachments"][0]["url"])).status_code == 404


@pytest.mark.threat("AUD-12")
async def test_the_original_is_kept_byte_for_byte_and_reached_by_no_address(fediverse: Fediverse) -> None:
    picture = drawing(300, 200)
    island, ada, posted = await exhibited(fediverse, picture, status="Mine")
    row = await island.server.database.row("SELECT original FROM pictures")
    assert row is not None
    assert await island.server.storage.read(row["original"]) == picture
    await ada.sign_in()
    async with island.client() as visitor:
        for client in (visitor, ada.browser):
            assert (await client.get(f"/media/{row['original']}")).status_code == 404
    stranger = Stranger(fediverse)
    await stranger.read(island, posted["uri"])
    for path in ("/", "/@ada", f"/@ada/{posted['id']}"):
        await ada.browser.get(path)
    stem, digest = row["original"].partition(".")[0], hashlib.sha256(picture).hexdigest()
    for key in await keys(island):
        shown = await ada.browser.get(f"/media/{key}")
        assert shown.status_code == 200
        assert shown.content != picture
        assert digest[:16] not in str(shown.headers)
    said = str([each.answer for each in fediverse.router.exchanges])
    assert stem not in said
    assert stem not in orjson.dumps(posted).decode()


@pytest.mark.threat("AUD-13")
async def test_the_place_a_photograph_was_taken_leaves_with_no_rendition(fediverse: Fediverse) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8298] = "SecretCameraMaker", "Copyright Ada"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    out = BytesIO()
    Image.open(BytesIO(drawing(300, 200))).save(out, "JPEG", exif=exif, comment=b"typed at home")
    assert b"SecretCameraMaker" in out.getvalue()
    island, _, _ = await exhibited(fediverse, out.getvalue(), status="Outdoors")
    async with island.client() as visitor:
        for key in await keys(island):
            body = (await visitor.get(f"/media/{key}")).content
            shown = Image.open(BytesIO(body))
            assert not shown.getexif().get_ifd(0x8825)
            assert b"SecretCameraMaker" not in body
            assert b"typed at home" not in body
            assert b"Copyright Ada" in body


@pytest.mark.threat("AUD-06")
async def test_collections_hold_only_what_their_reader_may_see(fediverse: Fediverse) -> None:
    island, ada, public = await exhibited(fediverse, drawing(), status="For all")
    hidden = await ada.post(drawing(), status="Not for all", visibility="private")
    local = await ada.post(drawing(), status="For this house", local_only=True)
    stranger = Stranger(fediverse)
    outbox = await stranger.read(island, f"{ada.actor.outbox}")
    told = outbox.text
    while (page := outbox.json().get("first") or outbox.json().get("next")) and isinstance(page, str):
        outbox = await stranger.read(island, page)
        told += outbox.text
    assert public["uri"] in told
    assert hidden["uri"] not in told
    assert local["uri"] not in told
    async with island.client() as visitor:
        for path in ("/", "/@ada", "/api/v1/timelines/public", f"/api/v1/accounts/{ada.actor.id}/statuses"):
            answer = await visitor.get(path)
            assert answer.status_code == 200
            assert "Not for all" not in answer.text
            assert "For this house" not in answer.text


@pytest.mark.threat("AUD-03")
async def test_a_hidden_work_is_answered_as_one_that_never_was(fediverse: Fediverse) -> None:
    island, _, hidden = await exhibited(fediverse, drawing(), status="Hidden", visibility="private")
    eve = await island.artist("eve")
    await eve.sign_in()
    number, absent = hidden["id"], "1" * len(hidden["id"])
    async with island.client() as visitor:
        for client in (visitor, eve.api, eve.browser):
            for path in ("/api/v1/statuses/{}", "/@ada/{}", "/objects/{}"):
                for accept in ("text/html", "application/json", "application/activity+json"):
                    answers = [
                        await client.get(path.format(each), headers={"Accept": accept})
                        for each in (number, absent)
                    ]
                    first, second = (
                        (each.status_code, each.text.replace(number, absent), sorted(each.headers))
                        for each in answers
                    )
                    assert first == second
                    assert first[0] in (401, 404)


async def test_a_blocked_crawler_gets_no_page_and_no_picture_but_may_read_the_rules(
    fediverse: Fediverse,
) -> None:
    island, _, posted = await exhibited(fediverse, drawing(), status="Mine")
    crawler = {"User-Agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"}
    (key, *_) = await keys(island)
    async with island.client(headers=crawler) as client:
        for path in ("/", "/@ada", f"/@ada/{posted['id']}", f"/media/{key}"):
            refused = await client.get(path)
            assert refused.status_code == 403
            assert refused.headers["tdm-reservation"] == "1"
        for path in (
            "/robots.txt",
            "/.well-known/webfinger?resource=acct:ada@art.example",
            "/.well-known/tdmrep.json",
        ):
            good(await client.get(path)) if path != "/robots.txt" else None
            assert (await client.get(path)).status_code == 200
        assert "GPTBot" in (await client.get("/robots.txt")).text
