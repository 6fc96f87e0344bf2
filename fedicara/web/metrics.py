"""GET /metrics: what happens here in numbers, for Prometheus, to this machine or to who has the token."""

import hmac
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedicara.actions import quota
from fedicara.actions.policy_check import daily
from fedicara.federation.heard import drops
from fedicara.reads.queue import Depth, depths
from fedicara.reads.remote_cache import Kept, kept
from fedicara.server import Server
from fedicara.web.session import server_of

PATH: Final = "/metrics"


@dataclass(frozen=True, eq=False)
class Numbers(Collector):
    """The numbers of one moment; counters count since this process began."""

    server: Server
    queue: Sequence[Depth]
    failing: int
    kept: Kept
    used: int

    def collect(self) -> Iterator[Metric]:
        """Every family of numbers."""
        yield self._drops()
        yield self._outcomes()
        yield from self._depths()
        yield GaugeMetricFamily(
            "fedicara_policy_check_failing",
            "Works that failed the last self-check of what they say about AI.",
            self.failing,
        )
        yield from self._files()
        yield from self._room()

    def _room(self) -> Iterator[Metric]:
        troubles = CounterMetricFamily(
            "fedicara_troubles",
            "Requests that could not be done for the moment, by reason.",
            labels=["trouble"],
        )
        for trouble in ("full", "away", "busy"):
            troubles.add_metric([trouble], self.server.troubles[trouble])
        free = GaugeMetricFamily("fedicara_disk_free_bytes", "What the disk has left.", labels=["folder"])
        for name, folder in (("data", self.server.settings.data), ("media", self.server.settings.media)):
            if folder.exists():
                free.add_metric([name], shutil.disk_usage(folder).free)
        yield from (troubles, free)
        yield GaugeMetricFamily("fedicara_media_bytes", "What pictures made here take.", self.used)

    def _files(self) -> Iterator[Metric]:
        swept = CounterMetricFamily(
            "fedicara_media_swept", "Files removed because nothing names them, by kind.", labels=["kind"]
        )
        for kind in ("temporary", "orphan"):
            swept.add_metric([kind], self.server.swept[kind])
        yield swept
        yield GaugeMetricFamily(
            "fedicara_media_missing",
            "Files that rows name and that were not there when this process last looked.",
            self.server.swept["missing"],
        )
        yield from self._kept()

    def _drops(self) -> Metric:
        found = CounterMetricFamily("ap_drop", "Activities without effect, by reason.", labels=["reason"])
        for reason, count in sorted(drops.counts(self.server).items()):
            found.add_metric([reason], count)
        return found

    def _outcomes(self) -> Metric:
        found = CounterMetricFamily(
            "fedicara_jobs",
            "Jobs by kind and outcome, kind deliver is deliveries to other servers.",
            labels=["kind", "outcome"],
        )
        for (kind, outcome), count in sorted(self.server.outcomes.items()):
            found.add_metric([kind, outcome], count)
        return found

    def _kept(self) -> Iterator[Metric]:
        kept, what = self.kept, "fedicara_remote_cache"
        yield GaugeMetricFamily(f"{what}_bytes", "Kept of pictures of other servers.", kept.bytes)
        yield GaugeMetricFamily(f"{what}_files", "Files kept of other servers.", kept.files)
        most = self.server.settings.remote_cache
        yield GaugeMetricFamily(f"{what}_most_bytes", "The most that is kept of them.", most)
        yield CounterMetricFamily(f"{what}_evicted", "Files of other servers that had to go.", kept.evicted)
        yield GaugeMetricFamily(
            f"{what}_run_timestamp_seconds", "When all of it was last gone over; every hour.", kept.ran
        )

    def _depths(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("fedicara_queue_jobs", "Jobs that wait or run.", labels=["kind"])
        buried = GaugeMetricFamily("fedicara_queue_given_up", "Jobs that were given up.", labels=["kind"])
        oldest = GaugeMetricFamily(
            "fedicara_queue_oldest_seconds", "Age of the oldest job that waits or runs.", labels=["kind"]
        )
        for depth in self.queue:
            (buried if depth.is_buried else waiting).add_metric([depth.kind], depth.jobs)
            if not depth.is_buried:
                oldest.add_metric([depth.kind], depth.seconds)
        yield from (waiting, buried, oldest)


async def metrics(request: Request) -> Response:
    """GET /metrics; for everybody else there is nothing here."""
    server = server_of(request)
    if not (_is_this_machine(request) or _has_token(request, server.settings.metrics_token)):
        raise HTTPException(404)
    registry = CollectorRegistry()
    numbers = Numbers(
        server,
        await depths(server),
        len(await daily.failing()),
        await kept(server),
        await quota.used(server),
    )
    registry.register(numbers)
    headers = {"cache-control": "no-store"}
    return Response(generate_latest(registry), headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def alone(server: Server) -> Starlette:
    """An application that answers nothing else, for a process without pages."""
    application = Starlette(routes=[Route(PATH, metrics)])
    application.state.server = server
    return application


def _is_this_machine(request: Request) -> bool:
    """Whether the request comes from here and was not passed on by a proxy, which would be here as well."""
    if request.client is None or {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_token(request: Request, token: str) -> bool:
    stated = request.headers.get("authorization", "")
    return bool(token) and hmac.compare_digest(stated.encode(), f"Bearer {token}".encode())
