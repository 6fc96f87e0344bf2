"""Signing in the name of a local actor: requests (F-323, F-324) and what stands in documents (F-322)."""

from collections.abc import Mapping
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys, proofs, rfc9421
from activitypub.document import Document
from fedicara.models import Actor, Key
from fedicara.server import Server, Sign

CAVAGE: Final = "cavage"
RFC9421: Final = "rfc9421"


async def signer(server: Server, actor: Actor, scheme: str = CAVAGE, *, strip_query: bool = False) -> Sign:
    """What signs requests as this local actor; every attempt is signed anew (F-325).

    Where `strip_query` is set, a GET's target is signed without its query (F-334).
    """
    key = await Key.filter(actor_id=actor.id, public__startswith="-----").exclude(private="").first()
    if key is None:
        raise LookupError(f"{actor.uri} has no key to sign with.")
    key_id, private = key.uri, _loaded(key.private)

    def sign(method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        signed_url = url.partition("?")[0] if strip_query and method == "GET" else url
        if scheme == RFC9421:
            return rfc9421.sign(method, signed_url, body, key_id, private, server.now())
        date = format_datetime(server.now(), usegmt=True)
        return cavage.sign(method, signed_url, {"Date": date}, body, key_id, private)

    return sign


async def prove(server: Server, actor_id: int, document: Document) -> Document:
    """The document with a proof by this local actor's Ed25519 key."""
    key = await Key.filter(actor_id=actor_id, public__startswith="z").exclude(private="").first()
    if key is None:
        return document
    private = keys.load_private(key.private)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("Proofs are made with Ed25519 here.")
    return proofs.sign(document, key.uri, private, server.now())


@lru_cache(maxsize=256)
def _loaded(pem: str) -> RSAPrivateKey:
    key = keys.load_private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("draft-cavage is signed with RSA here.")
    return key
