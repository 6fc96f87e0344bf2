"""Which servers get large pictures."""

import pytest

from policies.peers import Standing, gets_large, standing
from policies.policy import PeerMedia, Use
from policies.statements import SILENCE, Statement

ALLOWS, DENIES = Statement(ai_train=Use.ALLOW), Statement(ai_train=Use.DENY)


@pytest.mark.rule("P-310")
def test_a_server_stands_by_what_it_and_its_people_state() -> None:
    assert standing([SILENCE, Statement(search=Use.DENY)]) is Standing.NEUTRAL
    assert standing([SILENCE, DENIES]) is Standing.ALIGNED
    assert standing([DENIES, ALLOWS]) is Standing.CONTRARY
    assert standing([]) is Standing.NEUTRAL


@pytest.mark.rule("P-311")
@pytest.mark.parametrize("signs", [False, True])
@pytest.mark.parametrize("peer", Standing)
def test_large_pictures_go_where_the_artist_lets_them(peer: Standing, signs: bool) -> None:
    assert gets_large(PeerMedia.ALL, peer, signs=signs)
    assert gets_large(PeerMedia.SIGNED, peer, signs=signs) is (signs and peer is not Standing.CONTRARY)
    assert gets_large(PeerMedia.ALIGNED, peer, signs=signs) is (signs and peer is Standing.ALIGNED)
