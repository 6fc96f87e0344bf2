"""A domain is rejected, hushed or allowed, and every surface follows."""

import orjson
import pytest

from activitypub.names import PUBLIC
from fedicara.actions import domains, subscriptions, suspension
from fedicara.actions.blocklists import parse
from fedicara.actions.errors import Invalid
from fedicara.actions.roles import COMMAND_LINE
from fedicara.models import Actor
from fedicara.models.moderation import Action
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, Island, Person, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


async def rule(island: Island, domain: str, action: Action = Action.REJECT) -> None:
    with island.server.database.bound():
        await domains.set_rule(island.server, "test", domain, action)


async def place(world: Fediverse, host: str = "bad.example") -> tuple[Island, Person, Stranger]:
    """An artist who follows a stranger, and the stranger's first post, which she sees."""
    island = await world.island("art")
    ada, stranger = await island.artist("ada"), Stranger(world, host=host)
    await ada.follow(stranger.handle)
    await world.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    assert (await stranger.send(island, stranger.activity("Accept", follow))).status_code == 202
    assert (await stranger.send(island, stranger.activity("Create", stranger.note()))).status_code == 202
    await world.settle()
    return island, ada, stranger


async def public(person: Person) -> list[str]:
    return [each["uri"] for each in good(await person.api.get("/api/v1/timelines/public"))]


@pytest.mark.threat("MOD-01", "SIG-24", "AUD-07")
@pytest.mark.rule("F-306")
async def test_a_rejected_domain_gets_403_everywhere_and_is_asked_nothing(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse, "sub.bad.example")
    await rule(island, "BAD.example.")
    before = len(fediverse.router.sent("GET", stranger.host))
    newcomer = Stranger(fediverse, name="new", host="other.bad.example")
    for sender in (stranger, newcomer):
        answer = await sender.send(island, sender.activity("Create", sender.note(2)))
        assert (answer.status_code, answer.json()["reason"]) == (403, "rejected")
        for path in (
            "/actor",
            f"/actors/{ada.actor.id}",
            "/objects/1",
            f"/actors/{ada.actor.id}/outbox?page=true",
        ):
            assert (await sender.read(island, island.server.url(path))).status_code == 403
    assert len(fediverse.router.sent("GET", stranger.host)) == before
    assert not fediverse.router.sent("GET", newcomer.host)


@pytest.mark.threat("SIG-24")
async def test_a_key_elsewhere_does_not_hide_an_actor_of_a_rejected_domain(fediverse: Fediverse) -> None:
    island, _, stranger = await place(fediverse)
    await rule(island, "bad.example")
    other = Stranger(fediverse, name="front", host="front.example")
    answer = await stranger.send(
        island, stranger.activity("Like", "x"), private=other.private, key_id=f"{other.uri}#main-key"
    )
    assert answer.status_code == 403
    assert not fediverse.router.sent("GET", other.host)


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306", "F-387")
async def test_what_a_rejected_domain_made_is_hidden_until_the_rule_is_gone(fediverse: Fediverse) -> None:
    island, ada, _ = await place(fediverse)
    (shown,) = await ada.home()
    await rule(island, "bad.example")
    assert await ada.home() == []
    assert await public(ada) == []
    assert (await ada.api.get(f"/api/v1/statuses/{shown['id']}")).status_code == 404
    assert await island.count("follows") == 0
    booster = Stranger(fediverse, name="bo", host="good.example")
    await booster.send(island, booster.activity("Announce", shown["uri"], to=[PUBLIC]))
    await fediverse.settle()
    assert await island.count("boosts") == 0
    with island.server.database.bound():
        assert await domains.remove_rules(island.server, "test", "bad.example") == 1
    assert await public(ada) == [shown["uri"]]


@pytest.mark.rule("F-387")
async def test_whose_follows_a_rule_ended_sees_them_listed_and_follows_again_once_it_is_gone(
    fediverse: Fediverse,
) -> None:
    island, ada, stranger = await place(fediverse)
    await stranger.send(island, stranger.activity("Follow", ada.actor.uri))
    await fediverse.settle()
    await ada.sign_in()
    assert "A rule of this place" not in (await ada.browser.get("/home")).text
    await rule(island, "bad.example")
    assert "ended 2 follows" in (await ada.browser.get("/home")).text
    page = (await ada.browser.get("/follows/ended")).text
    assert (page.count(f"@{stranger.handle}"), page.count("Follow again")) == (2, 0)
    with island.server.database.bound():
        await domains.remove_rules(island.server, "test", "bad.example")
    assert (await ada.browser.get("/follows/ended")).text.count("Follow again") == 1
    assert (await send(ada.browser, f"/@{stranger.handle}/follow", {})).status_code == 303
    await fediverse.settle()
    assert [each["type"] for each in stranger.heard].count("Follow") == 2
    assert "ended 1 follow " in (await ada.browser.get("/home")).text

    with island.server.database.bound():
        await suspension.suspend(island.server, COMMAND_LINE, await Actor.get(uri=stranger.uri))
    page = (await ada.browser.get("/follows/ended")).text
    assert "Follow again" not in page
    assert (await send(ada.browser, "/follows/ended", {})).status_code == 303
    assert "A rule of this place" not in (await ada.browser.get("/home")).text
    assert "No rule of this place" in (await ada.browser.get("/follows/ended")).text


