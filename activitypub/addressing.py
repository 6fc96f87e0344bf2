"""Audiences: from a visibility to addresses, and back."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from activitypub.names import PUBLIC, PUBLIC_SPELLINGS


class Visibility(StrEnum):
    """Who a post is for, from the widest to the narrowest."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"
    LOCAL = "local"


_WIDEST_FIRST: Final = tuple(Visibility)


def is_public(address: str) -> bool:
    """Say whether an address is one of the three spellings of Public (F-009)."""
    return address in PUBLIC_SPELLINGS


def audience(visibility: Visibility, followers: str, mentioned: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (to, cc) of a post (F-100 to F-104); both are empty for a local one, which no server hears of."""
    named = list(dict.fromkeys(mentioned))
    addresses: dict[Visibility, tuple[list[str], list[str]]] = {
        Visibility.PUBLIC: ([PUBLIC], [followers, *named]),
        Visibility.UNLISTED: ([followers], [PUBLIC, *named]),
        Visibility.FOLLOWERS: ([followers], named),
        Visibility.DIRECT: (named, []),
        Visibility.LOCAL: ([], []),
    }
    return addresses[visibility]


def visibility_of(to: Iterable[str], cc: Iterable[str], followers: str | None) -> Visibility:
    """Return the class of a received post (F-107); `followers` is the address its author's own document states."""
    first, second = set(to), set(cc)
    if any(map(is_public, first)):
        return Visibility.PUBLIC
    if any(map(is_public, second)):
        return Visibility.UNLISTED
    return Visibility.FOLLOWERS if followers in first | second else Visibility.DIRECT


def narrower(a: Visibility, b: Visibility) -> Visibility:
    """Return the one that fewer people may read."""
    return max(a, b, key=_WIDEST_FIRST.index)
