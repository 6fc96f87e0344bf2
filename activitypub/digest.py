"""The Digest header (RFC 3230) and its successor Content-Digest (RFC 9530): over the bytes as they were received."""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

from activitypub.errors import MalformedSignature, SignatureError

_HASHES: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_COLONS: Final = re.compile(r":([^:,]*):")


def sha256_header(body: bytes) -> str:
    """Return the value of a Digest header for this body: `SHA-256=` and base64."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def content_sha256_header(body: bytes) -> str:
    """Return the value of a Content-Digest header for this body: `sha-256=:` base64 `:` (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def check_content(header_value: str | None, body: bytes) -> None:
    """Raise unless the Content-Digest header fits the body; rules and errors are those of `check` (F-315)."""
    check(_COLONS.sub(r"\1", header_value or ""), body)


def check(header_value: str | None, body: bytes) -> None:
    """Raise unless the Digest header fits the body (F-315).

    SHA-256 and SHA-512 count, all that are named must match, other algorithms are ignored. MalformedSignature if a
    value is not base64; SignatureError `digest_missing`, `digest_unsupported` or `digest_mismatch`.
    """
    if not header_value:
        raise SignatureError("digest_missing", "A Digest header is needed.")
    known = [(name, value) for name, value in _pairs(header_value) if name in _HASHES]
    if not known:
        raise SignatureError("digest_unsupported", "Digest must be SHA-256 or SHA-512.")
    matches = [hmac.compare_digest(_HASHES[name](body).digest(), _decode(value)) for name, value in known]
    if not all(matches):
        raise SignatureError("digest_mismatch", "The digest does not fit the body.")


def _pairs(header_value: str) -> list[tuple[str, str]]:
    entries = (entry.strip().partition("=") for entry in header_value.split(","))
    return [(name.lower(), value) for name, _, value in entries]


def _decode(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignature("The digest is not base64.") from error