@pytest.mark.threat("SSRF-19", "MOD-01")
async def test_not_one_packet_goes_to_a_rejected_domain(fediverse: Fediverse) -> None:
    island, ada, good_one = await place(fediverse, "good.example")
    bad = Stranger(fediverse, name="eve", host="bad.example")
    bad.serve(f"{bad.origin}/notes/1", bad.note())
    await rule(island, "bad.example")
    boost = good_one.activity("Announce", f"{bad.origin}/notes/1", to=[PUBLIC])
    mention = good_one.note(
        7, to=[PUBLIC, bad.uri], tag=[{"type": "Mention", "href": bad.uri, "name": "@eve"}]
    )
    reply = good_one.note(8, inReplyTo=f"{bad.origin}/notes/1")
    for activity in (boost, good_one.activity("Create", mention), good_one.activity("Create", reply)):
        assert (await good_one.send(island, activity)).status_code == 202
    key = await good_one.send(island, good_one.activity("Like", "x"), key_id=f"{bad.uri}#main-key")
    assert key.status_code == 403
    await ada.api.get("/api/v2/search", params={"q": f"@{bad.handle}", "resolve": "true"})
    await fediverse.settle()
    assert await island.count("inbound", "outcome <> ''") == 5
    assert not [each for method in ("GET", "POST") for each in fediverse.router.sent(method, "bad.example")]


@pytest.mark.rule("F-306")
async def test_posts_of_a_hushed_domain_are_sensitive_unlisted_and_without_pictures(
    fediverse: Fediverse,
) -> None:
    island, ada, stranger = await place(fediverse)
    for action in (Action.FORCE_SENSITIVE, Action.UNLIST, Action.HIDE_MEDIA):
        await rule(island, "bad.example", action)
    picture = {
        "type": "Image",
        "mediaType": "image/png",
        "url": f"{stranger.origin}/heron.png",
        "name": "A heron",
    }
    stranger.serve_bytes("/heron.png", b"\x89PNG\r\n\x1a\n", "image/png")
    note = stranger.note(5, attachment=[picture])
    await stranger.send(island, stranger.activity("Create", note))
    await fediverse.settle()
    (shown,) = [each for each in await ada.home() if each["uri"] == note["id"]]
    assert (shown["sensitive"], shown["visibility"]) == (True, "unlisted")
    assert note["id"] not in await public(ada)
    assert (await ada.browser.get(shown["media_attachments"][0]["url"])).status_code == 404
    changed = note | {"content": "<p>Changed</p>", "updated": "2026-01-06T10:00:00Z"}
    await stranger.send(island, stranger.activity("Update", changed))
    await fediverse.settle()
    assert "Changed" in (await ada.status(shown["id"]))["content"]


