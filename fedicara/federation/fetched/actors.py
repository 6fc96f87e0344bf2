"""Actors of other servers: read, kept, read anew, found by their handle."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from activitypub import actors, webfinger
from activitypub.actors import Actor as Stated
from activitypub.actors import Image
from activitypub.document import Document, loads
from activitypub.errors import MalformedDocument
from activitypub.names import RFC_9421
from fedicara.federation.errors import Gone, RemoteError, Unbelievable
from fedicara.federation.fetched.objects import fetch_object, is_own, without_fragment
from fedicara.federation.heard import emojis, statements
from fedicara.federation.heard.sanitise import clean, clean_line
from fedicara.federation.network.http import NetworkError
from fedicara.federation.said.instance import instance_actor, new_keys
from fedicara.federation.servers import hosts, nodeinfo
from fedicara.federation.servers.rules import host_of, site_of
from fedicara.federation.signed import keyring
from fedicara.models import Actor, Tombstone
from fedicara.models.database import IntegrityError
from fedicara.models.ids import new_id
from fedicara.models.statements import Carrier
from fedicara.reads import senders
from fedicara.server import Server

__all__ = [
    "REREAD",
    "by_handle",
    "fetch",
    "forget",
    "instance_actor",
    "new_keys",
    "refresh",
    "store",
    "wait_for",
]

STALE: Final = timedelta(hours=24)
REREAD: Final = timedelta(minutes=5)
_REREAD: Final = "reread"
_JRD: Final = {"Accept": f"{webfinger.JRD_JSON}, application/json"}


async def fetch(server: Server, uri: str, *, fresh: bool = False) -> Actor:
    """The actor, read from its server when unknown or older than a day; `fresh` reads it anew (F-353).

    A known actor is read anew at most once in five minutes, and stays as it was where reading fails.
    """
    actor = await senders.actor(server, uri)
    if is_own(server, uri):
        if actor is None:
            raise Unbelievable("no such actor here")
        return actor
    if actor is None:
        return await _meet(server, uri)
    if not ((fresh or is_stale(server, actor)) and may_reread(server, uri)):
        return actor
    try:
        return await refresh(server, uri)
    except RemoteError as error:
        if isinstance(error, Gone):
            await forget(server, actor)
            raise
        return actor


async def _meet(server: Server, uri: str) -> Actor:
    """Somebody new; a burst of theirs reads their document once."""
    async with server.turn(uri):
        return await senders.actor(server, uri) or await refresh(server, uri)


async def forget(server: Server, actor: Actor) -> None:
    """An actor is gone, with everything of theirs."""
    async with server.database.transaction():
        await Tombstone.get_or_create(uri=actor.uri, defaults={"former_type": actor.type})
        await actor.delete()


def is_stale(server: Server, actor: Actor) -> bool:
    """Whether the actor was last read more than a day ago."""
    return actor.fetched is None or server.now() - actor.fetched > STALE


def may_reread(server: Server, uri: str) -> bool:
    """Whether a known actor may be read anew now; a yes counts as a try, so that nobody is asked often (SIG-14)."""
    if wait_for(server, uri) > 0:
        return False
    server.cache.keep((_REREAD, uri), server.now().isoformat().encode())
    return True


def wait_for(server: Server, uri: str) -> float:
    """Seconds until a known actor may be read anew."""
    last = server.cache.get((_REREAD, uri))
    if last is None:
        return 0.0
    return max(0.0, (datetime.fromisoformat(last.decode()) + REREAD - server.now()).total_seconds())


async def refresh(server: Server, uri: str) -> Actor:
    """Read the actor anew and keep what its server says, or `RemoteError`."""
    return await store(server, parse(await fetch_object(server, uri)))


def parse(document: Document) -> Stated:
    """An actor's document as a value, or `Unbelievable`."""
    try:
        return actors.parse(document)
    except MalformedDocument as error:
        raise Unbelievable("not an actor") from error


async def store(server: Server, stated: Stated) -> Actor:
    """Keep what an actor's own document says, its keys included, and whether its server knows RFC 9421."""
    await hosts.lists(server, stated.id, rfc9421=RFC_9421 in stated.implements)
    try:
        return await _write(server, stated)
    except IntegrityError:
        # Another task met the same new actor first.
        return await _write(server, stated)


