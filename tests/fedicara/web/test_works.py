"""A work's page: what it shows to whom, and what its head says."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from policies.headers import fields, meta
from tests.fedicara.web.forms import send, wrong
from tests.fediverse import Island, Person, drawing

pytestmark = pytest.mark.anyio


class Head(HTMLParser):
    """The meta and link tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, name: str) -> list[str | None]:
        """What the meta tags of this name or property say."""
        return [
            tag.get("content")
            for element, tag in self.tags
            if element == "meta" and name in (tag.get("name"), tag.get("property"))
        ]

    def linked(self, rel: str) -> list[str | None]:
        """Where the links of this kind lead."""
        return [tag["href"] for element, tag in self.tags if element == "link" and tag.get("rel") == rel]


async def published(artist: Person, **wish: object) -> str:
    """The path of a work's page."""
    status = await artist.post(drawing(1200, 900), alt="A drawing", status="Said", **wish)
    return httpx.URL(status["url"]).path


async def test_a_page_shows_the_picture_with_its_size_and_its_words(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    page = await visitor.get(await published(ada))
    image = re.search(r"<img[^>]*>", page.text)
    assert image
    assert 'alt="A drawing"' in image[0]
    assert re.search(r'width="\d+" height="\d+"', image[0])
    assert "Said" in page.text
    assert "This work states: no AI training" in page.text
    assert "Declared by the artist: no AI." in page.text
    assert "All Rights Reserved" in page.text


@pytest.mark.rule("P-100")
async def test_head_and_headers_state_the_policy_of_the_work(
    ada: Person, island: Island, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    await send(
        ada.browser,
        f"{path}/edit",
        {"alt." + await picture_id(island): "A", "policy.search": "deny", "ai": "none", "licence": "cc-by"},
    )
    await island.work_off()
    answer = await visitor.get(path)
    policy = island.server.policy({}, {"search": "deny"})
    expected = dict(
        fields(policy, "https://art.example", licence_url="https://creativecommons.org/licenses/by/4.0/")
    )
    assert {name: answer.headers.get(name) for name in expected} == expected
    head = Head(answer.text)
    for tag in meta(policy, "https://art.example"):
        assert (tag.element, dict(tag.attributes)) in head.tags
    assert len(head.named("robots")) == 1
    assert head.linked("license") == ["https://creativecommons.org/licenses/by/4.0/"]


async def picture_id(island: Island) -> str:
    """The id of the one picture there is."""
    row = await island.server.database.row("SELECT id FROM pictures")
    assert row is not None
    return str(row["id"])


async def test_the_head_leads_to_the_document_and_a_preview(ada: Person, visitor: httpx.AsyncClient) -> None:
    head = Head((await visitor.get(await published(ada))).text)
    [document] = head.linked("alternate")
    assert document
    assert "/objects/" in document
    [image] = head.named("og:image")
    assert image
    assert (await visitor.get(image)).status_code == 200


@pytest.mark.rule("P-245", "P-246")
async def test_visitors_find_only_sizes_of_their_tier_in_the_page(
    ada: Person, island: Island, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    rows = await island.server.database.rows("SELECT name, key FROM renditions")
    keys = {row["name"]: row["key"] for row in rows}
    for address in ("/", path, "/@ada"):
        page = (await visitor.get(address)).text
        assert keys["preview"] in page
        assert keys["large"] not in page
    assert keys["large"] in (await ada.browser.get(path)).text


@pytest.mark.rule("P-245")
async def test_visitors_get_a_placeholder_where_the_artist_wishes_it(
    ada: Person, island: Island, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    await send(ada.browser, "/settings", {"ai": "none", "licence": "cc-by", "policy.anonymous_media": "none"})
    for address in ("/", path, "/@ada"):
        page = (await visitor.get(address)).text
        assert "/media/" not in page
        assert "signed in" in page
    assert "/media/" in (await ada.browser.get(path)).text


async def test_sensitive_pictures_wait_until_asked_for(ada: Person, visitor: httpx.AsyncClient) -> None:
    path = await published(ada, sensitive=True, spoiler_text="Needles")
    page = (await visitor.get(path)).text
    assert re.search(r"<details class=\"veil\"><summary><bdi>Needles", page)
    assert "og:image" not in page
    assert "/media/" not in (await visitor.get("/")).text


async def test_works_for_followers_are_for_followers(
    ada: Person, bob: Person, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada, visibility="private")
    assert (await visitor.get(path)).status_code == 404
    assert (await bob.browser.get(path)).status_code == 404
    await bob.follow(ada.handle)
    page = await bob.browser.get(path)
    assert page.status_code == 200
    picture = re.search(r'<a class="frame[^>]* href="([^"]+)"', page.text)
    assert picture
    address = picture[1].replace("&amp;", "&")
    assert (await visitor.get(address)).status_code == 200
    assert (await visitor.get(address.partition("?")[0])).status_code == 404


async def test_a_server_that_asks_a_page_for_the_document_is_sent_there(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    for address, where in ((path, "/objects/"), ("/@ada", "/actors/")):
        answer = await visitor.get(address, headers={"Accept": "application/activity+json"})
        assert answer.status_code == 303
        assert where in answer.headers["location"]
        assert (await visitor.get(address, headers={"Accept": "text/html"})).status_code == 200


async def test_a_work_under_another_name_is_sent_to_its_artist(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    answer = await visitor.get(path.replace("@ada", "@eve"))
    assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_an_artist_edits_a_work(ada: Person, bob: Person, island: Island) -> None:
    path = await published(ada)
    page = await ada.browser.get(f"{path}/edit")
    assert "Said" in page.text
    alt = "alt." + await picture_id(island)
    answer = await send(
        ada.browser, f"{path}/edit", {"title": "Changed", "caption": "Anew", alt: "", "ai": "none"}
    )
    assert wrong(answer) == ["Every picture needs an alt text."]
    answer = await send(
        ada.browser, f"{path}/edit", {"title": "Changed", "caption": "Anew", alt: "B", "ai": "assisted"}
    )
    assert answer.status_code == 303
    page = await ada.browser.get(path)
    assert all(words in page.text for words in ("Changed", "Anew", 'alt="B"', "with the help of AI"))
    assert (await bob.browser.get(f"{path}/edit")).status_code == 404
    assert (await send(bob.browser, f"{path}/edit", {"title": "Mine"})).status_code == 404


async def test_an_artist_deletes_a_work_and_nobody_else_does(
    ada: Person, bob: Person, island: Island
) -> None:
    path = await published(ada)
    assert (await send(bob.browser, f"{path}/delete", {})).status_code == 404
    assert "cannot be brought back" in (await ada.browser.get(f"{path}/delete")).text
    assert (await send(ada.browser, f"{path}/delete", {})).headers["location"] == "/@ada"
    assert (await ada.browser.get(path)).status_code == 404
    await island.work_off()
    assert island.files() == []


@pytest.mark.threat("WEB-02")
async def test_names_titles_and_alt_texts_are_text(ada: Person, visitor: httpx.AsyncClient) -> None:
    hostile = '<img src=x onerror=alert(1)>"{{7*7}}'
    await send(ada.browser, "/settings", {"name": hostile, "ai": "none", "licence": "cc-by"})
    status = await ada.post(drawing(), alt=hostile, status=hostile, spoiler_text="")
    path = httpx.URL(status["url"]).path
    for address in (path, "/", "/@ada", "/search?q=ada"):
        for browser in (visitor, ada.browser):
            page = (await browser.get(address)).text
            assert "<img src=x" not in page
            assert "49" not in re.sub(r"\d{3,}|=\"[^\"]*\"|#\w+", "", page.partition("<main")[2])


@pytest.mark.rule("P-022", "P-509")
async def test_the_line_about_ai_leads_to_the_exact_signals_and_to_those_alone_who_may_read_the_work(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    path = await published(ada)
    assert f'href="{path}/signals"' in (await visitor.get(path)).text
    answer = await visitor.get(f"{path}/signals")
    assert answer.status_code == 200
    for name in ("x-robots-tag", "content-usage", "tdm-reservation", "tdm-policy"):
        assert f"{name}: {answer.headers[name]}" in answer.text.replace(
            "X-Robots-Tag", "x-robots-tag"
        ).replace("Content-Usage", "content-usage")
    for said in (
        "contentSignal: search=yes, ai-input=no, ai-train=no",
        "plus:DataMining: http",
        "hide who they are",
    ):
        assert said in answer.text
    hidden = await published(ada, visibility="private")
    assert (await visitor.get(f"{hidden}/signals")).status_code == 404
