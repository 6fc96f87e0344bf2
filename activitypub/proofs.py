"""Proofs inside documents, which hold wherever the document travels (FEP-8b32, eddsa-jcs-2022)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from activitypub import keys
from activitypub.claims import FUTURE
from activitypub.document import Document, format_time, items, timestamp
from activitypub.errors import MalformedDocument, SignatureError
from activitypub.jcs import canonical

CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"

_TYPE: Final = "DataIntegrityProof"
_SUITE: Final = "eddsa-jcs-2022"
_PURPOSE: Final = "assertionMethod"
_MAX_PROOFS: Final = 8
_MAX_VALUE: Final = 128
_SIGNATURE: Final = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof, read but not yet checked: `options` is all it states except its value, `key_id` the multikey's id."""

    key_id: str
    options: Mapping[str, Any]
    value: bytes


def sign(document: Document, key_id: str, private_key: Ed25519PrivateKey, created: datetime) -> Document:
    """Return the document with a proof over the whole of it (F-322).

    The proof's context joins the document's, and the proof repeats them all; `created` has whole seconds.
    """
    contexts = items(document.get("@context"))
    stated = document | {"@context": contexts if CONTEXT in contexts else [*contexts, CONTEXT]}
    stated.pop("proof", None)
    options = {
        "@context": stated["@context"],
        "type": _TYPE,
        "cryptosuite": _SUITE,
        "created": format_time(created),
        "verificationMethod": key_id,
        "proofPurpose": _PURPOSE,
    }
    value = "z" + keys.base58_encode(keys.sign(private_key, message(stated, options)))
    return stated | {"proof": options | {"proofValue": value}}


def message(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes that are signed: the digests of the options and of the document without its proof."""
    return _digest(options) + _digest({name: document[name] for name in document if name != "proof"})


def _digest(value: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical(value)).digest()


def find(document: Mapping[str, Any]) -> Proof | None:
    """Return the first proof of this kind in a document as it came, or None.

    The document must be the JSON itself: one whose terms were respelled no longer fits its proof.
    """
    return next(
        (found for entry in items(document.get("proof"))[:_MAX_PROOFS] if (found := _read(entry))), None
    )


def _read(stated: Any) -> Proof | None:
    wanted = {"type": _TYPE, "cryptosuite": _SUITE, "proofPurpose": _PURPOSE}
    if not isinstance(stated, dict) or any(stated.get(name) != value for name, value in wanted.items()):
        return None
    key_id, value = stated.get("verificationMethod"), stated.get("proofValue")
    if not isinstance(key_id, str) or not isinstance(value, str) or not value.startswith("z"):
        return None
    try:
        signature = keys.base58_decode(value[1:_MAX_VALUE])
    except MalformedDocument:
        return None
    options = {name: stated[name] for name in stated if name != "proofValue"}
    return Proof(key_id, options, signature) if len(signature) == _SIGNATURE else None


def verify(document: Mapping[str, Any], proof: Proof, public_key: keys.Public, now: datetime) -> None:
    """Raise SignatureError unless the proof fits the document and the key, and is neither expired nor of the future.

    How old a proof is does not matter: it travels with the document (vc-di-eddsa section 3.3.2). Reasons are
    algorithm_mismatch, stale and bad_signature.
    """
    if not isinstance(public_key, Ed25519PublicKey):
        raise SignatureError("algorithm_mismatch", "The proof's key is no Ed25519 key.")
    _check_time(proof.options, now)
    contexts = items(document.get("@context"))
    repeated = items(proof.options.get("@context"))
    if contexts[: len(repeated)] != repeated:
        raise SignatureError("bad_signature", "The proof was made in another context.")
    signed = _signed(document, proof)
    if not any(keys.verify(public_key, proof.value, message(*pair)) for pair in signed):
        raise SignatureError("bad_signature", "The proof does not fit the document and the key.")


def _signed(document: Mapping[str, Any], proof: Proof) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What may have been signed: the document in the proof's context.

    A proof without one was made either so, or in the document's, which older software then does not repeat.
    """
    if "@context" in proof.options:
        return [({**document, "@context": proof.options["@context"]}, proof.options)]
    pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [(document, proof.options)]
    if "@context" in document:
        pairs.append((document, {**proof.options, "@context": document["@context"]}))
    return pairs


def _check_time(options: Mapping[str, Any], now: datetime) -> None:
    created, expires = (timestamp(options.get(name)) for name in ("created", "expires"))
    if ("created" in options and created is None) or ("expires" in options and expires is None):
        raise SignatureError("stale", "The proof's time cannot be read.")
    if (created is not None and created > now + FUTURE) or (expires is not None and expires < now):
        raise SignatureError("stale", "The proof has expired, or is dated in the future.")
