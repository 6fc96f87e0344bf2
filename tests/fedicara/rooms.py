"""Servers, people and works for the tests of the server's inner packages; nobody answers on their network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from fedicara.actions import accounts
from fedicara.actions.authentication import SCOPES, Viewer
from fedicara.federation.network.http import Door
from fedicara.federation.servers.rules import site_of
from fedicara.models import Actor, Follow, Mention, Picture, Rendition, Tag, Work
from fedicara.models.database import open_database
from fedicara.models.ids import new_id
from fedicara.models.works import State
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.storage import Folder
from tests import sqlite
from tests.carried import Carried

PASSWORD = "correct horse"


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        """Let time pass, as in `forward(hours=2)`."""
        self.moment += timedelta(**duration)


def silence(request: httpx.Request) -> httpx.Response:
    """Nobody answers."""
    raise httpx.ConnectError("nobody answers", request=request)


@asynccontextmanager
async def room(url: str, folder: Path, **settings: Any) -> AsyncIterator[Server]:
    """A server with an empty database; the models speak to it inside."""
    values: dict[str, Any] = {"base_url": "https://art.example", "cloak": "none", **settings}
    made = Settings(data=folder, **values)
    (folder / "incoming").mkdir(exist_ok=True)
    database = await open_database(sqlite.fresh(url))
    door = Door(made, Carried(httpx.MockTransport(silence)))
    server = Server(made, database, Folder(made.media), door, b"a secret of the tests", Clock())
    try:
        with database.bound():
            yield server
    finally:
        await door.close()
        await database.close()


def clock(server: Server) -> Clock:
    """The clock of a room."""
    assert isinstance(server.now, Clock)
    return server.now


async def person(server: Server, username: str, **account: Any) -> Viewer:
    """Somebody who signed in here."""
    made = await accounts.create(server, accounts.NewAccount(username, PASSWORD, **account))
    return Viewer(made, await Actor.get(account__id=made.id), SCOPES)


async def local(server: Server, username: str) -> Actor:
    """An actor of this server without the rest of an account."""
    identifier = new_id()
    uri = server.url(f"/actors/{identifier}")
    return await Actor.create(id=identifier, uri=uri, username=username, url=server.url(f"/@{username}"))


async def stranger(username: str, host: str = "there.example") -> Actor:
    """An actor of another server."""
    uri = f"https://{host}/users/{username}"
    return await Actor.create(
        uri=uri,
        username=username,
        domain=host,
        host=host,
        site=site_of(host),
        url=uri,
        inbox=f"{uri}/inbox",
        shared_inbox=f"https://{host}/inbox",
    )


async def follows(follower: Actor, followed: Actor, *, accepted: bool = True) -> Follow:
    """One follows the other, or asked to."""
    uri = f"https://there.example/follows/{new_id()}"
    return await Follow.create(uri=uri, follower_id=follower.id, followed_id=followed.id, accepted=accepted)


async def posted(
    actor: Actor, visibility: str = "public", *, mentions: Actor | None = None, tag: str = "", **fields: Any
) -> Work:
    """A work as it stands in the table, published unless said otherwise."""
    identifier = new_id()
    address = f"{actor.uri}/works/{identifier}"
    work = await Work.create(
        id=identifier, uri=address, url=address, actor_id=actor.id, visibility=visibility, **fields
    )
    if mentions is not None:
        await Mention.create(work_id=work.id, actor_id=mentions.id)
    if tag:
        await Tag.create(work_id=work.id, name=tag)
    return work


async def pictured(server: Server, work: Work, content: bytes = b"pixels") -> Rendition:
    """Give a work a finished picture; its one rendition."""
    picture = await Picture.create(
        actor_id=work.actor_id, work_id=work.id, state=State.READY, alt="A meadow", original="00.original"
    )
    key = f"{new_id():032x}.png"
    await server.storage.write(key, content)
    return await Rendition.create(
        picture_id=picture.id,
        name="large",
        key=key,
        media_type="image/png",
        width=4,
        height=3,
        bytes=len(content),
        sha256="5" * 64,
    )
