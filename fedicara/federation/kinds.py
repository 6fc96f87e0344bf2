"""The kinds of jobs of federation."""

from collections.abc import Mapping
from typing import Final

from fedicara.federation import hints, receive, rotation
from fedicara.federation.deliver import deliver
from fedicara.federation.outbox import DELIVER
from fedicara.jobs.worker import Kind

KINDS: Final[Mapping[str, Kind]] = {
    # One at a time per sender, so that a Delete is not handled before its Create.
    receive.RECEIVE: Kind(receive.run, at_once=16, per_lane=1, lease=180.0),
    hints.HINT: Kind(hints.run, at_once=2, per_lane=1, lease=180.0),
    rotation.INTRODUCE: Kind(rotation.introduce, at_once=8, per_lane=2, lease=120.0),
    DELIVER: Kind(deliver, at_once=16, per_lane=2, lease=120.0),
}
