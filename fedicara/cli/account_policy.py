"""`accounts policy`: whom somebody's works name to be asked, and the policy in words elsewhere."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from fedicara.actions import account_policy
from fedicara.actions.account_policy import Wording
from fedicara.actions.audit import COMMAND_LINE
from fedicara.cli.accounts import Name, viewer_named
from fedicara.cli.configuration import Data, load, opened
from fedicara.settings import Settings


def policy(
    name: Name,
    contact_url: Annotated[
        str | None, typer.Option(help="The page where the artist is asked; empty for the place.")
    ] = None,
    profile_line: Annotated[
        bool | None,
        typer.Option(
            "--profile-line/--no-profile-line", help="The policy in words in the profile elsewhere."
        ),
    ] = None,
    post_line: Annotated[
        bool | None,
        typer.Option("--post-line/--no-post-line", help="The policy in words under each post elsewhere."),
    ] = None,
    data: Data = None,
) -> None:
    """Print whom somebody's works name to be asked and which lines stand elsewhere, after what was to be changed; tabs between."""
    wishes = {"contact_url": contact_url, "profile_line": profile_line, "post_line": post_line}
    wished = {field: value for field, value in wishes.items() if value is not None}
    stated = asyncio.run(_policy(load(data), name, wished))
    for field, value in asdict(stated).items():
        typer.echo(f"{field}\t{value if isinstance(value, str) else ('no', 'yes')[value]}")


async def _policy(settings: Settings, name: str, wished: dict[str, str | bool]) -> Wording:
    async with opened(settings) as server:
        viewer = await viewer_named(server, name)
        now = account_policy.wording(viewer.actor)
        if not wished:
            return now
        wish = Wording(**{**asdict(now), **wished})
        return await account_policy.change(server, viewer, wish, by=COMMAND_LINE)
