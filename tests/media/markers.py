"""Files with every marker that a scan looks for, made by code; the certificate is made for the test."""

import gzip
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import c2pa
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.media.pictures import chunk, encoded, meadow

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SETTINGS = "a heron at dusk\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x512"
NODE = {"class_type": "KSampler", "inputs": {"sampler_name": "euler", "steps": 20, "cfg": 7, "seed": 1}}
COMFY = {"prompt": json.dumps({"3": NODE}), "workflow": json.dumps({"links": [], "nodes": []})}
FOOOCUS = json.dumps(
    {
        **dict.fromkeys(("base_model", "base_model_hash", "sampler", "prompt", "negative_prompt"), "x"),
        **{"guidance_scale": 4, "scheduler": "karras", "seed": 1, "sharpness": 2, "steps": 30},
        "version": "Fooocus v2.5",
    }
)
INVOKE = json.dumps(
    {"scheduler": "euler", "positive_prompt": "a heron", "seed": 1, "steps": 20, "cfg_scale": 7}
)
SD_METADATA = json.dumps(
    {
        "model": "sd",
        "image": {
            "prompt": [{"prompt": "a heron", "weight": 1.0}],
            "sampler": "k_euler",
            "seed": 1,
            "steps": 20,
            "cfg_scale": 7,
        },
    }
)
NOVELAI = {
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4 37442FCA",
    "Description": "a heron",
    "Comment": json.dumps({"sampler": "k_euler", "seed": 1, "steps": 28, "scale": 5, "uc": "blurry"}),
}
JOB = "a heron at dusk --ar 3:2 --v 6.0 Job ID: 0e3d4cbe-4f1d-4b3f-a3d2-0f6a1b2c3d4e"


def small(mode: str = "RGB") -> Image.Image:
    return meadow(48, 32, mode)


def png(texts: Mapping[str, str] | None = None, **options: Any) -> bytes:
    notes = PngInfo()
    for name, text in (texts or {}).items():
        notes.add_text(name, text)
    return encoded(small(), "PNG", pnginfo=notes, **options)


def packet(inside: str = "", attributes: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def stated(source_type: str) -> bytes:
    """A packet that names a digital source type."""
    return packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPES}{source_type}"')


def exif(comment: bytes = b"", software: str = "") -> bytes:
    made = Image.Exif()
    if software:
        made[0x0131] = software
    if comment:
        made.get_ifd(0x8769)[0x9286] = comment
    return made.tobytes()


def spoken(text: str = SETTINGS) -> bytes:
    """A UserComment as the generators write it."""
    return b"UNICODE\0" + text.encode("utf-16-be")


def credit_line(text: str) -> bytes:
    """A JPEG whose IPTC record 2:110 says this."""
    body = b"\x1c\x02\x6e" + struct.pack(">H", len(text)) + text.encode()
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(body)) + body
    data = encoded(small(), "JPEG")
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + data[2:]


def hidden(text: str = SETTINGS, *, packed: bool = False, kind: str = "PNG") -> bytes:
    """A picture whose alpha channel speaks in its lowest bits."""
    payload = gzip.compress(text.encode()) if packed else text.encode()
    head = b"stealth_pngcomp" if packed else b"stealth_pnginfo"
    bits = np.unpackbits(np.frombuffer(head + struct.pack(">I", 8 * len(payload)) + payload, np.uint8))
    picture = meadow(64, 48, "RGBA")
    alpha = np.full((64, 48), 254, np.uint8)
    alpha.reshape(-1)[: len(bits)] |= bits
    picture.putalpha(Image.fromarray(np.ascontiguousarray(alpha.T)))
    return encoded(picture, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))


@cache
def credentials() -> tuple[bytes, bytes]:
    """A chain of two certificates that nobody trusts, and the key of the last."""
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root of the tests")])
    leaf = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Camera"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"),
        ]
    )

    def certificate(subject: x509.Name, public: Any, *, is_root: bool) -> x509.Certificate:
        made = x509.CertificateBuilder(root, subject, public, x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        made = made.add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        signs = x509.KeyUsage(True, False, False, False, False, is_root, is_root, False, False)
        made = made.add_extension(signs, critical=True)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        made = made.add_extension(identifier, critical=False)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        if not is_root:
            made = made.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
        return made.sign(root_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    chain = certificate(leaf, key.public_key(), is_root=False).public_bytes(pem)
    chain += certificate(root, root_key.public_key(), is_root=True).public_bytes(pem)
    return chain, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def signed(
    source_type: str = "",
    *,
    kind: str = "JPEG",
    parent: bytes = b"",
    maker: str = "Camera",
    remote: str = "",
    assertions: tuple[Mapping[str, Any], ...] = (),
    actions: list[Mapping[str, Any]] | None = None,
    thumbnails: bool = False,
    note: str = "",
) -> bytes:
    """A picture with a C2PA manifest, or with nothing but the address of one."""
    media_type = f"image/{kind.lower()}"
    actions = actions or [{"action": "c2pa.created", "digitalSourceType": SOURCE_TYPES + source_type}]
    claim = {
        "claim_generator_info": [{"name": maker, "version": "1"}],
        "format": media_type,
        "assertions": [
            *([] if parent else [{"label": "c2pa.actions", "data": {"actions": actions}}]),
            *assertions,
        ],
    }
    chain, key = credentials()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
    settings = {"builder": {"thumbnail": {"enabled": thumbnails}}, "verify": {"remote_manifest_fetch": False}}
    context = c2pa.Context.from_dict(settings)
    builder = c2pa.Builder(json.dumps(claim), context=context)
    if parent:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        ingredient = json.dumps(
            {"title": "parent", "relationship": "parentOf", **({"description": note} if note else {})}
        )
        builder.add_ingredient(ingredient, media_type, BytesIO(parent))
    if remote:
        builder.set_remote_url(remote)
        builder.set_no_embed()
    out = BytesIO()
    builder.sign(signer, media_type, BytesIO(parent or encoded(small(), kind)), out)
    return out.getvalue()


def with_chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG with a chunk of one's own before the pixels."""
    data = encoded(small(), "PNG")
    return data[:33] + chunk(kind, body) + data[33:]
