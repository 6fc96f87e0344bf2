"""A real S3 service for the tests: SeaweedFS on loopback ports, with keys that it checks signatures against."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

PROGRAM = Path(sys.executable).parent / "weed"
PORTS = ("master", "volume", "filer", "s3")
TRIES = 3
KEY, SECRET = "tests", "a secret of the tests"
READER, READER_SECRET = "reader", "may only read"


class Seaweed:
    """One service with as many buckets as tests want; it forgets everything when it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_there() -> bool:
        """Whether the program is installed."""
        return PROGRAM.exists()

    @property
    def endpoint(self) -> str:
        """Where S3 is spoken."""
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    def start(self) -> None:
        """Start it; return once it answers and keeps files. Somebody may take a port that was free, so it is tried again."""
        for _ in range(TRIES):
            self._begin()
            if self._answers():
                return
            self.stop()
        raise AssertionError(self._log())

    def _begin(self) -> None:
        self.ports = {f"{name}.port{kind}": _free_port() for name in PORTS for kind in ("", ".grpc")}
        keys = self.folder / "keys.json"
        keys.write_text(json.dumps({"identities": [_identity(KEY, SECRET, "Admin"), _reader()]}))
        given = {
            "dir": self.folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.config": keys,
            "s3.autoCreateBucket": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "volume.max": 500,
            "master.volumeSizeLimitMB": 64,
            **self.ports,
        }
        words = [f"-{name}={value}" for name, value in given.items()]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-logtostderr", "server", "-s3", *words],
                stderr=log,
                # Every bucket has volumes of its own, and one will do.
                env={**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"},
            )

    def _answers(self) -> bool:
        for _ in range(1200):
            if self._process is None or self._process.poll() is not None:
                return False
            try:
                if httpx.get(self.endpoint).status_code and self._keeps():
                    return True
            except httpx.TransportError:
                """Not yet."""
            time.sleep(0.1)
        return False

    def _keeps(self) -> bool:
        """Whether files can be written: volumes join a moment after the rest."""
        return httpx.post(f"{self._filer}/ready", files={"file": b"ready"}).is_success

    @property
    def _filer(self) -> str:
        return f"http://127.0.0.1:{self.ports['filer.port']}"

    def bucket(self) -> dict[str, Any]:
        """A new bucket, as settings."""
        name = f"pictures-{secrets.token_hex(4)}"
        httpx.post(f"{self._filer}/buckets/{name}/").raise_for_status()
        return {
            "bucket": name,
            "bucket_endpoint": self.endpoint,
            "bucket_key": KEY,
            "bucket_secret": SECRET,
        }

    def stop(self) -> None:
        """End it at once: nothing of it is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(60)

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]


def _identity(name: str, secret: str, *actions: str) -> dict[str, Any]:
    return {"name": name, "credentials": [{"accessKey": name, "secretKey": secret}], "actions": actions}


def _reader() -> dict[str, Any]:
    return _identity(READER, READER_SECRET, "Read", "List")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
