"""Takahē: Public as one compact word, answers by id alone (F-409)."""

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class Takahe(Dialect):
    """Accepts with the id of the Follow."""

    HOST = "takahe.example"
    SHOWN = Shown(warning="Sea", sensitive=True, language="en")

    def post(self) -> Document:
        return super().post() | {
            "to": "as:Public",
            "cc": [],
            "summary": "Sea",
            "as:sensitive": True,
            "toot:votersCount": None,
            "contentMap": {"en": "<p>The tide is out</p>"},
            "attachment": [
                self.picture(**{"toot:focalPoint": [0.5, 0.5], "toot:blurhash": "UBL_:rOpGG-oBUNG"})
            ],
        }

    def edit(self, post: Document) -> Document:
        changed = super().edit(post)
        changed["object"]["contentMap"] = {"en": changed["object"]["content"]}
        return changed

    def accept(self, follow: Document) -> Document:
        return self.activity("Accept", follow["id"])

    def undo(self, activity: Document) -> Document:
        return self.activity("Undo", activity["id"])
