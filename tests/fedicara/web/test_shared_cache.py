"""A cache in front that keeps whatever it may: nobody gets what was made for somebody else, and no page is framed."""

from dataclasses import dataclass, field
from itertools import product

import httpx
import pytest
from starlette.routing import Mount, Route

from fedicara.api.routes import ROUTES as API
from fedicara.app import OWN
from fedicara.peers.routes import ROUTES as PEERS
from fedicara.web.routes import ROUTES as WEB
from tests.fediverse import Fediverse, Island, Person, drawing
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
HTML, DOCUMENT = "text/html", "application/activity+json"
Seen = tuple[int, str, str, list[bool]]
# What a cache may keep although nobody said for how long (RFC 9110 section 15.1).
OF_THEMSELVES = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}
PARTS = {
    "{id:id}": "1",
    "{id}": "1",
    "{work_id}": "1",
    "{name}": "ada",
    "{version}": "2.1",
    "{rest:path}": "nothing",
}


@dataclass
class Cache(httpx.AsyncBaseTransport):
    """A shared cache by RFC 9111 that takes every liberty: what does not forbid to be kept is kept for ever."""

    behind: httpx.AsyncBaseTransport
    kept: dict[str, list[tuple[dict[str, str], httpx.Response]]] = field(default_factory=dict)
    hits: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """From memory where the fields that Vary names are the same, else from behind."""
        known = self.kept.setdefault(str(request.url), [])
        for fields, answer in known:
            if request.method == "GET" and all(
                request.headers.get(name, "") == value for name, value in fields.items()
            ):
                self.hits += 1
                return answer
        fresh = await self.behind.handle_async_request(request)
        answer = httpx.Response(fresh.status_code, headers=fresh.headers, content=await fresh.aread())
        control, vary = answer.headers.get("cache-control", ""), answer.headers.get("vary", "")
        may = "public" in control or "max-age" in control or answer.status_code in OF_THEMSELVES
        forbids = not may or "private" in control or "no-store" in control or "*" in vary
        signed_in = "authorization" in request.headers and "public" not in control
        if request.method == "GET" and not forbids and not signed_in:
            names = [name.strip().lower() for name in vary.split(",") if name.strip()]
            known.append(({name: request.headers.get(name, "") for name in names}, answer))
        return answer


@pytest.mark.threat("WEB-12")
async def test_nobody_gets_another_viewers_copy_from_a_cache_that_keeps_all_it_may(
    world: Fediverse, island: Island, ada: Person, bob: Person
) -> None:
    public = await ada.post(drawing(), status="For everybody")
    private = await ada.post(drawing(), status="For followers", visibility="private")
    base = island.server.settings.base_url
    pages = ["/", "/home", "/@ada", *(f"/@ada/{each['id']}" for each in (public, private))]
    objects = [each["uri"] for each in (public, private)]
    paths = [
        *pages,
        ada.actor.uri,
        *objects,
        f"{ada.actor.uri}/outbox?page=true",
        f"{ada.actor.uri}/followers",
    ]
    paths += [f"/api/v1/statuses/{each['id']}" for each in (public, private)] + ["/api/v1/timelines/home"]
    paths += [
        f"/media/{each['media_attachments'][0]['url'].partition('/media/')[2].partition('?')[0]}"
        for each in (public, private)
    ]
    signers = {"mallory": Stranger(world)}
    viewers: dict[str, dict[str, str]] = {"visitor": {}, "part": {"Range": "bytes=0-9"}}
    for name, person in (("ada", ada), ("bob", bob)):
        cookies = "; ".join(f"{key}={value}" for key, value in person.browser.cookies.items())
        viewers |= {
            f"{name}'s browser": {"Cookie": cookies},
            f"{name}'s app": {"Authorization": person.api.headers["authorization"]},
        }
    alone: dict[tuple[str, str, str], Seen] = {}
    controls: dict[tuple[str, str, str], str] = {}
    for turn in (list(viewers), list(viewers)[::-1]):
        cache = Cache(world.router)
        async with httpx.AsyncClient(transport=cache, base_url=base) as front:
            for accept, who in product((HTML, DOCUMENT), [*turn, *signers]):
                for path in paths:
                    url = path if path.startswith("https") else base + path
                    proof = dict(signers[who].sign("GET", url, None)) if who in signers else viewers[who]
                    asked = {**proof, "Accept": accept}
                    through = await front.get(url, headers=asked)
                    if (who, accept, path) not in alone:
                        async with island.client() as straight:
                            direct = await straight.get(url, headers=asked)
                        alone[who, accept, path] = seen(direct)
                        controls[who, accept, path] = direct.headers.get("cache-control", "")
                    rightly = [alone[who, accept, path]]
                    if who == "part":  # a cache that holds the whole may give it (RFC 9110, section 14.2)
                        rightly.append(alone.get(("visitor", accept, path)))
                    assert seen(through) in rightly, (who, accept, path)
        assert cache.hits > 20, "it keeps something"
    own = [
        key
        for key, answer in alone.items()
        if answer != alone["visitor", key[1], key[2]] and answer[0] == 200
    ]
    assert {key[0] for key in own} == {"ada's browser", "ada's app", "bob's browser", "bob's app", "mallory"}
    assert not [(key, controls[key]) for key in own if controls[key] != "private, no-store"]


def seen(answer: httpx.Response) -> Seen:
    """What of an answer must be as if there were no cache."""
    marks = ("For everybody", "For followers", "Sign out", "/sign-in", "preview_url", '"orderedItems"')
    kind = answer.headers.get("content-type", "")
    return (
        answer.status_code,
        kind,
        answer.headers.get("location", ""),
        [each in answer.text for each in marks],
    )


@pytest.mark.threat("WEB-15")
async def test_nothing_that_this_place_answers_can_be_framed(island: Island, ada: Person) -> None:
    routes = [
        *OWN,
        *PEERS,
        *WEB,
        *(each for mount in API if isinstance(mount, Mount) for each in mount.routes),
    ]
    paths = {
        each.path
        for each in routes
        if isinstance(each, Route) and (each.methods is None or "GET" in each.methods)
    }
    assert len(paths) > 90
    for path in sorted(paths):
        for part, value in PARTS.items():
            path = path.replace(part, value)
        for client in (ada.browser, island.client()):
            answer = await client.get(path if path.startswith("/") else f"/{path}")
            assert answer.headers["x-frame-options"] == "DENY", path
            policy = answer.headers["content-security-policy"]
            assert ("frame-ancestors 'none'" in policy, "'unsafe" in policy) == (True, False), path
