"""Proofs inside documents: the published example, ours, and what is wrong with others."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from activitypub import jcs, keys, proofs
from activitypub.errors import ActivityPubError, SignatureError

FOLDER = Path(__file__).parent / "vectors" / "eddsa-jcs-2022"
NOW = datetime(2026, 11, 21, 18, 3, 22, 999, tzinfo=UTC)
KEY_ID = "https://a.example/actors/1#ed25519-key"
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key()
ACTIVITY: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://a.example/activities/1",
    "type": "Create",
    "object": {"type": "Note", "content": "ä"},
}
SIGNED = proofs.sign(ACTIVITY, KEY_ID, PRIVATE, NOW)


def published(name: str) -> str:
    return (FOLDER / name).read_text().strip()


EXAMPLE: dict[str, Any] = json.loads(published("signedJCS.json"))


def check(document: dict[str, Any], key: keys.Public = PUBLIC, now: datetime = NOW) -> None:
    proof = proofs.find(document)
    assert proof is not None
    proofs.verify(document, proof, key, now)


def reason(document: dict[str, Any], key: keys.Public = PUBLIC, now: datetime = NOW) -> str:
    with pytest.raises(SignatureError) as caught:
        check(document, key, now)
    return caught.value.reason


def signed_by_hand(
    document: dict[str, Any], options: dict[str, Any], stated: dict[str, Any]
) -> dict[str, Any]:
    value = "z" + keys.base58_encode(keys.sign(PRIVATE, proofs.message(document, options)))
    return document | {"proof": stated | {"proofValue": value}}


@pytest.mark.rule("F-321", "F-322")
def test_the_published_example_has_every_value_that_we_compute() -> None:
    proof = proofs.find(EXAMPLE)
    assert proof is not None
    unsigned = {name: value for name, value in EXAMPLE.items() if name != "proof"}
    assert jcs.canonical(unsigned).decode() == published("canonDocJCS.txt")
    assert proof.options == json.loads(published("proofConfigJCS.json"))
    assert jcs.canonical(proof.options).decode() == published("proofCanonJCS.txt")
    message = proofs.message(EXAMPLE, proof.options)
    assert message.hex() == published("combinedHashJCS.txt")
    assert message.hex() == published("proofHashJCS.txt") + published("docHashJCS.txt")
    assert proof.value.hex() == published("sigHexJCS.txt")
    assert "z" + keys.base58_encode(proof.value) == published("sigBTC58JCS.txt")


@pytest.mark.rule("F-321")
def test_the_published_example_is_accepted_and_refused_with_anything_changed() -> None:
    public = keys.load_public(json.loads(published("keyPair.json"))["publicKeyMultibase"])
    check(EXAMPLE, public)
    for name, value in (("name", "Alumni credential"), ("added", 1), ("type", ["VerifiableCredential"])):
        assert reason(EXAMPLE | {name: value}, public) == "bad_signature"
    for name, value in (("created", "2023-02-24T23:36:39Z"), ("verificationMethod", "did:key:other")):
        assert reason(EXAMPLE | {"proof": EXAMPLE["proof"] | {name: value}}, public) == "bad_signature"
    value = published("sigBTC58JCS.txt")
    assert reason(EXAMPLE | {"proof": EXAMPLE["proof"] | {"proofValue": value[:-1] + "Z"}}, public)


@pytest.mark.rule("F-322")
def test_our_proof_repeats_the_context_and_states_whole_seconds() -> None:
    context = ["https://www.w3.org/ns/activitystreams", proofs.CONTEXT]
    assert SIGNED["@context"] == context
    value = SIGNED["proof"].pop("proofValue")
    assert SIGNED["proof"] == {
        "@context": context,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-21T18:03:22Z",
        "verificationMethod": KEY_ID,
        "proofPurpose": "assertionMethod",
    }
    SIGNED["proof"]["proofValue"] = value
    check(SIGNED)
    check(json.loads(json.dumps(SIGNED)), now=NOW + timedelta(days=900))
    again = proofs.sign(SIGNED, KEY_ID, PRIVATE, NOW)
    assert again == SIGNED
    assert "proof" not in ACTIVITY


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23")
def test_a_proof_over_other_bytes_or_by_another_key_does_not_fit() -> None:
    assert reason(SIGNED | {"type": "Delete"}) == "bad_signature"
    assert reason(SIGNED, Ed25519PrivateKey.generate().public_key()) == "bad_signature"
    assert reason(SIGNED, keys.load_public(keys.generate_rsa()[1])) == "algorithm_mismatch"


def test_a_context_may_be_added_after_those_of_the_proof_but_not_before_or_instead() -> None:
    context = SIGNED["@context"]
    check(SIGNED | {"@context": [*context, "https://w3id.org/security/v1"]})
    assert reason(SIGNED | {"@context": ["https://w3id.org/security/v1", *context]}) == "bad_signature"
    assert reason(SIGNED | {"@context": context[:1]}) == "bad_signature"


def test_a_proof_that_repeats_no_context_is_read_both_ways() -> None:
    options = {
        name: value for name, value in SIGNED["proof"].items() if name not in ("@context", "proofValue")
    }
    check(signed_by_hand(ACTIVITY, options, options))
    check(signed_by_hand(ACTIVITY, options | {"@context": ACTIVITY["@context"]}, options))
    bare = {name: value for name, value in ACTIVITY.items() if name != "@context"}
    check(signed_by_hand(bare, options, options))
    assert reason(signed_by_hand(bare, options, options) | {"type": "Like"}) == "bad_signature"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "2026-11-21T18:09:22Z"),
        ("created", "soon"),
        ("expires", "2026-11-21T18:03:21Z"),
        ("expires", 5),
    ],
)
def test_a_proof_of_the_future_or_past_its_end_is_stale(name: str, value: Any) -> None:
    options = {key: entry for key, entry in SIGNED["proof"].items() if key != "proofValue"} | {name: value}
    unsigned = {key: entry for key, entry in SIGNED.items() if key != "proof"}
    assert reason(signed_by_hand(unsigned, options, options)) == "stale"


def test_a_proof_without_times_counts() -> None:
    options = {key: entry for key, entry in SIGNED["proof"].items() if key not in ("proofValue", "created")}
    unsigned = {key: entry for key, entry in SIGNED.items() if key != "proof"}
    check(signed_by_hand(unsigned, options, options))


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"verificationMethod": {"id": KEY_ID}},
        {"proofValue": 5},
        {"proofValue": "mAAAA"},
        {"proofValue": "z0"},
        {"proofValue": "z11"},
    ],
    ids=str,
)
def test_other_kinds_of_proofs_are_not_seen(changed: dict[str, Any]) -> None:
    proof = SIGNED["proof"]
    assert proofs.find(SIGNED | {"proof": proof | changed}) is None
    found = proofs.find(SIGNED | {"proof": ["x", proof | changed, proof]})
    assert found is not None
    assert found.key_id == KEY_ID


@pytest.mark.threat("SIG-22")
def test_a_linked_data_signature_is_no_proof() -> None:
    assert proofs.find(ACTIVITY | {"signature": {"type": "RsaSignature2017", "signatureValue": "x"}}) is None


JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["@context", "created", "expires", "verificationMethod", "proofValue", "x"]), JUNK)
def test_whatever_proof_arrives_only_our_own_error_comes_out(name: str, junk: Any) -> None:
    document = SIGNED | {"proof": SIGNED["proof"] | {name: junk}, "x": junk}
    proof = proofs.find(document)
    if proof is not None:
        with pytest.raises(ActivityPubError):
            proofs.verify(document, proof, PUBLIC, NOW)
