"""Every address of a picture that a page, an app or another server is told, asked for as a collector would (P-102)."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from httpx import ASGITransport

from fedicara.actions.media import REMOTE_LIMIT
from fedicara.actions.policy_check.check import Wish, check
from fedicara.app import create
from fedicara.models import Actor, Rendition
from fedicara.reads.media import proxy_url
from policies.check.verdicts import Verdict
from tests.fedicara.rooms import pictured, posted
from tests.fedicara.web.forms import multipart, send, token
from tests.fediverse import Fediverse, Person, drawing, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
STATED = ("x-robots-tag", "content-usage", "tdm-reservation", "tdm-policy", "link")
ATTRIBUTES = {"src", "poster", "data", "background"}
WHOLE = {"name": "Ada", "summary": "", "ai": "none", "licence": "cc-by", "indexable": "yes"}


class Shown(HTMLParser):
    """What a browser, or who makes a preview, would load as a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        named = values.get("property", "") + values.get("name", "")
        if tag in ("img", "source", "video", "object", "image"):
            self.found |= {values[name] for name in ATTRIBUTES & values.keys()}
            self.found |= {each.split()[0] for each in values.get("srcset", "").split(",") if each.strip()}
        if tag == "meta" and named.endswith(":image"):
            self.found.add(values["content"])
        if tag == "link" and ("icon" in values.get("rel", "") or values.get("as") == "image"):
            self.found.add(values["href"])


def in_page(text: str) -> set[str]:
    parser = Shown()
    parser.feed(text)
    return parser.found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(each)


def in_data(value: Any) -> set[str]:
    """Pictures of the client API, of documents and of WebFinger."""
    found = set()
    for each in objects(value):
        if {"shortcode", "preview_url"} & each.keys():
            found |= {each.get("url"), each.get("preview_url"), each.get("static_url")}
        found |= {each.get(name) for name in ("avatar", "avatar_static", "header", "header_static")}
        if each.get("type") == "Image" or str(each.get("mediaType", each.get("type"))).startswith("image/"):
            found |= {each.get("url"), each.get("href")}
    return {each for each in found if isinstance(each, str) and each}


async def everything(
    ada: Person, mallory: Stranger, visitor: httpx.AsyncClient, works: list[str]
) -> set[str]:
    """The addresses of pictures on every page, in every answer for apps and in every document, for whoever reads."""
    pages = ["/", "/@ada", f"/@{mallory.handle}", "/tags/slope", "/search?q=ada"]
    pages += [f"/@ada/{each}" for each in works]
    own = ["/home", "/settings", "/@ada/boosts", *(f"/@{mallory.handle}/{each}" for each in works), *pages]
    found: set[str] = set()
    for browser, paths in ((visitor, pages), (ada.browser, own)):
        for path in paths:
            found |= in_page((await browser.get(path, follow_redirects=True)).text)
    account = good(await ada.api.get("/api/v1/accounts/verify_credentials"))["id"]
    asked = [
        "timelines/public",
        "timelines/home",
        "accounts/verify_credentials",
        f"accounts/{account}/statuses",
    ]
    for path in (*asked, *(f"statuses/{each}" for each in works)):
        for app in (ada.api, visitor):
            found |= in_data((await app.get(f"/api/v1/{path}")).json())
    host = ada.island.server
    uris = [
        ada.actor.uri,
        f"{ada.actor.uri}/outbox?page=true",
        *(host.url(f"/objects/{each}") for each in works),
    ]
    for uri in uris:
        found |= in_data((await mallory.read(ada.island, uri)).json())
    finger = await visitor.get("/.well-known/webfinger", params={"resource": f"acct:{ada.handle}"})
    return found | in_data(finger.json())


