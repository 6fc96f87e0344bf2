"""What a fault happens to: a data folder, other servers, and the processes of fedicara that are killed."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from activitypub import keys
from bench.place import free_port
from fedicara.actions import accounts
from fedicara.actions.authentication import SCOPES, Viewer, make_token
from fedicara.app import close_server, open_server
from fedicara.models import Actor, Follow, Key
from fedicara.models.ids import new_id
from fedicara.server import Server
from fedicara.settings import Settings

PASSWORD = "a long password"


@dataclass
class Scene:
    """One run of one fault."""

    folder: Path
    chance: random.Random
    hosts: tuple[str, ...] = ()
    database_url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    peer: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """The address of our server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    def settings(self) -> Settings:
        """Its settings, for this process."""
        values: dict[str, Any] = {
            "data": self.data,
            "base_url": self.url,
            "database_url": self.database_url,
            "egress_allow": "127.0.0.0/8",
            "egress_hosts": dict.fromkeys(self.hosts, "127.0.0.1"),
            "cloak": "none",
            **self.options,
        }
        return Settings(**values)

    def environment(self) -> dict[str, str]:
        """The same for its processes."""
        values = {
            "DATA": str(self.data),
            "BASE_URL": self.url,
            "DATABASE_URL": self.database_url,
            "EGRESS_ALLOW": "127.0.0.0/8",
            "EGRESS_HOSTS": ",".join(f"{host}=127.0.0.1" for host in self.hosts),
            "CLOAK": "none",
            **{name.upper(): str(value) for name, value in self.options.items()},
        }
        return {**os.environ, **{f"FEDICARA_{name}": value for name, value in values.items()}}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Server]:
        """The server in this process, models bound."""
        server = await open_server(self.settings())
        try:
            with server.database.bound():
                yield server
        finally:
            await close_server(server)

    @contextmanager
    def others(self) -> Iterator[None]:
        """The other servers, for a while."""
        command = [
            sys.executable,
            "-m",
            "bench.faults.chaos",
            str(self.peer),
            str(self.chance.randrange(1 << 30)),
        ]
        process = subprocess.Popen(command)
        try:
            until_answered(f"http://127.0.0.1:{self.peer}/log")
            yield
        finally:
            process.kill()
            process.wait()

    def log(self) -> Any:
        """What the other servers were asked and took."""
        with urlopen(f"http://127.0.0.1:{self.peer}/log") as answer:
            return json.load(answer)


class Crew:
    """Processes of one kind; whoever is killed is started again."""

    def __init__(self, scene: Scene, *words: str, size: int = 1) -> None:
        self._scene = scene
        self._command = [sys.executable, "-m", *words]
        self._log = (scene.folder / f"{words[-1].strip('-')}.log").open("ab")
        self.members = [self._start() for _ in range(size)]

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = self._scene.environment()
        return subprocess.Popen(self._command, env=environment, stdout=self._log, stderr=self._log)

    def kill_one(self) -> None:
        """kill -9 of a random one, and another in its place."""
        place = self._scene.chance.randrange(len(self.members))
        self.members[place].kill()
        self.members[place].wait()
        self.members[place] = self._start()

    def replace_dead(self) -> int:
        """Start those again that ended by themselves; how many there were."""
        dead = [place for place, member in enumerate(self.members) if member.poll() is not None]
        for place in dead:
            self.members[place] = self._start()
        return len(dead)

    def stop(self, number: int = signal.SIGTERM, within: float = 40.0) -> float:
        """Stop all; seconds it took."""
        began = time.perf_counter()
        for member in self.members:
            with contextlib.suppress(ProcessLookupError):
                member.send_signal(number)
        for member in self.members:
            member.wait(within)
        return time.perf_counter() - began


@contextmanager
def crew(scene: Scene, *words: str, size: int = 1) -> Iterator[Crew]:
    """Processes for a while; killed at the end if they are still there."""
    made = Crew(scene, *words, size=size)
    try:
        yield made
    finally:
        made.stop(signal.SIGKILL)


def serving(scene: Scene) -> tuple[str, ...]:
    """The words that start the whole server."""
    return ("fedicara", "serve", "--host", "127.0.0.1", "--port", str(scene.port))


def until_answered(url: str, within: float = 60.0) -> float:
    """Wait until an address answers; how many seconds it took."""
    began = time.perf_counter()
    while time.perf_counter() - began < within:
        with contextlib.suppress(OSError), urlopen(url, timeout=2):
            return time.perf_counter() - began
        time.sleep(0.02)
    raise SystemExit(f"{url} did not answer within {within:.0f} s")


async def artist(server: Server, name: str = "ada") -> tuple[Viewer, str]:
    """Somebody here who may do everything, and a token."""
    account = await accounts.create(server, accounts.NewAccount(name, PASSWORD))
    token = await make_token(server, account, " ".join(SCOPES))
    return Viewer(account, await Actor.get(account__id=account.id), SCOPES), token


async def readers(scene: Scene, artist: Actor | None, count: int) -> list[Actor]:
    """People on the other hosts in turn, each with an inbox; followers of the artist, if one is given."""
    made = []
    for number in range(count):
        host = f"{scene.hosts[number % len(scene.hosts)]}:{scene.peer}"
        uri = f"http://{host}/users/{number}"
        made.append(
            Actor(id=new_id(), uri=uri, username=f"reader{number}", domain=host, inbox=f"{uri}/inbox")
        )
    await Actor.bulk_create(made, batch_size=500)
    if artist is not None:
        await follow(artist, made)
    return made


async def follow(artist: Actor, people: list[Actor]) -> None:
    """Let people elsewhere follow somebody here."""
    follows = [
        Follow(uri=f"{each.uri}/follow", follower_id=each.id, followed_id=artist.id, accepted=True)
        for each in people
    ]
    await Follow.bulk_create(follows, batch_size=500)


async def give_keys(actors: list[Actor]) -> str:
    """One key pair for all of them, as a bench needs it; the private PEM."""
    private, public = keys.generate_rsa()
    rows = [Key(actor_id=each.id, uri=f"{each.uri}#main-key", public=public) for each in actors]
    await Key.bulk_create(rows, batch_size=500)
    return private
