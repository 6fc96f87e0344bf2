"""The Digest header."""

import hashlib
from base64 import b64encode

import pytest

from activitypub import digest
from activitypub.errors import MalformedSignature, SignatureError

BODY = b'{"type": "Create"}'
SHA512 = "sha-512=" + b64encode(hashlib.sha512(BODY).digest()).decode()


@pytest.mark.rule("F-315")
@pytest.mark.parametrize(
    "header",
    [
        digest.sha256_header(BODY),
        digest.sha256_header(BODY).replace("SHA-256", "sha-256"),
        SHA512,
        f"{SHA512}, {digest.sha256_header(BODY)}",
        f"MD5=abc, {digest.sha256_header(BODY)}",
    ],
)
def test_a_digest_that_fits_the_body_is_accepted(header: str) -> None:
    digest.check(header, BODY)


@pytest.mark.rule("F-315")
@pytest.mark.threat("SIG-03", "SIG-04")
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "digest_missing"),
        ("", "digest_missing"),
        ("MD5=1B2M2Y8AsgTpgAmY7PhCfg==", "digest_unsupported"),
        ("SHA-1=x", "digest_unsupported"),
        ("nonsense", "digest_unsupported"),
        (digest.sha256_header(b"another body"), "digest_mismatch"),
        (f"{SHA512}, {digest.sha256_header(b'another body')}", "digest_mismatch"),
        ("SHA-256=", "digest_mismatch"),
        ("SHA-256=AAAA", "digest_mismatch"),
    ],
)
def test_a_digest_that_proves_nothing_is_refused(header: str | None, reason: str) -> None:
    with pytest.raises(SignatureError) as caught:
        digest.check(header, BODY)
    assert caught.value.reason == reason
    assert not isinstance(caught.value, MalformedSignature)


@pytest.mark.threat("SIG-04")
@pytest.mark.parametrize("value", ["*", "é", "abc"])
def test_a_digest_that_is_not_base64_is_malformed(value: str) -> None:
    with pytest.raises(MalformedSignature):
        digest.check(f"SHA-256={value}", BODY)


@pytest.mark.rule("F-315")
def test_a_content_digest_is_checked_over_the_bytes() -> None:
    digest.check_content(digest.content_sha256_header(b"x"), b"x")
    both = (
        f"{digest.content_sha256_header(b'x')}, sha-512=:{b64encode(hashlib.sha512(b'x').digest()).decode()}:"
    )
    digest.check_content(both, b"x")
    for header, reason in (
        (None, "digest_missing"),
        ("md5=:YWJj:", "digest_unsupported"),
        (digest.content_sha256_header(b"y"), "digest_mismatch"),
        (both.replace("sha-512=:", "sha-512=:YWJj"), "digest_mismatch"),
        ("sha-256=:%:", "malformed"),
    ):
        with pytest.raises(SignatureError) as caught:
            digest.check_content(header, b"x")
        assert caught.value.reason == reason
