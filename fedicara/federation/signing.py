"""Signing in the name of a local actor (draft-cavage, F-323)."""

from collections.abc import Mapping
from email.utils import format_datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys
from fedicara.models import Actor, Key
from fedicara.server import Server, Sign


async def signer(server: Server, actor: Actor) -> Sign:
    """What signs requests as this local actor; every attempt is signed anew (F-325)."""
    key = await Key.filter(actor_id=actor.id, public__startswith="-----").exclude(private="").first()
    if key is None:
        raise LookupError(f"{actor.uri} has no key to sign with.")
    key_id, private = key.uri, _loaded(key.private)

    def sign(method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        date = format_datetime(server.now(), usegmt=True)
        return cavage.sign(method, url, {"Date": date}, body, key_id, private)

    return sign


@lru_cache(maxsize=256)
def _loaded(pem: str) -> RSAPrivateKey:
    """Loading checks the primes, which costs more than a signature."""
    key = keys.load_private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("draft-cavage is signed with RSA here.")
    return key
