"""Lemmy: a community announces what its members do, titles in `name`, votes both ways (F-405)."""

from typing import Any

from tests.fediverse import Fediverse
from tests.peers.dialects.dialect import PUBLIC, Dialect, Shown
from tests.stranger import Document, Stranger


class Lemmy(Dialect):
    """A community, and one member of it."""

    HOST = "lemmy.example"
    NAME = "sea"
    SHOWN = Shown(alts=("Mud flats",), tags=())

    def __init__(self, world: Fediverse) -> None:
        self.member = Stranger(world, self.HOST, "lea")
        super().__init__(world)
        self.member._number = 1_000  # one server never gives an id twice
        self.documents = {**self.member.documents, **self.documents}

    @property
    def author(self) -> Stranger:
        return self.member

    def actor(self, **changes: Any) -> Document:
        return super().actor(
            type="Group",
            attributedTo=f"{self.uri}/moderators",
            featured=f"{self.uri}/featured",
            postingRestrictedToMods=False,
            **changes,
        )

    def post(self) -> Document:
        page: Document = {
            "id": f"{self.origin}/post/1",
            "type": "Page",
            "attributedTo": self.member.uri,
            "to": [self.uri, PUBLIC],
            "cc": [],
            "audience": self.uri,
            "name": "Low tide",
            "content": "<p>The tide is out</p>",
            "mediaType": "text/html",
            "source": {"content": "The tide is out", "mediaType": "text/markdown"},
            "attachment": [{"type": "Image", "url": f"{self.origin}/media/1.png", "name": "Mud flats"}],
            "sensitive": False,
            "language": {"identifier": "en", "name": "English"},
            "published": "2026-01-05T10:00:00Z",
        }
        self.serve(page["id"], page)
        return page

    def create(self, post: Document) -> Document:
        inner = self.member.activity("Create", post, to=post["to"], audience=self.uri)
        return self.activity("Announce", inner, id=f"{self.origin}/announce/1", to=[PUBLIC])

    def odd(self, uri: str) -> list[Document]:
        vote = self.member.activity("Dislike", uri, audience=self.uri)
        return [
            vote,
            self.activity("Announce", vote, id=f"{self.origin}/announce/2"),
            self.activity("Announce", self.member.activity("Like", uri), id=f"{self.origin}/announce/3"),
            self.activity(
                "Announce", self.activity("Block", self.member.uri), id=f"{self.origin}/announce/4"
            ),
        ]
