"""The commands under one name, and how their errors are told."""

import sys

import typer
from typer.exceptions import TyperException

from fedicara.actions.errors import ActionError
from fedicara.cli import account_policy, logs
from fedicara.cli.accounts import accounts_commands, tokens_commands
from fedicara.cli.audit import audit
from fedicara.cli.cases import ai_made_commands, cases_commands
from fedicara.cli.check_config import check_config
from fedicara.cli.cloak import cloak
from fedicara.cli.cloak_again import cloak_again
from fedicara.cli.crawlers import crawlers_commands
from fedicara.cli.demo import demo
from fedicara.cli.domains import domains_commands
from fedicara.cli.errors import CommandError, Exit
from fedicara.cli.fetch import fetch
from fedicara.cli.hosts import hosts_commands
from fedicara.cli.keys import keys_commands
from fedicara.cli.media import media_commands
from fedicara.cli.migrate import migrate
from fedicara.cli.pictures import pictures_commands
from fedicara.cli.policy_check import policy_commands
from fedicara.cli.reports import reports_commands
from fedicara.cli.retire import retire
from fedicara.cli.serve import serve, work
from fedicara.cli.works import works_commands

application = typer.Typer(
    help="A self-hostable ActivityPub server for artists.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, work, migrate, fetch, demo, audit, retire, cloak):
    application.command()(command)
application.command("check-config")(check_config)
application.command("cloak-again")(cloak_again)
accounts_commands.command("policy")(account_policy.policy)
application.add_typer(accounts_commands, name="accounts")
application.add_typer(tokens_commands, name="tokens")
application.add_typer(works_commands, name="works")
application.add_typer(pictures_commands, name="pictures")
application.add_typer(domains_commands, name="domains")
application.add_typer(crawlers_commands, name="crawlers")
application.add_typer(reports_commands, name="reports")
application.add_typer(cases_commands, name="cases")
application.add_typer(ai_made_commands, name="ai-made")
application.add_typer(hosts_commands, name="hosts")
application.add_typer(keys_commands, name="keys")
application.add_typer(media_commands, name="media")
application.add_typer(policy_commands, name="policy")


def main() -> None:
    """Run a command; every error is one line on stderr and an exit code of docs/commands.md."""
    logs.to_stderr()
    sys.exit(_run())


def _run() -> int:
    try:
        code = application(standalone_mode=False)
    except CommandError as error:
        return _fail(error.sentence, error.code)
    except ActionError as error:
        return _fail(error.sentence, Exit.FAILED)
    except TyperException as error:
        return _fail(f"{error.format_message().rstrip('.')}. See `{_path(error)} --help`.", error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("Stopped.", Exit.FAILED)
    return code if isinstance(code, int) else Exit.DONE


def _path(error: TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    return context.command_path if context else "fedicara"


def _fail(sentence: str, code: int) -> int:
    print(f"fedicara: {' '.join(sentence.split())}", file=sys.stderr)  # noqa: T201  (the one place errors are printed)
    return code
