"""A throw-away PostgreSQL cluster, started once for a test run and stopped by its own process id."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import asyncpg

from fedicara.models.database import open_database

TEMPLATE = "fedicara_template"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "listen_addresses": "127.0.0.1",
}
HOW_TO_GET_IT = "PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql"


class MissingError(Exception):
    """PostgreSQL is not there; the message says how to get it."""


def binaries() -> Path:
    """The folder with initdb and postgres, the newest one installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise MissingError(HOW_TO_GET_IT)


class Cluster:
    """One PostgreSQL server with a migrated template; every test copies the template."""

    def __init__(self, **settings: str) -> None:
        self._settings = SETTINGS | settings
        self._bin = binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="fedicara-postgres-"))
        self._port = _free_port()
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster, start it, migrate the template."""
        self._folder.chmod(0o755)
        data = self._folder / "data"
        data.mkdir()
        owner = _unprivileged()
        if owner is not None:
            os.chown(data, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.run()
        asyncio.run(self._make_template())

    def run(self) -> None:
        """Start the server of a cluster that is there."""
        data = self._folder / "data"
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        command = ["postgres", "-D", str(data), "-p", str(self._port), "-k", str(data), *options]
        self._process = subprocess.Popen(
            self._as_owner(command), cwd=data, stdout=subprocess.DEVNULL, stderr=self._log(data)
        )
        self._wait()

    def kill(self) -> None:
        """kill -9 of the server; its children notice and end."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The address of a database of this cluster."""
        return f"postgres://postgres@127.0.0.1:{self._port}/{name}"

    async def fresh(self) -> str:
        """The address of a new, migrated, empty database."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        await self._statement(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        await self._statement(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    async def _statement(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def _make_template(self) -> None:
        await self._statement(f"CREATE DATABASE {TEMPLATE}")
        database = await open_database(self.url(TEMPLATE))
        await database.migrate()
        await database.close()

    def _run(self, *command: str) -> None:
        subprocess.run(self._as_owner(command), cwd="/", check=True, capture_output=True)

    def _as_owner(self, command: Sequence[str]) -> list[str]:
        program = [str(self._bin / command[0]), *command[1:]]
        owner = _unprivileged()
        if owner is None:
            return program
        return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", *program]

    def _log(self, data: Path) -> int:
        return os.open(data.parent / "postgres.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)

    def _wait(self, seconds: float = 120.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                asyncio.run(self._statement("SELECT 1"))
            except (OSError, asyncpg.PostgresError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self._folder / "postgres.log").read_text()[-2000:])


def _unprivileged() -> pwd.struct_passwd | None:
    """Who the server runs as when the tests run as root, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
