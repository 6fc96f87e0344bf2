"""HTTP message signatures (RFC 9421) as the fediverse uses them: made, read and checked."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final, Unpack
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from activitypub import claims, digest, keys
from activitypub.claims import Claimed, check_host, check_time, lower, reads
from activitypub.document import id_of
from activitypub.errors import MalformedSignature, SignatureError

LABEL: Final = "sig1"

_MAX_HEADER: Final = 8192
_MAX_COMPONENTS: Final = 32
_RSA_NAMES: Final = frozenset({None, "rsa-v1_5-sha256", "rsa-sha256", "hs2019"})
_ED25519_NAMES: Final = frozenset({None, "ed25519", "hs2019"})
_TARGETS: Final = ({"@target-uri"}, {"@authority", "@path", "@query"}, {"@authority", "@request-target"})

# Structured fields (RFC 9651) as far as these two headers need them.
_KEY: Final = r"[a-z*][a-z0-9_\-.*]*"
_STRING: Final = r'"(?:[^"\\\x00-\x1f\x7f-\U0010ffff]|\\["\\])*"'
_BARE: Final = rf"(?:{_STRING}|:[A-Za-z0-9+/=]*:|\?[01]|-?[0-9]{{1,15}}(?:\.[0-9]{{1,3}})?|[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*)"
_PARAMETER: Final = re.compile(rf";[ ]*({_KEY})(?:=({_BARE}))?", re.ASCII)
_LIST: Final = re.compile(rf"({_KEY})=\(")
_ITEM: Final = re.compile(rf"[ ]*({_STRING})", re.ASCII)
_BYTES: Final = re.compile(rf"({_KEY})=:([A-Za-z0-9+/=]*):")
_MEMBER: Final = re.compile(rf"({_KEY})=({_STRING})")
_NEXT: Final = re.compile(r"[ \t]*,[ \t]*(?=[a-z*])")
_ESCAPE: Final = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, read but not yet checked; `created` and `expires` are Unix seconds.

    `components` are the names that are signed, `parameters` the value of `@signature-params` as it was signed.
    """

    key_id: str
    algorithm: str | None
    components: tuple[str, ...]
    parameters: str
    signature: bytes
    created: int | None = None
    expires: int | None = None


class Received(claims.Received):
    """What a signature is checked against: besides, `scheme` is that of the configured address."""

    scheme: str


