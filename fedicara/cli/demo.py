"""`demo`: two servers on this machine, an artist, a follower, and a picture that travels."""

import asyncio
import contextlib
import secrets
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fedicara.actions import accounts, discovery, follows
from fedicara.actions.accounts import NewAccount
from fedicara.actions.works import Draft
from fedicara.cli.accounts import viewer_named
from fedicara.cli.configuration import LOOPBACK, TRIAL, WRITTEN, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.cli.works import Sheet, publish
from fedicara.models import Work
from fedicara.models.accounts import Role
from fedicara.reads import home
from fedicara.reads.views import Page, WorkView
from fedicara.server import Server
from fedicara.settings import Settings

ARTIST, FOLLOWER = "ada", "bob"
PATIENCE = 60.0
ALT = "Seven rows of hills at dusk, each darker than the one behind, below an orange sky with a low sun."

say = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


@dataclass(frozen=True, slots=True)
class Island:
    """One of the two servers, with the person who lives on it."""

    host: str
    port: int
    data: Path
    person: str
    password: str

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> Path:
        """What its server says."""
        return self.data / "serve.log"

    def settings(self) -> Settings:
        """What its processes read from the file as well."""
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "fedicara.toml").write_text(WRITTEN.format(base_url=self.base_url) + TRIAL)
        return load(self.data, self.base_url, egress_allow=LOOPBACK)


@dataclass(frozen=True, slots=True)
class Told:
    """What happened, for the table."""

    work: Work
    seen: WorkView


def demo(
    port: Annotated[int, typer.Option(help="Port of both servers.", min=1, max=65535)] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Stop after the table.")] = False,
) -> None:
    """Show the whole journey: two servers on this machine, a follow, a post, a follower's timeline."""
    with TemporaryDirectory(prefix="fedicara-demo-") as folder:
        home = Island("127.0.0.1", port, Path(folder) / "one", ARTIST, secrets.token_urlsafe(9))
        away = Island("127.0.0.2", port, Path(folder) / "two", FOLLOWER, secrets.token_urlsafe(9))
        asyncio.run(_demo(home, away, once))


async def _demo(home: Island, away: Island, once: bool) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with _inhabited(home), _inhabited(away):
        journey = asyncio.create_task(_journey(home, away))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({journey, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not journey.done():
            journey.cancel()
            raise CommandError("Stopped.")
        say.print(_table(home, away, journey.result()))
        if not once:
            say.print("Both servers keep running; stop with Ctrl+C.")
            await stopping.wait()
        stopped.cancel()


@contextlib.asynccontextmanager
async def _inhabited(island: Island) -> AsyncIterator[None]:
    """A running server with its person; gone at the end."""
    async with opened(island.settings()) as server:
        new = NewAccount(island.person, island.password, role=Role.OWNER)
        await accounts.create(server, new)
    command = [sys.executable, "-m", "fedicara", "serve", "--data", str(island.data)]
    listen = ["--host", island.host, "--port", str(island.port)]
    with island.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, *listen, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=log
        )
    try:
        await _answers(island, process)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _last_line(log: Path) -> str:
    return next(reversed(log.read_text(errors="replace").strip().splitlines()), "it said nothing.")


async def _answers(island: Island, process: asyncio.subprocess.Process) -> None:
    async def open_port() -> bool:
        if process.returncode is not None:
            raise CommandError(
                f"The server on {island.base_url} ended: {_last_line(island.log)}",
                Exit.UNREACHABLE,
            )
        try:
            _, writer = await asyncio.open_connection(island.host, island.port)
        except OSError:
            return False
        writer.close()
        return True

    await _until(open_port, f"{island.base_url} to answer")


async def _until(true: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                if await true():
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise CommandError(f"Waited {PATIENCE:.0f} seconds in vain for {what}.") from None


async def _journey(home: Island, away: Island) -> Told:
    async with opened(away.settings()) as server:
        await _follow(server, f"@{home.person}@{home.host}:{home.port}")
    say.print(f"@{away.person} follows @{home.person}.")
    async with opened(home.settings()) as server:
        work = await _post(server, home.data)
    say.print(f"@{home.person} posted {work.url}")
    async with opened(away.settings()) as server:
        return Told(work, await _seen(server, work.uri))


async def _follow(server: Server, handle: str) -> None:
    viewer = await viewer_named(server, FOLLOWER)
    artist = await discovery.find_person(server, viewer, handle)
    if artist is None:
        raise CommandError(f"{handle} was not found.")
    await follows.follow(server, viewer, artist)

    async def accepted() -> bool:
        return (await follows.relation(server, viewer, artist)).following

    await _until(accepted, "the Accept")


async def _post(server: Server, data: Path) -> Work:
    file = data / "dusk.jpg"
    drawing = await asyncio.create_subprocess_exec(sys.executable, "-m", "fedicara.cli.dusk", str(file))
    if await drawing.wait():
        raise CommandError("The picture could not be drawn.")
    draft = Draft(title="Seven hills, dusk", caption="Drawn by the demo. #hills #dusk", language="en")
    return await publish(server, await viewer_named(server, ARTIST), [Sheet(file, ALT)], draft)


async def _seen(server: Server, uri: str) -> WorkView:
    """The work in the follower's timeline."""
    viewer = await viewer_named(server, FOLLOWER)
    found: list[WorkView] = []

    async def arrived() -> bool:
        timeline = await home.home(server, viewer.actor.id, Page())
        found[:] = [view for view in timeline if view.uri == uri]
        return bool(found)

    await _until(arrived, "the follower's timeline")
    return found[0]


def _table(home: Island, away: Island, told: Told) -> Table:
    python = shlex.join([sys.executable, "-m", "fedicara"])
    shown = told.seen.pictures[0].best("large", "remote") if told.seen.pictures else None
    table = Table("what", title="What happened", title_justify="left", show_lines=True)
    table.add_column("where", overflow="fold")
    for what, where in (
        (
            "The artist",
            f"{home.base_url}/@{home.person}   sign in as {home.person}, password {home.password}",
        ),
        (
            "The follower",
            f"{away.base_url}/@{away.person}   sign in as {away.person}, password {away.password}",
        ),
        ("The work's page", told.work.url),
        ("Its picture, as the follower's server shows it", shown.url if shown else "none"),
        ("Its ActivityPub object", f"{python} fetch {told.work.uri} --as {away.person} --data {away.data}"),
        ("What crawlers are told", f"curl {home.base_url}/robots.txt"),
        ("The policy in headers", f"curl -I {told.work.url}"),
        ("The follower's timeline, with the work in it", f"{away.base_url}/home"),
    ):
        table.add_row(what, where)
    return table
