"""The scan in a process of its own, so that hostile bytes end it and not the picture's preparation (P-410)."""

import json
import os
import select
import signal
import time
from typing import Any

from media.provenance import NOT_READ, scan

SECONDS = 5.0


def apart(data: bytes, seconds: float = SECONDS) -> dict[str, Any]:
    """What `scan` finds, as plain data; a scan that crashes or takes longer counts as unreadable."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _tell(data, writing)
    os.close(writing)
    try:
        heard = _hear(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    try:
        return dict(json.loads(heard))
    except ValueError:
        return NOT_READ.as_dict()


def _tell(data: bytes, pipe: int) -> None:
    """The child: say what was found and end, without whatever the parent would do at its own end."""
    try:
        os.write(pipe, json.dumps(scan(data).as_dict()).encode())
    finally:
        os._exit(0)


def _hear(pipe: int, until: float) -> bytes:
    """Everything the child says until it ends, or nothing where that takes too long."""
    said = b""
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(pipe, 65536)
        if not piece:
            return said
        said += piece
    return b""
