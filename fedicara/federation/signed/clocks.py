"""Whether the clock here is right, judged by the dates of others' answers: signatures live by it (F-325, REL-18)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median_high, median_low
from typing import Final

import structlog

from fedicara.federation.servers.hosts import name_of
from fedicara.network import Answer
from fedicara.server import Server

MOST_APART: Final = 30.0
_HOUR: Final = 3600
_FEWEST: Final = 2
_HOSTS: Final = 8
_log = structlog.get_logger()


def compare(server: Server, answer: Answer) -> None:
    """Note how far the clock of a host is from ours; warn once an hour where most of the first few agree that we are wrong.

    One host alone may be wrong itself.
    """
    heard, hour = server.clocks, int(server.now().timestamp()) // _HOUR
    if hour not in heard:
        heard.clear()
        heard[hour] = {}
    apart, host = heard[hour], name_of(answer.url)
    stated = _date(answer)
    if host in apart or len(apart) >= _HOSTS or stated is None:
        return
    was_wrong = _is_wrong(apart)
    apart[host] = (stated - server.now()).total_seconds()
    if _is_wrong(apart) and not was_wrong:
        seconds = round(median_low(apart.values()))
        _log.warning(
            "the clock of this server is wrong: others refuse what it signs; set it, as by NTP",
            seconds_behind=seconds,
            hosts=sorted(apart),
        )


def _is_wrong(apart: dict[str, float]) -> bool:
    if len(apart) < _FEWEST:
        return False
    return median_low(apart.values()) > MOST_APART or median_high(apart.values()) < -MOST_APART


def _date(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
