"""The one way to prove who one is: passwords, sessions, bearer tokens, form tokens."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TypeVar

from anyio.to_thread import run_sync
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fedicara.actions.errors import Forbidden, Invalid, TooMany
from fedicara.models import Account, Actor, Session, Token
from fedicara.server import Server

SESSION_LIFE = timedelta(days=30)
SUSPENDED = "This account is suspended. Write to those who look after this place if that is a mistake."
PASSWORD_LONGEST = 1024
# So many tries in so many seconds.
FROM_A_SOURCE, FOR_A_NAME = (25, 300), (25, 3600)
_PAUSE = 60.0
SCOPES = frozenset({"read", "write", "follow", "push"})

T = TypeVar("T")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of this process, as its memory and its cores are.
_places = BoundedSemaphore(4)
_NOBODY = _hasher.hash(secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who proved who they are, and what this way of proving it allows."""

    account: Account
    actor: Actor
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether a scope such as `write:media` is covered, by itself or by its first part."""
        return scope in self.scopes or scope.partition(":")[0] in self.scopes


def digest(value: str) -> str:
    """What is stored of a secret that is handed out."""
    return hashlib.sha256(value.encode()).hexdigest()


async def hash_password(password: str) -> str:
    """argon2id, in a thread: it is meant to be slow."""
    return await _slowly(_hasher.hash, password)


async def check_password(hashed: str, password: str) -> bool:
    """Whether the password is the hashed one; `Invalid` for one that is too long to be hashed."""
    return await _slowly(_verify, hashed, password)


async def _slowly(work: Callable[..., T], *values: str) -> T:
    """Hash in a thread; `TooMany` where four are at it, since each takes a core and 19 MiB (DOS-22)."""
    if len(values[-1]) > PASSWORD_LONGEST:
        raise Invalid("password", f"A password has at most {PASSWORD_LONGEST:,} characters.")
    if not _places.acquire(blocking=False):
        raise TooMany(_PAUSE)
    try:
        return await run_sync(work, *values)
    finally:
        _places.release()


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_in(server: Server, username: str, password: str, source: str = "") -> str | None:
    """A new session's cookie value, or None; unknown names take as long as wrong passwords.

    `source` is who asks, by address; `TooMany` where that, or the name, was tried too often (API-12). Who knows the
    password of a suspended account is told that it is (`Forbidden`).
    """
    name = username.replace("\0", "").strip().lower()
    _check_rate(server, name, source)
    account = await Account.filter(actor__username=name, actor__domain="").prefetch_related("actor").first()
    if not await check_password(account.password_hash if account else _NOBODY, password):
        return None
    if account is None:
        return None
    if account.actor.suspended is not None:
        raise Forbidden(SUSPENDED)
    value = secrets.token_urlsafe(32)
    expires = server.now() + SESSION_LIFE
    await Session.create(hash=digest(value), account=account, expires=expires)
    return value


async def end_logins(account: Account) -> None:
    """End every session and every token of an account, inside the caller's transaction (API-07)."""
    await Session.filter(account_id=account.id).delete()
    await Token.filter(account_id=account.id).delete()


def _check_rate(server: Server, name: str, source: str) -> None:
    by_source = server.rates.wait(*FROM_A_SOURCE, "sign-in from", source) if source else 0.0
    if wait := max(by_source, server.rates.wait(*FOR_A_NAME, "sign-in as", digest(name))):
        raise TooMany(wait)


async def sign_out(server: Server, value: str) -> None:
    """End a session."""
    await Session.filter(hash=digest(value)).delete()


async def viewer_of_session(server: Server, value: str) -> Viewer | None:
    """Who holds this cookie; a person in a browser may do everything."""
    session = await Session.filter(hash=digest(value)).prefetch_related("account__actor").first()
    if session is None or session.expires <= server.now():
        return None
    return Viewer(session.account, session.account.actor, SCOPES)


async def viewer_of_bearer(server: Server, value: str) -> Viewer | None:
    """Who holds this token."""
    token = await Token.filter(hash=digest(value)).prefetch_related("account__actor").first()
    if token is None:
        return None
    return Viewer(token.account, token.account.actor, frozenset(token.scope.split()))


async def make_token(server: Server, account: Account, scope: str) -> str:
    """A new bearer token; only its SHA-256 is kept."""
    value = secrets.token_urlsafe(32)
    await Token.create(hash=digest(value), account=account, scope=" ".join(sorted(set(scope.split()))))
    return value


def form_token(server: Server, cookie: str) -> str:
    """What every form carries, so that no other site can send it."""
    return hmac.new(server.derive("form"), cookie.encode(), hashlib.sha256).hexdigest()


def check_form_token(server: Server, cookie: str, value: str) -> bool:
    """Whether a form came from our own page in this session."""
    return hmac.compare_digest(form_token(server, cookie).encode(), value.encode())
