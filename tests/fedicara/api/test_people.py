"""Accounts, follows and search."""

from typing import Any

import pytest

from fedicara.models import Actor
from tests.fediverse import Fediverse, Island, drawing, good

pytestmark = pytest.mark.anyio

TEXTS = ("id", "username", "acct", "display_name", "created_at", "note", "url", "uri")
PICTURES = ("avatar", "avatar_static", "header", "header_static")
FLAGS = ("locked", "bot", "group", "discoverable", "indexable")
COUNTS = ("followers_count", "following_count", "statuses_count")
LISTS = ("emojis", "fields", "roles")
RELATIONS = (
    "following",
    "showing_reblogs",
    "notifying",
    "followed_by",
    "blocking",
    "blocked_by",
    "muting",
    "muting_notifications",
    "requested",
    "requested_by",
    "domain_blocking",
    "endorsed",
)


def check_account(account: Any) -> None:
    assert all(isinstance(account[name], str) for name in TEXTS)
    assert all(account[name].startswith("https://") for name in ("url", "uri", *PICTURES))
    assert all(isinstance(account[name], bool) for name in FLAGS)
    assert all(type(account[name]) is int for name in COUNTS)
    assert all(isinstance(account[name], list) for name in LISTS)


@pytest.mark.rule("A-004", "A-005", "A-060")
async def test_an_account_has_every_member_even_when_little_is_known(island: Island) -> None:
    ada = await island.artist("ada")
    with island.server.database.bound():
        remote = await Actor.create(uri="https://there.example/u/eve", username="Eve", domain="there.example")
    for identifier, handle in ((ada.actor.id, "ada"), (remote.id, "Eve@there.example")):
        account = good(await island.client().get(f"/api/v1/accounts/{identifier}"))
        check_account(account)
        assert account["acct"] == handle
        for name in ("avatar", "header"):
            if account[name].startswith("https://art.example/"):
                assert (await island.client().get(account[name])).status_code == 200


@pytest.mark.rule("A-061", "A-123")
async def test_one_knows_oneself_by_the_token(island: Island) -> None:
    ada, bob = await island.artist("ada", locked=True), await island.artist("bob")
    await bob.follow("ada")
    own = good(await ada.api.get("/api/v1/accounts/verify_credentials"))
    check_account(own)
    assert own["source"]["follow_requests_count"] == 1
    assert own["role"]["id"] == "-99"
    assert isinstance(own["role"]["permissions"], str)


@pytest.mark.rule("A-121")
@pytest.mark.parametrize("handle", ["ada", "@ada", "Ada", "ada@art.example"])
async def test_lookup_knows_people_by_their_handle(island: Island, handle: str) -> None:
    ada = await island.artist("ada")
    found = await island.client().get("/api/v1/accounts/lookup", params={"acct": handle})
    assert good(found)["id"] == str(ada.actor.id)


@pytest.mark.rule("A-121")
@pytest.mark.threat("SSRF-18")
async def test_a_stranger_makes_the_server_ask_nobody(world: Fediverse) -> None:
    island = await world.island("art")
    before = len(world.router.exchanges)
    lookup = await island.client().get("/api/v1/accounts/lookup", params={"acct": "eve@there.example"})
    assert lookup.status_code == 404
    search = {"q": "@eve@there.example", "resolve": "true"}
    assert good(await island.client().get("/api/v2/search", params=search))["accounts"] == []
    assert [each for each in world.router.exchanges[before:] if "art.example" not in each.url] == []


@pytest.mark.rule("A-164")
async def test_search_finds_people_by_the_beginning_of_their_name(island: Island) -> None:
    ada = await island.artist("ada_b")
    await island.artist("adaxb")
    for text, names in (("ada", ["ada_b", "adaxb"]), ("@ADA_", ["ada_b"]), ("%", []), ("", [])):
        found = good(await ada.api.get("/api/v2/search", params={"q": text}))
        assert [each["acct"] for each in found["accounts"]] == names
        assert (found["statuses"], found["hashtags"]) == ([], [])


