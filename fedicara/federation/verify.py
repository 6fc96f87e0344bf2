"""Who sent a request: the only way in for activities, and the reader behind a signed GET (threats section 3)."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson

from activitypub import keys, proofs
from activitypub.actors import ACTOR_TYPES
from activitypub.document import Document, id_of, ids, loads, same_origin, type_of
from activitypub.errors import MalformedDocument, MalformedSignature, SignatureError
from activitypub.proofs import Proof
from fedicara.federation import actors, hosts, signatures
from fedicara.federation.bounds import for_strangers
from fedicara.federation.errors import RemoteError, Unbelievable, Unreachable
from fedicara.federation.objects import fetch_object, is_own, without_fragment
from fedicara.federation.rules import rejects
from fedicara.federation.signatures import Received, Signature
from fedicara.models import Actor, Key
from fedicara.server import Server

__all__ = ["Authenticated", "Received", "Refusal", "authenticate", "reader", "refused"]

_KEY_ID: Final = re.compile(r'key-?id\s*=\s*"([^"]{1,2048})"', re.IGNORECASE)
# What a key that was changed since we read it looks like.
_PERHAPS_NEW_KEY: Final = frozenset({"key_mismatch", "bad_signature", "algorithm_mismatch", "unusable_key"})


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An activity and the actor who is proven to have sent it; handlers take nothing else."""

    activity: Document
    actor: Actor


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that goes no further; 202 where it is dropped in silence."""

    status: int
    reason: str
    sentence: str


async def authenticate(server: Server, request: Received) -> Authenticated | Refusal:
    """The activity in a POST with its proven sender, or the answer to give."""
    try:
        signature = _signature(request)
        activity = loads(request.body)
        sender = _sender(activity)
        dropped = await refused(server, request.headers, sender) or await _dropped(server, activity, sender)
        if dropped is not None:
            return dropped
        signatures.check_claims(server, request, signature)
        actor = await _proven(for_strangers(server), request, signature, sender)
    except MalformedDocument as error:
        return Refusal(400, "malformed", str(error))
    except MalformedSignature as error:
        return Refusal(400, error.reason, str(error))
    except SignatureError as error:
        return Refusal(401, error.reason, str(error))
    except Unreachable as error:
        return Refusal(
            503, "unreachable", f"Your key cannot be read at the moment ({error.reason}); try again later."
        )
    except RemoteError as error:
        return Refusal(401, "unusable_key", f"Your key cannot be believed ({error.reason}).")
    return await refused(server, {}, actor.domain) or _placed(activity, actor)


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
    """Our own activities that come back (F-319), and farewells of actors nobody here knows (SIG-25)."""
    if is_own(server, sender):
        return Refusal(202, "own", "")
    leaves = type_of(activity, {"Delete"}) is not None and id_of(activity.get("object")) == sender
    if leaves and await actors.known(sender) is None:
        return Refusal(202, "unknown_actor", "")
    return None


async def _proven(server: Server, request: Received, signature: Signature, sender: str) -> Actor:
    """The sender, whose own document lists the key that signed (F-317, SIG-10, SIG-11)."""
    if not same_origin(sender, signature.key_id):
        return await _forwarded(server, request, signature, sender)
    return await _check(
        server, await _sender_of(server, sender), partial(_signed, server, request, signature)
    )


async def _sender_of(server: Server, sender: str) -> Actor:
    actor = await actors.fetch(server, sender)
    if actor.uri != sender:
        raise SignatureError("actor_mismatch", "The actor's document has another id.")
    return actor


async def _forwarded(server: Server, request: Received, signature: Signature, sender: str) -> Actor:
    """The author of what somebody else passed on, proven by the author's own proof inside it (F-321, SIG-23).

    One of the two must be known here: an activity leads to at most one new actor (DOS-08).
    """
    stated = orjson.loads(request.body)
    proof = proofs.find(stated)
    if proof is None or not same_origin(sender, proof.key_id):
        raise SignatureError("actor_mismatch", "The signer is not the actor.")
    if await actors.known(sender) is None and not await Key.filter(uri=signature.key_id).exists():
        raise SignatureError("actor_mismatch", "Neither the signer nor the actor is known here.")
    forwarder = await _owner(server, signature.key_id)
    await _check(server, forwarder, partial(_signed, server, request, signature))
    return await _check(server, await _sender_of(server, sender), partial(_proves, server, stated, proof))


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
    signatures.verify(server, request, signature, await _key(signature.key_id, actor))
    await hosts.heard(server, signature.key_id, signatures.scheme_of(signature))


async def _proves(server: Server, stated: Document, proof: Proof, actor: Actor) -> None:
    proofs.verify(stated, proof, await _key(id_of(proof.key_id) or "", actor), server.now())


async def _key(key_id: str, actor: Actor) -> keys.Public:
    key = await Key.get_or_none(uri=key_id, actor_id=actor.id)
    if key is None:
        raise SignatureError("key_mismatch", "The actor's document does not list that key.")
    return keys.load_public(key.public)


def _placed(activity: Document, actor: Actor) -> Authenticated | Refusal:
    """An activity counts only if its id is on its sender's host (ORI-05)."""
    if not same_origin(id_of(activity) or "", actor.uri):
        return Refusal(202, "activity_origin", "")
    return Authenticated(activity, actor)


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
    key = await Key.get_or_none(uri=key_id).prefetch_related("actor")
    if key is not None:
        return await actors.fetch(server, key.actor.uri)
    document = await fetch_object(server, without_fragment(key_id))
    if type_of(document, ACTOR_TYPES):
        owner = await actors.store(server, actors.parse(document))
    else:
        named = id_of(document.get("owner", document.get("controller")))
        if named is None or not same_origin(named, key_id):
            raise Unbelievable("key without owner")
        owner = await actors.fetch(server, named)
    return owner
