"""Akkoma: compact Public, links as addresses of pictures, reactions as EmojiReact, Delete by id (F-404)."""

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class Akkoma(Dialect):
    """Everything has an id, and former versions come along."""

    HOST = "akkoma.example"
    SHOWN = Shown(tags=("tide",))

    def post(self) -> Document:
        link = {"type": "Link", "mediaType": "image/png", "href": f"{self.origin}/media/1.png"}
        return super().post() | {
            "to": ["as:Public"],
            "actor": self.uri,
            "context": f"{self.origin}/contexts/1",
            "attachment": [self.picture(type="Document", url=[link])],
            "summary": "",
            "sensitive": None,
            "tag": [{"type": "Hashtag", "href": f"{self.origin}/tag/tide", "name": "#tide"}, "tide"],
            "source": {"content": "The tide is out", "mediaType": "text/plain"},
            "formerRepresentations": {"type": "OrderedCollection", "totalItems": 0, "orderedItems": []},
        }

    def like(self, uri: str) -> Document:
        return self.activity("EmojiReact", uri, content="🌊")

    def remove(self, post: Document) -> Document:
        return self.activity("Delete", post["id"], to=["as:Public"])

    def odd(self, uri: str) -> list[Document]:
        listen = {"id": f"{self.origin}/objects/7", "type": "Audio", "artist": "The Waves", "length": 180_000}
        return [self.activity("Listen", listen), self.activity("Undo", f"{self.origin}/activities/never")]
