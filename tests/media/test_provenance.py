"""What a file says of how it was made: every marker of the table, its class, and what is no marker."""

import json
import socket
import zlib
from dataclasses import asdict
from pathlib import Path

import pytest

from media.fingerprint import distance, fingerprint
from media.provenance import NOT_READ, Scan, manifest, scan
from media.provenance.apart import apart
from tests.media import markers
from tests.media.markers import (
    COMFY,
    FOOOCUS,
    INVOKE,
    JOB,
    NOVELAI,
    SD_METADATA,
    SETTINGS,
    credit_line,
    exif,
    hidden,
    packet,
    png,
    signed,
    small,
    spoken,
    stated,
    with_chunk,
)
from tests.media.pictures import chunk, encoded, meadow, opened
from tests.media.test_process import run

GENERATED, COMPOSITE = "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"
KINDS = ("JPEG", "PNG", "WEBP")


def found(data: bytes) -> list[tuple[str, str]]:
    """Class and field of everything that was found, where all of the file could be read."""
    read = scan(data)
    assert read.unreadable == read.unread == ()
    return [(each.kind, each.field) for each in read.evidence]


def clean(kind: str = "PNG", **options: object) -> bytes:
    return encoded(small(), kind, **options)


TEXTS = [
    ({"parameters": SETTINGS}, "text:parameters"),
    ({"parameters": FOOOCUS}, "text:parameters"),
    (COMFY, "text:prompt"),
    ({"invokeai_metadata": INVOKE}, "text:invokeai_metadata"),
    ({"sd-metadata": SD_METADATA}, "text:sd-metadata"),
    ({"Dream": '"a heron" -s 20 -S 1 -W 512 -H 512 -C 7.5 -A k_euler'}, "text:Dream"),
    (NOVELAI, "text:Comment"),
    ({"Description": JOB}, "text:Description"),
]


@pytest.mark.rule("P-411", "P-412")
@pytest.mark.parametrize(("texts", "field"), TEXTS, ids=[field for _, field in TEXTS])
def test_the_text_chunks_of_every_generator_are_recognised(texts, field):
    assert found(png(texts)) == [("generator", field)]


@pytest.mark.rule("P-412")
@pytest.mark.parametrize("kind", [*KINDS, "AVIF"])
def test_settings_in_a_comment_of_exif_are_recognised_in_every_kind_of_file(kind):
    assert found(clean(kind, exif=exif(spoken()))) == [("generator", "exif:UserComment")]
    plain = b"ASCII\0\0\0" + SETTINGS.encode()
    assert found(clean(kind, exif=exif(plain))) == [("generator", "exif:UserComment")]
    assert found(clean(kind, exif=exif(spoken("a heron at dusk, Seed: none")))) == []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_settings_hidden_in_the_alpha_channel_are_found(kind, packed):
    (evidence,) = scan(hidden(packed=packed, kind=kind)).evidence
    assert (evidence.kind, evidence.field) == ("generator", "alpha")
    assert evidence.excerpt.startswith("a heron at dusk")
    assert found(clean(kind)) == found(encoded(small("RGBA"), kind)) == []


@pytest.mark.rule("P-411", "P-412")
def test_what_a_gif_says_of_itself_is_read_from_its_comment_and_its_blocks():
    assert found(clean("GIF", comment=b"parameters: " + SETTINGS.encode())) == found(
        png({"Comment": "parameters: " + SETTINGS})
    )
    data = clean("GIF")
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    place = data.index(b",", 13 + 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 13)
    block = b"!\xff\x0bXMP DataXMP" + stated(GENERATED) + trailer
    assert found(data[:place] + block + data[place:]) == [("declared", "xmp:DigitalSourceType")]
    assert scan(b"GIF89a\1\0\1\0\0\0\0" + bytes(1_000_000)) == NOT_READ


@pytest.mark.rule("P-411")
@pytest.mark.parametrize("kind", ["AVIF", "GIF"])
def test_a_manifest_is_found_in_avif_and_gif_too(kind):
    assert found(signed(GENERATED, kind=kind)) == [("signed", "c2pa:actions")]


SOURCE_TYPES = {
    GENERATED: ["declared"],
    COMPOSITE: ["declared, part"],
    "compositeSynthetic": ["question"],
    **{
        each: []
        for each in (
            "algorithmicMedia",
            "digitalCreation",
            "digitalArt",
            "digitalCapture",
            "computationalCapture",
            "negativeFilm",
            "humanEdits",
        )
    },
}


@pytest.mark.rule("P-411")
@pytest.mark.parametrize(("source_type", "kinds"), SOURCE_TYPES.items())
def test_a_digital_source_type_in_xmp_has_its_class(source_type, kinds):
    for kind in (*KINDS, "AVIF"):
        data = (
            clean(kind, xmp=stated(source_type))
            if kind != "PNG"
            else png({"XML:com.adobe.xmp": stated(source_type).decode()})
        )
        assert found(data) == [(each, "xmp:DigitalSourceType") for each in kinds], kind


