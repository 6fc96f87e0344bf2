"""A program of the operator's that looks at an upload; its number only moves a case up the queue (P-414)."""

import asyncio
import contextlib
import shlex
from pathlib import Path
from typing import Final

from fedicara.server import Server

SECONDS: Final = 20.0
HIGHEST: Final = 10


async def review(server: Server, upload: Path) -> int:
    """How much sooner a case about this upload is looked at, from 0 to 10; 0 where no program answers with a number.

    It holds nothing, labels nothing, opens no case, and its number is shown to nobody.
    """
    if not server.settings.detector_cmd:
        return 0
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(server.settings.detector_cmd),
            str(upload),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return 0
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        return round(HIGHEST * max(0.0, min(1.0, float(said[:100]))))
    except (TimeoutError, ValueError):
        return 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
