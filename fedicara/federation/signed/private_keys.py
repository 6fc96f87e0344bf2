"""Private keys of local actors at rest: sealed with the server's secret, each bound to its id (OPS-02)."""

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fedicara.models.database import Database
from fedicara.secret import SecretError
from fedicara.server import Server

_PREFIX: Final = "sealed:"
_NONCE: Final = 12
_SEALED: Final = "SELECT uri, private FROM keys WHERE private LIKE 'sealed:%' LIMIT 1"


def seal(server: Server, uri: str, pem: str) -> str:
    """What is stored of a private key: AES-256-GCM under a key derived from the secret, the key's id bound in."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = _cipher(server).encrypt(nonce, pem.encode(), uri.encode())
    return _PREFIX + base64.b64encode(nonce + sealed).decode()


def unseal(server: Server, uri: str, stored: str) -> str:
    """The private key as PEM; one that was stored in the open is taken as it is."""
    if not stored.startswith(_PREFIX):
        return stored
    try:
        raw = base64.b64decode(stored.removeprefix(_PREFIX), validate=True)
        return _cipher(server).decrypt(raw[:_NONCE], raw[_NONCE:], uri.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SecretError(f"the private key {uri} was sealed with another secret") from error


async def are_sealed(database: Database) -> bool:
    """Whether any key is sealed, so that the secret must be the one of before."""
    return await database.row(_SEALED) is not None


async def check(server: Server) -> None:
    """`SecretError` where the secret is not the one that the keys were sealed with."""
    row = await server.database.row(_SEALED)
    if row is not None:
        unseal(server, row["uri"], row["private"])


def _cipher(server: Server) -> AESGCM:
    return AESGCM(server.derive("private keys"))
