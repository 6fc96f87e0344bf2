"""Bytes sealed at rest: AES-256-GCM in chunks, so that they are written, read and read in part as they pass by.

A sealed file is a header (what it is, which key, a random salt) and chunks of 64 KiB with a tag of 16 bytes each. Each file has
a key of its own, derived from the operator's by HKDF-SHA256 with the salt; a chunk's nonce is its number and whether it is
the last, so that no chunk can be dropped, moved or taken from another file (the STREAM construction, Hoang et al. 2015).
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
TAG = 16
_MAGIC = b"fedicara sealed\x01"
_ID = 8
_SALT = 16
HEADER = len(_MAGIC) + _ID + _SALT


class KeyFileError(Exception):
    """The file of keys cannot be read, or holds something else."""


class SealError(OSError):
    """A file was sealed with a key that is not here, or was changed since."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys by their id; the first seals, all of them open."""

    by_id: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> bytes | None:
        """The id of the key that seals, if there is one."""
        return next(iter(self.by_id), None)


def read_keys(path: Path) -> Keys:
    """One key a line: 32 bytes in base64; lines that begin with # are for people."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [base64.b64decode(line, validate=True) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise KeyFileError(f"{path} cannot be read as keys: {error}") from error
    if not keys or any(len(key) != 32 for key in keys):
        raise KeyFileError(f"{path} must hold a key of 32 bytes in base64 on each line")
    return Keys({hashlib.sha256(b"id of" + key).digest()[:_ID]: key for key in keys})


def is_sealed(start: bytes) -> bool:
    """Whether a file that begins so is sealed."""
    return start.startswith(_MAGIC) and len(start) >= HEADER


def sealed_with(header: bytes) -> bytes:
    """The id of the key in a header."""
    return header[len(_MAGIC) : len(_MAGIC) + _ID]


def sealed(keys: Keys, source: IO[bytes]) -> Iterator[bytes]:
    """The header, then the chunks, sealed with the newest key."""
    identifier = keys.newest
    assert identifier is not None  # noqa: S101  (whoever seals has a key)
    header = _MAGIC + identifier + secrets.token_bytes(_SALT)
    cipher = _cipher(keys, header)
    yield header
    number, chunk = 0, source.read(CHUNK)
    while True:
        following = source.read(CHUNK)
        yield cipher.encrypt(_nonce(number, is_last=not following), chunk, None)
        if not following:
            return
        number, chunk = number + 1, following


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the bytes of a sealed file of this size lie."""

    sealed_size: int

    @property
    def chunks(self) -> int:
        """How many chunks there are; an empty file has one."""
        return max(1, -(-(self.sealed_size - HEADER) // (CHUNK + TAG)))

    @property
    def size(self) -> int:
        """How many bytes were sealed."""
        return self.sealed_size - HEADER - self.chunks * TAG

    def span(self, start: int, end: int) -> tuple[range, tuple[int, int]]:
        """Which chunks hold the bytes from start to end, and where those chunks lie in the file."""
        numbers = range(start // CHUNK, min(self.chunks, -(-end // CHUNK)) if end > start else start // CHUNK)
        at = HEADER + numbers.start * (CHUNK + TAG)
        return numbers, (at, min(self.sealed_size, HEADER + numbers.stop * (CHUNK + TAG)))


class Opener:
    """Opens the chunks of one file."""

    def __init__(self, keys: Keys, header: bytes, layout: Layout) -> None:
        self._cipher = _cipher(keys, header)
        self._last = layout.chunks - 1

    def open(self, number: int, chunk: bytes) -> bytes:
        """The bytes of a chunk; SealError where it is not as it was sealed."""
        try:
            return self._cipher.decrypt(_nonce(number, is_last=number == self._last), chunk, None)
        except InvalidTag as error:
            raise SealError("a sealed file was changed, or cut off") from error


def _cipher(keys: Keys, header: bytes) -> AESGCM:
    key = keys.by_id.get(sealed_with(header))
    if key is None:
        raise SealError(f"a file was sealed with the key {sealed_with(header).hex()}, which is not here")
    return AESGCM(HKDF(SHA256(), 32, header[-_SALT:], b"fedicara original").derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")
