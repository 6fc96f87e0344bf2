"""Who sent a request: the only way in for activities, and the reader behind a signed GET (threats section 3)."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import orjson

from activitypub import keys, proofs
from activitypub.actors import ACTOR_TYPES
from activitypub.converted import POST_TYPES
from activitypub.document import Document, id_of, ids, loads, same_origin, type_of
from activitypub.errors import MalformedDocument, MalformedSignature, SignatureError
from activitypub.proofs import Proof
from fedicara.federation.errors import RemoteError, Unbelievable, Unreachable
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_object, is_own, without_fragment
from fedicara.federation.network.bounds import for_strangers
from fedicara.federation.servers import hosts
from fedicara.federation.servers.rules import host_of, rejects
from fedicara.federation.signed import signatures
from fedicara.federation.signed.signatures import Received, Signature
from fedicara.models import Actor, Tombstone, Work
from fedicara.reads import senders
from fedicara.server import Server

__all__ = ["Authenticated", "Hint", "Received", "Refusal", "authenticate", "reader", "refused"]

_KEY_ID: Final = re.compile(r'key-?id\s*=\s*"([^"]{1,2048})"', re.IGNORECASE)
# What a key that was changed since we read it looks like.
_PERHAPS_NEW_KEY: Final = frozenset({"key_mismatch", "bad_signature", "algorithm_mismatch", "unusable_key"})
# Who delivers waits for us to read a key, so that is given up sooner than other reading (F-318).
_PATIENCE: Final = 10.0
_LATER: Final = 300.0


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An activity and the actor who is proven to have sent it; handlers take nothing else.

    `body` is the text as it came: the activity's proof fits nothing else.
    """

    activity: Document
    actor: Actor
    body: bytes = b""

    @property
    def source(self) -> str:
        """The server that it counts for."""
        return host_of(self.actor.uri)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something passed on that proves nothing, and may be asked about at its origin: a reply, or that one is gone.

    `key_id` is that of who passed it on, the server of the post `answered`.
    """

    uri: str
    author: str
    answered: str
    key_id: str
    is_gone: bool = False

    @property
    def source(self) -> str:
        """The server that it counts for."""
        return host_of(self.key_id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that goes no further; 202 where it is dropped in silence.

    `wait` is how many seconds later another try makes sense.
    """

    status: int
    reason: str
    sentence: str
    wait: float = 0.0


async def authenticate(server: Server, request: Received) -> Authenticated | Hint | Refusal:
    """The activity in a POST with its proven sender, or what it hints at, or the answer to give."""
    try:
        signature = _signature(request)
        activity = loads(request.body)
        sender = _sender(activity)
        dropped = await refused(server, request.headers, sender) or await _dropped(server, activity, sender)
        if dropped is not None:
            return dropped
        signatures.check_claims(server, request, signature)
        async with _patiently():
            actor = await _proven(for_strangers(server), request, signature, activity)
    except MalformedDocument as error:
        return Refusal(400, "malformed", str(error))
    except MalformedSignature as error:
        return Refusal(400, error.reason, str(error))
    except SignatureError as error:
        return Refusal(401, error.reason, str(error))
    except Unreachable as error:
        sentence = f"Your key cannot be read at the moment ({error.reason}); try again later."
        return Refusal(503, "unreachable", sentence, _LATER)
    except RemoteError as error:
        return Refusal(401, "unusable_key", f"Your key cannot be believed ({error.reason}).")
    if isinstance(actor, Hint):
        return actor
    return await refused(server, {}, actor.domain) or _placed(Authenticated(activity, actor, request.body))


@asynccontextmanager
async def _patiently() -> AsyncIterator[None]:
    """Whatever takes too long is unreachable."""
    try:
        async with asyncio.timeout(_PATIENCE):
            yield
    except TimeoutError as error:
        raise Unreachable("timeout") from error


async def refused(server: Server, headers: Mapping[str, str], *others: str) -> Refusal | None:
    """403 for a rejected host, whether it is named by a key or by the activity, before anything is asked (SIG-24)."""
    stated = [headers.get(name, "") for name in ("signature", "signature-input")]
    named = [address for text in stated for address in _KEY_ID.findall(text)]
    if not await rejects(server, [*named, *others]):
        return None
    return Refusal(403, "rejected", "This server does not federate with yours.")


def _signature(request: Received) -> Signature:
    signature = signatures.read(request)
    if signature is None:
        raise SignatureError("missing", "The request must be signed (RFC 9421 or draft-cavage).")
    return signature


def _sender(activity: Document) -> str:
    senders = ids(activity.get("actor"))
    if len(senders) != 1 or id_of(activity) is None:
        raise MalformedDocument("An activity needs an id and one actor.")
    return senders[0]


async def _dropped(server: Server, activity: Document, sender: str) -> Refusal | None:
    """Our own activities that come back (F-319), and those of actors who left, or whom nobody knew (SIG-24, SIG-25)."""
    if is_own(server, sender):
        return Refusal(202, "own", "")
    if await senders.is_known(server, sender):
        return None
    if type_of(activity, {"Delete"}) is not None and id_of(activity.get("object")) == sender:
        return Refusal(202, "unknown_actor", "")
    return Refusal(202, "gone", "") if await Tombstone.filter(uri=sender).exists() else None


async def _proven(
    server: Server, request: Received, signature: Signature, activity: Document
) -> Actor | Hint:
    """The sender, whose own document lists the key that signed (F-317, SIG-10, SIG-11)."""
    sender = _sender(activity)
    if not same_origin(sender, signature.key_id):
        return await _forwarded(server, request, signature, activity)
    return await _check(
        server, await _sender_of(server, sender), partial(_signed, server, request, signature)
    )


