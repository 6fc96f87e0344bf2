"""Several fedicara islands in one process, joined by a transport that routes by host; people on them tell stories."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from fedicara.actions import accounts, authentication
from fedicara.actions.kinds import kinds
from fedicara.app import close_server, create, open_server
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Account, Actor
from fedicara.server import Server
from fedicara.settings import Settings
from tests import sqlite
from tests.carried import Carried

PASSWORD = "correct horse battery"
SCOPES = "read write follow push"
Json = Any


class Clock:
    """The time that everybody in the story shares; it runs, and tests move it on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **much: float) -> None:
        """Let hours or days go by."""
        self._ahead += timedelta(**much)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that went over the wire, and how it was answered."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: Mapping[str, str]


class Router(httpx.AsyncBaseTransport):
    """The network: a host name leads to an application; everything said is kept in `exchanges`."""

    def __init__(self) -> None:
        self._hosts: dict[str, httpx.AsyncBaseTransport] = {}
        self.exchanges: list[Exchange] = []

    def join(self, host: str, application: Callable[..., Awaitable[None]]) -> None:
        """Let an application answer under a name."""
        self._hosts[host] = httpx.ASGITransport(app=application, client=("203.0.113.7", 40_000))

    def leave(self, host: str) -> None:
        """Take a name away: nobody answers there any more."""
        del self._hosts[host]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer in a context of its own, as another machine would."""
        host = self._hosts.get(request.url.host)
        if host is None:
            raise httpx.ConnectError(f"nobody answers at {request.url.host}", request=request)
        body = await request.aread()
        work = asyncio.create_task(_answer(host, request), context=contextvars.Context())
        response = await work
        self.exchanges.append(
            Exchange(
                request.method,
                str(request.url),
                dict(request.headers),
                body,
                response.status_code,
                dict(response.headers),
            )
        )
        return response

    def sent(self, method: str, host: str, path: str = "") -> list[Exchange]:
        """What went to a host, oldest first."""
        start = f"https://{host}{path}"
        return [each for each in self.exchanges if each.method == method and each.url.startswith(start)]


async def _answer(host: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    return await host.handle_async_request(request)


class Person:
    """Somebody with an account, holding a token and a browser."""

    def __init__(self, island: "Island", username: str, actor: Actor, token: str) -> None:
        self.island = island
        self.username = username
        self.actor = actor
        self.api = island.client(headers={"Authorization": f"Bearer {token}"})
        self.browser = island.client()

    @property
    def handle(self) -> str:
        """How people elsewhere write the name."""
        return f"{self.username}@{self.island.host}"

    async def sign_in(self) -> None:
        """Get the session cookie that the sign-in page gives."""
        with self.island.server.database.bound():
            cookie = await authentication.sign_in(self.island.server, self.username, PASSWORD)
        assert cookie is not None
        self.browser.cookies.set("__Host-session", cookie)

    async def token(self, scope: str) -> str:
        """Another token, for these scopes."""
        with self.island.server.database.bound():
            account = await Account.get(actor_id=self.actor.id)
            return await authentication.make_token(self.island.server, account, scope)

    async def find(self, handle: str) -> Json:
        """The account behind a handle; asks its server."""
        found = good(await self.api.get("/api/v2/search", params={"q": f"@{handle}", "resolve": "true"}))
        assert found["accounts"], f"nobody found for {handle}"
        return found["accounts"][0]

    async def follow(self, handle: str) -> Json:
        """Ask to follow; the relationship as it is right now."""
        account = await self.find(handle)
        return good(await self.api.post(f"/api/v1/accounts/{account['id']}/follow"))

    async def unfollow(self, handle: str) -> Json:
        """Stop following."""
        account = await self.find(handle)
        return good(await self.api.post(f"/api/v1/accounts/{account['id']}/unfollow"))

    async def relationship(self, handle: str) -> Json:
        """Who follows whom."""
        account = await self.find(handle)
        answer = await self.api.get("/api/v1/accounts/relationships", params={"id[]": account["id"]})
        return good(answer)[0]

    async def upload(self, data: bytes, *, alt: str = "A drawing", name: str = "drawing.png") -> Json:
        """Send a picture; the attachment, not prepared yet."""
        answer = await self.api.post(
            "/api/v2/media", files={"file": (name, data, "image/png")}, data={"description": alt}
        )
        return good(answer, 200, 202)

    async def post(self, *pictures: bytes, alt: str = "A drawing", **fields: Any) -> Json:
        """Publish a work with these pictures and wait until it is out; the status as its artist sees it."""
        attachments = [await self.upload(picture, alt=alt) for picture in pictures]
        wish = {"media_ids": [each["id"] for each in attachments], **fields}
        async with self.island.working():
            return good(await self.api.post("/api/v1/statuses", json=wish))

    async def status(self, identifier: str) -> Json:
        """One status as this person sees it."""
        return good(await self.api.get(f"/api/v1/statuses/{identifier}"))

    async def home(self) -> list[Json]:
        """The home timeline, newest first."""
        return list(good(await self.api.get("/api/v1/timelines/home")))


def good(answer: httpx.Response, *codes: int) -> Json:
    """The JSON of an answer that went well."""
    assert answer.status_code in (codes or (200,)), (
        f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
    )
    return answer.json()


@dataclass
class Island:
    """One fedicara server."""

    host: str
    server: Server
    router: Router
    people: dict[str, Person] = field(default_factory=dict)

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A client that talks to this island over the story's network."""
        return httpx.AsyncClient(transport=self.router, base_url=self.server.settings.base_url, **options)

    async def artist(self, username: str, *, locked: bool = False) -> Person:
        """Make an account and hand its owner a token."""
        with self.server.database.bound():
            account = await accounts.create(self.server, accounts.NewAccount(username, PASSWORD))
            token = await authentication.make_token(self.server, account, SCOPES)
            actor = await self.actor(account)
            person = self.people[username] = Person(self, username, actor, token)
            if locked:
                viewer = await authentication.viewer_of_bearer(self.server, token)
                assert viewer is not None
                await accounts.update_profile(self.server, viewer, accounts.ProfileChange(locked=True))
        return person

    async def actor(self, account: Account) -> Actor:
        """The actor of an account."""
        return await Actor.get(account__id=account.id)

    async def work_off(self) -> None:
        """Run every job that is due."""
        await Worker(self.server, LeaseTable(self.server), kinds(self.server)).drain()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let a worker run beside what happens inside."""
        worker = Worker(self.server, LeaseTable(self.server), kinds(self.server))
        task = asyncio.create_task(worker.run(), context=contextvars.Context())
        try:
            yield
        finally:
            await worker.stop()
            await task

    async def due(self) -> int:
        """How many jobs could run now."""
        now = int(self.server.now().timestamp() * 1000)
        return await self.count("jobs", "buried = FALSE AND due <= $1", now)

    async def count(self, table: str, where: str = "TRUE", *values: Any) -> int:
        """How many rows a table has."""
        row = await self.server.database.row(f"SELECT count(*) AS n FROM {table} WHERE {where}", *values)
        assert row is not None
        return int(row["n"])

    async def counts(self) -> dict[str, int]:
        """How many rows stand in the tables that strangers could fill."""
        tables = (
            "actors",
            "works",
            "pictures",
            "follows",
            "likes",
            "boosts",
            "inbound",
            "activities",
            "jobs",
        )
        return {table: await self.count(table) for table in tables}

    def files(self) -> list[Path]:
        """Every file that pictures left on the disk, finished or not."""
        folders = (self.server.settings.media, self.server.settings.data / "incoming")
        return [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]


class Fediverse:
    """The islands of one story, their network and their clock."""

    def __init__(self, folder: Path, database_url: Callable[[], Awaitable[str]] | None = None) -> None:
        self._folder = folder
        self._database_url = database_url
        self.router = Router()
        self.clock = Clock()
        self.islands: dict[str, Island] = {}

    async def island(self, name: str, **options: Any) -> Island:
        """A new server at NAME.example with an empty database."""
        host = f"{name}.example"
        url = await self._database_url() if self._database_url else ""
        data = self._folder / name
        data.mkdir()
        settings = Settings(base_url=f"https://{host}", data=data, database_url=url, **options)
        sqlite.fresh(settings.database)
        server = replace(await open_server(settings, carrier=Carried(self.router)), now=self.clock)
        self.router.join(host, create(server))
        self.islands[host] = Island(host, server, self.router)
        return self.islands[host]

    async def settle(self, rounds: int = 50) -> None:
        """Let every server work until nothing is due anywhere."""
        for _ in range(rounds):
            busy = [island for island in self.islands.values() if await island.due()]
            if not busy:
                return
            for island in busy:
                await island.work_off()
        raise AssertionError("the islands never come to rest")

    async def check(self) -> None:
        """What must hold after every story: no server fault, no job given up."""
        faults = [each for each in self.router.exchanges if each.status >= 500]
        assert not faults, faults
        for island in self.islands.values():
            buried = await island.server.database.rows("SELECT kind, error FROM jobs WHERE buried = TRUE")
            assert not buried, [
                tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in buried
            ]

    async def close(self) -> None:
        """Close every server."""
        for island in self.islands.values():
            for person in island.people.values():
                await person.api.aclose()
                await person.browser.aclose()
            await close_server(island.server)


@asynccontextmanager
async def open_fediverse(
    folder: Path, database_url: Callable[[], Awaitable[str]] | None = None
) -> AsyncIterator[Fediverse]:
    """A fediverse for one story, checked and closed at its end."""
    world = Fediverse(folder, database_url)
    try:
        yield world
        await world.check()
    finally:
        await world.close()


def drawing(width: int = 96, height: int = 64, *, kind: str = "PNG") -> bytes:
    """A small picture with something in it."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    out = BytesIO()
    picture.save(out, kind)
    return out.getvalue()
