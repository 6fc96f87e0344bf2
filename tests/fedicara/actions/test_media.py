"""Which bytes somebody gets."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from fedicara.actions import hosts, media
from fedicara.actions.errors import NotFound
from fedicara.actions.media import Served, proxied, served
from fedicara.federation.network.http import Door
from fedicara.models import Actor, Picture, Rendition
from fedicara.models.works import State
from fedicara.reads.media import media_url, proxy_url
from fedicara.server import Server
from policies.policy import Use
from tests.carried import Carried
from tests.fedicara.actions.darkroom import MEADOW, pieces, upload, work_off
from tests.fedicara.rooms import clock, follows, local, person, pictured, posted, stranger

pytestmark = pytest.mark.anyio


async def content(found: Served) -> bytes:
    return b"".join([chunk async for chunk in found.chunks])


def query(server: Server, key: str) -> dict[str, str]:
    """What a signed address carries behind its question mark."""
    return dict(parse_qsl(urlsplit(media_url(server, key, public=False)).query))


async def refused(server: Server, key: str, given: dict[str, str], viewer: int | None = None) -> None:
    with pytest.raises(NotFound):
        await served(server, key, given, viewer)


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
async def test_a_picture_of_a_public_work_is_everybodys(server: Server, visibility: str) -> None:
    ada = await local(server, "ada")
    rendition = await pictured(server, await posted(ada, visibility, licence="cc-by"))
    found = await served(server, rendition.key, {}, None)
    assert (await content(found), found.size, found.media_type) == (b"pixels", 6, "image/png")
    assert (found.public, found.etag) == (True, '"' + "5" * 32 + '"')
    assert found.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    assert found.policy.ai_train is Use.DENY


@pytest.mark.threat("AUD-10")
@pytest.mark.rule("P-247")
async def test_a_picture_for_followers_is_given_to_them_and_to_holders_of_a_signed_address_alone(
    server: Server,
) -> None:
    ada, follower, other = [await local(server, name) for name in ("ada", "follower", "other")]
    await follows(follower, ada)
    key = (await pictured(server, await posted(ada, "followers"))).key
    for viewer in (ada, follower):
        found = await served(server, key, {}, viewer.id)
        assert not found.public
    assert await content(await served(server, key, query(server, key), None)) == b"pixels"
    await refused(server, key, {})
    await refused(server, key, {}, other.id)


@pytest.mark.threat("AUD-10")
@pytest.mark.rule("P-247")
async def test_a_signed_address_is_good_for_its_picture_and_its_time_alone(server: Server) -> None:
    ada = await local(server, "ada")
    key = (await pictured(server, await posted(ada, "followers"))).key
    other = (await pictured(server, await posted(ada, "followers"))).key
    good = query(server, key)
    later = str(int(good["expires"]) + 86_400)
    for wrong in (
        query(server, other),
        {**good, "expires": later},
        {**good, "signature": good["signature"][:-1]},
        {**good, "signature": "é"},
        {"signature": good["signature"]},
        {"expires": good["expires"]},
        {**good, "expires": "9" * 5_000},
        {**good, "expires": "-1"},
        {**good, "expires": "١٢٣"},
    ):
        await refused(server, key, wrong)
    clock(server).forward(days=31)
    await refused(server, key, good)


async def test_a_signed_address_is_the_same_all_day_and_lives_for_weeks(server: Server) -> None:
    clock(server).moment = clock(server).moment.replace(hour=1)
    first = query(server, "ab.png")
    clock(server).forward(hours=20)
    assert query(server, "ab.png") == first
    assert int(first["expires"]) > server.now().timestamp() + 28 * 86_400


async def test_an_upload_without_a_work_is_its_owners_alone(server: Server) -> None:
    ada, eve = await local(server, "ada"), await local(server, "eve")
    rendition = await pictured(server, await posted(ada))
    await Picture.filter(id=rendition.picture_id).update(work_id=None)
    assert not (await served(server, rendition.key, {}, ada.id)).public
    await refused(server, rendition.key, {})
    await refused(server, rendition.key, {}, eve.id)


async def test_a_picture_of_a_work_that_is_not_published_is_its_artists_alone(server: Server) -> None:
    ada, eve = await local(server, "ada"), await local(server, "eve")
    for state in (State.PROCESSING, State.FAILED):
        key = (await pictured(server, await posted(ada, state=state))).key
        assert not (await served(server, key, {}, ada.id)).public
        await refused(server, key, {})
        await refused(server, key, {}, eve.id)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_no_address_leads_to_an_original(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    original = (await Picture.get(id=picture.id)).original
    for key in (original, f"../{original[:2]}/{original}", original.split(".")[0], "", "\0"[:0]):
        await refused(server, key, {}, ada.actor.id)
        await refused(server, key, query(server, key), None)
    for rendition in await Rendition.all():
        given = await content(await served(server, rendition.key, {}, ada.actor.id))
        assert hashlib.sha256(given).digest() != hashlib.sha256(MEADOW).digest()


class There:
    """Another server with one picture, counting who asks."""

    def __init__(self, body: bytes = MEADOW, status: int = 200) -> None:
        self.body, self.status, self.asked = body, status, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, content=pieces(self.body), headers={"content-type": "text/html"})


async def elsewhere(visibility: str = "public") -> tuple[Actor, Picture]:
    """A work of somebody elsewhere with one picture."""
    eve = await stranger("eve", "93.184.215.14")
    work = await posted(eve, visibility, policy={})
    address = "https://93.184.215.14/meadow.png"
    return eve, await Picture.create(actor_id=eve.id, work_id=work.id, remote_url=address)


@pytest.fixture
async def there(server: Server) -> AsyncIterator[tuple[Server, There]]:
    """A server whose network ends at one other server."""
    host = There()
    door = Door(server.settings, Carried(httpx.MockTransport(host)))
    yield replace(server, network=door), host
    await door.close()


def signature(server: Server, picture: Picture) -> str:
    return proxy_url(server, picture.id).rsplit("/", 1)[1]


@pytest.mark.rule("P-302", "P-307", "F-357")
async def test_a_remote_picture_is_fetched_once_and_kept(there: tuple[Server, There]) -> None:
    server, host = there
    _, picture = await elsewhere()
    for _ in range(2):
        found = await proxied(server, picture.id, signature(server, picture), None)
        assert (await content(found), found.media_type, found.public) == (MEADOW, "image/png", True)
        assert found.policy.ai_train is Use.DENY
    assert host.asked == 1
    [known] = [each for each in await hosts.listed(server) if each.pictures]
    assert (known.host, known.pictures, known.picture_bytes) == ("93.184.215.14", 1, len(MEADOW))


@pytest.mark.rule("F-357")
async def test_a_remote_picture_that_is_too_large_is_not_kept(
    there: tuple[Server, There], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = there
    monkeypatch.setattr(media, "REMOTE_LIMIT", len(MEADOW) - 1)
    _, picture = await elsewhere()
    with pytest.raises(NotFound):
        await proxied(server, picture.id, signature(server, picture), None)
    assert not [path for path in server.settings.media.rglob("*") if path.is_file()]


@pytest.mark.threat("SSRF-11")
@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/a.png",
        "https://93.184.215.14:6379/",
        "http://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "https://user@93.184.215.14/",
        "data:image/png;base64,AAAA",
    ],
)
async def test_a_picture_is_fetched_through_the_door_alone(there: tuple[Server, There], address: str) -> None:
    server, host = there
    _, picture = await elsewhere()
    picture.remote_url = address
    await picture.save()
    with pytest.raises(NotFound):
        await proxied(server, picture.id, signature(server, picture), None)
    assert host.asked == 0


@pytest.mark.rule("P-307")
async def test_a_wrong_signature_asks_nobody(there: tuple[Server, There]) -> None:
    server, host = there
    _, picture = await elsewhere()
    _, other = (await local(server, "ada")), await pictured(server, await posted(await local(server, "bob")))
    good = signature(server, picture)
    for number, wrong in (
        (picture.id, good[:-1]),
        (picture.id, ""),
        (picture.id, "é"),
        (picture.id + 1, good),
    ):
        with pytest.raises(NotFound):
            await proxied(server, number, wrong, None)
    own = proxy_url(server, other.picture_id).rsplit("/", 1)[1]
    with pytest.raises(NotFound):
        await proxied(server, other.picture_id, own, None)
    assert host.asked == 0


async def test_a_remote_picture_for_followers_is_not_proxied_for_others(there: tuple[Server, There]) -> None:
    server, host = there
    eve, picture = await elsewhere("followers")
    ada, bob = await local(server, "ada"), await local(server, "bob")
    await follows(ada, eve)
    for viewer in (None, bob.id):
        with pytest.raises(NotFound):
            await proxied(server, picture.id, signature(server, picture), viewer)
    assert host.asked == 0
    assert not (await proxied(server, picture.id, signature(server, picture), ada.id)).public


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<html><script>alert(1)</script>", 200), (b"<svg/>", 200), (MEADOW, 404), (b"", 200)],
)
async def test_what_is_no_picture_is_neither_kept_nor_served(
    there: tuple[Server, There], body: bytes, status: int, tmp_path: Path
) -> None:
    server, host = there
    host.body, host.status = body, status
    _, picture = await elsewhere()
    with pytest.raises(NotFound):
        await proxied(server, picture.id, signature(server, picture), None)
    assert host.asked == 1
    assert not [path for path in server.settings.media.rglob("*") if path.is_file()]


async def test_a_server_that_does_not_answer_is_not_found(server: Server) -> None:
    _, picture = await elsewhere()
    with pytest.raises(NotFound):
        await proxied(server, picture.id, signature(server, picture), None)
