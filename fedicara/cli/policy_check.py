"""`policy check`: what a site says about AI use, surface by surface."""

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer

from fedicara.actions.errors import Invalid
from fedicara.actions.policy_check.check import Report, Wish, check
from fedicara.actions.policy_check.expectation import policy_of
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.cli.policy import policy_commands
from fedicara.settings import Settings
from policies.check.verdicts import table
from policies.errors import PolicyError
from policies.policy import DEFAULT, Policy

__all__ = ["policy_commands"]

_FILE_MOST = 64 * 1024


@policy_commands.command("check")
def policy_check(  # noqa: PLR0913  (the options of P-500)
    url: Annotated[
        str, typer.Argument(help="A page, a profile, a picture or an ActivityPub id, on any site.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    expect: Annotated[
        str | None, typer.Option(help="`default`, or a JSON file with the fields of a policy.")
    ] = None,
    as_token: Annotated[
        str, typer.Option("--as", help="Go as this crawler of the table; on this server's own host alone.")
    ] = "",
    surface: Annotated[str, typer.Option(help="Print and judge this surface alone, as in S02.")] = "",
    strict: Annotated[bool, typer.Option(help="Weak signals are failures.")] = False,
    data: Data = None,
) -> int:
    """Read what a site says about AI use and compare it with what it should say, or with itself."""
    wish = Wish(_address(url), _expected(expect), as_token)
    report = asyncio.run(_check(load(data), wish)).narrowed(surface.upper())
    if not report.reached:
        typer.echo(f"fedicara: {url} cannot be read: {report.reason}.", err=True)
    if as_json:
        typer.echo(orjson.dumps(report.as_dict(strict=strict)).decode())
    else:
        typer.echo(f"{table(report.rows)}\n\n{_sum(report)}")
    return report.exit(strict=strict)


def _sum(report: Report) -> str:
    counted = ", ".join(
        f"{count} {verdict}" for verdict, count in report.as_dict()["summary"].items() if count
    )
    return f"{report.url}: {counted or 'nothing to compare'}. What is stated, not what anybody heeds."


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise CommandError(f"{url} is no address of the web: give one with https://.", Exit.USAGE)
    return url if parts.path else f"{url}/"


def _expected(expect: str | None) -> Policy | None:
    if expect is None or expect == "default":
        return None if expect is None else DEFAULT
    try:
        content = Path(expect).read_bytes()[: _FILE_MOST + 1]
        return policy_of(orjson.loads(content))
    except OSError as error:
        raise CommandError(f"{expect} cannot be read ({error.strerror}).", Exit.USAGE) from error
    except orjson.JSONDecodeError:
        raise CommandError(f"{expect} is no JSON document.", Exit.USAGE) from None
    except PolicyError as error:
        raise CommandError(f"{expect}: {error}.", Exit.USAGE) from error


async def _check(settings: Settings, wish: Wish) -> Report:
    async with opened(settings) as server:
        try:
            return await check(server, wish)
        except Invalid as error:
            raise CommandError(error.sentence, Exit.USAGE) from error
