"""PeerTube: a video of a person and a channel, links of every kind, previews of several sizes (F-406)."""

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class PeerTube(Dialect):
    """The person's account; the channel is named beside it."""

    HOST = "peertube.example"
    SHOWN = Shown(alts=("",), language=None)

    def post(self) -> Document:
        channel = {"type": "Group", "id": f"{self.origin}/video-channels/sea"}
        links = [
            {
                "type": "Link",
                "mediaType": "application/x-mpegURL",
                "href": f"{self.origin}/hls/1.m3u8",
                "tag": [],
            },
            {"type": "Link", "mediaType": "text/html", "href": f"{self.origin}/w/1"},
        ]
        icons = [
            {"type": "Image", "url": f"{self.origin}/{width}.jpg", "mediaType": "image/jpeg", "width": width}
            for width in (280, 850)
        ]
        return super().post() | {
            "type": "Video",
            "name": "Low tide",
            "duration": "PT42S",
            "uuid": "00000000-0000-4000-8000-000000000001",
            "attributedTo": [channel, {"type": "Person", "id": self.uri}],
            "mediaType": "text/markdown",
            "content": "The tide is out",
            "summary": None,
            "url": links,
            "icon": icons,
            "attachment": [],
            "sensitive": False,
            "waitTranscoding": True,
            "tag": [{"type": "Hashtag", "name": "tide wadden"}],
            "subtitleLanguage": [],
        }

    def edit(self, post: Document) -> Document:
        changed = super().edit(post)
        changed["object"]["content"] = "The tide is back"
        return changed

    def odd(self, uri: str) -> list[Document]:
        return [
            self.activity("View", f"{self.origin}/w/1"),
            self.activity("Create", {"id": f"{self.origin}/cache/1", "type": "CacheFile", "object": uri}),
            self.activity("Flag", uri, content=["", "spam"], mediaType="text/markdown") | {"type": "Dislike"},
        ]
