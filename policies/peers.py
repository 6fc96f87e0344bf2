"""What another server states of training, and which rendition of a picture it gets for that (4.2)."""

from collections.abc import Iterable
from enum import StrEnum

from policies.policy import PeerMedia, Use
from policies.statements import Statement


class Standing(StrEnum):
    """A server that states training is allowed, one that states nothing, one that states it is not (P-310)."""

    CONTRARY = "contrary"
    NEUTRAL = "neutral"
    ALIGNED = "aligned"


def standing(statements: Iterable[Statement]) -> Standing:
    """Return the class of a server from what it and the people there state; one that allows is enough."""
    uses = {statement.ai_train for statement in statements}
    if Use.ALLOW in uses:
        return Standing.CONTRARY
    return Standing.ALIGNED if Use.DENY in uses else Standing.NEUTRAL


def gets_large(asked: PeerMedia, peer: Standing, *, signs: bool) -> bool:
    """Tell whether a server gets the large rendition, else the preview (P-311)."""
    if asked is PeerMedia.ALL:
        return True
    if asked is PeerMedia.SIGNED:
        return signs and peer is not Standing.CONTRARY
    return signs and peer is Standing.ALIGNED