@pytest.mark.rule("F-306")
async def test_an_allowlist_knows_nobody_who_is_not_on_it(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", federation="allowlist")
    await island.artist("ada")
    stranger = Stranger(fediverse, host="new.example")
    assert (await stranger.send(island, stranger.activity("Like", "x"))).status_code == 403
    await rule(island, "new.example", Action.ALLOW)
    assert (await stranger.send(island, stranger.activity("Like", "x"))).status_code == 202


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306")
async def test_a_list_is_imported_retracted_and_never_turned_on_friends(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    server = island.server
    with server.database.bound():
        await domains.set_rule(server, "test", "friend.example", Action.ALLOW)
        await domains.set_rule(server, "test", "worst.example", Action.REJECT)
        first = await domains.compare(
            server,
            "list",
            parse("bad.example\nworst.example\nart.example\nart.example\nx.friend.example\nexample.org"),
        )
        assert first.spared == ["art.example", "x.friend.example"]
        assert [name for name, _ in first.added] == ["bad.example", "example.org", "worst.example"]
        assert await island.count("domain_rules") == 2
        await domains.apply(server, "test", "list", first)
        await domains.apply(
            server, "test", "list", await domains.compare(server, "list", parse("bad.example"))
        )
        assert {(each.domain, each.source) for each in await domains.listed()} == {
            ("friend.example", ""),
            ("worst.example", ""),
            ("bad.example", "list"),
        }
        with pytest.raises(Invalid):
            await domains.set_rule(server, "test", "Art.Example", Action.REJECT)
    log = await server.database.rows("SELECT action, detail FROM audit ORDER BY id")
    assert [row["action"] for row in log] == ["domains set"] * 2 + ["domains import"] * 2
    assert "worst.example" in str(orjson.loads(log[-1]["detail"])["retracted"])


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306")
@pytest.mark.sqlite_first
async def test_a_list_is_followed_day_by_day_with_what_it_retracts(fediverse: Fediverse) -> None:
    island, ada, stranger = await place(fediverse, "bad.example")
    keeper, server = Stranger(fediverse, name="keeper", host="lists.example"), island.server
    address = f"{keeper.origin}/list.txt"

    async def next_day(*domains: str) -> set[str]:
        keeper.serve_bytes("/list.txt", "\n".join(domains).encode(), "text/plain")
        fediverse.clock.advance(days=1, minutes=1)
        await fediverse.settle()
        rows = await server.database.rows("SELECT domain FROM domain_rules WHERE source <> ''")
        return {row["domain"] for row in rows}

    keeper.serve_bytes("/list.txt", b"one.example\ntwo.example", "text/plain")
    with server.database.bound():
        await domains.set_rule(server, "test", "friend.example", Action.ALLOW)
        await subscriptions.subscribe(server, "test", address)
        await domains.confirm(server, "test", "two.example")
    assert len(await public(ada)) == 1
    friends = ("friend.example", "x.friend.example", "art.example", "example")
    assert await next_day("one.example", "BAD.example.", *friends) == {"one.example", "bad.example"}
    assert await public(ada) == []
    assert (await stranger.send(island, stranger.activity("Like", "x"))).status_code == 403
    # What is gone from the list comes back, unless an admin confirmed it.
    assert await next_day("one.example", "three.example") == {"one.example", "three.example"}
    assert len(await public(ada)) == 1
    assert await island.count("domain_rules", "domain = 'two.example' AND source = ''") == 1
    # A list that shrinks at once, answers nonsense or is gone changes nothing, and says so.
    assert await next_day("four.example") == {"one.example", "three.example"}
    assert await next_day("<html>") == {"one.example", "three.example"}
    del keeper.documents["/list.txt"]
    fediverse.clock.advance(days=1, minutes=1)
    await fediverse.settle()
    assert await island.count("audit", "action = 'domains refresh failed'") == 3
    assert await island.count("subscriptions", "failure LIKE '%answered 404%'") == 1
    assert await next_day("one.example", "three.example", "five.example") == {
        "one.example",
        "three.example",
        "five.example",
    }
    assert await island.count("subscriptions", "failure = '' AND entries = 3") == 1
    with server.database.bound():
        await subscriptions.unsubscribe(server, "test", address)
    assert await next_day("one.example") == set()
    assert await island.count("jobs", "kind = 'refresh'") == 0


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306", "F-276")
async def test_an_allowlist_stands_on_every_way_in(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", federation="allowlist")
    ada, friend = await island.artist("ada"), Stranger(fediverse, name="fay", host="sub.friend.example")
    unknown = Stranger(fediverse, name="bea", host="unknown.example")
    await rule(island, "friend.example", Action.ALLOW)
    await ada.follow(friend.handle)
    await fediverse.settle()
    (follow,) = friend.heard
    await friend.send(island, friend.activity("Accept", follow))
    note = unknown.note()
    unknown.serve(note["id"], note)
    await friend.send(island, friend.activity("Announce", note["id"], to=[PUBLIC]))
    await friend.send(island, friend.activity("Create", friend.note(2, inReplyTo=note["id"])))
    key = await friend.send(island, friend.activity("Like", "x"), key_id=f"{unknown.uri}#main-key")
    assert key.status_code == 403
    assert (await unknown.read(island, ada.actor.uri)).status_code == 403
    await fediverse.settle()
    assert [each["uri"] for each in await ada.home()] == []
    assert await public(ada) == []
    assert await island.count("works") == 1
    assert not [each for each in fediverse.router.exchanges if "//unknown.example" in each.url]
    async with island.client() as visitor:
        stated = good(await visitor.get("/nodeinfo/2.1"))
    assert stated["metadata"]["federation"] == "allowlist"
