"""Logs go to stderr, so that stdout holds only what a command is asked for."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


def to_stderr(level: int = logging.WARNING) -> None:
    """Write what matters, in colour where a person looks."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _on_one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _on_one_line(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What strangers sent ends no line and gives no orders to a terminal (WEB-16)."""
    for name, value in entry.items():
        if isinstance(value, str) and not value.isprintable():
            entry[name] = repr(value)
    return entry
