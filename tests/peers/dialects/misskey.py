"""Misskey: its own copies of the text, likes with a sign, reports with addresses in the text (F-403)."""

from typing import Any

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class Misskey(Dialect):
    """Cats welcome."""

    HOST = "misskey.example"
    SHOWN = Shown(warning="Sea", sensitive=True)

    def actor(self, **changes: Any) -> Document:
        return super().actor(isCat=True, _misskey_summary="Cat", image=None, icon=None, **changes)

    def post(self) -> Document:
        emoji = {
            "id": f"{self.origin}/emojis/tide",
            "type": "Emoji",
            "name": ":tide:",
            "icon": {"type": "Image", "url": f"{self.origin}/tide.png"},
        }
        return super().post() | {
            "summary": "Sea",
            "_misskey_summary": "Sea",
            "_misskey_content": "The tide is out",
            "source": {"content": "The tide is out", "mediaType": "text/x.misskeymarkdown"},
            "inReplyTo": None,
            "quoteUrl": f"{self.origin}/notes/9",
            "_misskey_quote": f"{self.origin}/notes/9",
            "sensitive": True,
            "tag": [emoji],
        }

    def like(self, uri: str) -> Document:
        return self.activity(
            "Like", uri, content=":tide:", _misskey_reaction=":tide:", tag=[{"type": "Emoji"}]
        )

    def remove(self, post: Document) -> Document:
        return self.activity(
            "Delete", {"id": post["id"], "type": "Tombstone"}, published="2026-01-08T10:00:00Z"
        )
