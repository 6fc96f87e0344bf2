"""Quotes with and without consent, other rules of authors, works shown first, earlier versions, emoji."""

import re
from typing import Any

import pytest

from activitypub.quotes import authorization
from tests.fedicara.stories.test_moving import said
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, Person, drawing, good
from tests.stranger import Document, Stranger

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def request(world: Fediverse, asker: Stranger, ada: Person, work: Any, number: int) -> Document:
    """Somebody asks to quote; what they hear, if anything."""
    before = len(asker.heard)
    asked = asker.activity("QuoteRequest", work["uri"], instrument=asker.note(number, quote=work["uri"]))
    await asker.send(ada.island, asked)
    await world.settle()
    heard: list[Document] = asker.heard[before:]
    assert len(heard) < 2
    return heard[0] if heard else {}


async def note_of(asker: Stranger, ada: Person, work: Any) -> Any:
    """A work's document."""
    return good(await asker.read(ada.island, work["uri"]))


@pytest.mark.sqlite_first
@pytest.mark.rule("F-218", "F-219", "F-244", "F-250", "F-251", "F-252", "F-254", "F-071")
@pytest.mark.threat("MOD-07")
async def test_an_artist_decides_who_quotes_and_takes_it_back(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    await ada.sign_in()
    mallory, eve = Stranger(fediverse), Stranger(fediverse, "elsewhere.example", "eve")
    fediverse.router.join("elsewhere.example", mallory)
    mallory.documents |= eve.documents
    works = {}
    for choice in ("nobody", "followers", "public", "ask"):
        works[choice] = await ada.post(status=choice, quote_approval_policy=choice)
        stated = (await note_of(mallory, ada, works[choice]))["interactionPolicy"]["canQuote"]
        assert stated["automaticApproval"] == {
            "followers": [f"{ada.actor.uri}/followers"],
            "public": [PUBLIC],
        }.get(choice, [ada.actor.uri])
        assert ("manualApproval" in stated) == (choice == "ask")
    good(
        await ada.api.put(f"/api/v1/statuses/{works['nobody']['id']}", json={"quote_approval_policy": "x"}),
        422,
    )

    assert (await request(fediverse, mallory, ada, works["nobody"], 1))["type"] == "Reject"
    assert (await request(fediverse, mallory, ada, works["followers"], 2))["type"] == "Reject"
    forged = mallory.activity("QuoteRequest", works["public"]["uri"], instrument=eve.note(9))
    await mallory.send(ada.island, forged)
    hidden = await ada.post(status="For few", visibility="private", quote_approval_policy="public")
    assert await request(fediverse, mallory, ada, hidden, 8) == {}

    yes = await request(fediverse, mallory, ada, works["public"], 3)
    assert (yes["type"], yes["object"]["instrument"]) == ("Accept", mallory.note(3)["id"])
    again = await request(fediverse, mallory, ada, works["public"], 3)
    assert again["result"] == yes["result"]
    stamp = good(await mallory.read(ada.island, yes["result"]))
    expected = authorization(yes["result"], ada.actor.uri, mallory.note(3)["id"], works["public"]["uri"])
    assert stamp == expected
    assert (
        await ada.island.client().get(yes["result"], headers={"Accept": "application/activity+json"})
    ).status_code == 401

    assert await request(fediverse, mallory, ada, works["ask"], 4) == {}
    page = (await ada.browser.get("/requests")).text
    path = re.search(r"/requests/quotes/\d+", page)
    assert path is not None
    await send(ada.browser, path[0], {"answer": "accept"})
    await fediverse.settle()
    assert mallory.heard[-1]["type"] == "Accept"

    quoting = mallory.note(
        3, quote=works["public"]["uri"], quoteAuthorization=yes["result"], cc=[ada.actor.uri]
    )
    await mallory.send(ada.island, mallory.activity("Create", quoting))
    bare = mallory.note(
        5, quoteUrl=works["nobody"]["uri"], quoteAuthorization=yes["result"], cc=[ada.actor.uri]
    )
    await mallory.send(ada.island, mallory.activity("Create", bare))
    await fediverse.settle()
    shown = {each["uri"]: each for each in good(await ada.api.get("/api/v1/timelines/public"))}
    assert shown[quoting["id"]]["quote"]["quoted_status"]["uri"] == works["public"]["uri"]
    assert shown[bare["id"]]["quote"] is None, "an approval of another quote is none"
    page = (await ada.browser.get(f"/@{mallory.handle}/{shown[quoting['id']]['id']}")).text
    assert '<blockquote class="quoted"' in page
    page = (await ada.browser.get(f"/@{mallory.handle}/{shown[bare['id']]['id']}")).text
    assert '<blockquote class="quoted"' not in page
    assert f'<a href="{works["nobody"]["uri"]}" rel="nofollow' in page
    assert (
        "1 quote on other servers that nobody asked you about"
        in (await ada.browser.get(f"/@ada/{works['nobody']['id']}")).text
    )

    page = (await ada.browser.get(f"/@ada/{works['public']['id']}")).text
    path = re.search(r"/@ada/\d+/quotes/\d+/withdraw", page)
    assert path is not None
    await send(ada.browser, path[0], {})
    await fediverse.settle()
    assert (mallory.heard[-1]["type"], mallory.heard[-1]["object"]["id"]) == ("Delete", yes["result"])
    assert (await mallory.read(ada.island, yes["result"])).status_code == 404
    assert (await ada.status(shown[quoting["id"]]["id"]))["quote"] is None
    assert (await request(fediverse, mallory, ada, works["public"], 3))["type"] == "Reject"


@pytest.mark.rule("F-219", "F-252")
@pytest.mark.threat("MOD-07")
async def test_a_quote_between_others_is_shown_while_the_approval_stands_at_its_origin(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    mallory, nina = Stranger(fediverse), Stranger(fediverse, "rosa.example", "nina")
    rosa = Stranger(fediverse, "rosa.example", "rosa")
    rosa.documents |= {path: each for path, each in nina.documents.items() if "nina" in path}
    quoted, stamp = rosa.note(1), f"{rosa.origin}/stamps/1"
    rosa.serve(quoted["id"], quoted)

    async def quote(number: int, approval: str) -> Document:
        post = mallory.note(number, quote=quoted["id"], quoteAuthorization=approval, cc=[ada.actor.uri])
        rosa.serve(stamp, authorization(stamp, rosa.uri, mallory.note(1)["id"], quoted["id"]))
        forged = authorization(f"{mallory.origin}/stamps/9", rosa.uri, post["id"], quoted["id"])
        mallory.serve(f"{mallory.origin}/stamps/9", forged)
        await mallory.send(ada.island, mallory.activity("Create", post))
        await fediverse.settle()
        shown = good(await ada.api.get("/api/v1/timelines/public"))
        return next(each for each in shown if each["uri"] == post["id"])

    assert (await quote(1, stamp))["quote"]["quoted_status"]["uri"] == quoted["id"]
    assert (await quote(2, stamp))["quote"] is None, "for another note"
    assert (await quote(3, f"{mallory.origin}/stamps/9"))["quote"] is None, "forged"
    for other in (mallory, nina):
        other._number += 100  # neighbours do not share ids
        await other.send(ada.island, other.activity("Delete", stamp))
    await fediverse.settle()
    assert (await quote(1, stamp))["quote"], "only the quoted author takes it back"
    await rosa.send(ada.island, rosa.activity("Delete", {"type": "Tombstone", "id": stamp}))
    await fediverse.settle()
    assert (await quote(1, stamp))["quote"] is None


async def lets_follow(world: Fediverse, person: Person, stranger: Stranger) -> None:
    """Somebody here follows somebody elsewhere, who agrees."""
    await person.follow(stranger.handle)
    await world.settle()
    asked = [each["id"] for each in stranger.heard if each["type"] == "Follow"]
    await stranger.send(person.island, stranger.activity("Accept", asked[-1]))
    await world.settle()


@pytest.mark.rule("F-253")
async def test_what_an_author_would_refuse_is_neither_offered_nor_sent(fediverse: Fediverse) -> None:
    home = await fediverse.island("home")
    bob, eve = await home.artist("bob"), await home.artist("eve")
    await bob.sign_in()
    mallory = Stranger(fediverse)
    await lets_follow(fediverse, eve, mallory)
    fans = {"automaticApproval": [f"{mallory.uri}/followers"]}
    closed = {"canLike": fans, "canReply": {"always": []}, "canAnnounce": {"always": [mallory.uri]}}
    for number, cc in ((1, []), (2, [bob.actor.uri])):
        note = mallory.note(number, interactionPolicy=closed, cc=cc)
        await mallory.send(home, mallory.activity("Create", note))
    await fediverse.settle()
    named, first = good(await bob.api.get("/api/v1/timelines/public"))
    path = f"/@{mallory.handle}/{first['id']}"

    async def offers() -> set[str]:
        page = (await bob.browser.get(path)).text
        return {name for name in ("like", "boost", "reply") if f'action="{path}/{name}"' in page}

    async def answers(status: Any) -> list[int]:
        """What becomes of a like, a boost and a reply."""
        at = f"/api/v1/statuses/{status['id']}"
        marks = [await bob.api.post(f"{at}/{name}") for name in ("favourite", "reblog")]
        wish = {"status": "Hello", "in_reply_to_id": status["id"]}
        return [each.status_code for each in [*marks, await bob.api.post("/api/v1/statuses", json=wish)]]

    assert await offers() == set()
    assert await answers(first) == [403, 403, 403]
    refused = await bob.api.post(f"/api/v1/statuses/{first['id']}/favourite")
    assert refused.json()["error"] == "The author of this post takes no likes from you."
    assert await answers(named) == [403, 403, 200], "whoever is mentioned may answer"
    await lets_follow(fediverse, bob, mallory)
    assert await offers() == {"like"}
    assert await answers(first) == [200, 403, 403]


@pytest.mark.sqlite_first
@pytest.mark.rule("F-029", "F-214", "F-240", "F-264", "F-205", "F-234", "F-073")
@pytest.mark.threat("AUD-05", "AUD-06")
async def test_works_shown_first_and_their_earlier_versions_reach_other_servers(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    bob = await (await fediverse.island("home")).artist("bob")
    await bob.follow(ada.handle)
    await fediverse.settle()
    first = await ada.post(drawing(), alt="A heron", status="One #ink", fedicara={"title": "First"})
    second = await ada.post(status="Two #ink #paper")
    hidden = await ada.post(status="For few", visibility="private")
    await fediverse.settle()
    mallory = Stranger(fediverse)
    for work in (second, first, first):
        assert good(await ada.api.post(f"/api/v1/statuses/{work['id']}/pin"))["pinned"]
    assert (await ada.api.post(f"/api/v1/statuses/{hidden['id']}/pin")).status_code == 422
    for unknown in (hidden["id"], first["id"], "1"):
        answer = await bob.api.post(f"/api/v1/statuses/{unknown}/pin")
        assert answer.status_code == 404
    await fediverse.settle()
    adds = said(fediverse, "home.example", "Add")
    assert [each["object"] for each in adds] == [second["uri"], first["uri"]]
    actor = good(await mallory.read(ada.island, ada.actor.uri))
    assert adds[0]["target"] == actor["featured"]
    assert good(await mallory.read(ada.island, actor["featured"]))["orderedItems"] == [
        second["uri"],
        first["uri"],
    ]
    tags = good(await mallory.read(ada.island, actor["featuredTags"]))
    assert tags["orderedItems"][0] == {
        "type": "Hashtag",
        "name": "#ink",
        "href": "https://art.example/tags/ink",
    }
    for address in (actor["featured"], actor["featuredTags"]):
        bare = await ada.island.client().get(address, headers={"Accept": "application/activity+json"})
        assert set(good(bare)) == {"@context", "id", "type", "attributedTo"}
    there = (await bob.find(ada.handle))["id"]
    for person, account in ((ada, ada.actor.id), (bob, there)):
        pinned = good(await person.api.get(f"/api/v1/accounts/{account}/statuses", params={"pinned": "true"}))
        assert [each["uri"] for each in pinned] == [second["uri"], first["uri"]]
        page = (await person.island.client().get("/@ada" if person is ada else f"/@{ada.handle}")).text
        assert page.index("Featured") < page.index("First")
    good(await ada.api.post(f"/api/v1/statuses/{second['id']}/unpin"))
    await fediverse.settle()
    pinned = good(await bob.api.get(f"/api/v1/accounts/{there}/statuses", params={"pinned": "true"}))
    assert [each["uri"] for each in pinned] == [first["uri"]]

    far = await (await fediverse.island("far")).artist("far")
    seen = next(each for each in await bob.home() if each["uri"] == first["uri"])
    await far.follow(bob.handle)
    await fediverse.settle()
    good(await bob.api.post(f"/api/v1/statuses/{seen['id']}/reblog"))
    await fediverse.settle()
    fediverse.clock.advance(minutes=2)
    media = first["media_attachments"][0]["id"]
    change = {"status": "Three", "media_attributes": [{"id": media, "description": "Two herons"}]}
    edited = good(await ada.api.put(f"/api/v1/statuses/{first['id']}", json=change))
    await fediverse.settle()
    (update,) = [
        each for each in said(fediverse, "home.example", "Update") if each["object"]["type"] == "Note"
    ]
    assert update["object"]["updated"] > update["object"]["published"]
    for person, status in ((ada, edited), (bob, seen)):
        history = good(await person.api.get(f"/api/v1/statuses/{status['id']}/history"))
        assert ["One" in each["content"] for each in history] == [True, False]
        alts = [each["media_attachments"][0]["description"] for each in history]
        assert alts == ["A heron", "Two herons"]
        path = f"/@ada/{status['id']}" if person is ada else f"/@{ada.handle}/{status['id']}"
        client = person.island.client()
        assert f"{path}/versions" in (await client.get(path)).text
        page = (await client.get(f"{path}/versions")).text
        assert page.index("Three") < page.index("One")
    assert (await bob.status(seen["id"]))["edited_at"]
    assert (await bob.api.get(f"/api/v1/statuses/{hidden['id']}/history")).status_code == 404
    assert (await ada.island.client().get(f"/@ada/{hidden['id']}/versions")).status_code == 404


@pytest.mark.rule("F-067")
@pytest.mark.threat("MED-19")
async def test_emoji_of_others_are_shown_through_the_proxy_and_large_ones_never(fediverse: Fediverse) -> None:
    bob = await (await fediverse.island("home")).artist("bob")
    mallory = Stranger(fediverse)

    def emoji(name: str, body: bytes) -> Document:
        url = mallory.serve_bytes(f"/emoji/{name}.png", body, "image/png")
        return {"type": "Emoji", "name": f":{name}:", "icon": {"type": "Image", "url": url}}

    small, large = emoji("heron", drawing(8, 8)), emoji("huge", drawing(8, 8) + b"x" * 300_000)
    mallory.serve(mallory.uri, mallory.actor(name="Mal :heron: <b>", tag=[small]))
    link = '<a href="https://x.example/:heron:/?a=&quot;>:heron:">x</a>'
    note = mallory.note(
        1, content=f"<p>Look :heron: :huge: :none: {link}</p>", tag=[small, large], cc=[bob.actor.uri]
    )
    await mallory.send(bob.island, mallory.activity("Create", note))
    await fediverse.settle()
    (status,) = good(await bob.api.get("/api/v1/timelines/public"))
    assert sorted(each["shortcode"] for each in status["emojis"]) == ["heron", "huge"]
    assert [each["shortcode"] for each in status["account"]["emojis"]] == ["heron"]
    found = {each["shortcode"]: each["url"] for each in status["emojis"]}
    async with bob.island.client() as client:
        served = await client.get(found["heron"])
        assert (served.status_code, served.headers["content-type"]) == (200, "image/png")
        assert (await client.get(found["huge"])).status_code == 404
        assert (await client.get(found["heron"][:-1] + "x")).status_code == 404
        page = (await client.get(f"/@{mallory.handle}/{status['id']}")).text
    assert f'<p>Look <img class="emoji" src="{found["heron"]}" alt=":heron:"' in page
    assert ":none:" in page
    assert 'Mal <img class="emoji"' in page
    assert "&lt;b&gt;" in page
    href = re.search(r'<a href="(https://x\.example/[^"]*)"', page)
    assert href is not None
    assert "<img" not in href[1], "addresses stay addresses"
