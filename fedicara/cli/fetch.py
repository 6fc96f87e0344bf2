"""`fetch`: a signed GET of an ActivityPub document."""

import asyncio
from typing import Annotated

import orjson
import typer

from activitypub.names import ACCEPT
from fedicara.cli.accounts import viewer_named
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.federation.network.http import NetworkError
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.signed.signing import signer
from fedicara.network import Answer
from fedicara.settings import Settings


def fetch(
    url: Annotated[str, typer.Argument(help="The id of an actor or a work, on any server.")],
    as_name: Annotated[
        str | None, typer.Option("--as", help="Sign as this person; as the server if not given.")
    ] = None,
    data: Data = None,
) -> None:
    """Read a document as other servers do, signed, and print it."""
    answer = asyncio.run(_fetch(load(data), url, as_name))
    if answer.status != 200:
        raise CommandError(f"{url} answered {answer.status}{_said(answer)}")
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise CommandError(f"{url} is no JSON document; ask for an actor or a work.") from None
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


async def _fetch(settings: Settings, url: str, as_name: str | None) -> Answer:
    async with opened(settings) as server:
        actor = (await viewer_named(server, as_name)).actor if as_name else await instance_actor(server)
        try:
            return await server.network.get(url, {"Accept": ACCEPT}, await signer(server, actor))
        except NetworkError as error:
            raise CommandError(f"{url} cannot be reached: {error.reason}.", Exit.UNREACHABLE) from error


def _said(answer: Answer) -> str:
    """What the other server gave as its reason, on one line."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return "."
    reason = said.get("error") if isinstance(said, dict) else None
    return f": {' '.join(str(reason).split())[:200]}" if reason else "."
