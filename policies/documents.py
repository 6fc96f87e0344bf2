"""The policy as ActivityStreams terms and as NodeInfo metadata (blocks B10 and B11)."""

from collections.abc import Mapping
from typing import Any

from policies.policy import Policy, normalise
from policies.tokens import (
    content_signal,
    content_usage,
    data_mining,
    site_tdm_reservation,
    tdm_policy,
    tdm_reservation,
    usage_info,
)


def terms(policy: Policy, base_url: str) -> dict[str, Any]:
    """Return the six terms for an actor, a Note or an attachment (P-145, P-148).

    `tdmPolicy` is absent where there is nothing to ask. The terms need the context entries of block B10.
    """
    return _stated(
        contentUsage=content_usage(policy),
        contentSignal=content_signal(policy),
        tdmReservation=tdm_reservation(policy),
        tdmPolicy=tdm_policy(policy, base_url),
        dataMining=data_mining(policy),
        usageInfo=usage_info(base_url),
    )


def nodeinfo(
    policy: Policy, floor: Policy, base_url: str, *, ai_made: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the members of NodeInfo `metadata`: `{"aiPolicy": {…}}` (P-150).

    `policy` is the instance default and `floor` its floor; what works may differ in is left out (P-025).
    `ai_made` is the rule for generated and assisted works, absent where the server has none.
    """
    policy, floor = normalise(policy), normalise(floor)
    reservation = site_tdm_reservation(policy, floor)
    members = _stated(
        contentUsage=content_usage(policy, floor) or None,
        contentSignal=content_signal(policy, floor) or None,
        tdmReservation=reservation,
        tdmPolicy=tdm_policy(policy, base_url) if reservation else None,
        usageInfo=usage_info(base_url),
        anonymousMedia=policy.anonymous_media.value,
        aiMade=dict(ai_made) if ai_made else None,
    )
    return {"aiPolicy": members}


def _stated(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
