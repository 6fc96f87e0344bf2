"""The registry of inbox handlers, and what a handler answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from activitypub.actors import ACTOR_TYPES
from activitypub.converted import POST_TYPES
from activitypub.dispatch import Registry
from fedicara.federation.signed.verify import Authenticated
from fedicara.server import Server

DROPPED: Final = "dropped: "
KNOWN_TYPES: Final = (
    *("Follow", "Accept", "Reject", "Undo", "Create", "Update", "Delete"),
    *("Like", "EmojiReact", "Announce", "Move", "Block", "Flag"),
    *("Add", "Remove", "QuoteRequest"),
)
KNOWN_OBJECTS: Final = (*POST_TYPES, "Tombstone", "OrderedCollection", *ACTOR_TYPES, *KNOWN_TYPES)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an activity, and after how many seconds to come back to it, if at all."""

    outcome: str
    again: float | None = None


Handler = Callable[[Server, Authenticated], Awaitable[Result]]

HANDLERS: Registry[Handler] = Registry()
DONE: Final = Result("done")
KNOWN: Final = Result("known already")


def dropped(reason: str) -> Result:
    """No effect, for this reason."""
    return Result(DROPPED + reason)


def later(seconds: float) -> Result:
    """Not yet; come back after so many seconds."""
    return Result("later", seconds)
