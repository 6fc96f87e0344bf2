"""Who looks after the place, and whom they may act upon: the one place where roles are checked (API-03)."""

from dataclasses import dataclass
from typing import Final

from fedicara.actions.audit import COMMAND_LINE as AT_THE_COMMAND_LINE
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden
from fedicara.models import Account, Actor
from fedicara.models.accounts import Role

_RANKS: Final = {Role.ARTIST: 0, Role.MODERATOR: 1, Role.ADMIN: 2, Role.OWNER: 3}


@dataclass(frozen=True, slots=True)
class Moderator:
    """Somebody who was found to look after the place; actions of moderation take nothing else."""

    name: str
    rank: int


COMMAND_LINE: Final = Moderator(AT_THE_COMMAND_LINE, 4)


def looks_after_the_place(viewer: Viewer) -> bool:
    """Whether the viewer is a moderator, an administrator or an owner."""
    return _RANKS[viewer.account.role] > 0


def moderator(viewer: Viewer) -> Moderator:
    """The viewer as a moderator; `Forbidden` for artists."""
    if not looks_after_the_place(viewer):
        raise Forbidden("This is for the people who look after this place.")
    return Moderator(viewer.actor.username, _RANKS[viewer.account.role])


def administers(viewer: Viewer) -> bool:
    """Whether the viewer is an administrator or an owner."""
    return _RANKS[viewer.account.role] >= _RANKS[Role.ADMIN]


def administrator(viewer: Viewer) -> Moderator:
    """The viewer as somebody who sets what holds for the whole place; `Forbidden` for everybody below."""
    if not administers(viewer):
        raise Forbidden("This is for the administrators of this place.")
    return moderator(viewer)


async def check_outranks(by: Moderator, actor: Actor) -> None:
    """`Forbidden` where the actor is somebody of this place who is no less than the moderator, or the place itself."""
    if actor.is_local and actor.type == "Application":
        raise Forbidden("That is this place itself.")
    account = await Account.get_or_none(actor_id=actor.id)
    if account is not None and _RANKS[account.role] >= by.rank:
        raise Forbidden(f"Only somebody above {actor.username} can do that.")
