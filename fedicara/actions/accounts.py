"""Making accounts and changing what they say about themselves."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from activitypub.display import shown_name
from fedicara.actions import cloaks, details, restating
from fedicara.actions.account_policy import with_offer
from fedicara.actions.authentication import Viewer, check_password, digest, hash_password
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.actions.markdown import to_html
from fedicara.federation.fetched import backlinks
from fedicara.federation.fetched.actors import new_keys
from fedicara.federation.heard.consent import Quotes
from fedicara.federation.said import outbox
from fedicara.models import Account, Actor, Invitation, Session
from fedicara.models.accounts import Role
from fedicara.models.database import IntegrityError
from fedicara.models.ids import new_id
from fedicara.reads import inheriting
from fedicara.reads.place import Standing, standing
from fedicara.server import Server
from policies.ai_made import Declaration, Filter
from policies.errors import PolicyError
from policies.licences import LICENCES
from policies.policy import check_choice, loosened

USERNAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,28}[a-z0-9_])?")
PASSWORD_LEAST, PASSWORD_MOST = 8, 256
NAME_MOST, SUMMARY_MOST, EMAIL_MOST = 100, 2_000, 254
INVITATION_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account starts with."""

    username: str
    password: str
    email: str = ""
    role: Role = Role.ARTIST
    ai: str = "none"


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Everything the settings page can say; without `lines` those of the profile stay, without `cloak` the choice does."""

    name: str = ""
    summary: str = ""
    locked: bool = False
    discoverable: bool = True
    indexable: bool = True
    signin_only: bool = False
    hides_lists: bool = False
    hides_counts: bool = False
    ai: str = "none"
    licence: str = "all-rights-reserved"
    policy: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[details.Line, ...] | None = None
    quotes: str = Quotes.NOBODY
    follows_moves: bool = True
    confirmed: bool = False
    ai_filter: str = Filter.WARN
    cloak: str | None = None


async def create(server: Server, new: NewAccount) -> Account:
    """A new account with its actor and keys; `Invalid` names the field."""
    username, hashed = await _checked(server, new)
    async with server.database.transaction():
        return await _create(server, new, username, hashed)


async def _checked(server: Server, new: NewAccount) -> tuple[str, str]:
    """The name and the hashed password."""
    if await standing(server) is not Standing.OPEN:
        raise Invalid("username", "This place is closing; no more accounts are made.")
    username = new.username.strip().lower()
    _check_username(username)
    _check_password(new.password)
    _check_ai(new.ai)
    checked_text("email", new.email, EMAIL_MOST)
    if username in (server.settings.host, server.settings.domain):
        raise Invalid("username", f"The name {username} is the server's own; choose another.")
    return username, await hash_password(new.password)


async def _create(server: Server, new: NewAccount, username: str, hashed: str) -> Account:
    """The rows of an account, inside the caller's transaction."""
    try:
        actor = await _create_actor(server, username)
    except IntegrityError as error:
        raise Invalid("username", f"The name {username} is taken; choose another.") from error
    await new_keys(server, actor)
    return await Account.create(
        actor=actor, password_hash=hashed, email=new.email.strip(), role=new.role, ai=new.ai
    )


async def _create_actor(server: Server, username: str) -> Actor:
    identifier = new_id()
    uri = server.url(f"/actors/{identifier}")
    return await Actor.create(
        id=identifier,
        uri=uri,
        username=username,
        url=server.url(f"/@{username}"),
        inbox=f"{uri}/inbox",
        shared_inbox=server.url("/inbox"),
        outbox=f"{uri}/outbox",
        followers=f"{uri}/followers",
        following=f"{uri}/following",
        published=server.now().replace(hour=0, minute=0, second=0, microsecond=0),
    )


def _check_username(username: str) -> None:
    if not USERNAME.fullmatch(username):
        raise Invalid(
            "username",
            "A name has 1 to 30 letters a to z, digits, dots, dashes or underscores, and ends in a letter, digit or underscore.",
        )


def _check_password(password: str) -> None:
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise Invalid("password", f"A password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters.")


def _check_ai(ai: str) -> None:
    if ai not in tuple(Declaration):
        raise Invalid("ai", "Say one of none, assisted, generated.")


async def has_owner(server: Server) -> bool:
    """Whether somebody owns this server yet."""
    return await Account.filter(role=Role.OWNER).exists()


async def invite(server: Server, role: Role) -> str:
    """The path of a one-time link that makes an account."""
    token = secrets.token_urlsafe(24)
    await Invitation.create(hash=digest(token), role=role, expires=server.now() + INVITATION_LIFE)
    return f"/invitations/{token}"