async def _sender_of(server: Server, sender: str) -> Actor:
    actor = await actors.fetch(server, sender)
    if actor.uri != sender:
        raise SignatureError("actor_mismatch", "The actor's document has another id.")
    return actor


async def _forwarded(
    server: Server, request: Received, signature: Signature, activity: Document
) -> Actor | Hint:
    """The author of what somebody else passed on, proven by the author's own proof inside it (F-321, SIG-23).

    Without a valid one it is a hint at most. One of the two must be known here: an activity leads to at most one new
    actor (DOS-08).
    """
    stated, sender = orjson.loads(request.body), _sender(activity)
    proof, hint = proofs.find(stated), await _hint(activity, signature.key_id)
    own = proof if proof is not None and same_origin(sender, proof.key_id) else None
    unproven = SignatureError("actor_mismatch", "The signer is not the actor.")
    if own is None and hint is None:
        raise unproven
    if not await senders.is_known(server, sender) and await senders.owner(server, signature.key_id) is None:
        raise SignatureError("actor_mismatch", "Neither the signer nor the actor is known here.")
    forwarder = await _owner(server, signature.key_id)
    await _check(server, forwarder, partial(_signed, server, request, signature))
    try:
        if own is not None:
            return await _check(
                server, await _sender_of(server, sender), partial(_proves, server, stated, own)
            )
    except SignatureError as error:
        unproven = error
    if hint is None:
        raise unproven
    return hint


async def _hint(activity: Document, key_id: str) -> Hint | None:
    """What an activity hints at if its signer is the server of the post that it, or what it deletes, answers."""
    about = activity.get("object")
    uri, sender = id_of(about), _sender(activity)
    if uri is None or not same_origin(uri, sender):
        return None
    if type_of(activity, {"Delete"}) is not None:
        work = await Work.get_or_none(uri=uri, actor__uri=sender)
        answered = work.in_reply_to if work is not None else ""
        return Hint(uri, sender, answered, key_id, True) if same_origin(answered, key_id) else None
    if type_of(activity, {"Create"}) is None or not isinstance(about, dict) or not type_of(about, POST_TYPES):
        return None
    answered = id_of(about.get("inReplyTo")) or ""
    return Hint(uri, sender, answered, key_id) if same_origin(answered, key_id) else None


async def _check(server: Server, actor: Actor, once: Callable[[Actor], Awaitable[None]]) -> Actor:
    """Check with the keys as they are known, then once more with the actor read anew (F-318)."""
    try:
        await once(actor)
    except SignatureError as error:
        if error.reason not in _PERHAPS_NEW_KEY or not actors.may_reread(server, actor.uri):
            raise
        actor = await actors.refresh(server, actor.uri)
        await once(actor)
    return actor


async def _signed(server: Server, request: Received, signature: Signature, actor: Actor) -> None:
    signatures.verify(server, request, signature, await _key(server, signature.key_id, actor))
    await hosts.heard(server, signature.key_id, signatures.scheme_of(signature))


async def _proves(server: Server, stated: Document, proof: Proof, actor: Actor) -> None:
    key = await _key(server, id_of(proof.key_id) or "", actor)
    proofs.verify(stated, proof, key, server.now())


async def _key(server: Server, key_id: str, actor: Actor) -> keys.Public:
    stated = await senders.public_key(server, key_id, actor.id)
    if stated is None:
        raise SignatureError("key_mismatch", "The actor's document does not list that key.")
    return _loaded(stated)


@lru_cache(maxsize=1024)
def _loaded(stated: str) -> keys.Public:
    """A key ready to check with, kept under its own text: one that changes is another."""
    return keys.load_public(stated)


def _placed(heard: Authenticated) -> Authenticated | Refusal:
    """An activity counts if its id is on its sender's host, and nobody here suspended the sender (ORI-05, SIG-24)."""
    if heard.actor.suspended is not None:
        return Refusal(202, "suspended", "")
    if not same_origin(id_of(heard.activity) or "", heard.actor.uri):
        return Refusal(202, "activity_origin", "")
    return heard


async def reader(server: Server, request: Received) -> Actor | Refusal | None:
    """Who reads: the actor whose key signed a GET, None without a signature, a refusal for a wrong one (F-305).

    A key that cannot be read at the moment counts as no signature.
    """
    try:
        signature = signatures.read(request)
        if signature is None:
            return None
        signatures.check_claims(server, request, signature)
        bounded = for_strangers(server)
        async with _patiently():
            owner = await _owner(bounded, signature.key_id)
            return await _check(bounded, owner, partial(_signed, server, request, signature))
    except SignatureError as error:
        return Refusal(401, error.reason, str(error))
    except Unreachable:
        return None
    except RemoteError as error:
        return Refusal(401, "unusable_key", f"Your key cannot be believed ({error.reason}).")


async def _owner(server: Server, key_id: str) -> Actor:
    """Whose key that is: known here, or named by the document at its address, an actor or a key (F-317)."""
    known = await senders.owner(server, key_id)
    if known is not None:
        return await actors.fetch(server, known.uri)
    document = await fetch_object(server, without_fragment(key_id))
    if type_of(document, ACTOR_TYPES):
        owner = await actors.store(server, actors.parse(document))
    else:
        named = id_of(document.get("owner", document.get("controller")))
        if named is None or not same_origin(named, key_id):
            raise Unbelievable("key without owner")
        owner = await actors.fetch(server, named)
    return owner
