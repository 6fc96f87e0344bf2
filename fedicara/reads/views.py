"""What the reads answer: frozen values that pages and the API print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from policies.policy import Policy


@dataclass(frozen=True, slots=True)
class EmojiView:
    """A custom emoji; `url` leads through the proxy."""

    shortcode: str
    url: str


@dataclass(frozen=True, slots=True)
class ActorView:
    """Somebody as they are shown."""

    id: int
    uri: str
    username: str
    domain: str
    name: str
    url: str
    summary: str = ""
    icon: str = ""
    locked: bool = False
    revision: int = 0
    emojis: tuple[EmojiView, ...] = ()

    @property
    def handle(self) -> str:
        """`ada` here, `ada@there.example` for others."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def display_name(self) -> str:
        """The chosen name, else the user name."""
        return self.name or self.username

    @property
    def is_local(self) -> bool:
        """Whether this server speaks for the actor."""
        return not self.domain


@dataclass(frozen=True, slots=True)
class RenditionView:
    """One size of a picture, or one more format of it (`preview.avif`); `url` is ready to be printed."""

    name: str
    url: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture with its sizes; a remote one has the single size `remote`, served through the proxy, and its own policy."""

    id: int
    alt: str
    width: int
    height: int
    blurhash: str
    focus: tuple[float, float]
    renditions: Mapping[str, RenditionView]
    engine: str = ""
    strength: str = ""
    remote_url: str = ""
    lead: int = 0
    policy: Policy | None = None
    stated_by: str = ""

    @property
    def moves(self) -> bool:
        """Whether it is one of ours that moves: all others are JPEG or PNG."""
        preview = self.renditions.get("preview")
        return preview is not None and preview.media_type in ("image/webp", "image/gif")

    def best(self, *names: str) -> RenditionView | None:
        """The first of these sizes that exists, else any."""
        for name in names:
            if name in self.renditions:
                return self.renditions[name]
        return next(iter(self.renditions.values()), None)


@dataclass(frozen=True, slots=True)
class WorkView:
    """A work as it is shown; `quoting` is the id of what it quotes, `quoted` that work where its author agreed."""

    id: int
    uri: str
    url: str
    actor: ActorView
    title: str
    content: str
    warning: str
    sensitive: bool
    visibility: str
    language: str
    licence: str
    ai: str
    published: datetime | None
    edited: datetime | None
    pictures: tuple[PictureView, ...]
    tags: tuple[str, ...]
    policy: Policy
    state: str = "published"
    failure: str = ""
    in_reply_to: str = ""
    parent_id: int | None = None
    parent_actor_id: int | None = None
    mentions: tuple[ActorView, ...] = ()
    replies: int = 0
    revision: int = 0
    stated_by: str = "local"
    cursor: int = 0
    boosted_by: ActorView | None = None
    likes: int = 0
    boosts: int = 0
    project: str = ""
    emojis: tuple[EmojiView, ...] = ()
    quoting: str = ""
    quoted: "WorkView | None" = None
    medium: tuple[str, ...] = ()
    ai_said: str = ""

    @property
    def actor_id(self) -> int:
        """Who made it."""
        return self.actor.id

    @property
    def is_local(self) -> bool:
        """Whether it was posted here."""
        return self.actor.is_local


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: older than `max_id`, newer than `min_id` (nearest first) or `since_id` (newest first)."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20


def as_time(value: Any) -> datetime | None:
    """SQLite keeps times as text, PostgreSQL as times."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def as_json(value: Any) -> Any:
    """SQLite keeps JSON as text, and so does PostgreSQL's driver hand it out."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value
