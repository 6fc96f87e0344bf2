"""What was heard and had no effect: one counter and one log line for each reason."""

from collections import Counter
from typing import Final

import structlog

from fedicara.server import Server

OTHER: Final = "other"
MOST_REASONS: Final = 200

_log = structlog.get_logger()


def note(server: Server, reason: str, *, activity: str = "", actor: str = "") -> None:
    """Count a drop under its reason, and say in the log which activity of whom it was.

    Reasons are words of ours; should there ever be many, the ones beyond MOST_REASONS are counted together.
    """
    named = reason if reason in server.drops or len(server.drops) < MOST_REASONS else OTHER
    server.drops[named] += 1
    _log.info("dropped", reason=reason, activity=activity, actor=actor)


def counts(server: Server) -> Counter[str]:
    """How often each reason was met since this process began."""
    return Counter(server.drops)