@pytest.mark.rule("P-102", "P-103")
async def test_every_picture_comes_from_the_origin_of_the_pages_with_its_statements_and_without_a_detour(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, mallory = await art.artist("ada"), Stranger(fediverse)
    await ada.sign_in()
    body, kind = multipart(
        [
            ("_token", await token(ada.browser)),
            ("avatar", drawing(200, 200)),
            ("avatar_alt", "A heron"),
            ("header", drawing(300, 80)),
            ("header_alt", ""),
        ]
    )
    await ada.browser.post("/settings/pictures", content=body, headers={"Content-Type": kind})
    url = mallory.serve_bytes("/files/heron.png", drawing(), "image/png")
    icon = mallory.serve_bytes("/emoji/heron.png", drawing(8, 8), "image/png")
    emoji = {"type": "Emoji", "name": ":heron:", "icon": {"type": "Image", "url": icon}}
    portrait = f"{mallory.origin}/portrait.png"
    mallory.serve(mallory.uri, mallory.actor(icon={"type": "Image", "url": portrait}))
    note = mallory.note(
        1,
        content="<p>Look :heron:</p>",
        attachment=[{"type": "Document", "mediaType": "image/png", "url": url, "name": "A heron"}],
        tag=[emoji],
        cc=[ada.actor.uri],
    )
    await mallory.send(art, mallory.activity("Create", note))
    posts = [
        await ada.post(drawing(1400, 900), status="A #slope", visibility=each)
        for each in ("public", "private")
    ]
    await fediverse.settle()
    seen = good(await ada.api.get("/api/v1/timelines/public"))
    works = [each["id"] for each in [*posts, *seen]]
    async with art.client() as visitor:
        # Apps load the portraits of people elsewhere from there; those are no bytes of this place.
        found = await everything(ada, mallory, visitor, works) - {portrait}
        paths = {urlsplit(each).path.split("/")[1] for each in found}
        assert paths == {"media", "proxy", "emoji", "static"}
        base = art.server.settings.base_url
        assert {urlsplit(each)[:2] for each in found} <= {tuple(urlsplit(base)[:2]), ("", "")}
        for address in ("/robots.txt", "/.well-known/tdmrep.json"):
            assert (await visitor.get(address)).status_code == 200
        pictures = sorted(each for each in found if "/static/" not in each)
        asked = len(fediverse.router.exchanges)
        for each in pictures:
            await served_with_statements(ada.browser, each)
        assert [each.status for each in fediverse.router.exchanges[asked:] if 300 < each.status < 400] == [
            304
        ] * len(pictures)
        stricter = await send(ada.browser, "/settings", {**WHOLE, "policy.search": "deny"})
        assert stricter.status_code == 303
        await fediverse.settle()
        moved = [each for each in pictures if "/media/" in each and "signature" not in each]
        answers = [await visitor.get(each) for each in moved]
        assert 301 in {each.status_code for each in answers}
        for answer in answers:
            assert answer.headers["content-usage"] == "train-ai=n, search=n"
            assert answer.headers.get("location", base).startswith(base)


async def served_with_statements(browser: httpx.AsyncClient, address: str) -> None:
    """The bytes, their headers alone and "not modified" say the same, and nobody is sent elsewhere."""
    whole = await browser.get(address)
    again = await browser.get(address, headers={"If-None-Match": whole.headers["etag"]})
    head = await browser.head(address)
    assert [each.status_code for each in (whole, head, again)] == [200, 200, 304], address
    assert whole.headers["content-type"].startswith("image/")
    for name in STATED:
        assert whole.headers.get(name) == head.headers.get(name) == again.headers.get(name), (address, name)
    said = [whole.headers[name].partition(",")[0] for name in STATED[:3]]
    assert said == ["noai", "train-ai=n", "1"], address


@pytest.mark.rule("P-131")
async def test_nobody_expects_xmp_of_a_gif_that_is_served(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    home, ada = await fediverse.island("home", cloak="none"), await art.artist("ada")
    gif = drawing(kind="GIF")
    for content, kind, verdict in ((gif, "gif", Verdict.NOT_APPLICABLE), (drawing(), "png", Verdict.ABSENT)):
        with art.server.database.bound():
            work = await posted(await Actor.get(id=ada.actor.id), ai="none")
            key = (await pictured(art.server, work, content)).key
            await Rendition.filter(key=key).update(media_type=f"image/{kind}", name="preview")
            own = await check(art.server, Wish(art.server.url(f"/@ada/{work.id}")))
        with home.server.database.bound():
            others = await check(home.server, Wish(own.url))
        for report, target in ((own, "preview 1"), (others, "media")):
            rows = [row for row in report.rows if row.surface == "S08"]
            assert {(row.target, row.verdict) for row in rows} == {(target, verdict)}, rows


@pytest.mark.threat("MED-14")
async def test_the_proxy_serves_pictures_it_was_told_of_and_asks_nobody_for_anything_else(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, mallory = await art.artist("ada"), Stranger(fediverse)
    bodies = {
        "a.png": (drawing(), "image/png"),
        "b.png": (b"<!doctype html><script>alert(1)</script>", "image/png"),
        "c.png": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        "d.png": (drawing() + bytes(REMOTE_LIMIT), "image/png"),
    }
    urls = [mallory.serve_bytes(f"/files/{name}", *each) for name, each in bodies.items()]
    urls += ["https://127.0.0.1/e.png", f"{mallory.origin}/files/gone.png"]
    for number, url in enumerate(urls):
        picture = {"type": "Document", "mediaType": "image/png", "url": url}
        note = mallory.note(number, attachment=[picture], cc=[ada.actor.uri])
        await mallory.send(art, mallory.activity("Create", note))
    await fediverse.settle()
    rows = await art.server.database.rows("SELECT id, remote_url FROM pictures ORDER BY id")
    paths = {row["remote_url"]: urlsplit(proxy_url(art.server, row["id"])).path for row in rows}
    assert paths.keys() >= set(urls) - {"https://127.0.0.1/e.png"}
    asked = len(fediverse.router.sent("GET", mallory.host))
    guess = ASGITransport(app=create(art.server), client=("8.8.8.8", 40_000))
    async with httpx.AsyncClient(transport=guess, base_url=art.server.settings.base_url) as stranger:
        ends = [path.rpartition("/")[2] for path in paths.values()]
        guesses = [
            path.replace(end, other) for path, end in zip(paths.values(), ends, strict=True) for other in ends
        ]
        wrong = ["/proxy/1/x", f"/proxy/{ends[0]}", "/proxy/https://elsewhere.example/a.png"]
        wrong += [each for each in guesses if each not in paths.values()]
        codes = [(await stranger.get(each)).status_code for each in wrong * 2]
        assert codes[:20] == [404] * 20
        assert codes[-1] == 429, "thirty within ten minutes"
    assert len(fediverse.router.sent("GET", mallory.host)) == asked
    async with art.client() as visitor:
        answers = {url: await visitor.get(path) for url, path in paths.items()}
    assert {url: each.status_code for url, each in answers.items()} == {
        url: 200 if url.endswith("a.png") else 404 for url in paths
    }
    assert len(art.files()) == 1
