"""Keys, base58 and the signature primitives."""

import json
from base64 import b64decode
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from activitypub import keys
from activitypub.errors import MalformedDocument, SignatureError

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "vectors" / "http-signatures.json").read_text()
)


def pem_of(key: Any) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_published_vector_is_accepted_and_refused_with_one_byte_changed(vector: dict[str, str]) -> None:
    key: Any = load_pem_public_key(vector["public_key_pem"].encode())
    message, signature = vector["signature_base"].encode(), b64decode(vector["signature_base64"])
    assert keys.verify(key, signature, message)
    for position in (0, len(message) // 2, len(message) - 1):
        changed = bytearray(message)
        changed[position] ^= 1
        assert not keys.verify(key, signature, bytes(changed))
    for position in (0, len(signature) // 2, len(signature) - 1):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not keys.verify(key, bytes(changed), message)


@pytest.mark.rule("F-025")
def test_a_new_rsa_key_has_2048_bits_and_signs() -> None:
    private, public = keys.generate_rsa()
    loaded = keys.load_public(public)
    assert isinstance(loaded, RSAPublicKey)
    assert loaded.key_size == 2048
    assert "\r" not in public
    assert keys.verify(loaded, keys.sign(keys.load_private(private), b"x"), b"x")


@pytest.mark.rule("F-026")
def test_a_new_ed25519_key_is_stated_as_a_multikey_and_signs() -> None:
    private, stated = keys.generate_ed25519()
    assert stated.startswith("z6Mk")
    loaded = keys.load_public(keys.Key("https://a.example/1#ed25519-key", "https://a.example/1", stated))
    assert isinstance(loaded, Ed25519PublicKey)
    assert keys.multibase(loaded) == stated
    assert keys.verify(loaded, keys.sign(keys.load_private(private), b"x"), b"x")
    assert keys.load_public(pem_of(loaded)) == loaded


def test_a_private_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(ValueError, match="RSA and Ed25519"):
        keys.load_private(pem.decode())


def rsa_pem(bits: int, exponent: int = 65537) -> str:
    return pem_of(RSAPublicNumbers(exponent, (1 << (bits - 1)) + 12345).public_key())


@pytest.mark.rule("F-316")
@pytest.mark.threat("SIG-17")
@pytest.mark.parametrize(
    "stated",
    [
        pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()),
        rsa_pem(2047),
        rsa_pem(8193),
        rsa_pem(16384),
        rsa_pem(2048, 2**32 + 1),
        pem_of(ec.generate_private_key(ec.SECP256R1()).public_key()),
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000 + "\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "",
        "\ud800",
        "z",
        "z0",
        "z" + keys.base58_encode(b"\xed\x01" + b"k" * 31),
        "z" + keys.base58_encode(b"\x12\x05" + b"k" * 32),
        "z" * 100_000,
    ],
    ids=range(15),
)
def test_weak_and_hostile_keys_are_refused_quickly(stated: str) -> None:
    start = process_time()
    with pytest.raises(SignatureError) as caught:
        keys.load_public(stated)
    assert caught.value.reason == "unusable_key"
    assert process_time() - start < 0.5


@pytest.mark.rule("F-316")
@pytest.mark.parametrize("bits", [2048, 8192])
def test_rsa_keys_at_both_bounds_are_taken(bits: int) -> None:
    assert isinstance(keys.load_public(rsa_pem(bits)), RSAPublicKey)


@given(st.binary(max_size=64))
def test_base58_gives_back_what_it_was_given(data: bytes) -> None:
    assert keys.base58_decode(keys.base58_encode(data)) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "é", "1" * 1025])
def test_what_is_no_base58_is_malformed(text: str) -> None:
    with pytest.raises(MalformedDocument):
        keys.base58_decode(text)
