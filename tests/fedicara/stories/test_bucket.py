"""The life of a picture whose bytes lie in a bucket: uploaded, published, seen here and elsewhere, deleted."""

import httpx
import pytest

from media.storage import Storage
from tests.fediverse import Fediverse, drawing, good
from tests.seaweed import Seaweed

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


async def test_a_picture_in_a_bucket_is_published_seen_and_deleted(
    fediverse: Fediverse, seaweed: Seaweed
) -> None:
    art = await fediverse.island("art", cloak="none", **seaweed.bucket())
    ada = await art.artist("ada")
    bob = await (await fediverse.island("town", cloak="none")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    work = await ada.post(drawing(1600, 900), alt="A slope", status="Slope")
    await fediverse.settle()
    assert len(await kept(art.server.storage)) == 1 + await art.count("renditions")
    assert art.files() == []

    async with art.client() as visitor:
        address = work["media_attachments"][0]["url"]
        seen = await visitor.get(address)
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
        assert seen.headers["content-length"] == str(len(seen.content))
        assert "x-robots-tag" in seen.headers
        assert seaweed.endpoint not in str(seen.headers)
    there = (await bob.home())[0]["media_attachments"][0]
    copy = good_bytes(await bob.api.get(there["url"]))
    assert copy == seen.content

    good(await ada.api.delete(f"/api/v1/statuses/{work['id']}"))
    await fediverse.settle()
    async with art.client() as visitor:
        assert (await visitor.get(address)).status_code == 404
    assert await kept(art.server.storage) == set()
    assert await bob.home() == []


async def test_while_the_bucket_is_away_pages_go_on_and_pictures_are_to_be_asked_for_later(
    fediverse: Fediverse,
) -> None:
    nobody = {"bucket": "art", "bucket_endpoint": "http://127.0.0.1:9", "bucket_key": "a"}
    art = await fediverse.island("art", cloak="none", bucket_secret="b", **nobody)
    ada = await art.artist("ada")
    answer = await ada.api.post("/api/v2/media", files={"file": ("a.png", drawing(), "image/png")})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "storage" in answer.json()["error"]
    assert await art.count("pictures") == 0
    async with art.client() as visitor:
        assert (await visitor.get("/@ada")).status_code == 200
    fediverse.router.exchanges.clear()


async def kept(storage: Storage) -> set[str]:
    return {each.key async for each in storage.kept()}


def good_bytes(answer: httpx.Response) -> bytes:
    assert answer.status_code == 200, answer.text
    return answer.content