def sign(
    method: str, url: str, body: bytes | None, key_id: str, private_key: keys.Private, now: datetime
) -> dict[str, str]:
    """Return the headers that sign this request: Host, Date, Signature-Input, Signature, with a body Content-Digest.

    Signed are method, target and, with a body, its digest (F-324). A GET whose target is to be signed without its
    query is given the URL without it (F-334). `now` has a zone.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    values = {"@method": method.upper(), "@target-uri": f"{parts.scheme}://{parts.netloc}{target}"}
    added = {"Host": parts.netloc, "Date": format_datetime(now, usegmt=True)}
    if body is not None:
        values["content-digest"] = added["Content-Digest"] = digest.content_sha256_header(body)
    algorithm = "rsa-v1_5-sha256" if isinstance(private_key, RSAPrivateKey) else "ed25519"
    names = " ".join(f'"{name}"' for name in values)
    parameters = f'({names});created={int(now.timestamp())};keyid="{key_id}";alg="{algorithm}"'
    signature = keys.sign(private_key, _base(values, parameters))
    added["Signature-Input"] = f"{LABEL}={parameters}"
    added["Signature"] = f"{LABEL}=:{base64.b64encode(signature).decode()}:"
    return added


def _base(values: Mapping[str, str], parameters: str) -> bytes:
    """Return the signature base (RFC 9421 section 2.5)."""
    lines = [f'"{name}": {value}' for name, value in values.items()]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Stated:
    """One member of Signature-Input: components, each in quotes with its parameters, and the parameters of all."""

    components: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str | None], ...]

    def __str__(self) -> str:
        names = " ".join(f"{name}{more}" for name, more in self.components)
        return f"({names}){_serialised(self.parameters)}"


def _serialised(parameters: tuple[tuple[str, str | None], ...]) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in parameters)


def parse(signature_input: str, signature: str) -> Signature | None:
    """Return what Signature-Input and Signature say, or raise MalformedSignature.

    Of several labels the first without a `tag` counts; None where each has one, since a tag names another purpose
    than ours (F-311). A repeated label, parameter or component is refused (SIG-18).
    """
    values = values_of(signature)
    for label, stated in inputs(signature_input).items():
        if "tag" not in dict(stated.parameters):
            if label not in values:
                raise MalformedSignature("Signature lacks a label of Signature-Input.")
            return _read(stated, values[label])
    return None


def _read(stated: Stated, value: bytes) -> Signature:
    parameters = dict(stated.parameters)
    if any(more for _, more in stated.components):
        raise MalformedSignature("Components with parameters are not understood.")
    names = tuple(name[1:-1] for name, _ in stated.components)
    if not names or len(names) > _MAX_COMPONENTS or len(set(names)) != len(names):
        raise MalformedSignature("The list of components is empty, too long, or repeats itself.")
    key_id = id_of(text_of(parameters, "keyid"))
    if key_id is None:
        raise MalformedSignature("keyid must be a URL.")
    return Signature(
        key_id=key_id,
        algorithm=text_of(parameters, "alg"),
        components=names,
        parameters=str(stated),
        signature=value,
        created=seconds_of(parameters, "created"),
        expires=seconds_of(parameters, "expires"),
    )


def text_of(parameters: Mapping[str, str | None], name: str) -> str | None:
    """Return the text of a parameter, None where it is absent, or raise MalformedSignature."""
    if name not in parameters:
        return None
    value = parameters[name] or ""
    if not value.startswith('"'):
        raise MalformedSignature(f"{name} must be a string.")
    return _ESCAPE.sub(r"\1", value[1:-1])


def seconds_of(parameters: Mapping[str, str | None], name: str) -> int | None:
    """Return a time in Unix seconds, None where it is absent, or raise MalformedSignature."""
    if name not in parameters:
        return None
    value = parameters[name] or ""
    if not value.isdecimal() or len(value) > 11:
        raise MalformedSignature(f"{name} must be a number of seconds.")
    return int(value)


def inputs(header: str) -> dict[str, Stated]:
    """Return the members of Signature-Input by label, or raise MalformedSignature."""
    position, found = _start(header), dict[str, Stated]()
    while True:
        label = _LIST.match(header, position)
        if label is None or label[1] in found:
            raise MalformedSignature("Signature-Input cannot be read, or repeats a label.")
        found[label[1]], position = _inner_list(header, label.end())
        if position == len(header):
            return found
        position = _following(header, position)


def _inner_list(header: str, position: int) -> tuple[Stated, int]:
    components = []
    while (item := _ITEM.match(header, position)) is not None:
        more, position = _parameters(header, item.end())
        components.append((item[1], _serialised(more)))
        if not header.startswith((" ", ")"), position):
            break
    end = position + len(header[position:]) - len(header[position:].lstrip(" "))
    if not header.startswith(")", end):
        raise MalformedSignature("The list of components cannot be read.")
    parameters, position = _parameters(header, end + 1)
    return Stated(tuple(components), parameters), position


def _parameters(header: str, position: int) -> tuple[tuple[tuple[str, str | None], ...], int]:
    found: dict[str, str | None] = {}
    while (stated := _PARAMETER.match(header, position)) is not None:
        if stated[1] in found:
            raise MalformedSignature(f"The parameter {stated[1][:40]} is repeated.")
        found[stated[1]], position = stated[2], stated.end()
    return tuple(found.items()), position


def values_of(header: str) -> dict[str, bytes]:
    """Return the signatures of a Signature header by label, or raise MalformedSignature."""
    position, found = _start(header), dict[str, bytes]()
    while True:
        stated = _BYTES.match(header, position)
        if stated is None or stated[1] in found:
            raise MalformedSignature("The Signature header cannot be read, or repeats a label.")
        found[stated[1]] = _decode(stated[2])
        if stated.end() == len(header):
            return found
        position = _following(header, stated.end())


def _start(header: str) -> int:
    if len(header) > _MAX_HEADER:
        raise MalformedSignature(f"A signature header is longer than {_MAX_HEADER} characters.")
    return 0


def members(header: str) -> dict[str, tuple[str, tuple[tuple[str, str | None], ...]]]:
    """Return the strings of a Dictionary by key, each in quotes, with its parameters, or raise MalformedSignature."""
    position, found = _start(header), dict[str, tuple[str, tuple[tuple[str, str | None], ...]]]()
    while True:
        stated = _MEMBER.match(header, position)
        if stated is None or stated[1] in found:
            raise MalformedSignature("A dictionary of strings cannot be read, or repeats a key.")
        parameters, position = _parameters(header, stated.end())
        found[stated[1]] = stated[2], parameters
        if position == len(header):
            return found
        position = _following(header, position)


def _following(header: str, position: int) -> int:
    comma = _NEXT.match(header, position)
    if comma is None:
        raise MalformedSignature("A signature header cannot be read.")
    return comma.end()


def _decode(value: str) -> bytes:
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise MalformedSignature("The signature is not base64.") from error
    if not decoded:
        raise MalformedSignature("The signature is missing.")
    return decoded


def check_claims(signature: Signature, **claimed: Unpack[Claimed]) -> None:
    """Raise SignatureError for what is wrong whoever signed: coverage F-312, host F-313, time F-314.

    To be called before a key is asked for: nothing is sent anywhere for a request that cannot be valid (SSRF-07).
    """
    signed, headers = set(signature.components), lower(claimed["headers"])
    if (
        "@method" not in signed
        or not any(target <= signed for target in _TARGETS)
        or signature.created is None
    ):
        raise SignatureError("weak_signature", "@method, the whole target and created must be signed.")
    if not reads(claimed["method"]) and "content-digest" not in signed:
        raise SignatureError("digest_not_signed", "The content-digest must be signed.")
    check_host(headers.get("host"), claimed["host"])
    check_time(claimed["now"], headers.get("date"), signature.created, signature.expires)


def verify(signature: Signature, **received: Unpack[Received]) -> None:
    """Raise SignatureError unless the signature covers the received request, is fresh, and fits the key.

    Coverage F-312, host F-313, time F-314, algorithm F-316. The digest is only required to be signed here:
    `digest.check_content` compares it with the body.
    """
    check_claims(
        signature,
        method=received["method"],
        headers=received["headers"],
        host=received["host"],
        now=received["now"],
    )
    names = _RSA_NAMES if isinstance(received["public_key"], RSAPublicKey) else _ED25519_NAMES
    if signature.algorithm not in names:
        raise SignatureError("algorithm_mismatch", "The algorithm does not fit the key.")
    targets = claims.targets(received["method"], received["target"])
    messages = (signature_base(signature, received, target) for target in targets)
    if not any(keys.verify(received["public_key"], signature.signature, message) for message in messages):
        raise SignatureError("bad_signature", "The signature does not fit the request and the key.")


def signature_base(signature: Signature, received: Received, target: str) -> bytes:
    """Return the bytes that were signed (RFC 9421 section 2.5), or raise SignatureError `missing_header`."""
    path, _, query = target.partition("?")
    host = received["host"].lower()
    values = lower(received["headers"]) | {
        "@method": received["method"].upper(),
        "@target-uri": f"{received['scheme']}://{host}{target}",
        "@authority": host,
        "@scheme": received["scheme"],
        "@request-target": target,
        "@path": path,
        "@query": f"?{query}",
    }
    if any(name not in values for name in signature.components):
        raise SignatureError("missing_header", "A signed component is missing from the request.")
    return _base({name: values[name] for name in signature.components}, signature.parameters)
