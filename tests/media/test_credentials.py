"""Sizes that are signed with the upload as their parent, read back by c2pa-python."""

import json
import socket
from dataclasses import replace
from io import BytesIO
from typing import Any

import c2pa
import pytest

from media.credentials import Signing, Upload
from media.credentials import signed as sign
from media.errors import NotSigned
from media.pipeline import prepare
from media.provenance import scan
from media.sniff import sniff
from media.variants import Rendition
from tests.media.markers import SOURCE_TYPES, credentials, packet, png, signed, small
from tests.media.pictures import encoded, meadow, opened, options

GENERATED = SOURCE_TYPES + "trainedAlgorithmicMedia"
ENTRIES = {"cawg.ai_training": {"use": "notAllowed"}, "cawg.ai_inference": {"use": "allowed"}}
PLACE = {
    "label": "stds.exif",
    "data": {"@context": {"exif": "http://ns.adobe.com/exif/1.0/"}, "exif:GPSLatitude": "48,15.7N"},
}


def signing() -> Signing:
    """What signs in these tests."""
    chain, key = (each.decode() for each in credentials())
    return Signing(chain, key, ENTRIES)


def prepared(data: bytes, source_type: str = "") -> list[bytes]:
    """The files that are made of an upload."""
    wanted = {"Iptc4xmpExt:DigitalSourceType": source_type} if source_type else {}
    asked = options("none", wanted, signing=signing())
    return [each.data for each in prepare(data, asked).renditions]


def manifests(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the Reader says of a file, and the manifest that counts."""
    with (
        c2pa.Context.from_dict({"verify": {"remote_manifest_fetch": False}}) as context,
        c2pa.Reader(str(sniff(data)), BytesIO(data), context=context) as reader,
    ):
        store = json.loads(reader.json())
    return store, store["manifests"][store["active_manifest"]]


@pytest.mark.rule("P-135", "P-136")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_size_is_signed_with_the_statement_and_its_parent_and_little_else(kind: str) -> None:
    data = encoded(meadow(700, 500), kind)
    plain = [each.data for each in prepare(data, options("none")).renditions]
    for before, after in zip(plain, prepared(data), strict=True):
        store, active = manifests(after)
        assert store["validation_state"] == "Valid"
        assert [each["code"] for each in store["validation_status"]] == ["signingCredential.untrusted"]
        stated = {each["label"]: each["data"] for each in active["assertions"]}
        assert stated["cawg.training-mining"]["entries"] == ENTRIES
        assert [each["relationship"] for each in active["ingredients"]] == ["parentOf"]
        assert "thumbnail" not in active
        assert "time" not in active["signature_info"]
        assert len(after) - len(before) < 6_000
        assert opened(after).tobytes() == opened(before).tobytes()
        changed = bytearray(after)
        changed[-30] ^= 0xFF
        assert manifests(bytes(changed))[0]["validation_state"] == "Invalid"


@pytest.mark.rule("P-431", "P-132")
def test_the_mark_of_a_signed_upload_stays_and_its_secrets_do_not() -> None:
    camera = signed("trainedAlgorithmicMedia", assertions=(PLACE,), thumbnails=True)
    edited = signed(parent=camera, assertions=(PLACE,))
    for data in (camera, edited):
        assert b"48,15.7N" in data
        for file in prepared(data):
            assert b"48,15.7N" not in file
            store, active = manifests(file)
            assert store["validation_state"] == "Valid"
            assert all("thumbnail" not in each for each in store["manifests"].values())
            (parent,) = active["ingredients"]
            assert parent["active_manifest"] in store["manifests"]
            assert len(file) < 30_000
            found = [(each.kind, each.field) for each in scan(file).evidence]
            assert found == [("question", "c2pa:ingredient")]
    # What is declared for the work stands in the server's own manifest.
    (found, *_) = scan(prepared(edited, GENERATED)[0]).evidence
    assert (found.kind, found.field) == ("signed", "c2pa:actions")


@pytest.mark.rule("P-132")
def test_a_history_that_is_broken_or_talkative_stays_behind() -> None:
    broken = bytearray(signed("digitalCreation"))
    broken[-40] ^= 0xFF
    actions = [{"action": "c2pa.created", "description": "a heron for Joe", "digitalSourceType": GENERATED}]
    talkative = signed(actions=actions)
    noted = signed(parent=signed("digitalCreation"), note="a heron for Joe")
    assert b"for Joe" in talkative
    assert b"for Joe" in noted
    ids = 'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmpMM:DocumentID="xmp.did:for Joe"'
    named = encoded(small(), "JPEG", xmp=packet(attributes=ids))
    # Nor does one go along of which something would be left.
    camera, size = signed("digitalCreation", assertions=(PLACE,)), encoded(small(), "JPEG")
    for redactions in ([], [f"self#jumbf=/c2pa/{'0' * 8}/c2pa.assertions/stds.exif"]):
        parent = Upload(camera, "image/jpeg", redactions)
        file = sign(Rendition("large", "image/jpeg", 48, 32, size, ""), parent, signing(), "").data
        assert (len(manifests(file)[0]["manifests"]), b"48,15.7N" in file) == (1, False)
    for data in (bytes(broken), talkative, noted, named, png()):
        for file in prepared(data):
            store, active = manifests(file)
            assert (store["validation_state"], len(store["manifests"])) == ("Valid", 1)
            assert [each["relationship"] for each in active["ingredients"]] == ["parentOf"]
            assert b"for Joe" not in file


@pytest.mark.rule("P-135")
def test_a_manifest_elsewhere_is_never_fetched_to_sign() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/manifest.c2pa"
        data = signed("digitalCreation", remote=address)
        assert address.encode() in data
        files = prepared(data)
        nobody.setblocking(False)
        with pytest.raises(BlockingIOError):
            nobody.accept()
    assert all(address.encode() not in file for file in files)


def test_without_a_good_certificate_nothing_leaves() -> None:
    good = signing()
    root = good.chain[good.chain.index("-----BEGIN", 10) :]
    for chain in (root, "no certificate"):
        with pytest.raises(NotSigned, match="have to check its certificate"):
            prepare(png(), options("none", signing=replace(good, chain=chain)))
