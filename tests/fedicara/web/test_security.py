"""Headers of every answer, and requests for other hosts."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import httpx
import pytest

from fedicara.app import create
from fedicara.models import Actor, Work
from fedicara.models.works import State
from fedicara.reads.media import media_url
from fedicara.server import Server
from fedicara.web.security import surface_of
from tests.fedicara.rooms import pictured, posted
from tests.fediverse import Island

pytestmark = pytest.mark.anyio

B1 = {
    "x-robots-tag": "noai, noimageai",
    "content-usage": "train-ai=n, search=y",
    "tdm-reservation": "1",
    "tdm-policy": "https://art.example/policies/tdm.json",
}
B2 = {"link": '<https://art.example/ai-policy>; rel="terms-of-service"'}
STATED = (*B1, *B2)
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
FOREIGN = (
    "evil.example",
    "art.example.evil.example",
    "evil.example/art.example",
    "art.example:80@x",
    "",
    "127.0.0.1",
)
PAGES = ("/", "/sign-in", "/@ada", "/ai-policy", "/@nobody", "/nothing")
DATA = ("/api/v1/instance", "/api/nothing", "/actor", "/objects/1", "/.well-known/nodeinfo", "/robots.txt")


@pytest.fixture
def database_kind() -> str:
    """Headers and refusals do not depend on the database."""
    return "sqlite"


@pytest.fixture
async def ada(island: Island) -> Actor:
    """An artist of the place."""
    return (await island.artist("ada")).actor


async def media(island: Island, actor: Actor, visibility: str = "public", licence: str = "") -> str:
    """The address of a picture in a new work."""
    with island.server.database.bound():
        work = await posted(actor, visibility, licence=licence)
        key = (await pictured(island.server, work)).key
    return media_url(island.server, key, public=visibility in ("public", "unlisted"))


def stated(answer: httpx.Response) -> dict[str, str]:
    """The policy's fields, each of which must be one line."""
    found: dict[str, str] = {}
    for name, value in answer.headers.multi_items():
        if name in STATED:
            assert name not in found, f"{name} stands there twice"
            found[name] = value
    return found


@pytest.mark.rule("P-100")
async def test_a_page_says_the_policy_in_blocks_b1_and_b2(visitor: httpx.AsyncClient, ada: Actor) -> None:
    for path in PAGES:
        answer = await visitor.get(path)
        assert answer.status_code in (200, 404)
        assert stated(answer) == {**B1, **B2}, path


@pytest.mark.rule("P-100")
async def test_data_says_the_policy_in_block_b1(visitor: httpx.AsyncClient, ada: Actor) -> None:
    for path in DATA:
        assert stated(await visitor.get(path)) == B1, path


@pytest.mark.rule("P-100")
async def test_style_sheets_and_scripts_say_nothing(visitor: httpx.AsyncClient, ada: Actor) -> None:
    page = await visitor.get("/")
    sheet = page.text.partition("/static/")[2].partition('"')[0]
    answer = await visitor.get(f"/static/{sheet}")
    assert answer.status_code == 200
    assert stated(answer) == {}


@pytest.mark.rule("P-100", "P-101")
async def test_a_picture_says_its_own_works_policy_on_get_head_and_304(
    island: Island, visitor: httpx.AsyncClient, ada: Actor
) -> None:
    address = await media(island, ada, licence="cc-by")
    link = f'{B2["link"]}, <https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    got, head = await visitor.get(address), await visitor.head(address)
    same = await visitor.get(address, headers={"if-none-match": got.headers["etag"]})
    assert [answer.status_code for answer in (got, head, same)] == [200, 200, 304]
    assert [answer.content for answer in (got, head, same)] == [b"pixels", b"", b""]
    for answer in (got, head, same):
        assert stated(answer) == {**B1, "link": link}
    assert got.headers["content-length"] == head.headers["content-length"] == "6"


@pytest.mark.rule("P-100")
async def test_a_picture_that_nobody_may_search_for_says_so_where_its_page_does_too(
    island: Island, visitor: httpx.AsyncClient, ada: Actor
) -> None:
    with island.server.database.bound():
        work = await posted(ada, policy={"search": "deny"})
        await Work.filter(id=work.id).update(url=island.server.url(f"/@ada/{work.id}"))
        key = (await pictured(island.server, work)).key
    for address in (f"/media/{key}", f"/@ada/{work.id}"):
        answer = await visitor.get(address)
        assert answer.status_code == 200
        assert stated(answer)["content-usage"] == "train-ai=n, search=n"
        assert "noindex" in stated(answer)["x-robots-tag"]


@pytest.mark.rule("P-100")
async def test_a_post_without_a_right_to_search_is_not_searched_even_if_its_artist_allows_it(
    island: Island, visitor: httpx.AsyncClient, ada: Actor
) -> None:
    answer = await visitor.get(await media(island, ada, "followers"))
    assert answer.status_code == 200
    assert stated(answer)["content-usage"] == "train-ai=n, search=n"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.rule("P-101")
