"""Mastodon: ids with fragments, everything embedded, properties under prefixes, requests about quotes (F-400)."""

from typing import Any

from tests.peers.dialects.dialect import PUBLIC, Dialect, Shown
from tests.stranger import Document


class Mastodon(Dialect):
    """Posts carry totals, translations and two names for the thread."""

    HOST = "mastodon.example"
    SHOWN = Shown(warning="Sea", sensitive=True, language="en", tags=("tide",))

    def actor(self, **changes: Any) -> Document:
        return super().actor(
            featured=f"{self.uri}/collections/featured",
            discoverable=True,
            indexable=False,
            memorial=False,
            attachment=[
                {"type": "PropertyValue", "name": "Site", "value": '<a href="https://x.example">x</a>'}
            ],
            tag=[],
            **changes,
        )

    def post(self) -> Document:
        tag = {"type": "Hashtag", "href": f"{self.origin}/tags/tide", "name": "#tide"}
        text = "<p>The tide is out</p>"
        return super().post() | {
            "@context": ["https://www.w3.org/ns/activitystreams", {"ostatus": "http://ostatus.org#"}],
            "summary": "Sea",
            "sensitive": True,
            "inReplyTo": None,
            "atomUri": f"{self.origin}/notes/1",
            "inReplyToAtomUri": None,
            "conversation": f"tag:{self.host},2026-01-05:objectId=1:objectType=Conversation",
            "content": text,
            "contentMap": {"en": text},
            "attachment": [
                self.picture(blurhash="UBL_:rOpGG-oBUNG", focalPoint=[0.2, -0.1], width=800, height=600)
            ],
            "tag": [tag],
            "replies": {"type": "Collection", "first": {"type": "CollectionPage", "items": []}},
            "likes": {"type": "Collection", "totalItems": 0},
            "shares": {"type": "Collection", "totalItems": 0},
        }

    def edit(self, post: Document) -> Document:
        changed = super().edit(post)
        changed["object"]["contentMap"] = {"en": changed["object"]["content"]}
        return changed | {"id": f"{self.origin}/notes/1#updates/1767693600"}

    def remove(self, post: Document) -> Document:
        stone = {"id": post["id"], "type": "Tombstone", "atomUri": post["id"]}
        return self.activity("Delete", stone, id=f"{post['id']}#delete", to=[PUBLIC])

    def accept(self, follow: Document) -> Document:
        return self.activity("Accept", follow, id=f"{self.uri}#accepts/follows/1")

    def like(self, uri: str) -> Document:
        return self.activity("Like", uri, id=f"{self.uri}#likes/1")

    def odd(self, uri: str) -> list[Document]:
        return [
            self.activity("QuoteRequest", uri, instrument=f"{self.origin}/notes/9"),
            self.activity("FeatureRequest", uri, instrument=f"{self.origin}/collections/9"),
            self.activity("Add", f"{self.origin}/notes/1", target=f"{self.uri}/collections/featured"),
            self.activity("Remove", f"{self.origin}/notes/1", target=f"{self.uri}/collections/featured"),
        ]
