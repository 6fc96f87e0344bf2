"""Signing in the name of a local actor: requests (F-323, F-324) and what stands in documents (F-322)."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys, proofs, rfc9421
from activitypub.document import Document
from fedicara.federation.signed.private_keys import unseal
from fedicara.models import Actor, Key
from fedicara.network import Sign
from fedicara.server import Server

CAVAGE: Final = "cavage"
RFC9421: Final = "rfc9421"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The private half of a local actor's RSA key, and its id."""

    key_id: str
    private: RSAPrivateKey


def pair(server: Server, key_id: str, stored: str) -> KeyPair:
    """A key of ours as it is kept, ready to sign requests with."""
    return KeyPair(key_id, _loaded(unseal(server, key_id, stored)))


async def key_of(server: Server, actor: Actor) -> KeyPair:
    """The newest key of a local actor to sign requests with."""
    own = Key.filter(actor_id=actor.id, public__startswith="-----").exclude(private="")
    key = await own.order_by("-id").first()
    if key is None:
        raise LookupError(f"{actor.uri} has no key to sign with.")
    return pair(server, key.uri, key.private)


async def signer(server: Server, actor: Actor) -> Sign:
    """What signs requests as this local actor in the usual form."""
    return signs(server, await key_of(server, actor))


def signs(server: Server, key: KeyPair, scheme: str = CAVAGE, *, strip_query: bool = False) -> Sign:
    """What signs requests with this key; every attempt is signed anew (F-325).

    Where `strip_query` is set, a GET's target is signed without its query (F-334).
    """

    def sign(method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        signed_url = url.partition("?")[0] if strip_query and method == "GET" else url
        if scheme == RFC9421:
            return rfc9421.sign(method, signed_url, body, key.key_id, key.private, server.now())
        date = format_datetime(server.now(), usegmt=True)
        return cavage.sign(method, signed_url, {"Date": date}, body, key.key_id, key.private)

    return sign


async def prove(server: Server, actor_id: int, document: Document) -> Document:
    """The document with a proof by this local actor's Ed25519 key."""
    own = Key.filter(actor_id=actor_id, public__startswith="z").exclude(private="")
    key = await own.order_by("-id").first()
    if key is None:
        return document
    private = keys.load_private(unseal(server, key.uri, key.private))
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("Proofs are made with Ed25519 here.")
    return proofs.sign(document, key.uri, private, server.now())


@lru_cache(maxsize=256)
def _loaded(pem: str) -> RSAPrivateKey:
    key = keys.load_private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("draft-cavage is signed with RSA here.")
    return key