async def invitation(server: Server, token: str) -> Invitation | None:
    """The invitation, while it can still be used."""
    found = await Invitation.get_or_none(hash=digest(token))
    return found if found and found.expires > server.now() else None


async def accept_invitation(server: Server, token: str, new: NewAccount) -> Account:
    """The account an invitation makes; the link works once."""
    found = await invitation(server, token)
    if found is None:
        raise NotFound
    username, hashed = await _checked(server, new)
    async with server.database.transaction():
        if not await Invitation.filter(hash=found.hash).delete():
            raise NotFound
        return await _create(server, replace(new, role=found.role), username, hashed)


async def local_actor(server: Server, username: str) -> Actor | None:
    """Somebody of this server, by name; who is suspended is not there."""
    return await Actor.get_or_none(
        username=username.lower(), domain="", account__isnull=False, suspended=None
    )


async def update_profile(server: Server, viewer: Viewer, change: ProfileChange) -> None:
    """Change one's own profile and defaults, and tell the followers."""
    _check_profile(change)
    policy = checked_policy(server, change.policy, viewer.actor.policy)
    cloak = _checked_cloak(server, viewer.account, change)
    await _check_confirmed(server, viewer.actor, policy, change)
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        before = actor.policy
        if change.lines is not None:
            actor.details = details.stored(change.lines, actor.details)
        actor.update_from_dict(_profile(server, change))
        actor.policy, actor.revision = with_offer(actor, policy), actor.revision + 1
        await actor.save()
        await Account.filter(id=viewer.account.id).update(
            ai=change.ai,
            licence=change.licence,
            quotes=change.quotes,
            follows_moves=change.follows_moves,
            ai_filter=change.ai_filter,
            cloak=cloak,
        )
        if actor.policy != before:
            await restating.account_changed(server, actor, before)
        await outbox.update_actor(server, actor)
        await backlinks.order(server, actor)


def _profile(server: Server, change: ProfileChange) -> dict[str, Any]:
    """What the change says of the actor itself."""
    return {
        "name": shown_name(change.name),
        "summary_source": change.summary,
        "summary": to_html(server, change.summary),
        "locked": change.locked,
        "discoverable": change.discoverable,
        "indexable": change.indexable,
        "signin_only": change.signin_only,
        # Whoever sees a list can count it.
        "hides_lists": change.hides_lists or change.hides_counts,
        "hides_counts": change.hides_counts,
    }


async def _check_confirmed(
    server: Server, actor: Actor, policy: Mapping[str, str], change: ProfileChange
) -> None:
    """`Invalid` where works would permit more than before and nobody said that this is meant (P-018)."""
    fields = loosened(server.policy(actor.policy), server.policy(policy))
    if fields and not change.confirmed:
        works = await inheriting.from_artist(server, fields, actor.id)
        raise Invalid("confirmed", restating.Loosening(fields, works).sentence)


def _checked_cloak(server: Server, account: Account, change: ProfileChange) -> str:
    """What new works start with, empty for what the place says."""
    stored = account.cloak if change.cloak is None else change.cloak
    return cloaks.checked(server.settings, stored, account.cloak) if stored else ""


def _check_profile(change: ProfileChange) -> None:
    _check_ai(change.ai)
    if change.licence not in LICENCES:
        raise Invalid("licence", "Choose one of the licences of the list.")
    check_quotes(change.quotes)
    if change.ai_filter not in tuple(Filter):
        raise Invalid("ai_filter", f"Say one of {', '.join(Filter)}.")
    checked_text("name", change.name, NAME_MOST)
    checked_text("summary", change.summary, SUMMARY_MOST)


def check_quotes(quotes: str) -> None:
    """`Invalid` where nothing is promised by that word (F-251)."""
    if quotes not in tuple(Quotes):
        raise Invalid("quotes", f"Say one of {', '.join(Quotes)}.")


def checked_policy(
    server: Server, choice: Mapping[str, str], stored: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The choices to store; `Invalid` where one is unknown or looser than the place permits (P-016).

    What is stored already may stay, though the bounds became narrower since.
    """
    kept = {field: value for field, value in choice.items() if value == (stored or {}).get(field)}
    try:
        new = {field: value for field, value in choice.items() if field not in kept}
        return {**kept, **check_choice(new, server.bounds())}
    except PolicyError as error:
        raise Invalid(error.field, error.reason) from error


async def change_password(server: Server, viewer: Viewer, old: str, new: str) -> None:
    """A new password; every other session ends."""
    if not await check_password(viewer.account.password_hash, old):
        raise Invalid("old", "That is not your present password.")
    _check_password(new)
    hashed = await hash_password(new)
    async with server.database.transaction():
        await Account.filter(id=viewer.account.id).update(password_hash=hashed)
        await Session.filter(account_id=viewer.account.id).delete()
