"""Web Bot Auth: who a bot says it is, in a signature of its own kind, and whether that is so (P-235 to P-240).

Source: RFC 9421, draft-meunier-webbotauth-httpsig-protocol, draft-meunier-http-message-signatures-directory; keys are
JWKs (RFC 7517, RFC 8037) named by their thumbprint (RFC 7638).
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from activitypub import keys
from activitypub.errors import MalformedDocument, MalformedSignature
from activitypub.rfc9421 import Stated, inputs, members, seconds_of, text_of, values_of

TAG: Final = "web-bot-auth"
DIRECTORY_PATH: Final = "/.well-known/http-message-signatures-directory"
DIRECTORY_TYPE: Final = "application/http-message-signatures-directory+json"
MOST_KEYS: Final = 50
AHEAD: Final = timedelta(seconds=60)
LONGEST: Final = timedelta(hours=24)
_AGENT: Final = "signature-agent"
_UNUSABLE: Final = frozenset(
    bytes.fromhex(each)
    for each in (
        "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    )
)
"""Public keys of RFC 9421, RFC 8037 and RFC 8032, whose private halves everybody can read there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An identity as claimed: the origin of the key directory and the key's thumbprint; not yet checked."""

    origin: str
    thumbprint: str
    stated: Stated
    agent: str
    signature: bytes


def read(headers: Mapping[str, str], now: datetime) -> Claim | None:
    """Return the first claim that could be valid now, None where there is none; `headers` in lower case."""
    if TAG not in headers.get("signature-input", ""):
        return None
    try:
        values = values_of(headers.get("signature", ""))
        found = (
            _claim(label, stated, values.get(label), headers.get(_AGENT, ""), now)
            for label, stated in inputs(headers["signature-input"]).items()
        )
        return next((claim for claim in found if claim is not None), None)
    except MalformedSignature:
        return None


def _claim(label: str, stated: Stated, value: bytes | None, agents: str, now: datetime) -> Claim | None:
    parameters = dict(stated.parameters)
    thumbprint = text_of(parameters, "keyid")
    if value is None or not thumbprint or text_of(parameters, "tag") != TAG or not _is_fresh(parameters, now):
        return None
    if text_of(parameters, "alg") not in (None, "ed25519"):
        return None
    named = {name for name, more in stated.components if not more}
    agent, origin = _agent(label, agents)
    if (
        not origin
        or not named & {'"@authority"', '"@target-uri"'}
        or not _covers_agent(label, stated, agents)
    ):
        return None
    return Claim(origin, thumbprint, stated, agent, value)


def _is_fresh(parameters: Mapping[str, str | None], now: datetime) -> bool:
    created, expires = seconds_of(parameters, "created"), seconds_of(parameters, "expires")
    if created is None or expires is None:
        return False
    moment, longest = now.timestamp(), LONGEST.total_seconds()
    return created <= moment + AHEAD.total_seconds() and moment <= expires <= created + longest


def _agent(label: str, header: str) -> tuple[str, str]:
    """Return what of Signature-Agent is signed, and the origin it names; empty where it names none (P-237)."""
    is_bare = header.startswith('"')
    text, parameters = members(f"{label}={header}" if is_bare else header).get(label, ('""', ()))
    kind = text_of(dict(parameters), "type")
    more = "".join(f";{name}" if value is None else f";{name}={value}" for name, value in parameters)
    return f"{text}{more}", _origin(text[1:-1]) if kind in (None, "directory") else ""


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not host or "@" in parts.netloc or parts.path not in ("", "/"):
        return ""
    if parts.query or parts.fragment or not text.isascii() or not text.isprintable():
        return ""
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def _covers_agent(label: str, stated: Stated, header: str) -> bool:
    """Whether the signature covers its own member; a bare string is covered as a whole too."""
    own = (f'"{_AGENT}"', f';key="{label}"')
    return own in stated.components or (header.startswith('"') and (own[0], "") in stated.components)


def verify(claim: Claim, key: str, method: str, url: str) -> bool:
    """Say whether the key, an Ed25519 one in base64url, signed this request; `url` is whole, as configured and asked."""
    parts = urlsplit(url)
    values = {
        '"@method"': method.upper(),
        '"@target-uri"': url,
        '"@authority"': parts.netloc.lower(),
        '"@scheme"': parts.scheme,
        '"@path"': parts.path or "/",
        '"@query"': f"?{parts.query}",
    }
    lines = []
    for name, more in claim.stated.components:
        value = claim.agent if name == f'"{_AGENT}"' else values.get(name) if not more else None
        if value is None:
            return False
        lines.append(f"{name}{more}: {value}")
    message = "\n".join([*lines, f'"@signature-params": {claim.stated}']).encode()
    return keys.verify(Ed25519PublicKey.from_public_bytes(_decoded(key)), claim.signature, message)


def read_directory(body: bytes) -> dict[str, str]:
    """Return the usable keys of a directory by thumbprint, each in base64url, or raise MalformedDocument.

    Usable are Ed25519 keys; those that RFCs print as examples are not. At most 50 keys are looked at.
    """
    try:
        stated = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedDocument("The directory is not JSON.") from error
    listed = stated.get("keys") if isinstance(stated, dict) else None
    if not isinstance(listed, list):
        raise MalformedDocument("The directory has no list of keys.")
    if len(listed) > MOST_KEYS:
        raise MalformedDocument(f"The directory has more than {MOST_KEYS} keys.")
    return {thumbprint(key): key for key in map(_key, listed) if key}


def _key(stated: Any) -> str:
    """Return the public key of a JWK, empty where it is none that counts here."""
    if not isinstance(stated, dict) or (stated.get("kty"), stated.get("crv")) != ("OKP", "Ed25519"):
        return ""
    key = stated.get("x")
    try:
        raw = _decoded(key) if isinstance(key, str) and len(key) <= 64 else b""
    except ValueError:
        return ""
    return _encoded(raw) if len(raw) == 32 and raw not in _UNUSABLE else ""


def thumbprint(key: str) -> str:
    """Return the SHA-256 thumbprint of an Ed25519 key (RFC 7638, RFC 8037 appendix A.3)."""
    stated = f'{{"crv":"Ed25519","kty":"OKP","x":"{key}"}}'
    return _encoded(hashlib.sha256(stated.encode()).digest())


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
