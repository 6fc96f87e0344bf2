"""What a file of somebody else says of its own use."""

import pytest

from media.embedded import statements
from media.marks import SAVERS, marks
from media.xmp import LARGEST
from tests.media.pictures import meadow

VALUE = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"
OPENED = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'


@pytest.mark.rule("P-301")
@pytest.mark.parametrize("media_type", sorted(SAVERS))
def test_a_statement_is_found_in_every_kind_of_file_as_it_stands(media_type: str) -> None:
    data = SAVERS[media_type](meadow(), marks({"plus:DataMining": VALUE}, None))
    assert statements(data) == {"plus:DataMining": VALUE}
    assert statements(SAVERS[media_type](meadow(), marks({}, None))) == {}


@pytest.mark.rule("P-301")
def test_a_packet_that_nobody_can_read_is_known_to_be_there() -> None:
    unread = {"plus:DataMining": None}
    assert statements(b"pixels") == {}
    assert statements(OPENED + b"torn") == unread
    assert statements(OPENED + b" " * 2 * LARGEST + b"</x:xmpmeta>") == unread
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    assert statements(b"<?xpacket begin" + entity + b"<?xpacket end") == unread
