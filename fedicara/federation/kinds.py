"""The kinds of jobs of federation."""

from collections.abc import Mapping
from typing import Final

from fedicara.federation.fetched import backlinks, conversations, profiles
from fedicara.federation.fetched.errands import ERRAND, Go, runner
from fedicara.federation.heard import hints, moves, portfolios, receive
from fedicara.federation.heard.quotations import CHECK
from fedicara.federation.heard.quote_check import check
from fedicara.federation.said.deliver import deliver
from fedicara.federation.said.order import DELIVER
from fedicara.federation.servers import nodeinfo, standing
from fedicara.federation.signed import bots, rotation
from fedicara.jobs.worker import Kind

# What can be read elsewhere, and the most requests one errand costs.
ERRANDS: Final[Mapping[str, tuple[Go, int]]] = {
    profiles.PROFILE: (profiles.read, profiles.REQUESTS),
    conversations.ABOVE: (conversations.above, conversations.HEIGHT),
    conversations.BELOW: (conversations.below, 2 * conversations.HEIGHT),
    conversations.REPLIES: (conversations.replies, 5 * conversations.REPLIES_OF_HOST),
    nodeinfo.NODEINFO: (nodeinfo.read, 4),
}

KINDS: Final[Mapping[str, Kind]] = {
    # One at a time per sender, so that a Delete is not handled before its Create.
    receive.RECEIVE: Kind(receive.run, at_once=16, per_lane=1),
    portfolios.PROJECT: Kind(portfolios.run, at_once=2, per_lane=1, limit=300.0),
    backlinks.BACKLINKS: Kind(backlinks.run, at_once=2, per_lane=1, limit=600.0),
    moves.CARRY: Kind(moves.run, limit=300.0),
    CHECK: Kind(check, at_once=2),
    # A short lease: what a process that died had in hand keeps its hosts waiting no longer than this.
    DELIVER: Kind(deliver, at_once=16, per_lane=2, lease=20.0),
    # The last in line: whoever waits for a delivery does not wait for what only would be nice to know.
    ERRAND: Kind(runner(ERRANDS), at_once=4, per_lane=1),
    bots.DIRECTORY: Kind(bots.run, at_once=2, per_lane=1),
    hints.HINT: Kind(hints.run, at_once=2, per_lane=1),
    standing.STANDINGS: Kind(standing.run_daily, limit=600.0),
    rotation.INTRODUCE: Kind(rotation.introduce, at_once=8, per_lane=2),
}
