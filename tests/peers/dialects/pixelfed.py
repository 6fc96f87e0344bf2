"""Pixelfed: pictures as Image, licences as titles, capabilities, stories (F-401)."""

from tests.peers.dialects.dialect import PUBLIC, Dialect, Shown
from tests.stranger import Document


class Pixelfed(Dialect):
    """A post is its pictures."""

    HOST = "pixelfed.example"
    SHOWN = Shown(alts=("Mud flats", ""), tags=("tide",))

    def post(self) -> Document:
        second = self.picture(type="Image", url=f"{self.origin}/media/2.png", name=None, blurhash=None)
        return super().post() | {
            "inReplyTo": None,
            "summary": None,
            "sensitive": False,
            "attachment": [self.picture(type="Image", blurhash="UBL_:rOpGG-oBUNG", license="CC BY"), second],
            "tag": [{"type": "Hashtag", "href": f"{self.origin}/discover/tags/tide", "name": "#tide"}],
            "commentsEnabled": True,
            "capabilities": {"announce": PUBLIC, "like": PUBLIC, "reply": PUBLIC},
            "location": {"type": "Place", "name": "Büsum", "longitude": "8.86", "latitude": "54.13"},
        }

    def remove(self, post: Document) -> Document:
        return self.activity("Delete", {"id": post["id"], "type": "Tombstone"}, id=f"{post['id']}#delete")

    def odd(self, uri: str) -> list[Document]:
        story = {"id": f"{self.origin}/stories/1", "type": "Story", "attributedTo": self.uri, "duration": 5}
        return [
            self.activity("Create", story, to=[f"{self.uri}/followers"]),
            self.activity("View", {"type": "Story", "object": uri}),
            self.activity("Story:Reaction", uri, content="🌊"),
        ]
