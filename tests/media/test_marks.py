"""The XMP packet byte for byte, and the files that carry it."""

import pytest

from media.marks import LARGEST, SAVERS, credited, marks, packet
from media.strip import Credit
from media.xmp import credit as read
from tests.media.pictures import meadow, opened, profile

PROPERTIES = {
    "plus:DataMining": "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
    "Iptc4xmpExt:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    "xmpRights:Marked": "True",
    "xmpRights:WebStatement": "https://art.example/ai-policy",
    "dc:creator": ["Ada Example"],
    "dc:rights": "© Ada Example. AI training and data mining reserved.",
}
GOLDEN = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
 xmpRights:Marked="True"
 xmpRights:WebStatement="https://art.example/ai-policy">
<dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li></rdf:Seq></dc:creator>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ada Example. AI training and data mining reserved.</rdf:li></rdf:Alt></dc:rights>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def test_the_packet_is_the_golden_one_whatever_the_order_of_its_properties():
    assert packet(PROPERTIES) == GOLDEN.encode()
    assert packet(dict(reversed(PROPERTIES.items()))) == GOLDEN.encode()
    assert len(packet(PROPERTIES)) == 941


@pytest.mark.rule("P-130")
@pytest.mark.parametrize("media_type", SAVERS)
def test_a_file_carries_the_packet_and_the_profile_as_they_are(media_type):
    data = SAVERS[media_type](meadow(), marks(PROPERTIES, profile()))
    assert GOLDEN.encode() in data  # in PNG too: the chunk is not compressed
    picture = opened(data)
    assert picture.info["xmp"] == GOLDEN.encode()
    assert picture.info["icc_profile"] == profile()


@pytest.mark.parametrize("media_type", SAVERS)
def test_exif_repeats_creator_and_rights_and_nothing_else(media_type):
    exif = dict(opened(SAVERS[media_type](meadow(), marks(PROPERTIES))).getexif())
    assert exif.keys() == {0x013B, 0x8298}
    assert exif[0x013B] == "Ada Example"
    assert exif[0x8298].encode("latin-1").decode() == PROPERTIES["dc:rights"]


@pytest.mark.parametrize("media_type", SAVERS)
def test_without_credit_there_is_no_exif(media_type):
    assert not opened(SAVERS[media_type](meadow(), marks({"xmpRights:Marked": "True"}))).getexif()


@pytest.mark.rule("P-133")
def test_values_are_escaped_and_lose_control_characters():
    hostile = "A\"<b>&\x00\x1b'\nB\ud800"
    written = packet({"dc:creator": [hostile], "dc:rights": hostile, "xmpRights:WebStatement": hostile})
    assert b"<b>" not in written
    assert b"\x1b" not in written
    assert read(written) == {"dc:creator": ["A\"<b>& ' B"], "dc:rights": ["A\"<b>& ' B"]}


@pytest.mark.rule("P-133")
def test_a_packet_never_passes_sixteen_kibibytes():
    written = packet(
        {
            "dc:creator": [str(place) + "&" * 3000 for place in range(100)],
            "dc:rights": "ж" * 100_000,
            "dc:description": "'" * 50_000,
        }
    )
    assert 1000 < len(written) <= LARGEST
    assert len(read(written)["dc:creator"]) == 16
    with pytest.raises(ValueError, match="16 KiB"):
        packet({"xmpRights:WebStatement": "https://art.example/" + "x" * 20_000})


def test_a_prefix_that_is_not_known_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match="unknown XMP prefix: evil"):
        packet({"evil:thing": "x"})


@pytest.mark.rule("P-133")
def test_the_uploads_own_credit_comes_first():
    own = Credit(("Zoë",), "© Zoë.", "https://creativecommons.org/licenses/by/4.0/")
    merged = credited(PROPERTIES, own)
    assert merged["dc:creator"] == ("Zoë",)
    assert merged["dc:rights"] == f"© Zoë. {PROPERTIES['dc:rights']}"
    assert merged["cc:license"] == own.licence
    assert merged["plus:DataMining"] == PROPERTIES["plus:DataMining"]


def test_a_rights_text_that_holds_the_sentence_already_is_left_alone():
    merged = credited({"dc:rights": "All reserved."}, Credit(rights="© Zoë. All reserved."))
    assert merged["dc:rights"] == "© Zoë. All reserved."
    assert credited({}, Credit(rights="© Zoë."))["dc:rights"] == "© Zoë."


def test_a_licence_in_words_becomes_usage_terms_and_never_replaces_the_policys():
    assert credited({}, Credit(licence="Ask."))["xmpRights:UsageTerms"] == "Ask."
    assert credited({"xmpRights:UsageTerms": "No."}, Credit(licence="Ask."))["xmpRights:UsageTerms"] == "No."


def test_no_credit_changes_nothing():
    assert credited(PROPERTIES, Credit()) == PROPERTIES
