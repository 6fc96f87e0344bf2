"""Where a command finds its settings, and the file that the first `serve` writes."""

import os
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from fedicara.app import close_server, open_server
from fedicara.certificate import CertificateError
from fedicara.cli.errors import CommandError, Exit
from fedicara.secret import SecretError
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.storage.sealing import KeyFileError

Data = Annotated[Path | None, typer.Option("--data", help="The data folder; ./data if not given.")]

LOOPBACK = "127.0.0.0/8"
WRITTEN = """\
# Written by the first start. What else can stand here: docs/settings.md.
# The address is part of every id: for a place that other servers shall know, begin with an empty data folder.
base_url = "{base_url}"
"""
TRIAL = f'egress_allow = "{LOOPBACK}"\n'


def load(data: Path | None = None, base_url: str | None = None, **more: Any) -> Settings:
    """The settings in force; one line naming the field where they are wrong."""
    given = {"data": data, "base_url": base_url, **more}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        if not base_url and not configured("base_url", data):
            raise CommandError(
                f"{folder(data)} has no address yet: run `fedicara serve` once, or set base_url in "
                f"{folder(data) / 'fedicara.toml'} or FEDICARA_BASE_URL.",
                Exit.SETTINGS,
            ) from error
        raise CommandError(_first(error), Exit.SETTINGS) from error
    except (SettingsError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{folder(data) / 'fedicara.toml'}: {error}", Exit.SETTINGS) from error


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    field = ".".join(str(part) for part in found["loc"])
    sentence = found["msg"].removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field}: {sentence}{more}; see docs/settings.md." if field else f"{sentence}{more}"


def folder(data: Path | None) -> Path:
    """The data folder: as given, from the environment, or ./data."""
    return data or Path(os.environ.get("FEDICARA_DATA", "data"))


def configured(name: str, data: Path | None) -> bool:
    """Whether the environment or fedicara.toml sets this."""
    if os.environ.get(f"FEDICARA_{name.upper()}"):
        return True
    return name in _file(folder(data) / "fedicara.toml")


def _file(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}", Exit.SETTINGS) from error


def first(
    data: Path | None, base_url: str | None, host: str | None, port: int | None
) -> tuple[Settings, bool]:
    """The settings for `serve`, and whether this is a trial on this machine; the first start writes them down."""
    trial = not base_url and not configured("base_url", data)
    if trial:
        host = host or "127.0.0.1"
        if not host.startswith("127."):
            raise CommandError(
                f"--host {host} can be reached from outside: say under which address, with --base-url https://…",
                Exit.SETTINGS,
            )
        base_url = f"http://{host}:{port or 8000}"
    allowed = LOOPBACK if trial and not configured("egress_allow", data) else None
    settings = load(data, base_url, egress_allow=allowed)
    file = settings.data / "fedicara.toml"
    if base_url and not file.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        file.write_text(WRITTEN.format(base_url=settings.base_url) + TRIAL * (allowed is not None))
    return settings, trial


def listening(settings: Settings, host: str | None, port: int | None) -> tuple[str, int]:
    """Where to listen: as asked; else where a base_url of http:// points; else 127.0.0.1:8000."""
    parts = urlsplit(settings.base_url)
    local = not settings.is_secure
    return host or (settings.host if local else "127.0.0.1"), port or (local and parts.port) or 8000


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Server]:
    """A server for one command, with the models bound to its database."""
    try:
        server = await open_server(settings)
    except SecretError as error:
        raise CommandError(
            f"The secret does not fit: {error}. Put {settings.data / 'secret'} back from a backup.",
            Exit.SETTINGS,
        ) from error
    except CertificateError as error:
        raise CommandError(f"Pictures cannot be signed: {error}.", Exit.SETTINGS) from error
    except KeyFileError as error:
        raise CommandError(f"original_keys: {error}.", Exit.SETTINGS) from error
    except OSError as error:
        raise CommandError(
            f"The database or the data folder cannot be opened ({error}); see `fedicara check-config`.",
            Exit.UNREACHABLE,
        ) from error
    try:
        with server.database.bound():
            yield server
    finally:
        await close_server(server)
