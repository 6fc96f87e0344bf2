"""Credit is kept; place, device, comments and prompts are dropped."""

import struct

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from media.decode import decode
from media.strip import Credit, strip
from tests.media.pictures import encoded, meadow, profile, xmp

SEQ = "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>"


def exif(**tags: object) -> bytes:
    """EXIF as a phone writes it: place, camera, software, and whatever is named."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0131] = "Maker", "Phone 9", "App 3"
    made.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    made.get_ifd(0x8769)[0xA431] = "SERIAL-123456"
    for tag, value in tags.items():
        made[{"artist": 0x013B, "copyright": 0x8298, "description": 0x010E}[tag]] = value
    return made.tobytes()


def iptc(*records: tuple[int, bytes]) -> bytes:
    """A Photoshop resource with IPTC records of the second kind, as an APP13 segment."""
    body = b"".join(b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text for number, text in records)
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(body)) + body + bytes(len(body) % 2)
    block = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + struct.pack(">H", len(block) + 2) + block


@pytest.mark.rule("P-132")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_artist_stays_and_the_place_and_the_camera_go(kind):
    data = encoded(
        meadow(), kind, exif=exif(artist="Ada Example", copyright="© Ada".encode(), description="x")
    )
    stripped = strip(decode(data))
    assert stripped.credit == Credit(("Ada Example",), "© Ada")
    assert stripped.kept == ("creator", "copyright")
    assert stripped.dropped == ("place (GPS)", "camera, software and dates", "other EXIF fields")


def test_credit_in_xmp_is_read_from_every_spelling():
    inside = (
        SEQ.format("Ada &amp; Ben")
        + '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ada</rdf:li></rdf:Alt></dc:rights>'
        '<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/><xmp:CreatorTool>Tool</xmp:CreatorTool>'
    )
    stripped = strip(decode(encoded(meadow(), "JPEG", xmp=xmp(inside), icc_profile=profile())))
    assert stripped.credit == Credit(("Ada & Ben",), "© Ada", "https://creativecommons.org/licenses/by/4.0/")
    assert stripped.kept == ("creator", "copyright", "licence", "colour profile")
    assert stripped.dropped == ("other XMP properties",)


def test_credit_as_attributes_of_the_description_is_read():
    packet = xmp("").replace(
        b'rdf:about=""', b'rdf:about="" dc:creator="Ada" xmpRights:UsageTerms="Ask first."'
    )
    assert strip(decode(encoded(meadow(), "WEBP", xmp=packet))).credit == Credit(("Ada",), "", "Ask first.")


def test_credit_in_iptc_is_read_and_the_rest_of_iptc_goes():
    data = encoded(meadow(), "JPEG")
    data = data[:2] + iptc((80, "Zoë".encode()), (116, "© Zoë".encode("latin-1")), (90, b"Berlin")) + data[2:]
    stripped = strip(decode(data))
    assert stripped.credit == Credit(("Zoë",), "© Zoë")
    assert stripped.dropped == ("other IPTC fields",)


def test_damaged_iptc_is_left_out():
    data = encoded(meadow(), "JPEG")
    damaged = iptc((80, b"Ada")).replace(b"\x1c\x02\x50\x00\x03", b"\x1c\x02\x50\xff\xff")
    stripped = strip(decode(data[:2] + damaged + data[2:]))
    assert stripped.credit == Credit()


def test_several_bylines_are_several_creators():
    data = encoded(meadow(), "JPEG")
    data = data[:2] + iptc((80, b"Ada"), (80, b"Ben")) + data[2:]
    assert strip(decode(data)).credit.creator == ("Ada", "Ben")


def test_author_and_copyright_notes_of_a_png_are_credit_and_prompts_are_not():
    notes = PngInfo()
    for key, value in {
        "Author": "Ada",
        "Copyright": "© Ada",
        "parameters": "a castle",
        "Comment": "hm",
    }.items():
        notes.add_text(key, value)
    stripped = strip(decode(encoded(meadow(), "PNG", pnginfo=notes)))
    assert stripped.credit == Credit(("Ada",), "© Ada")
    assert stripped.dropped == ("prompts of an image generator", "comments and text notes")


@pytest.mark.threat("MED-07")
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY who "Mallory">]>',
        '<!DOCTYPE x [<!ENTITY who SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY who "&b;&b;&b;">]>',
    ],
)
def test_entities_in_xmp_are_never_resolved(doctype):
    packet = xmp(SEQ.format("&who;"), before=doctype)
    assert strip(decode(encoded(meadow(), "JPEG", xmp=packet))).credit == Credit()


@pytest.mark.parametrize(
    "packet", [b"<not xml", b"<a/>", b"\0\0", xmp(SEQ.format("x" * 1_100_000))[:1_050_000]]
)
def test_xmp_that_cannot_be_read_gives_no_credit(packet):
    assert strip(decode(encoded(meadow(), "WEBP", xmp=packet))).credit == Credit()


def test_credit_loses_control_characters_and_what_is_too_long():
    data = encoded(meadow(), "PNG", exif=exif(artist="Ada\x07\n" + "x" * 5000))
    (creator,) = strip(decode(data)).credit.creator
    assert creator.startswith("Ada xxx")
    assert len(creator) == 1000
