"""A fedicara and a Fedify server that meet."""

import os
from collections.abc import Iterator

import pytest

from tests.interop.authority import Authority
from tests.interop.home import Home
from tests.interop.meeting import Meeting
from tests.interop.peer import MissingError, Peer, install, place


@pytest.fixture(scope="module", params=("draft-cavage-http-signatures-12", "rfc9421"))
def meeting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    """One server of each kind; they know each other by name, and the peer signs one way first, then the other."""
    try:
        install()
    except MissingError as reason:
        if os.environ.get("FEDICARA_REQUIRE") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp("interop")
    authority = Authority(folder)
    ours, theirs = place("home.example", "127.0.0.2"), place("peer.example", "127.0.0.3")
    hosts = {each.host: each.address for each in (ours, theirs)}
    home, peer = (
        Home(ours, hosts, authority, folder / "data"),
        Peer("pia", theirs, hosts, authority, request.param),
    )
    home.start()
    try:
        peer.start()
        yield Meeting(home, peer)
    finally:
        peer.stop()
        home.stop()
