"""HTTP message signatures, from the signer's pen to the reader's eye."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from activitypub import digest, keys, rfc9421
from activitypub.errors import ActivityPubError, MalformedSignature, SignatureError

NOW = datetime(2026, 11, 21, 18, 3, 22, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY_ID = "https://a.example/actors/1#main-key"
BODY = b'{"type": "Follow"}'
INBOX = "https://b.example/inbox"
KEY: Any = keys.load_private(keys.generate_rsa()[0])
ED25519 = Ed25519PrivateKey.generate()
POST = ("@method", "@target-uri", "content-digest")
VECTORS = json.loads((Path(__file__).parent / "vectors" / "http-signatures.json").read_text())
(RFC_VECTOR,) = [vector for vector in VECTORS if vector["name"].startswith("RFC 9421")]


def post(**changed: Any) -> dict[str, str]:
    stated: dict[str, Any] = {"url": INBOX, "key": KEY, "now": NOW} | changed
    return rfc9421.sign("POST", stated["url"], BODY, KEY_ID, stated["key"], stated["now"])


def get(url: str) -> dict[str, str]:
    return rfc9421.sign("GET", url, None, KEY_ID, KEY, NOW)


def received(headers: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "method": "POST",
        "target": "/inbox",
        "headers": headers,
        "host": "b.example",
        "scheme": "https",
        "public_key": KEY.public_key(),
        "now": NOW,
    } | changed


def read(headers: dict[str, str]) -> rfc9421.Signature:
    signature = rfc9421.parse(headers["Signature-Input"], headers["Signature"])
    assert signature is not None
    return signature


def check(headers: dict[str, str], **changed: Any) -> None:
    """Verify as the receiving server does, with parts of what it received changed."""
    rfc9421.verify(read(headers), **received(headers, **changed))


def reason(headers: dict[str, str], **changed: Any) -> str:
    with pytest.raises(SignatureError) as caught:
        check(headers, **changed)
    return caught.value.reason


VALUES = {
    "@method": "POST",
    "@target-uri": INBOX,
    "@authority": "b.example",
    "@scheme": "https",
    "@request-target": "/inbox",
    "@path": "/inbox",
    "@query": "?",
    "host": "b.example",
    "content-digest": digest.content_sha256_header(BODY),
    "date": format_datetime(NOW, usegmt=True),
}


def by_hand(
    names: tuple[str, ...], key: Any = KEY, more: str = f';created={SECONDS};keyid="{KEY_ID}"'
) -> dict[str, str]:
    """Sign chosen components of a POST to the inbox as any other software might."""
    parameters = "(" + " ".join(f'"{name}"' for name in names) + ")" + more
    lines = [f'"{name}": {VALUES[name]}' for name in names] + [f'"@signature-params": {parameters}']
    signature = b64encode(keys.sign(key, "\n".join(lines).encode())).decode()
    return {
        "Host": "b.example",
        "Date": VALUES["date"],
        "Content-Digest": VALUES["content-digest"],
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{signature}:",
    }


@pytest.mark.rule("F-324")
def test_a_post_is_signed_over_method_target_and_digest() -> None:
    headers = post()
    assert headers["Signature-Input"] == (
        f'sig1=("@method" "@target-uri" "content-digest");created={SECONDS};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    )
    assert headers["Content-Digest"] == digest.content_sha256_header(BODY)
    assert headers["Host"] == "b.example"
    check(headers)


@pytest.mark.rule("F-324")
def test_a_get_is_signed_without_a_digest_and_with_its_query() -> None:
    headers = get("https://b.example/actors/2/followers?page=2")
    assert headers["Signature-Input"].startswith('sig1=("@method" "@target-uri");created=')
    check(headers, method="GET", target="/actors/2/followers?page=2")
    assert reason(headers, method="GET", target="/actors/2/followers?page=3") == "bad_signature"
    check(get("https://b.example"), method="GET", target="/")


@pytest.mark.rule("F-313")
@pytest.mark.threat("SIG-20")
def test_a_get_may_be_signed_without_its_query_but_a_post_may_not() -> None:
    check(get(INBOX), method="GET", target="/inbox?page=2")
    assert reason(post(), target="/inbox?page=2") == "bad_signature"


def test_an_ed25519_key_signs_too() -> None:
    headers = post(key=ED25519)
    assert headers["Signature-Input"].endswith(';alg="ed25519"')
    check(headers, public_key=ED25519.public_key())


@pytest.mark.threat("SIG-19")
def test_the_published_vector_has_the_base_that_we_build_and_fits_its_key() -> None:
    parameters = RFC_VECTOR["signature_base"].rpartition('"@signature-params": ')[2]
    headers = {
        "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "Content-Type": "application/json",
        "Content-Length": "18",
        "Signature-Input": "sig-b26=" + parameters.replace("test-key-ed25519", KEY_ID),
        "Signature": f"sig-b26=:{RFC_VECTOR['signature_base64']}:",
    }
    signature = read(headers)
    asked: Any = received(headers, target="/foo?param=Value&Pet=dog", host="example.com")
    base = rfc9421.signature_base(signature, asked, asked["target"])
    message = base.decode().replace(KEY_ID, "test-key-ed25519").encode()
    assert message.decode() == RFC_VECTOR["signature_base"]
    public: Any = load_pem_public_key(RFC_VECTOR["public_key_pem"].encode())
    assert keys.verify(public, signature.signature, message)
    for position in range(0, len(message), 9):
        changed = bytearray(message)
        changed[position] ^= 1
        assert not keys.verify(public, signature.signature, bytes(changed))
    assert reason(headers, target="/foo", host="example.com") == "weak_signature"


@pytest.mark.rule("F-313")
@pytest.mark.threat("SIG-19")
def test_a_signature_for_another_path_method_scheme_or_host_is_refused() -> None:
    assert reason(post(), target="/actors/2/inbox") == "bad_signature"
    assert reason(post(), method="PUT") == "bad_signature"
    assert reason(post(), scheme="http") == "bad_signature"
    foreign = post(url="https://other.example/inbox")
    assert reason(foreign) == "host_mismatch"
    assert reason(foreign | {"Host": "b.example"}) == "bad_signature"


@pytest.mark.rule("F-312")
@pytest.mark.threat("SIG-19")
@pytest.mark.parametrize(
    "target",
    [
        ("@target-uri",),
        ("@authority", "@path", "@query"),
        ("@authority", "@request-target", "@scheme", "host", "date"),
    ],
)
def test_the_target_may_be_signed_whole_or_in_its_parts(target: tuple[str, ...]) -> None:
    check(by_hand(("@method", *target, "content-digest")))


@pytest.mark.rule("F-312")
@pytest.mark.threat("SIG-19")
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("@target-uri", "content-digest"), "weak_signature"),
        (("@method", "@path", "@query", "content-digest"), "weak_signature"),
        (("@method", "@authority", "@path", "content-digest"), "weak_signature"),
        (("@method", "@authority", "content-digest"), "weak_signature"),
        (("@method", "@target-uri"), "digest_not_signed"),
    ],
)
def test_a_signature_that_covers_too_little_is_refused(names: tuple[str, ...], expected: str) -> None:
    assert reason(by_hand(names)) == expected


@pytest.mark.rule("F-312", "F-314")
def test_created_must_be_signed_and_every_stated_time_is_checked() -> None:
    assert reason(by_hand(POST, more=f';keyid="{KEY_ID}"')) == "weak_signature"
    check(by_hand(POST, more=f';created={SECONDS};expires={SECONDS + 9};keyid="{KEY_ID}"'))
    for created in (SECONDS - 3700, SECONDS + 400):
        assert reason(by_hand(POST, more=f';created={created};keyid="{KEY_ID}"')) == "stale"
    assert reason(by_hand(POST, more=f';created={SECONDS};expires={SECONDS - 1};keyid="{KEY_ID}"')) == "stale"
    late = by_hand(POST) | {"Date": format_datetime(NOW - timedelta(hours=2), usegmt=True)}
    assert reason(late) == "stale"


@pytest.mark.rule("F-316")
@pytest.mark.threat("SIG-16", "SIG-19")
def test_the_algorithm_follows_from_the_key() -> None:
    for name in ("rsa-v1_5-sha256", "hs2019", "rsa-sha256"):
        check(by_hand(POST, more=f';created={SECONDS};keyid="{KEY_ID}";alg="{name}"'))
    for name in ("hmac-sha256", "none", "rsa-pss-sha512", "ed25519", ""):
        assert (
            reason(by_hand(POST, more=f';created={SECONDS};keyid="{KEY_ID}";alg="{name}"'))
            == "algorithm_mismatch"
        )
    assert reason(post(), public_key=ED25519.public_key()) == "algorithm_mismatch"


def test_a_changed_header_or_a_missing_one_is_refused() -> None:
    changed = post() | {"Content-Digest": digest.content_sha256_header(b"other")}
    assert reason(changed) == "bad_signature"
    headers = post()
    del headers["Content-Digest"]
    assert reason(headers) == "missing_header"


INPUT = f'sig1=("@method" "@target-uri");created=1;keyid="{KEY_ID}"'
VALUE = "sig1=:YWJj:"


@pytest.mark.rule("F-311")
def test_the_first_label_without_a_tag_counts() -> None:
    crawler = (
        'bot=("@authority" "signature-agent";key="a");tag="web-bot-auth";keyid="x";flag;n=-1.5;b=:YQ==:;t=?1'
    )
    signature = rfc9421.parse(f'{crawler}, {INPUT};alg="a\\"b"', f"bot=:Ynk=:, {VALUE}")
    assert signature == rfc9421.Signature(
        key_id=KEY_ID,
        algorithm='a"b',
        components=("@method", "@target-uri"),
        parameters=f'{INPUT.removeprefix("sig1=")};alg="a\\"b"',
        signature=b"abc",
        created=1,
    )
    assert rfc9421.parse(crawler, "bot=:Ynk=:") is None


def test_blanks_are_read_as_the_canonical_form_that_was_signed() -> None:
    signature = rfc9421.parse(f'sig1=( "@method"   "@target-uri" ); created=1; keyid="{KEY_ID}"', VALUE)
    assert signature is not None
    assert signature.parameters == INPUT.removeprefix("sig1=")


@pytest.mark.threat("SIG-18")
@pytest.mark.parametrize(
    ("stated", "value"),
    [
        ("", VALUE),
        (INPUT, ""),
        ("sig1", VALUE),
        ("sig1=()", VALUE),
        (f'sig1=();keyid="{KEY_ID}"', VALUE),
        (INPUT + ",", VALUE),
        (INPUT + " x", VALUE),
        (f"{INPUT}, {INPUT}", VALUE),
        (INPUT, f"{VALUE}, {VALUE}"),
        (INPUT, "sig1=:YWJj:x"),
        (INPUT, "sig1=:Y=W:"),
        (INPUT, "sig1=::"),
        (INPUT, "sig2=:YWJj:"),
        (INPUT, 'keyId="x",signature="YWJj"'),
        (INPUT.replace('"@target-uri"', '"@method"'), VALUE),
        (INPUT.replace('"@target-uri"', '"@target-uri";req'), VALUE),
        (INPUT.replace('"@target-uri"', '"x'), VALUE),
        (INPUT.replace('" "', '""'), VALUE),
        (INPUT.replace('"@target-uri"', " ".join(f'"x{number}"' for number in range(200))), VALUE),
        (INPUT + f';keyid="{KEY_ID}"', VALUE),
        (INPUT.replace(f'"{KEY_ID}"', "main-key"), VALUE),
        (INPUT.replace(f'"{KEY_ID}"', '"main-key"'), VALUE),
        (INPUT.replace(f';keyid="{KEY_ID}"', ""), VALUE),
        (INPUT.replace("created=1", "created"), VALUE),
        (INPUT.replace("created=1", 'created="1"'), VALUE),
        (INPUT.replace("created=1", "created=-1"), VALUE),
        (INPUT.replace("created=1", "created=1.5"), VALUE),
        (INPUT + ";x=" + "y" * 65_536, VALUE),
        (INPUT, "sig1=:" + "YWJj" * 16_384 + ":"),
        ("a=(" + '"x" ' * 2000, VALUE),
    ],
    ids=range(30),
)
def test_a_header_that_is_ambiguous_or_broken_is_malformed_at_once(stated: str, value: str) -> None:
    start = process_time()
    with pytest.raises(MalformedSignature):
        rfc9421.parse(stated, value)
    assert process_time() - start < 0.5


@given(st.text(max_size=200))
def test_whatever_header_arrives_only_our_own_error_comes_out(junk: str) -> None:
    pairs = (
        (junk, VALUE),
        (INPUT, junk),
        (f"{INPUT};{junk}", VALUE),
        (INPUT.replace("@target-uri", junk), VALUE),
    )
    for stated, value in pairs:
        try:
            signature = rfc9421.parse(stated, value)
            if signature is not None:
                fresh = replace(signature, created=SECONDS)
                rfc9421.verify(
                    fresh, **received({"Host": junk, junk: junk}, host=junk, target=junk, method="GET")
                )
        except ActivityPubError:
            pass