@pytest.mark.rule("A-065", "A-129", "A-132")
async def test_following_an_open_account_takes_effect_at_once(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    path = f"/api/v1/accounts/{ada.actor.id}"
    for _ in range(2):
        relation = good(await bob.api.post(f"{path}/follow"))
        assert (relation["following"], relation["requested"]) == (True, False)
    assert all(isinstance(relation[name], bool) for name in RELATIONS)
    assert good(await island.client().get(path))["followers_count"] == 1
    relation = good(await bob.api.post(f"{path}/unfollow"))
    assert relation["following"] is False


@pytest.mark.rule("A-132")
async def test_relationships_come_in_the_order_asked_and_leave_out_who_is_not_there(island: Island) -> None:
    ada, bob, eve = [await island.artist(name) for name in ("ada", "bob", "eve")]
    asked = [str(eve.actor.id), "1", str(ada.actor.id)]
    found = good(await bob.api.get("/api/v1/accounts/relationships", params={"id[]": asked}))
    assert [each["id"] for each in found] == [asked[0], asked[2]]


@pytest.mark.rule("A-129", "A-136")
@pytest.mark.parametrize(("answer", "following"), [("authorize", True), ("reject", False)])
async def test_a_locked_account_is_asked_and_decides(island: Island, answer: str, following: bool) -> None:
    ada, bob = await island.artist("ada", locked=True), await island.artist("bob")
    relation = await bob.follow("ada")
    assert (relation["following"], relation["requested"]) == (False, True)
    (asking,) = good(await ada.api.get("/api/v1/follow_requests"))
    (relation,) = good(await ada.api.get("/api/v1/accounts/relationships", params={"id[]": asking["id"]}))
    assert (relation["requested_by"], relation["followed_by"]) == (True, False)
    assert asking["acct"] == "bob"
    path = f"/api/v1/follow_requests/{asking['id']}/{answer}"
    assert good(await ada.api.post(path))["followed_by"] is following
    assert (await bob.relationship("ada"))["following"] is following
    assert good(await ada.api.get("/api/v1/follow_requests")) == []
    assert (await ada.api.post(path)).status_code == 404


@pytest.mark.rule("A-129")
async def test_nobody_follows_themselves(island: Island) -> None:
    ada = await island.artist("ada")
    assert (await ada.api.post(f"/api/v1/accounts/{ada.actor.id}/follow")).status_code == 422


@pytest.mark.rule("A-117", "A-127", "A-013")
async def test_an_account_shows_each_reader_the_posts_that_reader_may_see(island: Island) -> None:
    ada, bob = await island.artist("ada"), await island.artist("bob")
    for text, wish in (
        ("open", {}),
        ("followers", {"visibility": "private"}),
        ("here", {"local_only": True}),
    ):
        good(await ada.api.post("/api/v1/statuses", json={"status": text, **wish}))
    waiting = {
        "media_ids": [(await ada.upload(drawing()))["id"]],
        "status": "later",
        "fedicara": {"when_ready": True},
    }
    await ada.api.post("/api/v1/statuses", json=waiting)
    path = f"/api/v1/accounts/{ada.actor.id}/statuses"

    async def seen(client: Any) -> list[str]:
        return [each["content"] for each in good(await client.get(path))]

    assert await seen(island.client()) == ["<p>open</p>"]
    assert await seen(bob.api) == ["<p>here</p>", "<p>open</p>"]
    await bob.follow("ada")
    assert await seen(bob.api) == ["<p>here</p>", "<p>followers</p>", "<p>open</p>"]
    assert await seen(ada.api) == ["<p>here</p>", "<p>followers</p>", "<p>open</p>"]
    assert good(await bob.api.get(path, params={"only_media": "1"})) == []
    assert good(await bob.api.get(path, params={"pinned": "true"})) == []
