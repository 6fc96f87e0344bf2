"""A server with a throw-away database, and other servers that answer from documents the test writes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from activitypub import cavage, keys
from activitypub.names import ACTIVITY_JSON
from fedicara.federation.kinds import KINDS
from fedicara.federation.network.http import Door
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Follow, Key
from fedicara.models.database import open_database
from fedicara.models.ids import new_id
from fedicara.peers.routes import ROUTES
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.storage import Folder
from tests.carried import Carried

HOME = "https://home.example"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class Elsewhere(httpx.AsyncBaseTransport):
    """All other servers: an address answers what the test put there, and every request is kept."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def serve(self, url: str, document: Any, content_type: str = ACTIVITY_JSON, status: int = 200) -> None:
        """Answer GETs of this address with a document."""
        self.answers[url] = (status, {"content-type": content_type}, json.dumps(document).encode())

    def hang(self, url: str) -> None:
        """Never answer at this address."""
        self.silent.add(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from what was put here; inboxes answer 202."""
        self.requests.append(request)
        url = str(request.url)
        if url in self.silent:
            await asyncio.sleep(3600)
        if request.method == "POST" and url not in self.answers:
            self.posted.append((url, json.loads(await request.aread())))
            return httpx.Response(202, stream=httpx.ByteStream(b""))
        status, headers, body = self.answers.get(url, (404, {}, b""))
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


@cache
def pems(name: str) -> tuple[str, str]:
    """A private and a public PEM, the same for a name in a whole run: making keys takes long."""
    return keys.generate_rsa()


@cache
def key_pair(name: str) -> tuple[Any, str]:
    """A private key ready to sign, and the public PEM."""
    private, public = pems(name)
    return keys.load_private(private), public


@dataclass
class Peer:
    """An actor of another server."""

    elsewhere: Elsewhere
    host: str
    name: str
    more: dict[str, Any] = field(default_factory=dict)
    key_name: str = ""

    def __post_init__(self) -> None:
        self.publish()

    @property
    def uri(self) -> str:
        """Its id."""
        return f"https://{self.host}/users/{self.name}"

    @property
    def document(self) -> dict[str, Any]:
        """Its document."""
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "endpoints": {"sharedInbox": f"https://{self.host}/inbox"},
            "publicKey": {
                "id": f"{self.uri}#main-key",
                "owner": self.uri,
                "publicKeyPem": key_pair(self.key_name or self.uri)[1],
            },
            **self.more,
        }

    def publish(self) -> None:
        """Serve the document at its id."""
        self.elsewhere.serve(self.uri, self.document)

    def note(self, number: int, **more: Any) -> dict[str, Any]:
        """A public post with a picture."""
        return {
            "id": f"https://{self.host}/notes/{number}",
            "type": "Note",
            "attributedTo": self.uri,
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            "content": f"<p>Note {number}</p>",
            "published": "2026-11-01T00:00:00Z",
            "attachment": [
                {
                    "type": "Document",
                    "mediaType": "image/png",
                    "url": f"https://{self.host}/media/{number}.png",
                    "name": "A heron",
                }
            ],
            **more,
        }

    def says(self, kind: str, about: Any, **more: Any) -> dict[str, Any]:
        """An activity."""
        identifier = f"https://{self.host}/activities/{new_id()}"
        stated = {"id": identifier, "type": kind, "actor": self.uri, "object": about}
        if isinstance(about, dict):
            stated |= {name: about[name] for name in ("to", "cc") if name in about}
        return stated | more

    def signed(self, method: str, url: str, body: bytes | None = None, **headers: str) -> dict[str, str]:
        """The headers of a request signed with the peer's key."""
        private, _ = key_pair(self.key_name or self.uri)
        return cavage.sign(method, url, headers, body, f"{self.uri}#main-key", private)


@dataclass
class Home:
    """Our server, and a client that asks it."""

    server: Server
    elsewhere: Elsewhere
    client: httpx.AsyncClient

    def peer(self, name: str = "ada", host: str = "good.example", **more: Any) -> Peer:
        """Somebody elsewhere."""
        return Peer(self.elsewhere, host, name, more)

    async def artist(self, name: str = "lee", **more: Any) -> Actor:
        """Somebody here."""
        identifier = new_id()
        uri = f"{HOME}/actors/{identifier}"
        actor = await Actor.create(
            id=identifier,
            uri=uri,
            username=name,
            url=f"{HOME}/@{name}",
            inbox=f"{uri}/inbox",
            followers=f"{uri}/followers",
            **more,
        )
        private, public = pems(name)
        await Key.create(actor=actor, uri=f"{uri}#main-key", public=public, private=private)
        _, multibase = keys.generate_ed25519()
        await Key.create(actor=actor, uri=f"{uri}#ed25519-key", public=multibase)
        return actor

    async def post(self, peer: Peer, activity: Any, path: str = "/inbox", **headers: str) -> httpx.Response:
        """Deliver an activity, signed by the peer."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        signed = peer.signed("POST", f"{HOME}{path}", body)
        return await self.client.post(
            path, content=body, headers={"Content-Type": ACTIVITY_JSON, **signed, **headers}
        )

    async def get(self, path: str, peer: Peer | None = None, **headers: str) -> httpx.Response:
        """Ask for a document, signed by the peer if there is one."""
        signed = peer.signed("GET", f"{HOME}{path}") if peer else {}
        return await self.client.get(path, headers={"Accept": ACTIVITY_JSON, **signed, **headers})

    async def hear(self, peer: Peer, activity: Any) -> httpx.Response:
        """Deliver an activity and do all the work it leads to."""
        answer = await self.post(peer, activity)
        await self.work()
        return answer

    async def work(self) -> None:
        """Do all that is due."""
        await Worker(self.server, LeaseTable(self.server), KINDS).drain()

    async def follows(self, artist: Actor, peer: Peer) -> Follow:
        """Let an artist here follow a peer."""
        from_elsewhere = await self.known(peer)
        return await Follow.create(
            uri=f"{HOME}/activities/{new_id()}", follower=artist, followed=from_elsewhere, accepted=True
        )

    async def known(self, peer: Peer) -> Actor:
        """The peer's row."""
        return await Actor.get(uri=peer.uri)

    def sent(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """What was delivered of one kind: by inbox, since servers are told in no order, and in order at each."""
        delivered = [(url, activity) for url, activity in self.elsewhere.posted if activity["type"] == kind]
        return sorted(delivered, key=lambda each: each[0])


@asynccontextmanager
async def open_home(database_url: str, folder: Path, **settings: Any) -> AsyncIterator[Home]:
    """A whole server of which only the part for other servers is mounted."""
    chosen = Settings(data=folder, base_url=HOME, **settings)
    database = await open_database(database_url)
    elsewhere = Elsewhere()
    door = Door(chosen, Carried(elsewhere))
    server = Server(chosen, database, Folder(folder / "media"), door, b"x" * 32)
    app = Starlette(routes=ROUTES)
    app.state.server = server
    try:
        with database.bound():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
                yield Home(server, elsewhere, client)
    finally:
        await door.close()
        await database.close()
