"""Keys of actors: making, reading, and the two signature primitives."""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from activitypub.errors import MalformedDocument, SignatureError

Private = RSAPrivateKey | Ed25519PrivateKey
Public = RSAPublicKey | Ed25519PublicKey

MAX_PEM: Final = 16_384
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = {character: value for value, character in enumerate(_ALPHABET)}
_MAX_BASE58: Final = 1024
_ED25519_PREFIX: Final = b"\xed\x01"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as an actor states it: `public` is a PEM, or for Ed25519 a multibase string (`z6Mk…`)."""

    id: str
    owner: str
    public: str


def generate_rsa() -> tuple[str, str]:
    """Return (private PEM in PKCS #8, public PEM) of a new RSA key of 2,048 bits (F-025)."""
    private = generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return _private_pem(private), public.decode()


def generate_ed25519() -> tuple[str, str]:
    """Return (private PEM in PKCS #8, public key as multibase) of a new Ed25519 key (F-026, FEP-521a)."""
    private = Ed25519PrivateKey.generate()
    return _private_pem(private), multibase(private.public_key())


def _private_pem(key: Private) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def load_private(pem: str) -> Private:
    """Return one of our own private keys, ready to sign; any other kind is a ValueError."""
    # Checking the primes of a key that was made here costs forty times a signature.
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("Only RSA and Ed25519 keys sign here.")
    return key


def load_public(key: Key | str) -> Public:
    """Return a stated public key (PEM or multibase) ready to check with, or raise SignatureError.

    Refused: RSA below 2,048 or above 8,192 bits or with an exponent outside 3 to 2³², every other kind of key (SIG-17).
    """
    stated = key.public if isinstance(key, Key) else key
    if stated.startswith("z"):
        return _load_multibase(stated)
    try:
        loaded = load_pem_public_key(stated.encode()) if len(stated) <= MAX_PEM else None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("unusable_key", "The key cannot be read.") from error
    if isinstance(loaded, Ed25519PublicKey):
        return loaded
    if not isinstance(loaded, RSAPublicKey) or not _is_sound(loaded):
        raise SignatureError("unusable_key", "Only Ed25519 and RSA keys of 2048 to 8192 bits count.")
    return loaded


def _is_sound(key: RSAPublicKey) -> bool:
    """Hold size and exponent in bounds; a long exponent would only make checking slow."""
    return 2048 <= key.key_size <= 8192 and 2 < key.public_numbers().e < 2**32


def _load_multibase(stated: str) -> Ed25519PublicKey:
    try:
        raw = base58_decode(stated[1:])
    except MalformedDocument as error:
        raise SignatureError("unusable_key", "The key is not base58btc.") from error
    if len(raw) != 34 or not raw.startswith(_ED25519_PREFIX):
        raise SignatureError("unusable_key", "The multikey is not an Ed25519 key.")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def multibase(key: Ed25519PublicKey) -> str:
    """Return an Ed25519 key as `z` + base58btc with the multicodec prefix 0xed01 (FEP-521a)."""
    return "z" + base58_encode(_ED25519_PREFIX + key.public_bytes_raw())


def sign(key: Private, message: bytes) -> bytes:
    """Return the signature: RSASSA-PKCS1-v1_5 with SHA-256 for RSA (RFC 8017), EdDSA for Ed25519 (RFC 8032)."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, PKCS1v15(), SHA256())
    return key.sign(message)


def verify(key: Public, signature: bytes, message: bytes) -> bool:
    """Say whether the signature fits; the algorithm follows from the key and nothing else (F-316)."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def base58_encode(data: bytes) -> str:
    """Return bytes in base58 with the Bitcoin alphabet; leading zero bytes become `1`."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(encoded: str) -> bytes:
    """Return the bytes of a base58 string of at most 1,024 characters, or raise MalformedDocument."""
    if len(encoded) > _MAX_BASE58 or any(character not in _DIGITS for character in encoded):
        raise MalformedDocument("This is not base58.")
    number = 0
    for character in encoded:
        number = number * 58 + _DIGITS[character]
    zeros = len(encoded) - len(encoded.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
