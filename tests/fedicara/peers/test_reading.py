"""Who may read what: actors, posts, activities, collections (the table of F-300)."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from fedicara.federation.said import outbox
from fedicara.models import Activity, Actor, Follow, Mention, Tombstone, Work
from fedicara.models.ids import new_id
from tests.fedicara.federation.stage import HOME, Home, Peer, open_home

pytestmark = pytest.mark.anyio


async def work_of(home: Home, artist: Actor, visibility: str = "public") -> Work:
    """A published work."""
    identifier = new_id()
    work = await Work.create(
        id=identifier,
        uri=f"{HOME}/objects/{identifier}",
        url=f"{HOME}/@lee/{identifier}",
        actor=artist,
        visibility=visibility,
        content="<p>Ink</p>",
        published=datetime(2026, 11, 21, tzinfo=UTC),
    )
    async with home.server.database.transaction():
        await outbox.publish_create(home.server, work)
    return work


async def follower(home: Home, artist: Actor, peer: Peer) -> Actor:
    """A peer that follows the artist."""
    await home.hear(peer, peer.says("Follow", artist.uri))
    return await home.known(peer)


def same_answer(a: httpx.Response, b: httpx.Response) -> bool:
    """Whether two answers cannot be told apart."""
    return (a.status_code, a.headers, a.content) == (b.status_code, b.headers, b.content)


@pytest.mark.rule("F-300", "F-301", "F-004")
async def test_unsigned_readers_get_the_envelope_of_an_actor_and_signed_ones_the_whole(home: Home) -> None:
    artist = await home.artist(name="lee")
    await Actor.filter(id=artist.id).update(name="Lee Long", summary="<p>Ink</p>", revision=1)
    bare = await home.get(f"/actors/{artist.id}")
    assert bare.headers["content-type"] == "application/activity+json"
    assert "Signature" in bare.headers["vary"]
    assert bare.json()["publicKey"]["owner"] == bare.json()["id"] == artist.uri
    assert not {"name", "summary", "icon", "attachment", "published"} & set(bare.json())
    whole = await home.get(f"/actors/{artist.id}", home.peer())
    assert (whole.json()["name"], whole.json()["summary"]) == ("Lee Long", "<p>Ink</p>")
    assert whole.headers["cache-control"] == "private, no-store"
    assert whole.json()["webfinger"] == "lee@home.example"


async def test_a_document_that_is_known_already_is_not_sent_again_until_it_changes(home: Home) -> None:
    artist = await home.artist()
    first = await home.get(f"/actors/{artist.id}")
    again = await home.get(f"/actors/{artist.id}", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with home.server.database.transaction():
        await Actor.filter(id=artist.id).update(locked=True, revision=1)
    changed = await home.get(f"/actors/{artist.id}", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.json()["manuallyApprovesFollowers"] is True


@pytest.mark.rule("F-005")
@pytest.mark.parametrize("accept", ["text/html", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8"])
async def test_who_asks_for_a_page_is_sent_to_it(home: Home, accept: str) -> None:
    artist = await home.artist()
    work = await work_of(home, artist)
    answer = await home.get(f"/actors/{artist.id}", Accept=accept)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{HOME}/@lee")
    answer = await home.get(f"/objects/{work.id}", Accept=accept)
    assert (answer.status_code, answer.headers["location"]) == (302, work.url)
    assert (await home.get(f"/actors/{artist.id}/followers", Accept=accept)).status_code == 406


@pytest.mark.rule("F-041")
async def test_the_servers_own_actor_is_open_to_everybody(home: Home) -> None:
    document = (await home.get("/actor")).json()
    assert (document["type"], document["preferredUsername"], document["manuallyApprovesFollowers"]) == (
        "Application",
        "home.example",
        True,
    )
    assert "followers" not in document
    assert (await home.get("/actor/outbox")).json()["totalItems"] == 0
    assert (await home.get("/actor")).json() == document


@pytest.mark.rule("F-300", "F-305")
@pytest.mark.parametrize("visibility", ["public", "unlisted"])
async def test_a_post_for_everybody_is_read_with_a_signature_only(home: Home, visibility: str) -> None:
    work = await work_of(home, await home.artist(), visibility)
    for path in (f"/objects/{work.id}", f"/activities/{work.id}"):
        unsigned = await home.get(path)
        assert (unsigned.status_code, list(unsigned.json())) == (401, ["error"])
        assert (await home.get(path, home.peer())).status_code == 200


@pytest.mark.rule("F-300", "F-303", "F-104")
@pytest.mark.threat("AUD-01", "AUD-02", "AUD-03")
@pytest.mark.parametrize("visibility", ["followers", "direct", "local"])
async def test_what_a_reader_may_not_see_looks_like_what_never_was(home: Home, visibility: str) -> None:
    artist, stranger = await home.artist(), home.peer("mallory", "good.example")
    await follower(home, artist, home.peer())
    work = await work_of(home, artist, visibility)
    for kind in ("objects", "activities"):
        for reader in (None, stranger):
            for accept in ("application/activity+json", "text/html"):
                seen = await home.get(f"/{kind}/{work.id}", reader, Accept=accept)
                assert seen.status_code == 404
                assert same_answer(seen, await home.get(f"/{kind}/12345", reader, Accept=accept))


@pytest.mark.rule("F-303")
async def test_followers_and_the_people_mentioned_read_what_is_for_them(home: Home) -> None:
    artist, fan, friend = await home.artist(), home.peer(), home.peer("eve", "other.example")
    await follower(home, artist, fan)
    row = await follower(home, artist, friend)
    await Follow.filter(follower_id=row.id).delete()
    for_followers, for_one = await work_of(home, artist, "followers"), await work_of(home, artist, "direct")
    await Mention.create(work=for_one, actor=row)
    assert (await home.get(f"/objects/{for_followers.id}", fan)).status_code == 200
    assert (await home.get(f"/objects/{for_one.id}", fan)).status_code == 404
    assert (await home.get(f"/objects/{for_one.id}", friend)).status_code == 200
    assert (await home.get(f"/activities/{for_one.id}", friend)).json()["type"] == "Create"


async def test_a_request_to_wait_is_no_right_to_read(home: Home) -> None:
    artist, peer = await home.artist(locked=True), home.peer()
    await follower(home, artist, peer)
    work = await work_of(home, artist, "followers")
    assert (await home.get(f"/objects/{work.id}", peer)).status_code == 404


@pytest.mark.rule("F-305")
async def test_a_wrong_signature_is_refused_on_a_get(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    signed = peer.signed("GET", f"{HOME}/actors/1")
    answer = await home.get(f"/actors/{artist.id}", **signed)
    assert answer.status_code == 401
    assert answer.json()["reason"] == "bad_signature"


@pytest.mark.rule("F-305")
async def test_a_key_that_cannot_be_read_at_the_moment_counts_as_no_signature(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    home.elsewhere.serve(peer.uri, {}, status=503)
    answer = await home.get(f"/actors/{artist.id}", peer)
    assert answer.status_code == 200
    assert "name" not in answer.json()


@pytest.mark.rule("F-317")
async def test_a_key_with_a_document_of_its_own_leads_to_its_owner(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    key_id = f"{peer.uri}/main-key"
    key = peer.document["publicKey"] | {"id": key_id}
    peer.more = {"publicKey": key}
    peer.publish()
    home.elsewhere.serve(key_id, key | {"type": "Key"})
    signed = peer.signed("GET", f"{HOME}/actors/{artist.id}")
    signed["Signature"] = signed["Signature"].replace(f"{peer.uri}#main-key", key_id)
    answer = await home.get(f"/actors/{artist.id}", **signed)
    assert "name" in answer.json()


@pytest.mark.rule("F-313")
@pytest.mark.threat("SIG-20")
async def test_a_get_may_be_signed_without_its_query(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    path = f"/actors/{artist.id}/followers"
    signed = peer.signed("GET", f"{HOME}{path}")
    assert (await home.get(f"{path}?page=true", **signed)).status_code == 200
    assert (await home.get(f"{path}?page=true", peer)).status_code == 200


@pytest.mark.rule("F-302")
async def test_a_deleted_post_is_gone_only_if_everybody_could_read_it(home: Home) -> None:
    await Tombstone.create(uri=f"{HOME}/objects/7", public=True)
    await Tombstone.create(uri=f"{HOME}/objects/8", public=False)
    gone = await home.get("/objects/7")
    assert (gone.status_code, gone.json()["type"]) == (410, "Tombstone")
    assert same_answer(await home.get("/objects/8"), await home.get("/objects/9"))


async def test_remote_and_enormous_ids_are_absent(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    row = await follower(home, artist, peer)
    work = await Work.create(uri="https://good.example/n/1", actor=row)
    never = await home.get("/objects/1", peer)
    for path in (
        f"/objects/{work.id}",
        f"/objects/{2**70}",
        f"/activities/{2**70}",
        f"/actors/{row.id}",
        f"/actors/{2**70}",
    ):
        assert same_answer(await home.get(path, peer), never)


@pytest.mark.rule("F-261", "F-263")
async def test_collections_show_numbers_and_names_to_signed_readers_only(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, peer)
    for name in ("outbox", "followers", "following"):
        path = f"/actors/{artist.id}/{name}"
        bare = (await home.get(path)).json()
        assert set(bare) == {"@context", "id", "type", "attributedTo"}
        assert (await home.get(f"{path}?page=true")).status_code == 401
        assert (await home.get(path, peer)).json()["first"] == f"{HOME}{path}?page=true"
    followers = f"/actors/{artist.id}/followers"
    assert (await home.get(followers, peer)).json()["totalItems"] == 1
    assert (await home.get(f"{followers}?page=true", peer)).json()["orderedItems"] == [peer.uri]


@pytest.mark.rule("F-262")
@pytest.mark.threat("AUD-06")
async def test_an_outbox_holds_what_its_reader_may_read(home: Home) -> None:
    artist, fan, stranger = await home.artist(), home.peer(), home.peer("mallory", "evil.example")
    await follower(home, artist, fan)
    works = {
        name: await work_of(home, artist, name)
        for name in ("public", "unlisted", "followers", "direct", "local")
    }
    path = f"/actors/{artist.id}/outbox"

    async def seen(reader: Peer) -> tuple[int, list[str]]:
        page = (await home.get(f"{path}?page=true", reader)).json()
        assert all(item["type"] == "Create" and "@context" not in item for item in page["orderedItems"])
        total = (await home.get(path, reader)).json()["totalItems"]
        return total, [item["object"]["id"] for item in page["orderedItems"]]

    assert await seen(stranger) == (2, [works["unlisted"].uri, works["public"].uri])
    assert await seen(fan) == (3, [works["followers"].uri, works["unlisted"].uri, works["public"].uri])


@pytest.mark.rule("F-260")
async def test_long_collections_come_in_pages_that_lead_on(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, peer)
    for _ in range(45):
        await work_of(home, artist)
    path: str | None = f"/actors/{artist.id}/outbox?page=true"
    found: list[str] = []
    pages = 0
    while path:
        page = (await home.get(path, peer)).json()
        found += [item["id"] for item in page["orderedItems"]]
        path = page.get("next", "").removeprefix(HOME)
        pages += 1
    assert (pages, len(found), len(set(found))) == (3, 45, 45)
    assert (await home.client.post(f"/actors/{artist.id}/outbox")).status_code == 405


async def test_an_answer_to_a_follow_is_read_by_whom_it_names_alone(home: Home) -> None:
    artist, peer, stranger = await home.artist(), home.peer(), home.peer("mallory", "evil.example")
    await follower(home, artist, peer)
    accept = await Activity.get(type="Accept")
    assert (await home.get(f"/activities/{accept.id}", peer)).json()["type"] == "Accept"
    assert (await home.get(f"/activities/{accept.id}", stranger)).status_code == 404
    assert (await home.get(f"/activities/{accept.id}")).status_code == 404


@pytest.mark.rule("F-304")
async def test_without_authorized_fetch_public_things_are_open_and_nothing_else(
    database_url: str, tmp_path: Path
) -> None:
    async with open_home(database_url, tmp_path, authorized_fetch=False) as home:
        artist = await home.artist()
        public, private = await work_of(home, artist), await work_of(home, artist, "followers")
        assert "name" in (await home.get(f"/actors/{artist.id}")).json()
        assert (await home.get(f"/objects/{public.id}")).status_code == 200
        assert (await home.get(f"/activities/{public.id}")).status_code == 200
        assert (await home.get(f"/objects/{private.id}")).status_code == 404
        assert (await home.get(f"/actors/{artist.id}/outbox")).json()["totalItems"] == 1
        assert (await home.get(f"/actors/{artist.id}/outbox?page=true")).status_code == 401


async def test_a_deleted_account_has_no_inbox(home: Home) -> None:
    peer = home.peer()
    await Tombstone.create(uri=f"{HOME}/actors/7", public=True, former_type="Person")
    assert (
        await home.post(peer, peer.says("Follow", f"{HOME}/actors/7"), "/actors/7/inbox")
    ).status_code == 410
    assert (
        await home.post(peer, peer.says("Follow", f"{HOME}/actors/8"), "/actors/8/inbox")
    ).status_code == 404
