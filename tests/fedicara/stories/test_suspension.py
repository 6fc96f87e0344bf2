"""Somebody is suspended, here or elsewhere, and nothing of theirs is seen or sent until that ends."""

from collections.abc import Awaitable, Callable

import pytest

from activitypub.names import PUBLIC
from fedicara.actions import moderation, suspension
from fedicara.actions.roles import COMMAND_LINE
from fedicara.models import Picture, Rendition
from tests.fedicara.stories.test_reports import followed_stranger
from tests.fedicara.web.forms import token_in
from tests.fediverse import PASSWORD, Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

Act = Callable[..., Awaitable[None]]


async def act(island: Island, what: Act, name: str) -> None:
    with island.server.database.bound():
        await what(island.server, COMMAND_LINE, await moderation.named(island.server, name), "a test")


async def shown_to(person: Person, name: str, work: str) -> list[bool]:
    """Whether somebody and a work of theirs are found: page, work, timelines, front, search, API."""
    island, identifier = person.island, work.rsplit("/", 1)[-1]
    async with island.client() as visitor:
        page = (await visitor.get(f"/@{name}")).status_code == 200
        front = f"/@{name}" in (await visitor.get("/")).text
        found = good(await visitor.get("/api/v2/search", params={"q": name}))["accounts"]
        looked_up = (await visitor.get("/api/v1/accounts/lookup", params={"acct": name})).status_code == 200
        public = [each["uri"] for each in good(await visitor.get("/api/v1/timelines/public"))]
        status = (await visitor.get(f"/api/v1/statuses/{identifier}")).status_code == 200
        tagged = f"/@{name}" in (await visitor.get("/tags/ink")).text
        sitemap = f"/@{name}/" in (await visitor.get("/sitemap.xml")).text
    home = [each["uri"] for each in await person.home()]
    asked = (await person.browser.get(f"/@{name}/{identifier}")).status_code == 200
    return [
        page,
        front,
        bool(found),
        looked_up,
        work in public,
        status,
        tagged,
        sitemap,
        work in home,
        asked,
    ]


async def belongings(person: Person, work: str) -> list[str]:
    """Where else somebody is seen: a project as page, in the API and as document, and the portrait."""
    wish = {"title": "River", "ids": [work.rsplit("/", 1)[-1]]}
    made = good(await person.api.post("/api/fedicara/v1/projects", json=wish))
    portrait = int((await person.upload(drawing()))["id"])
    await person.island.work_off()
    with person.island.server.database.bound():
        await Picture.filter(id=portrait).update(use="avatar")
        small = await Rendition.get(picture_id=portrait, name="small")
    base = person.island.server.settings.base_url
    project = f"/api/fedicara/v1/projects/{made['id']}"
    return [made["url"], base + project, f"{base}/projects/{made['id']}", f"{base}/media/{small.key}"]


async def reached(stranger: Stranger, addresses: list[str]) -> list[int]:
    """How each address answers: pages and pictures to visitors, the project's document to a server that signs."""
    (island,) = stranger.world.islands.values()
    async with island.client() as visitor:
        asked = [(await visitor.get(address)).status_code for address in addresses]
    return [*asked[:2], (await stranger.read(island, addresses[2])).status_code, asked[3]]


