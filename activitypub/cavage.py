"""HTTP signatures as draft-cavage-http-signatures-12 has them: made, read and checked."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, Unpack
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from activitypub import digest, keys
from activitypub.claims import Claimed, Received, check_host, check_time, lower, reads, targets
from activitypub.document import id_of
from activitypub.errors import MalformedSignature, SignatureError

_MAX_HEADER: Final = 8192
_MAX_NAMES: Final = 32
_PARAMETER = re.compile(r'\s*([A-Za-z]+)=(?:"([^"\\]*)"|([^\s",=]+))\s*(?:,|$)')
_QUOTED: Final = ("keyId", "algorithm", "headers", "signature")
_RSA_NAMES: Final = frozenset({None, "rsa-sha256", "hs2019", "rsa-v1_5-sha256"})
_ED25519_NAMES: Final = frozenset({None, "hs2019", "ed25519", "ed25519-sha512"})


@dataclass(frozen=True, slots=True)
class Signature:
    """A Signature header, read but not yet checked; `created` and `expires` are Unix seconds."""

    key_id: str
    algorithm: str | None
    headers: tuple[str, ...]
    signature: bytes
    created: int | None = None
    expires: int | None = None


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    key_id: str,
    private_key: RSAPrivateKey,
) -> dict[str, str]:
    """Return the headers that sign this request: Host, Date, Signature and, with a body, Digest (F-323).

    A Date among `headers` is kept, else it is the present one. The query is part of the signed target, so a GET
    whose target is to be signed without it is given the URL without it (F-334).
    """
    parts = urlsplit(url)
    stated = {name.lower(): value for name, value in headers.items()}
    added = {"Host": parts.netloc, "Date": stated.get("date") or formatdate(usegmt=True)}
    if body is not None:
        added["Digest"] = digest.sha256_header(body)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {"(request-target)": f"{method.lower()} {target}"} | {k.lower(): v for k, v in added.items()}
    signature = keys.sign(private_key, _base(lines))
    added["Signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(lines)}",'
        f'signature="{base64.b64encode(signature).decode()}"'
    )
    return added


def _base(lines: Mapping[str, str]) -> bytes:
    return "\n".join(f"{name}: {value}" for name, value in lines.items()).encode(errors="replace")


def parse(signature_header: str) -> Signature:
    """Return what a Signature header says, or raise MalformedSignature.

    A header that can be read in two ways (a repeated parameter or signed name) is refused, unknown parameters are
    ignored (SIG-18). Names of headers come back in lower case.
    """
    stated = _parameters(signature_header)
    names = tuple(stated.get("headers", "date").lower().split())
    if not names or len(names) > _MAX_NAMES or len(set(names)) != len(names):
        raise MalformedSignature("The list of signed headers is empty, too long, or repeats itself.")
    key_id = id_of(stated.get("keyId"))
    if key_id is None:
        raise MalformedSignature("keyId must be a URL.")
    return Signature(
        key_id=key_id,
        algorithm=stated["algorithm"].lower() if "algorithm" in stated else None,
        headers=names,
        signature=_signature(stated.get("signature", "")),
        created=_seconds(stated, "created"),
        expires=_seconds(stated, "expires"),
    )


def _parameters(header: str) -> dict[str, str]:
    if len(header) > _MAX_HEADER:
        raise MalformedSignature(f"The Signature header is longer than {_MAX_HEADER} characters.")
    stated: dict[str, str] = {}
    position = 0
    while position < len(header):
        found = _PARAMETER.match(header, position)
        if found is None:
            raise MalformedSignature("The Signature header cannot be read.")
        name, quoted, token = found.groups()
        if name in stated or (quoted is None and name in _QUOTED):
            raise MalformedSignature(f"The parameter {name[:40]} is repeated or not quoted.")
        stated[name] = token if quoted is None else quoted
        position = found.end()
    return stated


def _signature(value: str) -> bytes:
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignature("The signature is not base64.") from error
    if not decoded:
        raise MalformedSignature("The signature is missing.")
    return decoded


def _seconds(stated: Mapping[str, str], name: str) -> int | None:
    value = stated.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,11}(\.[0-9]{1,9})?", value):
        raise MalformedSignature(f"{name} must be a number of seconds.")
    return int(float(value))


def verify(signature: Signature, **received: Unpack[Received]) -> None:
    """Raise SignatureError unless the signature covers the received request, is fresh, and fits the key.

    Coverage F-312, host F-313, time F-314, algorithm F-316. The digest is only required to be signed here:
    `digest.check` compares it with the body.
    """
    method = received["method"].lower()
    check_claims(
        signature,
        method=method,
        headers=received["headers"],
        host=received["host"],
        now=received["now"],
    )
    _check_algorithm(signature, received["public_key"])
    headers = lower(received["headers"])
    messages = (
        _message(signature, headers | {"(request-target)": f"{method} {target}"})
        for target in targets(method, received["target"])
    )
    if not any(keys.verify(received["public_key"], signature.signature, message) for message in messages):
        raise SignatureError("bad_signature", "The signature does not fit the request and the key.")


def check_claims(signature: Signature, **claimed: Unpack[Claimed]) -> None:
    """Raise SignatureError for what is wrong whoever signed: coverage F-312, host F-313, time F-314.

    To be called before a key is asked for: nothing is sent anywhere for a request that cannot be valid (SSRF-07).
    """
    headers = lower(claimed["headers"])
    _check_coverage(signature, reads(claimed["method"]))
    check_host(headers.get("host"), claimed["host"])
    check_time(claimed["now"], headers.get("date"), signature.created, signature.expires)


def _check_coverage(signature: Signature, bodiless: bool) -> None:
    signed = set(signature.headers)
    if not {"(request-target)", "host"} <= signed or signed.isdisjoint({"date", "(created)"}):
        raise SignatureError("weak_signature", "(request-target), host and date or (created) must be signed.")
    if not bodiless and "digest" not in signed:
        raise SignatureError("digest_not_signed", "The digest must be signed.")


def _check_algorithm(signature: Signature, key: keys.Public) -> None:
    names = _RSA_NAMES if isinstance(key, RSAPublicKey) else _ED25519_NAMES
    # The draft forbids (created) and (expires) together with the older names, section 2.3.
    dated = not {"(created)", "(expires)"}.isdisjoint(signature.headers)
    if signature.algorithm not in names or (dated and signature.algorithm == "rsa-sha256"):
        raise SignatureError("algorithm_mismatch", "The algorithm does not fit the key.")


def _message(signature: Signature, headers: Mapping[str, str]) -> bytes:
    stated = {"(created)": signature.created, "(expires)": signature.expires}
    values = dict(headers) | {name: str(value) for name, value in stated.items() if value is not None}
    missing = [name for name in signature.headers if name not in values]
    if missing:
        raise SignatureError("missing_header", "A signed header is missing from the request.")
    return _base({name: values[name] for name in signature.headers})
