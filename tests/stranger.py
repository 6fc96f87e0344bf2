"""A server that is not fedicara: documents laid out by hand, requests signed by hand, honest or not."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, cast

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys
from activitypub.names import ACTIVITY_JSON, PUBLIC
from tests.fediverse import Fediverse, Island

CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
Document = dict[str, Any]


@cache
def pair(name: str) -> tuple[str, str]:
    """A key pair that stays the same for a name, since making one is slow: private and public PEM."""
    return keys.generate_rsa()


class Stranger:
    """One actor on one host, with whatever documents the story needs."""

    def __init__(self, world: Fediverse, host: str = "elsewhere.example", name: str = "mallory") -> None:
        self.host = host
        self.name = name
        self.world = world
        self.origin = f"https://{host}"
        self.uri = f"{self.origin}/users/{name}"
        self.private, self.public = pair(f"{name}@{host}")
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.moved: dict[str, str] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.heard: list[Document] = []
        self._number = 0
        self.serve(self.uri, self.actor())
        self.serve_webfinger()
        world.router.join(host, self)

    @property
    def handle(self) -> str:
        """How people write the name."""
        return f"{self.name}@{self.host}"

    def actor(self, **changes: Any) -> Document:
        """The actor's document."""
        return {
            "@context": CONTEXT,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "url": f"{self.origin}/@{self.name}",
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "following": f"{self.uri}/following",
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
            "publicKey": {"id": f"{self.uri}#main-key", "owner": self.uri, "publicKeyPem": self.public},
            **changes,
        }

    def note(self, number: int = 1, **changes: Any) -> Document:
        """A post of this actor."""
        return {
            "@context": CONTEXT,
            "id": f"{self.origin}/notes/{number}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": "<p>A note from elsewhere</p>",
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            "published": "2026-01-05T10:00:00Z",
            **changes,
        }

    def project(self, number: int = 1, **changes: Any) -> Document:
        """A project of this actor with 25 works of theirs and one of somebody else."""
        works = [f"{self.origin}/notes/{each}" for each in range(1, 26)]
        return {
            "@context": CONTEXT,
            "id": f"{self.origin}/projects/{number}",
            "type": "OrderedCollection",
            "attributedTo": self.uri,
            "name": "Shore",
            "summary": "<p>Sand</p><script>alert(1)</script>",
            "totalItems": 999_999,
            "orderedItems": [*works, "https://other.example/notes/1"],
            "sections": [{"after": 1, "content": "<p>Tide.</p>"}, {"after": "no"}, 7],
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            **changes,
        }

    def activity(self, kind: str, obj: Any, **changes: Any) -> Document:
        """An activity of this actor with a new id."""
        self._number += 1
        identifier = f"{self.origin}/activities/{self._number}"
        return {
            "@context": CONTEXT,
            "id": identifier,
            "type": kind,
            "actor": self.uri,
            "object": obj,
            **changes,
        }

    def serve(self, uri: str, document: Document, media_type: str = ACTIVITY_JSON) -> None:
        """Answer with a document at its address."""
        self.documents[uri.removeprefix(self.origin)] = (media_type, orjson.dumps(document))

    def serve_bytes(self, path: str, body: bytes, media_type: str) -> str:
        """Answer with bytes; their address."""
        self.documents[path] = (media_type, body)
        return self.origin + path

    def redirect(self, path: str, address: str) -> None:
        """Send whoever asks for a path elsewhere."""
        self.moved[path] = address

    def serve_webfinger(self) -> None:
        """Answer for the handle."""
        link = {"rel": "self", "type": ACTIVITY_JSON, "href": self.uri}
        answer = {"subject": f"acct:{self.handle}", "aliases": [self.uri], "links": [link]}
        self.serve("/.well-known/webfinger", answer, "application/jrd+json")

    def sign(self, method: str, url: str, body: bytes | None, **changes: str) -> Mapping[str, str]:
        """The headers of a signed request; `private` and `key_id` may be somebody else's."""
        private = cast(RSAPrivateKey, keys.load_private(changes.get("private", self.private)))
        key_id = changes.get("key_id", f"{self.uri}#main-key")
        return cavage.sign(method, url, {}, body, key_id, private)

    async def send(self, island: Island, activity: Document, **signature: str) -> httpx.Response:
        """POST an activity to the island's shared inbox."""
        body = json.dumps(
            activity
        ).encode()  # numbers beyond 64 bits are for us to refuse, not for the sender
        url = island.server.url("/inbox")
        return await self.send_bytes(island, body, self.sign("POST", url, body, **signature))

    async def send_bytes(self, island: Island, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """POST bytes with these headers."""
        async with island.client() as client:
            return await client.post(
                "/inbox", content=body, headers={"Content-Type": ACTIVITY_JSON, **headers}
            )

    async def read(self, island: Island, url: str) -> httpx.Response:
        """A signed GET."""
        async with island.client() as client:
            return await client.get(url, headers={"Accept": ACTIVITY_JSON, **self.sign("GET", url, None)})

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Document]],
        send: Callable[[Document], Awaitable[None]],
    ) -> None:
        """The ASGI application: inboxes say 202, everything else is a document or 404."""
        if scope["method"] == "POST":
            self.heard.append(orjson.loads((await receive())["body"]))
            return await _respond(send, 202, "text/plain", b"")
        if scope["path"] in self.moved:
            return await _respond(send, 302, "text/plain", b"", location=self.moved[scope["path"]])
        media_type, body = self.documents.get(scope["path"], ("", b""))
        fields = self.fields.get(scope["path"], {})
        await _respond(send, 200 if media_type else 404, media_type or "text/plain", body, **fields)


async def _respond(
    send: Callable[[Document], Awaitable[None]], status: int, media_type: str, body: bytes, **more: str
) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in more.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
