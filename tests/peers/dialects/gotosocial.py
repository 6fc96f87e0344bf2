"""GoToSocial: single values instead of lists, a key at an address of its own, policies of interaction (F-402)."""

from typing import Any

from tests.peers.dialects.dialect import PUBLIC, Dialect, Shown
from tests.stranger import Document


class GoToSocial(Dialect):
    """Locked, without a shared inbox."""

    HOST = "gotosocial.example"
    KEY = "/main-key"
    SHOWN = Shown(language="de", tags=("tide",))

    def actor(self, **changes: Any) -> Document:
        key = {"id": f"{self.uri}/main-key", "owner": self.uri, "publicKeyPem": self.public}
        return super().actor(publicKey=key, endpoints=None, manuallyApprovesFollowers=True, **changes)

    def post(self) -> Document:
        always = {"always": PUBLIC, "approvalRequired": []}
        return super().post() | {
            "to": PUBLIC,
            "cc": f"{self.uri}/followers",
            "summary": "",
            "attachment": self.picture(focalPoint=[0, 0]),
            "tag": {"type": "Hashtag", "href": f"{self.origin}/tags/tide", "name": "#tide"},
            "contentMap": {"de": "<p>The tide is out</p>"},
            "interactionPolicy": {"canLike": always, "canReply": always, "canAnnounce": always},
        }

    def edit(self, post: Document) -> Document:
        changed = super().edit(post)
        changed["object"]["contentMap"] = {"de": changed["object"]["content"]}
        return changed

    def accept(self, follow: Document) -> Document:
        return self.activity("Accept", follow, to=follow["actor"])

    def remove(self, post: Document) -> Document:
        return self.activity("Delete", post["id"], to=PUBLIC)

    def odd(self, uri: str) -> list[Document]:
        return [
            self.activity("LikeRequest", uri, instrument={"type": "Like", "object": uri}),
            self.activity("AnnounceRequest", uri),
        ]
