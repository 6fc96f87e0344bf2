"""A fedicara server of its own for a measurement, with an artist and works."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Place:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int
    data: Path

    @property
    def host(self) -> str:
        """Host and port, as requests name it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}"

    def memory(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run the command line against the same data folder; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "fedicara", *arguments],
            env=environment(self.data, self.url),
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


def environment(data: Path, url: str, database_url: str = "") -> dict[str, str]:
    """Settings of the measured server."""
    chosen = {
        "FEDICARA_DATA": str(data),
        "FEDICARA_BASE_URL": url,
        "FEDICARA_EGRESS_ALLOW": "127.0.0.0/8",
        "FEDICARA_DATABASE_URL": database_url or os.environ.get("FEDICARA_DATABASE_URL", ""),
    }
    return {**os.environ, **chosen}


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def place(data: Path, database_url: str = "") -> Iterator[Place]:
    """Start `fedicara serve`, wait until it answers, stop it at the end."""
    port = free_port()
    if database_url:
        os.environ["FEDICARA_DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "fedicara", "serve", "--host", "127.0.0.1", "--port", str(port)]
    log = (data.parent / "serve.log").open("wb")
    process = subprocess.Popen(
        command, env=environment(data, f"http://127.0.0.1:{port}", database_url), stdout=log, stderr=log
    )
    try:
        found = Place(process, port, data)
        _wait(found)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        log.close()


def _wait(found: Place) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx.get(f"{found.url}/robots.txt", timeout=1.0)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the server did not answer within 30 s; see serve.log")


def drawn(path: Path, width: int, height: int, seed: int = 0) -> Path:
    """A picture like a photograph: soft shapes and grain."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (height // 64 + 2, width // 64 + 2, 3), dtype=np.uint8)
    soft = np.asarray(
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16
    )
    grain = chance.integers(-9, 10, (height, width, 1), dtype=np.int16)
    Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8)).save(path, quality=92)
    return path


async def until_published(client: httpx.AsyncClient, media_id: str) -> None:
    """Wait until an upload is ready."""
    while (await client.get(f"/api/v1/media/{media_id}")).status_code == 206:
        await asyncio.sleep(0.05)
