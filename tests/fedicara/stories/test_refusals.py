"""What strangers and faults send, and that nothing of it stays behind."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from activitypub.digest import sha256_header
from activitypub.names import PUBLIC
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger, pair

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


async def place(world: Fediverse) -> tuple[Island, Person, Stranger]:
    """An island with an artist, and a stranger who wants something."""
    island = await world.island("art")
    return island, await island.artist("ada"), Stranger(world)


async def nothing_stays(world: Fediverse, island: Island, before: dict[str, int], *beside: str) -> None:
    """No row but those of the named tables; and whoever works here still does."""
    await world.settle()
    after = await island.counts()
    assert {name: after[name] - before[name] for name in before if name not in beside} == {
        name: 0 for name in before if name not in beside
    }


@pytest.mark.threat("SIG-01")
async def test_an_unsigned_delivery_is_401_and_writes_nothing(fediverse: Fediverse) -> None:
    island, _, stranger = await place(fediverse)
    before, asked = await island.counts(), len(fediverse.router.exchanges)
    body = orjson.dumps(stranger.activity("Create", stranger.note()))
    answer = await stranger.send_bytes(island, body, {})
    assert answer.status_code == 401
    assert answer.json()["error"]
    await nothing_stays(fediverse, island, before)
    assert len(fediverse.router.exchanges) == asked + 1


async def test_a_signature_by_another_key_is_401_and_writes_no_work(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    private, _ = pair("somebody else")
    answer = await stranger.send(island, stranger.activity("Follow", ada.actor.uri), private=private)
    assert answer.status_code == 401
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("SIG-03")
async def test_a_body_other_than_the_signed_one_is_401(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    headers = stranger.sign("POST", island.server.url("/inbox"), b"{}")
    body = orjson.dumps(stranger.activity("Follow", ada.actor.uri))
    answer = await stranger.send_bytes(island, body, headers)
    assert answer.status_code == 401
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("SIG-04")
async def test_a_digest_that_is_absent_or_of_an_unknown_kind_is_401(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    body = orjson.dumps(stranger.activity("Follow", ada.actor.uri))
    signed = dict(stranger.sign("POST", island.server.url("/inbox"), body))
    assert signed["Digest"] == sha256_header(body)
    for digest in (None, "MD5=rL0Y20zC+Fzt72VPzMSk2A==", "WHIRLPOOL=abc="):
        headers = {name: value for name, value in signed.items() if name != "Digest"}
        headers |= {} if digest is None else {"Digest": digest}
        answer = await stranger.send_bytes(island, body, headers)
        assert answer.status_code == 401, digest
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("SIG-08")
async def test_a_request_of_last_week_is_401(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    activity = stranger.activity("Follow", ada.actor.uri)
    body = orjson.dumps(activity)
    headers = dict(stranger.sign("POST", island.server.url("/inbox"), body))
    headers["Date"] = format_datetime(datetime.now(UTC) - timedelta(days=7), usegmt=True)
    answer = await stranger.send_bytes(island, body, headers)
    assert answer.status_code == 401
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("SIG-10")
async def test_an_activity_in_the_name_of_another_actor_is_401(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    honest = Stranger(fediverse, "good.example", "alice")
    before = await island.counts()
    answer = await stranger.send(island, honest.activity("Follow", ada.actor.uri))
    assert answer.status_code == 401
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("ORI-04")
async def test_a_create_of_somebody_elses_note_is_dropped(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    honest = Stranger(fediverse, "good.example", "alice")
    await ada.follow(honest.handle)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    for note in (honest.note(), stranger.note(attributedTo=honest.uri)):
        answer = await stranger.send(island, stranger.activity("Create", note, to=[PUBLIC]))
        assert answer.status_code in (202, 401)
    await fediverse.settle()
    assert await island.count("works") == 0
    assert await ada.home() == []


@pytest.mark.threat("ORI-07")
async def test_nobody_changes_or_deletes_the_work_of_another(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    posted = await ada.post(drawing(), status="Mine alone")
    forged = stranger.note(id=posted["uri"], attributedTo=ada.actor.uri, content="<p>Stolen</p>")
    await stranger.send(island, stranger.activity("Update", forged))
    await stranger.send(island, stranger.activity("Delete", posted["uri"]))
    await stranger.send(island, stranger.activity("Delete", ada.actor.uri))
    await fediverse.settle()
    assert "Mine alone" in (await ada.status(posted["id"]))["content"]


@pytest.mark.threat("ORI-10")
async def test_an_undo_of_anothers_follow_changes_nothing(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    bob = await (await fediverse.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    follow = next(
        document
        for each in fediverse.router.sent("POST", "art.example")
        if each.url.endswith("/inbox") and (document := orjson.loads(each.body))["type"] == "Follow"
    )
    await stranger.send(island, stranger.activity("Undo", follow))
    await fediverse.settle()
    assert await island.count("follows", "accepted = TRUE") == 1


@pytest.mark.threat("ORI-11", "ORI-12")
async def test_an_accept_that_nobody_asked_for_makes_no_follow(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    claimed = {
        "id": f"{ada.actor.uri}/follows/1",
        "type": "Follow",
        "actor": ada.actor.uri,
        "object": stranger.uri,
    }
    answer = await stranger.send(island, stranger.activity("Accept", claimed))
    assert answer.status_code == 202
    await nothing_stays(fediverse, island, before, "actors", "inbound")


@pytest.mark.threat("DOS-02")
async def test_json_nested_ten_thousand_deep_is_400(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    deep = b'{"object":' * 10_000 + b"1" + b"}" * 10_000
    headers = stranger.sign("POST", island.server.url("/inbox"), deep)
    assert (await stranger.send_bytes(island, deep, headers)).status_code == 400
    answer = await ada.api.post(
        "/api/v1/statuses", content=deep, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]
    await nothing_stays(fediverse, island, before, "actors")


@pytest.mark.threat("DOS-01")
async def test_a_body_over_the_limit_is_413(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    before = await island.counts()
    huge = b'{"a":"' + b"x" * (1 << 20) + b'"}'
    headers = stranger.sign("POST", island.server.url("/inbox"), huge)
    assert (await stranger.send_bytes(island, huge, headers)).status_code == 413
    answer = await ada.api.post(
        "/api/v1/statuses", content=huge, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    await nothing_stays(fediverse, island, before, "actors")


async def test_a_body_that_is_no_json_or_no_activity_is_refused(fediverse: Fediverse) -> None:
    island, _, stranger = await place(fediverse)
    url = island.server.url("/inbox")
    for body in (b"not json", b"[]", b'"text"', b"\xff\xfe"):
        answer = await stranger.send_bytes(island, body, stranger.sign("POST", url, body))
        assert answer.status_code == 400, body
    body = orjson.dumps(stranger.activity("Follow", "x"))
    headers = {**stranger.sign("POST", url, body), "Content-Type": "text/plain"}
    assert (await stranger.send_bytes(island, body, headers)).status_code == 415


async def test_an_empty_post_is_422_and_names_the_field(fediverse: Fediverse) -> None:
    island, ada, _ = await place(fediverse)
    before = await island.counts()
    answer = await ada.api.post("/api/v1/statuses", json={"status": "  "})
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert answer.json()["details"]
    await nothing_stays(fediverse, island, before)


@pytest.mark.threat("MED-01", "MED-02")
@pytest.mark.parametrize(
    "data",
    [b"just text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><script>1</script>", b""],
    ids=["text", "svg", "html", "nothing"],
)
async def test_a_file_that_is_no_picture_is_422_and_leaves_no_row_and_no_file(
    fediverse: Fediverse, data: bytes
) -> None:
    island, ada, _ = await place(fediverse)
    before = await island.counts()
    answer = await ada.api.post("/api/v2/media", files={"file": ("drawing.png", data, "image/png")})
    assert answer.status_code == 422
    assert answer.json()["error"]
    await nothing_stays(fediverse, island, before)
    assert island.files() == []


@pytest.mark.threat("MED-05")
async def test_a_broken_picture_or_a_bomb_publishes_nothing_and_leaves_no_file(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse)
    bomb = bytearray(drawing())
    bomb[16:24] = (200_000).to_bytes(4) + (1_000).to_bytes(4)
    for data in (drawing(400, 300)[:600], bytes(bomb)):
        attachment = (
            await ada.api.post("/api/v2/media", files={"file": ("a.png", data, "image/png")})
        ).json()
        if "id" in attachment:
            wish = {"media_ids": [attachment["id"]], "status": "Broken"}
            await ada.api.put(f"/api/v1/media/{attachment['id']}", json={"description": "A drawing"})
            async with island.working():
                answer = await ada.api.post("/api/v1/statuses", json=wish)
            assert answer.status_code == 422
    await fediverse.settle()
    assert await island.count("works", "state = 'published'") == 0
    assert await island.count("activities") == 0
    assert island.files() == []
    assert not stranger.heard


@pytest.mark.threat("DOS-12")
async def test_an_upload_over_the_limit_is_413_and_leaves_no_row_and_no_file(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", upload_limit=10_000)
    ada = await island.artist("ada")
    before = await island.counts()
    big = drawing() + b"\0" * 20_000
    answer = await ada.api.post("/api/v2/media", files={"file": ("big.png", big, "image/png")})
    assert answer.status_code in (413, 422)
    assert answer.json()["error"]
    await nothing_stays(fediverse, island, before)
    assert island.files() == []


@pytest.mark.threat("API-02", "AUD-11")
async def test_nobody_uses_or_changes_the_upload_of_another(fediverse: Fediverse) -> None:
    island, ada, _ = await place(fediverse)
    eve = await island.artist("eve")
    attachment = await ada.upload(drawing())
    path = f"/api/v1/media/{attachment['id']}"
    absent = await eve.api.get("/api/v1/media/1")
    assert (await eve.api.get(path)).status_code == absent.status_code == 404
    assert (await eve.api.put(path, json={"description": "Mine now"})).status_code == 404
    assert (await eve.api.delete(path)).status_code == 404
    answer = await eve.api.post("/api/v1/statuses", json={"media_ids": [attachment["id"]], "status": "Hers"})
    assert answer.status_code in (404, 422)
    await fediverse.settle()
    assert await island.count("works") == 0
    assert good(await ada.api.get(path), 200, 206)["description"] == "A drawing"


@pytest.mark.threat("WEB-11")
async def test_a_foreign_host_header_is_refused(fediverse: Fediverse) -> None:
    island, _, _ = await place(fediverse)
    async with island.client() as client:
        answer = await client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code in (400, 421)
    assert "evil.example" not in answer.text
