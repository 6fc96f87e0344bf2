"""Who gets which bytes: pictures of works that are not public, originals, and what a file tells about its maker."""

import hashlib
from io import BytesIO
from itertools import product
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from PIL import Image

from fedicara.api.routes import TABLE as API
from fedicara.web.routes import ROUTES as WEB
from tests.fedicara.web.forms import token
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
    stored = await island.server.storage.open(row["original"])
    assert b"".join([piece async for piece in stored.chunks]) == picture
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
        for headers in ({}, {"Range": "bytes=0-63"}):
            shown = await ada.browser.get(f"/media/{key}", headers=headers)
            assert shown.status_code in (200, 206)
            assert shown.content[:64] != picture[:64]
            assert digest[:16] not in str(shown.headers)
    for path in (
        "/media",
        "/media/",
        "/media/.",
        "/media/..%2f",
        "/static/",
        f"/media/{row['original'][:2]}/",
    ):
        assert (await ada.browser.get(path)).status_code == 404
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


LANGUAGES = ("", "en", "de-AT, en;q=0.5", "ar", "zh-Hans", "*", "fr;q=0, *;q=0.1", "no such thing")
ACCEPTS = ("text/html", "application/json", "application/activity+json")


def told(answer: httpx.Response, number: str, instead: str) -> tuple[int, int, dict[str, str], str]:
    """All that an answer tells: status, length, headers, body; the id that was asked for stands for any other."""
    headers = {name: value for name, value in answer.headers.items() if name != "etag"}
    assert headers.pop("content-length", "") in ("", str(len(answer.content)))
    return answer.status_code, len(answer.content), headers, answer.text.replace(number, instead)


@pytest.mark.threat("AUD-03")
@pytest.mark.sqlite_first
async def test_a_hidden_work_is_answered_as_one_that_never_was(fediverse: Fediverse) -> None:
    island, _, hidden = await exhibited(fediverse, drawing(), status="Hidden", visibility="private")
    eve = await island.artist("eve")
    await eve.sign_in()
    number, absent = hidden["id"], "1" * len(hidden["id"])
    paths = ("/api/v1/statuses/{}", "/@ada/{}", "/objects/{}", "/objects/{}/replies", "/contexts/{}")
    paths += ("/activities/{}", "/api/oembed?url=https://art.example/@ada/{}", "/@ada/{}/embed")
    wishes = [(language, ACCEPTS[at % 3]) for at, language in enumerate(LANGUAGES)]
    wishes += [("en", accept) for accept in ACCEPTS]
    async with island.client() as visitor:
        for client in (visitor, eve.api, eve.browser):
            for path, (language, accept) in product(paths, wishes):
                headers = {"Accept": accept, "Accept-Language": language}
                first, second = [
                    told(await client.get(path.format(each), headers=headers), each, absent)
                    for each in (number, absent)
                ]
                assert first == second, (path, headers)
                assert first[0] == 404
    stranger = Stranger(fediverse)
    for path in paths[2:6]:
        first, second = [
            told(await stranger.read(island, island.server.url(path.format(each))), each, absent)
            for each in (number, absent)
        ]
        assert (first, first[0]) == (second, 404)


def below_a_post(path: str) -> bool:
    """Whether the route takes the id of a post."""
    return path.startswith(("/v1/statuses/{id}", "/@{name}/{id:id}"))


@pytest.mark.threat("AUD-05", "ORI-15")
@pytest.mark.sqlite_first
async def test_every_route_that_takes_the_id_of_a_post_knows_no_post_one_may_not_read(
    fediverse: Fediverse,
) -> None:
    island, ada, hidden = await exhibited(fediverse, drawing(), status="Secret heron", visibility="private")
    eve = await island.artist("eve")
    await eve.sign_in()
    form = {"_token": await token(eve.browser), "reply": "Well", "title": "Mine"}
    number, absent = hidden["id"], str(int(hidden["id"]) + 1)
    before = await island.counts()

    async def same(client: httpx.AsyncClient, method: str, path: str, **sent: object) -> None:
        first, second = [
            told(await client.request(method, path.replace("{id}", each), **sent), each, absent)
            for each in (number, absent)
        ]
        assert first == second, (method, path)
        assert first[0] == 404, (method, path)
        assert "heron" not in first[3]

    for path, methods in API.items():
        for method in methods if below_a_post(path) else ():
            await same(eve.api, method, f"/api{path}", json={"status": "Well"} if method != "GET" else None)
    for route in WEB:
        if below_a_post(route.path):
            path = route.path.replace("{name}", "ada").replace("{id:id}", "{id}")
            for method in (route.methods or set()) - {"HEAD"}:
                await same(eve.browser, method, path, data=form if method == "POST" else None)
    replies = [
        await eve.api.post("/api/v1/statuses", json={"status": "Well", "in_reply_to_id": each})
        for each in (number, absent)
    ]
    assert {(each.status_code, each.text) for each in replies} == {(422, replies[0].text)}
    assert await island.counts() == before
    assert (await ada.status(number))["favourites_count"] == 0


@pytest.mark.threat("AUD-06")
@pytest.mark.rule("F-265")
@pytest.mark.sqlite_first
async def test_a_collection_holds_what_its_reader_may_see_and_is_kept_for_no_other(
    fediverse: Fediverse,
) -> None:
    island, ada, posted = await exhibited(fediverse, drawing(), status="For all")
    bob = await island.artist("bob")
    answer = good(
        await bob.api.post("/api/v1/statuses", json={"status": "I see", "in_reply_to_id": posted["id"]})
    )
    mallory, kim = Stranger(fediverse), Stranger(fediverse, name="kim", host="good.example")
    account = await bob.find(mallory.handle)
    lists = (
        (f"{posted['uri']}/replies", f"{posted['context']}")
        if "context" in posted
        else (f"{posted['uri']}/replies",)
    )
    lists = (*lists, island.server.url(f"/contexts/{posted['id']}"))

    async def listed(reader: Stranger, address: str) -> tuple[int, bool]:
        root, page = await reader.read(island, address), await reader.read(island, f"{address}?page=true")
        for each in (root, page):
            assert each.headers["cache-control"] == "private, no-store"
            assert {"Signature", "Authorization"} <= {
                part.strip() for part in each.headers["vary"].split(",")
            }
        return root.json()["totalItems"], answer["uri"] in page.text

    for address in lists:
        whole = await listed(mallory, address)
        assert whole == await listed(kim, address)
        good(await bob.api.post(f"/api/v1/accounts/{account['id']}/block"))
        assert await listed(mallory, address) == (whole[0] - 1, False)
        assert await listed(kim, address) == whole
        good(await bob.api.post(f"/api/v1/accounts/{account['id']}/unblock"))
    account = await ada.find(mallory.handle)
    good(await ada.api.post(f"/api/v1/accounts/{account['id']}/block"))
    for address in lists:
        assert (await mallory.read(island, address)).status_code == 404
    async with island.client() as visitor:
        for path in ("/", "/@ada", f"/@ada/{posted['id']}"):
            assert "private" not in (await visitor.get(path)).headers.get("cache-control", "")
            await bob.sign_in()
            assert "no-store" in (await bob.browser.get(path)).headers["cache-control"]


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