@pytest.mark.rule("F-040")
@pytest.mark.threat("API-07", "DISC-05")
async def test_somebody_suspended_here_is_absent_until_that_ends(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", cloak="none")
    ada, bob, stranger = await island.artist("ada"), await island.artist("bob"), Stranger(fediverse)
    await ada.sign_in()
    await bob.follow("ada@art.example")
    await stranger.send(island, stranger.activity("Follow", ada.actor.uri))
    work = (await ada.post(drawing(), status="Ink on paper #ink"))["uri"]
    others = (await bob.post(drawing(), status="Another's"))["id"]
    good(await ada.api.post(f"/api/v1/statuses/{others}/reblog"))
    await fediverse.settle()
    more = await belongings(ada, work)
    assert await shown_to(bob, "ada", work) == [True] * 10
    assert await reached(stranger, more) == [200] * 4
    assert [each["account"]["acct"] for each in await bob.home()] == ["ada", "bob", "ada"]
    good(await ada.api.post("/api/v1/statuses", json={"status": "Said just before"}))
    stranger.heard.clear()
    await act(island, suspension.suspend, "ada")
    await act(island, suspension.suspend, "ada")
    await fediverse.settle()
    assert await shown_to(bob, "ada", work) == [False] * 10
    assert await reached(stranger, more) == [404] * 4
    assert [each["account"]["acct"] for each in await bob.home()] == ["bob"]
    assert stranger.heard == []
    document = (await stranger.read(island, ada.actor.uri)).json()
    assert sorted(document) == sorted(
        ["@context", "assertionMethod", "id", "inbox", "publicKey", "suspended", "type"]
    )
    assert document["suspended"] is True
    for path in (work, f"{ada.actor.uri}/outbox", f"{ada.actor.uri}/followers?page=true"):
        assert (await stranger.read(island, path)).status_code == 404
    activity = work.replace("/objects/", "/activities/")
    async with island.client() as visitor:
        finger = await visitor.get("/.well-known/webfinger?resource=acct:ada@art.example")
        nobody = await visitor.get("/.well-known/webfinger?resource=acct:nobody@art.example")
        assert (finger.status_code, finger.content) == (404, nobody.content)
        assert (
            await visitor.get(activity, headers={"Accept": "application/activity+json"})
        ).status_code == 404
        assert (await visitor.get(ada.actor.uri)).status_code == 404
        form = token_in((await visitor.get("/sign-in")).text)
        fields = {"_token": form, "username": "ada", "password": PASSWORD}
        refused = await visitor.post("/sign-in", data=fields)
        assert (refused.status_code, "suspended" in refused.text) == (403, True)
        unknown = await visitor.post("/sign-in", data=fields | {"password": "wrong"})
        assert "suspended" not in unknown.text
    assert (await ada.api.get("/api/v1/accounts/verify_credentials")).status_code == 401
    assert (await ada.browser.get("/settings")).headers["location"].startswith("/sign-in")
    late = Stranger(fediverse, name="late", host="late.example")
    assert (await late.send(island, late.activity("Follow", ada.actor.uri))).status_code == 202
    await fediverse.settle()
    assert (late.heard, await island.count("follows")) == ([], 2)
    await act(island, suspension.unsuspend, "ada")
    await act(island, suspension.unsuspend, "ada")
    assert await shown_to(bob, "ada", work) == [True] * 10
    actions = await island.server.database.rows("SELECT action FROM audit ORDER BY id")
    assert [row["action"] for row in actions] == ["accounts suspend", "accounts unsuspend"]


async def test_a_work_that_becomes_ready_during_a_suspension_waits_for_its_end(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", cloak="none")
    ada = await island.artist("ada")
    media = await ada.upload(drawing())
    wish = {"media_ids": [media["id"]], "fedicara": {"when_ready": True}}
    made = good(await ada.api.post("/api/v1/statuses", json=wish), 200, 202)
    await act(island, suspension.suspend, "ada")
    await fediverse.settle()
    async with island.client() as visitor:
        assert (await visitor.get(f"/@ada/{made['id']}")).status_code == 404
        await act(island, suspension.unsuspend, "ada")
        assert (await visitor.get(f"/@ada/{made['id']}")).status_code == 200


@pytest.mark.rule("F-387")
@pytest.mark.threat("MOD-02")
async def test_posts_of_somebody_suspended_elsewhere_are_seen_on_no_way(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    bob = await island.artist("bob")
    await bob.sign_in()
    stranger, friend = await followed_stranger(fediverse, bob), Stranger(fediverse, "good.example", "eva")
    await bob.follow(friend.handle)
    await fediverse.settle()
    await friend.send(island, friend.activity("Accept", friend.heard[-1]))
    await fediverse.settle()
    (post,) = await bob.home()
    await stranger.send(island, stranger.activity("Follow", bob.actor.uri))
    await fediverse.settle()
    stranger.heard.clear()
    await act(island, suspension.suspend, stranger.handle)
    await fediverse.settle()
    assert sorted(each["type"] for each in stranger.heard) == ["Reject", "Undo"]
    for number in (2, 3):
        stranger.serve(f"{stranger.origin}/notes/{number}", stranger.note(number))
    reply = friend.note(9, inReplyTo=f"{stranger.origin}/notes/1")
    for activity in (
        friend.activity("Announce", post["uri"], to=[PUBLIC]),
        friend.activity("Announce", f"{stranger.origin}/notes/2", to=[PUBLIC]),
        friend.activity("Create", reply),
    ):
        await friend.send(island, activity)
    await stranger.send(island, stranger.activity("Create", stranger.note(4, to=[bob.actor.uri, PUBLIC])))
    await fediverse.settle()
    async with island.client() as visitor:
        public = good(await visitor.get("/api/v1/timelines/public"))
        assert (await visitor.get(f"/@{stranger.handle}")).status_code == 404
    texts = [*public, *await bob.home()]
    assert [each for each in texts if each["account"]["acct"] != friend.handle] == []
    assert (await bob.api.get(f"/api/v1/statuses/{post['id']}")).status_code == 404
    assert (await bob.browser.get(f"/@{stranger.handle}/{post['id']}")).status_code == 404
    assert (await bob.browser.get(f"/@{stranger.handle}")).status_code == 404
    asked = {"q": f"@{stranger.handle}", "resolve": "true"}
    assert good(await bob.api.get("/api/v2/search", params=asked))["accounts"] == []
    assert (await friend.read(island, island.server.url(f"/contexts/{post['id']}"))).status_code == 404
    assert await island.count("works", "state = 'published'") == 1
    await act(island, suspension.unsuspend, stranger.handle)
    assert good(await bob.api.get(f"/api/v1/statuses/{post['id']}"))["uri"] == post["uri"]