async def test_an_absent_picture_says_the_places_policy_whatever_is_absent(
    island: Island, visitor: httpx.AsyncClient, ada: Actor
) -> None:
    hidden = (await media(island, ada, "followers")).partition("?")[0]
    with island.server.database.bound():
        draft = await posted(ada, state=State.FAILED)
        failed = f"/media/{(await pictured(island.server, draft)).key}"
    answers = [await visitor.get(path) for path in (hidden, failed, f"/media/{'0' * 32}.png", "/media/x")]
    assert {(each.status_code, each.text) for each in answers} == {(404, "Not found")}
    assert all(stated(each) == {**B1, **B2} for each in answers)
    assert len({tuple(sorted(each.headers.items())) for each in answers}) == 1


@pytest.mark.threat("MED-04")
async def test_a_picture_cannot_act_as_a_page(island: Island, visitor: httpx.AsyncClient, ada: Actor) -> None:
    answer = await visitor.get(await media(island, ada), headers={"accept": "application/activity+json"})
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.threat("WEB-06")
async def test_every_answer_carries_the_security_headers_once(visitor: httpx.AsyncClient, ada: Actor) -> None:
    for path in (*PAGES, *DATA, "/static/nothing", "/media/nothing", "/proxy/1/x"):
        _secured(await visitor.get(path))


def _secured(answer: httpx.Response) -> None:
    assert {name: answer.headers.get_list(name) for name in EVERYWHERE} == {
        name: [value] for name, value in EVERYWHERE.items()
    }
    (csp,) = answer.headers.get_list("content-security-policy")
    assert csp.startswith("default-src 'none'; ")
    assert "unsafe" not in csp
    assert "frame-ancestors 'none'" in csp
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


@pytest.mark.rule("P-101")
@pytest.mark.threat("WEB-06")
@pytest.mark.parametrize("path", ["/@ada", "/api/v1/timelines/public", "/media/abc.png"])
async def test_a_fault_says_the_policy_and_nothing_of_the_inside(
    island: Island, ada: Actor, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(type(island.server.database), "rows", broken)
    monkeypatch.setattr(type(island.server.storage), "open", broken)
    monkeypatch.setattr("fedicara.actions.media.Rendition.get_or_none", broken)
    transport = httpx.ASGITransport(create(island.server), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://art.example") as client:
        answer = await client.get(path)
    assert answer.status_code == 500
    assert {name: stated(answer).get(name) for name in B1} == B1
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


@pytest.mark.threat("WEB-11")
async def test_a_foreign_host_is_refused_and_named_nowhere(island: Island, ada: Actor) -> None:
    paths = ("/", "/@ada", "/.well-known/nodeinfo", "/api/v1/instance", "/inbox")
    async with island.client() as client:
        for host, path in product(FOREIGN, paths):
            answer = await client.get(path, headers={"host": host})
            assert answer.status_code == 400
            assert "evil" not in answer.text
            assert {name: stated(answer).get(name) for name in B1} == B1


@pytest.mark.threat("WEB-11")
@pytest.mark.parametrize("hosts", [[], [b"art.example", b"evil.example"], [b"art.example", b"art.example"]])
async def test_a_missing_or_doubled_host_is_refused(island: Island, hosts: list[bytes]) -> None:
    started: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        started.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"host", host) for host in hosts],
        "scheme": "https",
        "http_version": "1.1",
    }
    await create(island.server)(scope, receive, send)  # type: ignore[arg-type]
    assert started[0]["status"] == 400


async def test_the_host_may_be_written_in_capitals(island: Island, visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/", headers={"host": "ART.example"})).status_code == 200


async def test_without_tls_nothing_promises_it(island: Island, tmp_path: Path) -> None:
    settings = island.server.settings.model_copy(
        update={"base_url": "http://127.0.0.1:8000", "data": tmp_path}
    )
    server: Server = replace(island.server, settings=settings)
    transport = httpx.ASGITransport(create(server))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        answer = await client.get("/robots.txt")
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers


async def test_an_address_that_no_text_holds_is_refused(visitor: httpx.AsyncClient, ada: Actor) -> None:
    for path in ("/@%00", "/tags/%00", "/@ada?max_id=%00", "/invitations/%00", "/media/%00"):
        assert (await visitor.get(path)).status_code == 400, path


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/", "page"),
        ("/@ada/1", "page"),
        ("/media/a.png", "media"),
        ("/proxy/1/a", "media"),
        ("/static/a.css", "static"),
        ("/api/v1/x", "api"),
        ("/actors/1/outbox", "activitypub"),
        ("/actor", "activitypub"),
        ("/inbox", "activitypub"),
        ("/robots.txt", "open"),
        ("/.well-known/x", "open"),
        ("/medium", "page"),
    ],
)
def test_a_path_belongs_to_one_surface(path: str, surface: str) -> None:
    assert surface_of(path) == surface