@pytest.mark.rule("P-411")
@pytest.mark.parametrize(
    ("inside", "evidence"),
    [
        ("<xmp:CreatorTool>Adobe Firefly</xmp:CreatorTool>", [("declared", "xmp:CreatorTool")]),
        ("<xmp:CreatorTool>ComfyUI 0.3</xmp:CreatorTool>", [("hint", "xmp:CreatorTool")]),
        ("<xmp:CreatorTool>Krita 5</xmp:CreatorTool>", []),
        ("<photoshop:Credit>Made with Google AI</photoshop:Credit>", [("declared", "xmp:Credit")]),
        ("<photoshop:Credit>Ada, made with Google AI in mind</photoshop:Credit>", []),
        (f"<dc:description>{JOB}</dc:description>", [("generator", "xmp:description")]),
    ],
)
def test_what_tools_write_into_xmp_has_its_class(inside, evidence):
    assert found(clean("JPEG", xmp=packet(inside))) == evidence


@pytest.mark.rule("P-411")
def test_software_and_credit_are_read_from_exif_and_iptc():
    for software in ("Stable Diffusion web UI", "StableDiffusion", "Leonardo.Ai"):
        assert found(clean("JPEG", exif=exif(software=software))) == [("hint", "exif:Software")]
    assert found(clean("JPEG", exif=exif(software="GIMP 3.0"))) == []
    google = credit_line("AI-Generated with Google Photos")
    assert found(google) == [("declared", "iptc:Credit")]
    assert found(credit_line("Ada Example")) == []


@pytest.mark.rule("P-412", "P-413")
@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": "The parameters of my life"},
        {"prompt": "Paint what you see", "workflow": "pencil, then ink"},
        {"Description": "Job ID: none, --v is a switch"},
        {"Description": JOB.replace("--ar 3:2 --v 6.0", "")},
        {**NOVELAI, "Software": "Krita"},
        {"Comment": "drawn in ComfyUI's café"},
    ],
)
def test_prose_is_no_marker(texts):
    assert found(png(texts)) == []


@pytest.mark.rule("P-412")
def test_a_graph_without_its_workflow_is_a_hint():
    assert found(png({"prompt": COMFY["prompt"]})) == [("hint", "text:prompt")]
    assert found(png({"prompt": '["class_type"]'})) == []


@pytest.mark.rule("P-411")
@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_manifest_says_generated_or_in_part(kind):
    assert found(signed(GENERATED, kind=kind)) == [("signed", "c2pa:actions")]
    assert found(signed(COMPOSITE, kind=kind)) == [("signed, part", "c2pa:actions")]
    assert found(signed("digitalCreation", kind=kind)) == []


@pytest.mark.rule("P-411")
def test_what_only_an_ingredient_was_is_a_question_and_a_broken_signature_a_hint():
    generated = signed(GENERATED)
    assert found(signed(parent=generated)) == [("question", "c2pa:ingredient")]
    assert found(signed("digitalCreation", maker="OpenAI Image")) == [("hint", "c2pa:claim_generator")]
    assert found(signed("digitalCreation", maker="Camera")) == []
    tampered = bytearray(generated)
    tampered[-40] ^= 0xFF
    assert found(bytes(tampered)) == [("hint", "c2pa")]


@pytest.mark.rule("P-411")
@pytest.mark.parametrize("label", ["cawg.training-mining", "c2pa.training-mining"])
def test_an_opt_out_statement_is_never_evidence(label):
    name = f"{label.partition('.')[0]}.ai_generative_training"
    assertion = {"label": label, "data": {"entries": {name: {"use": "notAllowed"}}}}
    data = signed("digitalCreation", assertions=(assertion,))
    assert found(data) == []
    # What it states is read as a statement, also where the signature is broken (P-021).
    tampered = bytearray(data)
    tampered[-40] ^= 0xFF
    for each in (data, bytes(tampered)):
        assert scan(each).stated == {"cawg.training-mining": [{name: {"use": "notAllowed"}}]}


@pytest.mark.rule("P-021")
def test_what_packets_state_of_data_mining_is_read_within_bounds():
    def mining(value: str) -> bytes:
        return packet(attributes=f'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" plus:DataMining="{value}"')

    said = mining("DMI-PROHIBITED")
    in_png = png({"XML:com.adobe.xmp": said.decode()})
    for data in (in_png, *(encoded(small(), kind, xmp=said) for kind in ("JPEG", "WEBP"))):
        assert scan(data).stated == {"plus:DataMining": ["DMI-PROHIBITED"]}
    assert scan(encoded(small(), "JPEG", xmp=mining("x" * 251))).stated == {}
    assert scan(encoded(small(), "JPEG", xmp=mining("DMI-PROHIBITED")[:-9])).stated == {}


def test_a_manifest_is_noted_as_not_read_where_the_extra_is_missing(monkeypatch):
    monkeypatch.setattr(manifest, "READS", False)
    read = scan(signed(GENERATED)).as_dict()
    assert read == {"evidence": [], "unreadable": [], "unread": ["manifest"], "stated": {}}


