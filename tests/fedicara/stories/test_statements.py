"""What other servers state about AI use, as people and crawlers find it here."""

from html.parser import HTMLParser
from typing import Any

import httpx
import orjson
import pytest

from fedicara.actions import remote_default
from fedicara.actions.errors import Invalid
from fedicara.models import AuditEntry, RemoteStatement
from tests.fediverse import Fediverse, Island, Person, drawing, good
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio

POLICY_FIELDS = ("x-robots-tag", "content-usage", "tdm-reservation", "tdm-policy")
PROHIBITED = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"
PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
    f'plus:DataMining="{PROHIBITED}"/></rdf:RDF></x:xmpmeta>'
)


class Head(HTMLParser):
    """The canonical address and the directives for robots."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.canonical = self.robots = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        if stated.get("rel") == "canonical":
            self.canonical = stated["href"] or ""
        if stated.get("name") == "robots":
            self.robots = stated["content"] or ""


def said(answer: httpx.Response) -> dict[str, str]:
    """The policy that an answer states."""
    assert answer.status_code == 200, answer.text
    return {name: answer.headers[name] for name in POLICY_FIELDS if name in answer.headers}


def picture(stranger: Stranger, path: str, **terms: Any) -> dict[str, Any]:
    """An attachment with a picture that its server has."""
    body = drawing()
    packet = PACKET.encode() if path == "/marked.png" else b""
    return {
        "type": "Document",
        "mediaType": "image/png",
        "url": stranger.serve_bytes(path, body + packet, "image/png"),
        **terms,
    }


async def told(world: Fediverse, island: Island, stranger: Stranger, note: Any, kind: str = "Create") -> None:
    """The stranger says something, and everybody has heard it."""
    activity = stranger.activity(kind, note, to=note["to"])
    assert (await stranger.send(island, activity)).status_code == 202
    await world.settle()


async def found(ada: Person, text: str) -> Any:
    """The post with a text in the home timeline."""
    return next(each for each in await ada.home() if text in each["content"])


@pytest.mark.rule(
    "P-300",
    "P-301",
    "P-302",
    "P-303",
    "P-304",
    "P-305",
    "P-306",
    "P-308",
    "P-030",
    "P-031",
    "P-032",
    "P-033",
    "P-034",
)
@pytest.mark.sqlite_first
async def test_what_others_state_is_repeated_on_every_surface_and_never_loosened(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art")
    ada, eve = await island.artist("ada"), Stranger(fediverse, "there.example", "eve")
    eve.serve(
        "/.well-known/nodeinfo",
        {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": f"{eve.origin}/n"}]},
    )
    eve.serve(
        "/n",
        {
            "software": {"name": "x", "version": "1"},
            "metadata": {"aiPolicy": {"contentSignal": "ai-input=no"}},
        },
    )
    eve.serve(eve.uri, eve.actor(indexable=True, contentUsage="train-ai=n"))
    await ada.follow(eve.handle)
    await fediverse.settle()
    asked = next(each for each in eve.heard if each["type"] == "Follow")
    await eve.send(island, eve.activity("Accept", asked))
    await fediverse.settle()
    with island.server.database.bound():
        for field in ("search", "ai_train", "ai_input", "tdm"):
            await remote_default.change(island.server, "test", {field: "origin"})
        with pytest.raises(Invalid):
            await remote_default.change(island.server, "test", {"tdm": "<script>"})
        assert (await AuditEntry.filter(action="hosts default").count()) == 4
    plain = eve.note(1, content="<p>Plain</p>", tag=[{"type": "Hashtag", "name": "#ink"}])
    marked = eve.note(
        2,
        content="<p>Marked</p>",
        contentUsage="train-ai=y, search=y\r\nX-Evil: 1",
        attachment=[
            picture(eve, "/open.png", contentUsage="train-ai=y, search=y"),
            picture(eve, "/marked.png"),
            picture(eve, "/closed.png"),
        ],
    )
    eve.fields["/closed.png"] = {"x-robots-tag": "noai", "tdm-reservation": "1"}
    await told(fediverse, island, eve, plain)
    await told(fediverse, island, eve, marked)
    assert island.server.drops["unreadable policy statement"] == 1

    async with island.client() as visitor:
        # The actor's words apply where the post is silent, the server's where both are.
        first = await found(ada, "Plain")
        expected = {"search": None, "ai_train": "deny", "ai_input": "deny", "tdm": None, "source": "origin"}
        assert first["ai_policy"] == expected
        page = await visitor.get(f"/@{eve.handle}/{first['id']}")
        assert said(page) == {
            "x-robots-tag": "noai, noimageai",
            "content-usage": "train-ai=n",
            "tdm-reservation": "1",
        }
        assert Head(page.text).canonical == plain["id"]

        # Each picture has its own words; what comes with its bytes joins them as soon as they were read.
        second = await found(ada, "Marked")
        opened, embedded, closed = second["media_attachments"]
        assert [opened["ai_policy"]["ai_train"], opened["ai_policy"]["search"]] == ["allow", "allow"]
        assert said(await visitor.get(opened["url"])) == {"content-usage": "train-ai=y, search=y"}
        bytes_of = await visitor.get(embedded["url"])
        assert said(bytes_of) == {
            "x-robots-tag": "noai, noimageai, noindex, noimageindex",
            "content-usage": "train-ai=n, search=n",
            "tdm-reservation": "1",
        }
        assert PACKET.encode() in bytes_of.content
        assert said(await visitor.get(closed["url"]))["tdm-reservation"] == "1"
        second = await found(ada, "Marked")
        assert second["ai_policy"] | {"source": ""} == {
            "search": "deny",
            "ai_train": "deny",
            "ai_input": "deny",
            "tdm": "reserved",
            "source": "",
        }
        page = await visitor.get(f"/@{eve.handle}/{second['id']}")
        assert Head(page.text).robots == "noai, noimageai, noindex, noimageindex"
        assert "X-Evil" not in page.text
        assert "x-evil" not in page.headers

        # Silence later on changes nothing, an allowance of the origin does, and nothing there loosens our default.
        changed = {**plain, "updated": "2026-01-06T10:00:00Z", "contentUsage": "train-ai=y, search=y"}
        await told(fediverse, island, eve, changed, "Update")
        assert (await found(ada, "Plain"))["ai_policy"]["ai_train"] == "allow"
        denied = {**plain, "updated": "2026-01-07T10:00:00Z", "contentUsage": "search=n"}
        await told(fediverse, island, eve, denied, "Update")
        silent = {**plain, "updated": "2026-01-08T10:00:00Z"}
        await told(fediverse, island, eve, silent, "Update")
        assert (await found(ada, "Plain"))["ai_policy"]["search"] == "deny"
        await told(fediverse, island, eve, changed | {"updated": "2026-01-09T10:00:00Z"}, "Update")
        with island.server.database.bound():
            await remote_default.change(island.server, "test", {"ai_train": "deny", "search": "indexable"})
        last = await found(ada, "Plain")
        assert (last["ai_policy"]["ai_train"], last["ai_policy"]["search"]) == ("deny", "allow")

        # Lists of others' works, and what somebody here boosted, are for no search engine.
        assert "noindex" not in said(await visitor.get("/@ada"))["x-robots-tag"]
        good(await ada.api.post(f"/api/v1/statuses/{first['id']}/reblog"))
        for path in (f"/@{eve.handle}", "/tags/ink", "/@ada/boosts"):
            page = await visitor.get(path)
            assert "noindex" in said(page)["x-robots-tag"], path
            assert first["id"] in page.text, path
        assert "/@ada/boosts" in (await visitor.get("/@ada")).text
        assert (await visitor.get(f"/@{eve.handle}/boosts")).status_code == 404

    # The words stay as they came, and go with the post.
    with island.server.database.bound():
        kept = await RemoteStatement.filter(work_id=int(first["id"]))
        assert [orjson.loads(each.raw_) for each in kept] == [{"contentUsage": "train-ai=y, search=y"}]
        carriers = {each.carrier async for each in RemoteStatement.filter(picture_id__not_isnull=True)}
        assert carriers == {"document", "headers", "xmp"}
    for note in (plain, marked):
        await told(
            fediverse, island, eve, {"id": note["id"], "type": "Tombstone", "to": note["to"]}, "Delete"
        )
    assert await island.count("remote_statements", "work_id IS NOT NULL OR picture_id IS NOT NULL") == 0
