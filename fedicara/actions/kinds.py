"""Every kind of job, for the worker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fedicara.actions import (
    comparisons,
    crawlers,
    recloaking,
    remote_cache,
    remote_scan,
    restating,
    subscriptions,
    sweep,
)
from fedicara.actions.ai_made import LAPSE
from fedicara.actions.blocks import SEVER, sever
from fedicara.actions.cases import lapse
from fedicara.actions.deletion import ERASE, FORGET_KEYS, erase, forget_keys
from fedicara.actions.picture_process import longest
from fedicara.actions.policy_check import daily
from fedicara.actions.preparation import ATTEMPTS, forget_files, given_up, prepare
from fedicara.federation.kinds import KINDS as FEDERATION
from fedicara.jobs.worker import Kind
from fedicara.server import Server

# A host that swallows connections is waited for 15 seconds, and each place finds one such host in a second.
SLOW_FOR_EACH: Final = 15


def kinds(server: Server) -> Mapping[str, Kind]:
    """What a worker of this server runs, and how many at once."""
    deliveries = server.settings.delivery_workers
    return {
        # Its process is stopped before; the rest is for keeping what it made.
        "picture": Kind(
            prepare,
            at_once=server.settings.picture_workers,
            limit=longest(server.settings) + 60.0,
            given_up=given_up,
        ),
        recloaking.KIND: Kind(recloaking.run, limit=ATTEMPTS * longest(server.settings) + 60.0),
        comparisons.KIND: Kind(comparisons.run, limit=comparisons.SECONDS + 60.0),
        comparisons.FORGET: Kind(forget_files),
        "forget": Kind(forget_files, at_once=2),
        ERASE: Kind(erase, limit=300.0),
        FORGET_KEYS: Kind(forget_keys),
        restating.RESTATE: Kind(restating.run, limit=300.0),
        SEVER: Kind(sever, at_once=2),
        LAPSE: Kind(lapse),
        remote_scan.KIND: Kind(remote_scan.run, limit=120.0),
        remote_cache.KIND: Kind(remote_cache.run, limit=600.0),
        subscriptions.REFRESH: Kind(subscriptions.run, limit=300.0),
        crawlers.DAILY: Kind(crawlers.run_daily, limit=600.0),
        sweep.KIND: Kind(sweep.run, limit=1800.0),
        daily.SELF_CHECK: Kind(daily.run, limit=300.0),
        **FEDERATION,
        "deliver": replace(FEDERATION["deliver"], at_once=deliveries, slow=SLOW_FOR_EACH * deliveries),
    }
