"""Whom an artist's works name to be asked for permission, and whether people elsewhere read the policy in words (P-122, P-149)."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from activitypub.document import id_of
from fedicara.actions import audit, restating
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid
from fedicara.federation.said import outbox
from fedicara.models import Actor
from fedicara.server import Server
from policies.policy import OFFER, own_offer

ADDRESS_MOST: Final = 500
# Characters that no address holds unquoted (RFC 3986).
_NEVER: Final = re.compile(r"[\s\"<>\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Wording:
    """The page where an artist is asked, if not the place is; a line in the profile and one under each post, elsewhere."""

    contact_url: str = ""
    profile_line: bool = False
    post_line: bool = False


def wording(actor: Actor) -> Wording:
    """What is in force."""
    return Wording(actor.contact_url, actor.profile_line, actor.post_line)


def with_offer(actor: Actor, choice: Mapping[str, str]) -> dict[str, str]:
    """A choice to be stored for an actor, which names their own offer where they have one."""
    own = {OFFER: own_offer(actor.username)} if actor.contact_url else {}
    return {name: word for name, word in choice.items() if name != OFFER} | own


async def change(server: Server, viewer: Viewer, wish: Wording, *, by: str = "") -> Wording:
    """Change it, and tell whoever has the profile and the works; `by` whoever does it in the artist's place."""
    wish = replace(wish, contact_url=_checked(wish.contact_url))
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        before, stated = wording(actor), actor.policy
        if wish == before:
            return wish
        await _store(actor, wish)
        if by:
            await audit.note(by, "policy of an account", actor.uri, **asdict(wish))
        if actor.policy != stated or wish.post_line != before.post_line:
            await restating.account_changed(server, actor, stated, told=wish.post_line != before.post_line)
        await outbox.update_actor(server, actor)
    return wish


async def _store(actor: Actor, wish: Wording) -> None:
    actor.update_from_dict(asdict(wish))
    actor.policy, actor.revision = with_offer(actor, actor.policy), actor.revision + 1
    await actor.save()


def _checked(text: str) -> str:
    """An address of the web in its canonical form, or none."""
    address = id_of(text.strip()) or ""
    is_page = address.startswith("https://") and len(address) <= ADDRESS_MOST and not _NEVER.search(address)
    if text.strip() and not is_page:
        raise Invalid(
            "contact_url",
            "Give the whole address of a page, as in https://ada.example/licences, "
            f"of at most {ADDRESS_MOST} characters.",
        )
    return address
