"""snac: plain documents, activities that repeat the audience, Undo of what nobody knows (F-408)."""

from tests.peers.dialects.dialect import PUBLIC, Dialect, Shown
from tests.stranger import Document


class Snac(Dialect):
    """Small, and everything is an object."""

    HOST = "snac.example"
    SHOWN = Shown()

    def post(self) -> Document:
        return super().post() | {
            "@context": "https://www.w3.org/ns/activitystreams",
            "to": [PUBLIC, f"{self.uri}/followers"],
            "cc": [],
            "context": f"{self.origin}/notes/1#ctxt",
            "sourceContent": "The tide is out",
            "tag": [],
            "summary": "",
            "inReplyTo": None,
        }

    def accept(self, follow: Document) -> Document:
        return self.activity("Accept", follow, to=follow["actor"])

    def odd(self, uri: str) -> list[Document]:
        return [
            self.activity("Undo", {"type": "Follow", "object": f"{self.origin}/nobody", "actor": self.uri}),
            self.activity("Ping", uri),
            self.activity("Pong", uri),
        ]
