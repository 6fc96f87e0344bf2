"""The signature of a request in either form: RFC 9421, or draft-cavage where that is absent (F-311)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from activitypub import cavage, claims, digest, rfc9421
from activitypub.errors import SignatureError
from activitypub.keys import Public
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.signed.signing import CAVAGE, RFC9421
from fedicara.server import Server

Signature = cavage.Signature | rfc9421.Signature


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; `headers` in lower case, `target` the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


def received(scope: Mapping[str, Any], body: bytes = b"") -> Received:
    """The request of an ASGI scope as it is signed: the target as it was sent, repeated headers joined."""
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope["query_string"]
    target = (path + (b"?" + query if query else b"")).decode("latin-1")
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Received(scope["method"], target, headers, body)


def read(request: Received) -> Signature | None:
    """The one signature that counts, None where nobody signed for us, or MalformedSignature."""
    stated = request.headers.get("signature", "")
    if "signature-input" in request.headers:
        return rfc9421.parse(request.headers["signature-input"], stated)
    return cavage.parse(stated) if stated else None


def scheme_of(signature: Signature) -> str:
    """Which of the two kinds it is."""
    return RFC9421 if isinstance(signature, rfc9421.Signature) else CAVAGE


def check_claims(server: Server, request: Received, signature: Signature) -> None:
    """Everything that needs no key, before anybody is asked for one (SSRF-07)."""
    host, now = server.settings.domain, server.now()
    if isinstance(signature, rfc9421.Signature):
        rfc9421.check_claims(signature, method=request.method, headers=request.headers, host=host, now=now)
        if "content-digest" in signature.components:
            digest.check_content(request.headers.get("content-digest"), request.body)
    else:
        cavage.check_claims(signature, method=request.method, headers=request.headers, host=host, now=now)
        if "digest" in signature.headers:
            digest.check(request.headers.get("digest"), request.body)
    # The place reads itself where it checks what it says (P-501); whoever else names a key of ours is refused.
    reads_itself = request.method == "GET" and signature.key_id.startswith(f"{server.url('/actor')}#")
    if is_own(server, signature.key_id) and not reads_itself:
        raise SignatureError("key_mismatch", "That key does not sign requests to this server.")


def verify(server: Server, request: Received, signature: Signature, public_key: Public) -> None:
    """Raise SignatureError unless the key signed this request."""
    received: claims.Received = {
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "host": server.settings.domain,
        "public_key": public_key,
        "now": server.now(),
    }
    if isinstance(signature, rfc9421.Signature):
        scheme = urlsplit(server.settings.base_url).scheme
        rfc9421.verify(signature, **received, scheme=scheme)
    else:
        cavage.verify(signature, **received)
