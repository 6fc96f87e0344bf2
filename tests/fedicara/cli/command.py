"""Runs commands as a person does: as a process of their own, with a data folder of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from socket import create_server
from unittest.mock import patch
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import structlog

from fedicara.cli.application import main

HOST = "127.0.0.1"


def free_port(host: str = HOST) -> int:
    """A port that nobody has right now."""
    with create_server((host, 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Place:
    """A data folder, with the commands that work on it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.data = folder
        self.port = free_port()
        self.base_url = f"http://{HOST}:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FEDICARA_")}
        self.environment = {**kept, "FEDICARA_DATA": str(folder), "COLUMNS": "200", **environment}

    def settled(self) -> "Place":
        """With an address, as after the first start."""
        self.data.mkdir(parents=True, exist_ok=True)
        text = f'base_url = "{self.base_url}"\negress_allow = "127.0.0.0/8"\ncloak = "none"\n'
        (self.data / "fedicara.toml").write_text(text)
        return self

    def run(
        self, *words: str | Path, stdin: str = "", within: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """The end of a command: its exit code and what it said."""
        return subprocess.run(
            self.command(*words),
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def tell(self, *words: str | Path, stdin: str = "") -> Ended:
        """The same inside this process, which is quicker."""
        out, err = StringIO(), StringIO()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", ["fedicara", *map(str, words)]),
            patch.object(sys, "stdin", StringIO(stdin)),
        ):
            try:
                main()
            except SystemExit as end:
                return Ended(int(end.code or 0), out.getvalue(), err.getvalue())
            finally:
                structlog.reset_defaults()
        raise AssertionError("a command ends with an exit code")

    def command(self, *words: str | Path) -> list[str]:
        """What a shell would start."""
        return [sys.executable, "-m", "fedicara", *map(str, words)]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that goes on."""
        return subprocess.Popen(
            self.command(*words),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A server that answers; stopped at the end."""
        process = self.start("serve", "--port", str(self.port), *words)
        try:
            self._wait(process)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)

    def _wait(self, process: subprocess.Popen[str]) -> None:
        for _ in range(600):
            if process.poll() is not None:
                raise AssertionError(process.communicate()[1])
            try:
                with urlopen(f"{self.base_url}/robots.txt"):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def get(self, path: str) -> str:
        """A page."""
        with urlopen(f"{self.base_url}{path}") as answer:
            return str(answer.read().decode())

    def send(self, path: str, token: str, **fields: str) -> str:
        """Send fields as an app does."""
        headers = {"Authorization": f"Bearer {token}"}
        with urlopen(Request(f"{self.base_url}{path}", urlencode(fields).encode(), headers)) as answer:
            return str(answer.read().decode())
