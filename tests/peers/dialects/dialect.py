"""What every dialect can say, in its plainest form; each software overrides what it says otherwise."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from tests.fediverse import Fediverse, Island
from tests.stranger import Document, Stranger

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"


@dataclass(frozen=True)
class Shown:
    """What a post must look like here in the end."""

    text: str = "The tide is out"
    alts: tuple[str, ...] = ("Mud flats",)
    warning: str = ""
    sensitive: bool = False
    visibility: str = "public"
    language: str | None = None
    tags: tuple[str, ...] = field(default_factory=tuple)


class Dialect(Stranger):
    """An actor of one software."""

    HOST: ClassVar[str] = "plain.example"
    NAME: ClassVar[str] = "lea"
    SHOWN: ClassVar[Shown] = Shown()
    KEY: ClassVar[str] = "#main-key"

    def __init__(self, world: Fediverse) -> None:
        super().__init__(world, self.HOST, self.NAME)

    @property
    def author(self) -> Stranger:
        """Who posts, likes and follows; of a group that is a member."""
        return self

    def picture(self, **changes: Any) -> Document:
        """An entry of `attachment`."""
        url = f"{self.origin}/media/1.png"
        return {"type": "Document", "mediaType": "image/png", "url": url, "name": "Mud flats", **changes}

    def post(self) -> Document:
        """A post as this software writes it."""
        return self.note(1, content="<p>The tide is out</p>", attachment=[self.picture()])

    def create(self, post: Document) -> Document:
        """How it comes."""
        audience = {name: post[name] for name in ("to", "cc", "published") if name in post}
        return self.author.activity("Create", post, **audience)

    def edit(self, post: Document) -> Document:
        """The post with other words."""
        changed = {**post, "content": "<p>The tide is back</p>", "updated": "2026-01-06T10:00:00Z"}
        return self.author.activity("Update", changed, to=post["to"], cc=post["cc"])

    def remove(self, post: Document) -> Document:
        """The post is gone."""
        return self.author.activity("Delete", {"id": post["id"], "type": "Tombstone"}, to=[PUBLIC])

    def follow(self, uri: str) -> Document:
        """Somebody here is followed."""
        return self.author.activity("Follow", uri)

    def accept(self, follow: Document) -> Document:
        """Yes, with the Follow embedded."""
        return self.activity("Accept", follow)

    def like(self, uri: str) -> Document:
        """A post is liked."""
        return self.author.activity("Like", uri)

    def boost(self, uri: str) -> Document:
        """A post is shown to followers."""
        cc = [f"{self.author.uri}/followers"]
        return self.author.activity("Announce", uri, to=[PUBLIC], cc=cc, published="2026-01-07T10:00:00Z")

    def undo(self, activity: Document) -> Document:
        """What was said is taken back, embedded."""
        inner = {name: value for name, value in activity.items() if name != "@context"}
        return self.author.activity("Undo", inner)

    def odd(self, uri: str) -> list[Document]:
        """What else it sends, which must change nothing here; `uri` is a post of somebody here."""
        return []

    async def tell(self, island: Island, activity: Document) -> httpx.Response:
        """POST it, signed by whoever it is from."""
        sender = self if activity["actor"] == self.uri else self.author
        return await sender.send(island, activity, key_id=f"{sender.uri}{self.KEY}")
