"""The certificate that pictures are signed with as those of this server; it makes one itself where none is given (P-136)."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedicara.settings import Settings

FILE: Final = "c2pa.pem"
# Nobody stamps the time of a signature, so it is worth nothing after the last day of its certificate.
VALID: Final = timedelta(days=30 * 365)
_SIGNS: Final = ("digital_signature",)
_CERTIFIES: Final = ("key_cert_sign", "crl_sign")
_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class CertificateError(Exception):
    """The file does not hold a key and the certificates that belong to it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A chain of certificates, its private key, both PEM, and the SHA-256 of the first certificate."""

    chain: str
    key: str = field(repr=False)
    fingerprint: str


def read_certificate(settings: Settings) -> Certificate:
    """The certificate in the file that was given, else in the server's own, readable by its owner alone."""
    path = settings.c2pa_certificate or settings.data / FILE
    if settings.c2pa_certificate is None and not path.exists():
        _keep(path, _made(settings.domain))
    try:
        return _parsed(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"{path} cannot be used: {error}") from error


def _parsed(pem: bytes) -> Certificate:
    chain = x509.load_pem_x509_certificates(pem)
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the private key is not one of the curve P-256")
    if chain[0].public_key() != key.public_key():
        raise ValueError("the first certificate is not that of the private key")
    return Certificate(_pem(*chain), _private(key), chain[0].fingerprint(hashes.SHA256()).hex())


def _keep(path: Path, pem: str) -> None:
    """Write a file that is whole or absent; where two processes make one, the first stays."""
    written = path.with_suffix(f".{secrets.token_hex(8)}")
    written.touch(mode=0o600)
    written.write_text(pem)
    with suppress(FileExistsError):
        os.link(written, path)
    written.unlink()


def _made(domain: str) -> str:
    """A key with a certificate of its own, signed by a root whose key is forgotten at once.

    C2PA takes no certificate that signed itself.
    """
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [_name(f"Root of {domain}"), _name(domain)]
    chain = [
        _certificate(names[0], names[1], key.public_key(), root),
        _certificate(names[0], names[0], root.public_key(), root),
    ]
    return _private(key) + _pem(*chain)


def _certificate(
    issuer: x509.Name, subject: x509.Name, public: ec.EllipticCurvePublicKey, root: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now, is_root = datetime.now(UTC), issuer == subject
    uses = _CERTIFIES if is_root else _SIGNS
    made = (
        x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{use: use in uses for use in _USES}), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(root, hashes.SHA256())


def _name(words: str) -> x509.Name:
    parts = ((NameOID.COMMON_NAME, words[:64]), (NameOID.ORGANIZATION_NAME, words[:64]))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