@pytest.mark.rule("P-410")
def test_a_manifest_elsewhere_is_never_fetched(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/manifest.c2pa"
        data = signed(GENERATED, remote=address)
        assert address.encode() in data
        read = scan(data)
        nobody.setblocking(False)
        with pytest.raises(BlockingIOError):
            nobody.accept()
    assert [each.kind for each in read.evidence] == []


@pytest.mark.rule("P-411")
def test_evidence_keeps_a_hash_and_eighty_characters_and_never_the_value():
    (evidence,) = scan(png({"parameters": "x" * 60 + "\n" + SETTINGS})).evidence
    stored = evidence.as_dict()
    assert stored.keys() == {"class", "field", "sha256", "excerpt", "tool"}
    assert (len(stored["excerpt"]), len(stored["sha256"]), stored["tool"]) == (
        80,
        64,
        "sd-parsers 0.6, AUTOMATIC1111",
    )
    assert "Negative prompt" not in json.dumps(stored)


@pytest.mark.rule("P-410")
def test_whatever_is_too_large_or_damaged_is_unreadable_by_name_and_the_rest_still_counts():
    bomb = b"parameters\0\0" + zlib.compress(bytes(50_000_000))
    assert scan(with_chunk(b"zTXt", bomb)).unreadable[0] == "text parameters"
    huge = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b" " * 50_000_000)
    read = scan(with_chunk(b"iTXt", huge))
    assert (read.unreadable[0], read.evidence) == ("text XML:com.adobe.xmp", ())
    plain = b"Comment\0" + b"x" * (2 * 1024 * 1024 + 1)
    assert scan(with_chunk(b"tEXt", plain)).unreadable[0] == "text Comment"
    both = png({"parameters": SETTINGS})
    both = both[:33] + with_chunk(b"zTXt", bomb)[33 : 33 + 12 + len(bomb)] + both[33:]
    read = scan(both)
    assert (read.unreadable[0], [each.field for each in read.evidence]) == (
        "text parameters",
        ["text:parameters"],
    )
    much = b"".join(
        with_chunk(b"tEXt", b"a\0" + bytes(1_900_000))[33 : 33 + 12 + 1_900_002] for _ in range(5)
    )
    assert scan(both[:33] + much + both[33:]).unreadable != ()
    assert scan(clean("JPEG", xmp=b"<x:xmpmeta>")).unreadable == ("xmp",)
    assert scan(with_chunk(b"caBX", b"no manifest")).unreadable == ("manifest",)
    assert scan(b"\0\0\0\x20ftypavif" + bytes(40)) == NOT_READ
    pieces = b"RIFF\0\0\0\0WEBP" + bytes(8 * 30_000)
    start = b"\x89PNG\r\n\x1a\n"
    assert scan(pieces) == scan(start + chunk(b"IDAT", b"") * 30_000) == NOT_READ
    assert scan(start + bytes(12 * 30_000)).unreadable == ("alpha",)
    assert scan(b"words") == scan(clean("JPEG")[:300]) == Scan()
    assert scan(with_chunk(b"iTXt", b"x\0")).unreadable[0] == "text x"


@pytest.mark.rule("P-410")
def test_a_scan_in_a_process_of_its_own_answers_in_time_or_counts_as_unreadable():
    data = png({"parameters": SETTINGS})
    assert apart(data) == json.loads(json.dumps(scan(data).as_dict()))
    assert apart(data, seconds=0) == NOT_READ.as_dict()


@pytest.mark.rule("P-410")
def test_the_media_process_scans_before_it_strips_and_knows_the_picture_again(tmp_path):
    _, lines, _ = run(tmp_path, png({"parameters": SETTINGS}), engine="none")
    done = lines[-1]["done"]
    assert [each["class"] for each in done["provenance"]["evidence"]] == ["generator"]
    known = fingerprint(small())
    assert done["fingerprint"] == asdict(known)
    assert not any(b"Steps: 20" in each.read_bytes() for each in (tmp_path / "out").iterdir())


@pytest.mark.rule("P-422")
def test_a_picture_is_known_again_after_small_changes_and_another_is_not():
    picture = meadow(640, 480)
    own = fingerprint(picture)
    assert fingerprint(opened(encoded(picture))) == own
    again = fingerprint(opened(encoded(picture.resize((500, 375)), "JPEG", quality=80)))
    assert again.pixels != own.pixels
    assert distance(again.perceptual, own.perceptual) <= 4
    others = [
        markers.small().rotate(90, expand=True),
        picture.rotate(180),
        picture.convert("L").point(lambda v: 255 - v).convert("RGB"),
    ]
    assert all(distance(fingerprint(each).perceptual, own.perceptual) > 4 for each in others)
    flat = fingerprint(picture.resize((1, 1)).resize((64, 64)))
    assert (flat.perceptual, distance(flat.perceptual, flat.perceptual)) == ("", 64)
    assert fingerprint(small("RGBA")).perceptual == fingerprint(small()).perceptual
