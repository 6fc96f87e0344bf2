"""Web Bot Auth: claims that are read, claims that are not, and keys that prove them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import bot_auth
from activitypub.errors import MalformedDocument

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
URL = "https://art.example/@ada?page=2"
AGENT = '"https://bot.example"'
KEY = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
PUBLIC = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).rstrip(b"=").decode()
THUMBPRINT = bot_auth.thumbprint(PUBLIC)
COVERED = '"@authority" "signature-agent";key="sig1"'
RFC9421_KEY = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"


def parameters(**more: object) -> str:
    stated: dict[str, object] = {
        "created": MOMENT,
        "expires": MOMENT + 60,
        "keyid": f'"{THUMBPRINT}"',
        "tag": '"web-bot-auth"',
        **more,
    }
    return "".join(f";{name}={value}" for name, value in stated.items() if value is not None)


def request(covered: str = COVERED, agent: str = f"sig1={AGENT}", **more: object) -> dict[str, str]:
    """Headers signed as a bot signs them; the agent's line is what a signer writes there."""
    known = {
        '"@authority"': "art.example",
        '"@target-uri"': URL,
        '"@method"': "GET",
        '"@path"': "/@ada",
        '"signature-agent";key="sig1"': agent.removeprefix("sig1="),
        '"signature-agent"': agent,
    }
    stated = f"({covered}){parameters(**more)}"
    lines = [f"{name}: {known.get(name, 'x')}" for name in covered.split(" ") if name]
    signed = KEY.sign("\n".join([*lines, f'"@signature-params": {stated}']).encode())
    value = base64.b64encode(signed).decode()
    return {
        "signature-agent": agent,
        "signature-input": f"sig1={stated}",
        "signature": f"sig1=:{value}:",
    }


def proven(headers: dict[str, str], url: str = URL) -> bool:
    claim = bot_auth.read(headers, NOW)
    return claim is not None and bot_auth.verify(claim, PUBLIC, "GET", url)


@pytest.mark.rule("P-235", "P-237", "P-240")
@pytest.mark.parametrize(
    ("covered", "agent"),
    [
        (COVERED, f"sig1={AGENT}"),
        (COVERED, f'sig1={AGENT};type="directory"'),
        (COVERED, f'other="https://x.example", sig1={AGENT}'.replace("other", "a")),
        ('"@target-uri" "@method" "@path" "signature-agent";key="sig1"', f"sig1={AGENT}"),
        ('"@authority" "signature-agent"', AGENT),
    ],
)
def test_a_signed_request_proves_its_directory_and_only_for_what_was_signed(covered: str, agent: str) -> None:
    headers = request(covered, agent)
    if "," in agent:
        headers = {**request(covered), "signature-agent": agent}
    claim = bot_auth.read(headers, NOW)
    assert claim is not None
    assert (claim.origin, claim.thumbprint) == ("https://bot.example", THUMBPRINT)
    assert proven(headers)
    assert not proven(headers, "https://other.example/")


@pytest.mark.rule("P-235", "P-236", "P-237")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        request(tag='"other"'),
        request(tag=None),
        request(created=None),
        request(expires=None),
        request(keyid=None),
        request(created=MOMENT + 61),
        request(expires=MOMENT - 1),
        request(created=MOMENT - 90_000, expires=MOMENT + 60),
        request(alg='"hmac-sha256"'),
        request('"@method" "signature-agent";key="sig1"'),
        request('"@authority"'),
        request('"@authority" "signature-agent";key="other"'),
        request(agent='sig1="http://bot.example"'),
        request(agent='sig1="https://bot.example/path"'),
        request(agent='sig1="https://bot.example?x"'),
        request(agent='sig1="https://me@bot.example"'),
        request(agent='sig1="https://bot.example:99999"'),
        request(agent=f'sig1={AGENT};type="card"'),
        request(agent=f"other={AGENT}"),
        request(agent="nonsense"),
        request(agent=""),
        {**request(), "signature": "sig2=:AAAA:"},
        {**request(), "signature": "nonsense"},
    ],
)
def test_what_breaks_a_rule_is_no_claim(headers: dict[str, str]) -> None:
    assert bot_auth.read(headers, NOW) is None


@pytest.mark.rule("P-236")
def test_a_minute_ahead_and_a_whole_day_are_within_the_window() -> None:
    assert proven(request(created=MOMENT + 60))
    assert proven(request(created=MOMENT, expires=MOMENT + 86_400, alg='"ed25519"'))


@pytest.mark.rule("P-235")
def test_a_component_that_nobody_here_knows_proves_nothing() -> None:
    assert not proven(request('"@authority" "x-strange" "signature-agent";key="sig1"'))
    assert not proven(request('"@authority" "@method";req "signature-agent";key="sig1"'))


def jwk(**more: Any) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": PUBLIC, **more}


@pytest.mark.rule("P-238", "P-240")
def test_a_directory_gives_its_keys_by_thumbprint_without_those_of_rfcs() -> None:
    keys = [
        jwk(),
        jwk(x=RFC9421_KEY),
        jwk(x="AAAA"),
        jwk(x="!" * 43),
        jwk(x=1),
        {"kty": "oct", "k": "AAAA"},
        7,
    ]
    assert bot_auth.read_directory(json.dumps({"keys": keys}).encode()) == {THUMBPRINT: PUBLIC}
    # RFC 8037, appendix A.3.
    assert bot_auth.thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == (
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    )


@pytest.mark.rule("P-238")
@pytest.mark.parametrize("body", [b"nonsense", b"[]", b"{}", json.dumps({"keys": [jwk()] * 51}).encode()])
def test_a_directory_of_another_shape_gives_nothing(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        bot_auth.read_directory(body)
