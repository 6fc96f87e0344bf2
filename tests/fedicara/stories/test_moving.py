"""People here who move to another place: told, carried, refused, taken back."""

import json
import re
from typing import Any

import pytest

from tests.fedicara.web.forms import send, wrong
from tests.fediverse import PASSWORD, Fediverse, Person, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio
MOVING = "/settings/moving"


def said(world: Fediverse, host: str, kind: str) -> list[Any]:
    """Activities of a type that a host took."""
    bodies = [json.loads(each.body) for each in world.router.sent("POST", host) if each.status == 202]
    return [each for each in bodies if each["type"] == kind]


async def actor_of(world: Fediverse, person: Person) -> Any:
    """A person's document, as a server that signs reads it."""
    return good(await Stranger(world, "reader.example").read(person.island, person.actor.uri))


async def ready(world: Fediverse) -> tuple[Person, ...]:
    """Ada on one server with a new account on another, and her followers: Bob elsewhere, Cleo and Dan beside her."""
    art, new, home = [await world.island(each) for each in ("art", "new", "home")]
    ada, there, bob = await art.artist("ada"), await new.artist("ada"), await home.artist("bob")
    cleo, dan = await art.artist("cleo"), await art.artist("dan")
    for person in (ada, there, bob, cleo, dan):
        await person.sign_in()
    for person in (bob, cleo, dan):
        await person.follow(ada.handle)
    await send(dan.browser, "/settings", {"ai": "none", "licence": "cc0"})
    await world.settle()
    return ada, there, bob, cleo, dan


@pytest.mark.sqlite_first
@pytest.mark.rule("F-031", "F-241", "F-381", "F-383", "F-384")
async def test_an_artist_moves_with_her_followers_and_changes_her_mind(fediverse: Fediverse) -> None:
    ada, there, bob, cleo, dan = await ready(fediverse)
    away = {"target": there.handle, "password": PASSWORD}
    refused = await send(ada.browser, MOVING, away, MOVING)
    assert "does not name" in wrong(refused)[0], "the new place must name the old one first"
    alias = {"alias": ada.handle, "password": "not this one"}
    assert (await send(there.browser, f"{MOVING}/aliases", alias, MOVING)).status_code == 422
    assert "alsoKnownAs" not in await actor_of(fediverse, there)
    await send(there.browser, f"{MOVING}/aliases", alias | {"password": PASSWORD}, MOVING)
    assert (await actor_of(fediverse, there))["alsoKnownAs"] == [ada.actor.uri]
    assert wrong(await send(ada.browser, MOVING, away | {"password": "x"}, MOVING))
    assert said(fediverse, "home.example", "Move") == []

    assert (await send(ada.browser, MOVING, away, MOVING)).status_code == 303
    await fediverse.settle()
    (move,) = said(fediverse, "home.example", "Move")
    assert (move["actor"], move["object"], move["target"]) == (ada.actor.uri, ada.actor.uri, there.actor.uri)
    assert move["to"] == [f"{ada.actor.uri}/followers"]
    for person in (bob, cleo):
        assert (await person.relationship(there.handle))["following"]
        assert not (await person.relationship(ada.handle))["following"]
        assert "moved to" in (await person.browser.get("/home")).text
    assert (await dan.relationship(ada.handle))["following"], "Dan decides for himself"
    page = (await dan.browser.get("/home")).text
    assert "moved to" in page
    path = re.search(r"/notices/\d+", page)
    assert path is not None
    await send(dan.browser, path[0], {})
    assert "moved to" not in (await dan.browser.get("/home")).text

    assert (await actor_of(fediverse, ada))["movedTo"] == there.actor.uri
    assert "ada@new.example" in (await dan.browser.get("/@ada")).text
    account = good(await dan.api.get(f"/api/v1/accounts/{ada.actor.id}"))
    assert account["moved"]["acct"] == there.handle
    assert (await ada.api.post("/api/v1/statuses", json={"status": "One more"})).status_code == 403
    late = await fediverse.islands["art.example"].artist("eve")
    assert (await late.api.post(f"/api/v1/accounts/{ada.actor.id}/follow")).status_code == 403
    mallory = Stranger(fediverse)
    await mallory.send(ada.island, mallory.activity("Follow", ada.actor.uri))
    await fediverse.settle()
    assert [each["type"] for each in mallory.heard] == ["Reject"]

    assert (await send(ada.browser, f"{MOVING}/undo", {}, MOVING)).status_code == 303
    fediverse.clock.advance(minutes=6)
    await fediverse.settle()
    assert "movedTo" not in await actor_of(fediverse, ada)
    good(await ada.api.post("/api/v1/statuses", json={"status": "Back"}))
    again = await send(ada.browser, MOVING, away, MOVING)
    assert "once in 30 days" in wrong(again)[0]
    assert (await bob.relationship(there.handle))["following"], "followers do not come back by it"


@pytest.mark.rule("F-383", "F-380", "F-216", "F-381")
async def test_an_account_elsewhere_moves_to_one_here_which_lets_each_follower_in(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art")
    ada, cleo = await art.artist("ada", locked=True), await art.artist("cleo")
    mallory = Stranger(fediverse, "old.example", "ada")
    await cleo.follow(mallory.handle)
    await fediverse.settle()
    await mallory.send(art, mallory.activity("Accept", mallory.heard[0]["id"]))
    await fediverse.settle()
    mallory.serve(mallory.uri, mallory.actor(movedTo=ada.actor.uri))
    move = mallory.activity("Move", mallory.uri, target=ada.actor.uri)
    await mallory.send(art, move)
    await fediverse.settle()
    assert not (await cleo.relationship("ada"))["requested"], "Ada never said that this is her"

    await ada.sign_in()
    alias = {"alias": mallory.uri, "password": PASSWORD}
    await send(ada.browser, f"{MOVING}/aliases", alias, MOVING)
    await mallory.send(art, mallory.activity("Move", mallory.uri, target=ada.actor.uri))
    await fediverse.settle()
    relation = await cleo.relationship("ada")
    assert (relation["requested"], relation["following"]) == (True, False)
    good(await ada.api.post(f"/api/v1/follow_requests/{cleo.actor.id}/authorize"))
    await fediverse.settle()
    assert (await cleo.relationship("ada"))["following"]
    assert [each["type"] for each in mallory.heard] == ["Follow", "Undo"], "she left the old account"
