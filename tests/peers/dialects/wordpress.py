"""WordPress: articles of the blog itself, with an excerpt, and a trash (F-407)."""

from typing import Any

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class WordPress(Dialect):
    """The blog is the author."""

    HOST = "blog.example"
    NAME = "blog.example"
    SHOWN = Shown(tags=("tide",))

    def actor(self, **changes: Any) -> Document:
        return super().actor(type="Group", webfinger=f"{self.name}@{self.host}", **changes)

    def post(self) -> Document:
        return super().post() | {
            "type": "Article",
            "name": "Low tide",
            "summary": "<p>The tide is out</p>",
            "content": "<p>A text that goes on and on</p>",
            "contentMap": {"de": "<p>A text that goes on and on</p>"},
            "url": f"{self.origin}/2026/low-tide/",
            "attachment": [self.picture(type="Image")],
            "tag": [{"type": "Hashtag", "href": f"{self.origin}/tag/tide/", "name": "#tide"}],
            "replies": {"type": "Collection", "first": {"type": "CollectionPage", "items": []}},
        }

    def edit(self, post: Document) -> Document:
        changed = super().edit(post)
        changed["object"]["summary"] = "<p>The tide is back</p>"
        return changed