async def _write(server: Server, stated: Stated) -> Actor:
    async with server.database.transaction():
        actor = await Actor.get_or_none(uri=stated.id) or _new(stated.id)
        actor.username = await _username(actor, stated)
        _copy(actor, stated, server.now())
        actor.policy = statements.stated(server, actor.policy, stated.terms)
        await statements.of_place(actor)
        rekeyed = await keyring.is_rekeyed(actor, stated.keys)
        actor.rekeyed = server.now() if rekeyed else actor.rekeyed
        await actor.save()
        await emojis.keep(server, actor.uri, stated.emojis)
        await keyring.keep(server, actor, stated.keys)
        await statements.write(server, Carrier.DOCUMENT, stated.terms, actor_id=actor.id)
        await nodeinfo.greet(server, stated.id)
    if rekeyed:
        await keyring.warn(server, actor)
    return actor


def _new(uri: str) -> Actor:
    host = host_of(uri)
    return Actor(id=new_id(), uri=uri, domain=urlsplit(uri).netloc, host=host, site=site_of(host))


async def _username(actor: Actor, stated: Stated) -> str:
    """The stated name while no other actor of that host has it; a collision takes over no handle (DISC-06)."""
    other = await Actor.filter(username=stated.username, domain=actor.domain).exclude(id=actor.id).exists()
    return actor.username or str(actor.id) if other or not stated.username else stated.username


def _copy(actor: Actor, stated: Stated, now: datetime) -> None:
    actor.type = stated.type
    actor.name = stated.name[:255]
    actor.summary = clean(stated.summary)
    actor.url = stated.url or stated.id
    actor.inbox = stated.inbox
    actor.shared_inbox = stated.shared_inbox or ""
    actor.outbox = stated.outbox or ""
    actor.followers = stated.followers or ""
    actor.following = stated.following or ""
    actor.featured = stated.featured or ""
    actor.also_known_as = list(stated.also_known_as)
    actor.moved_to = stated.moved_to or ""
    actor.icon, actor.icon_alt = _picture(stated.icon)
    actor.image, actor.image_alt = _picture(stated.image)
    actor.locked = stated.manually_approves_followers
    actor.discoverable = stated.discoverable
    actor.indexable = stated.indexable
    actor.signin_only = stated.signin_only
    actor.implements = list(stated.implements)
    actor.details = [{"name": each.name, "value": clean_line(each.value)} for each in stated.fields]
    actor.published = stated.published
    actor.fetched = now
    actor.revision += 1


def _picture(stated: Image | None) -> tuple[str, str]:
    return (stated.url, stated.name[:1500]) if stated else ("", "")


async def by_handle(server: Server, handle: str) -> Actor | None:
    """The actor behind `@name@host` or an address; a handle counts only if both sides name it (F-273)."""
    try:
        wanted = webfinger.parse_resource(handle.strip())
        if isinstance(wanted, str):
            return await fetch(server, without_fragment(wanted))
        if wanted.domain == server.settings.domain:
            return await Actor.get_or_none(username=wanted.name, domain="")
        return await _by_account(server, wanted)
    except (MalformedDocument, RemoteError):
        return None


async def _by_account(server: Server, wanted: webfinger.Account) -> Actor | None:
    found = await Actor.get_or_none(username=wanted.name, domain=wanted.domain)
    if found is not None and not is_stale(server, found):
        return found
    uri = await _ask(server, wanted)
    if uri is None or is_own(server, uri):
        return None
    actor = await fetch(server, uri)
    home = webfinger.Account(actor.username.lower(), urlsplit(actor.uri).netloc)
    if home == wanted:
        return actor
    if await _ask(server, home) != actor.uri or actor.username.lower() != wanted.name:
        return None
    return await _adopt(server, actor, wanted.domain)


async def _adopt(server: Server, actor: Actor, domain: str) -> Actor | None:
    """Let the actor carry a handle of another domain, which both sides have confirmed (DISC-02)."""
    async with server.database.transaction():
        if await Actor.filter(username=actor.username, domain=domain).exclude(id=actor.id).exists():
            return None
        actor.domain = domain
        await actor.save(update_fields=["domain"])
    return actor


async def _ask(server: Server, account: webfinger.Account) -> str | None:
    """The id that a host's WebFinger names for one of its accounts."""
    resource = quote(f"acct:{account.name}@{account.domain}", safe="@:")
    try:
        answer = await server.network.get(
            f"{_scheme(server, account.domain)}://{account.domain}/.well-known/webfinger?resource={resource}",
            _JRD,
        )
        return webfinger.self_link(loads(answer.body)) if answer.status == 200 else None
    except (NetworkError, MalformedDocument):
        return None


def _scheme(server: Server, domain: str) -> str:
    """http only between the servers of a demonstration, which name no host but an address."""
    host = domain.rpartition(":")[0] or domain
    return "https" if server.settings.is_secure or not server.settings.is_inside(host) else "http"
