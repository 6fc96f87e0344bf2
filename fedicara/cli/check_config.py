"""`check-config`: the settings in force, and what is wrong or risky about them."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from fedicara.actions import cloaks
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.settings import Settings
from fedicara.storage import open_storage
from fedicara.storage.bucket import BucketAway, BucketFull
from fedicara.storage.sealing import KeyFileError, read_keys
from fedicara.storage.trial import TrialFailed, try_out

_FAULTS = {
    "NoSuchBucket": "bucket: the service has no bucket of that name; make it first",
    "PermanentRedirect": "bucket_region: the bucket lies in another region",
    "AuthorizationHeaderMalformed": "bucket_region: the service names its region otherwise",
    "InvalidAccessKeyId": "bucket_key: the service does not know this key",
    "SignatureDoesNotMatch": "bucket_secret: it does not belong to bucket_key",
    "RequestTimeTooSkewed": "the clock of this machine is wrong, so the service of the bucket takes no signature",
}


def check_config(data: Data = None) -> None:
    """Print every setting, try the folders, the bucket and the database, and say what to mend."""
    settings = load(data)
    console = Console(highlight=False, soft_wrap=True)
    table = Table("setting", "value", box=None)
    for name in type(settings).model_fields:
        table.add_row(name, _shown(name, getattr(settings, name)))
    console.print(table)
    for note in _notes(settings):
        console.print(f"note: {note}")
    faults = list(_faults(settings))
    if faults:
        raise CommandError("; ".join(faults), Exit.SETTINGS)
    asyncio.run(_storage(settings))
    asyncio.run(_database(settings))
    console.print("All is well.")


def _shown(name: str, value: object) -> str:
    if name == "database_url" and value:
        parts = urlsplit(str(value))
        return parts._replace(netloc=f"…@{parts.hostname}").geturl() if parts.password else str(value)
    if (name == "metrics_token" and value) or isinstance(value, SecretStr):
        return "set"
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _notes(settings: Settings) -> Iterator[str]:
    if not settings.is_secure:
        yield "base_url is http://: a trial on this machine, which no other server can reach."
    if settings.egress_allow:
        yield "egress_allow is set: outgoing requests may reach private networks; right for trials only."
    if settings.bucket and settings.bucket_endpoint.startswith("http:"):
        yield "bucket_endpoint is http://: pictures travel readable; right on this machine or a network of your own."
    if settings.is_secure and not settings.media_url:
        yield "media_url is empty: pictures come from the host of the pages; a host of their own is safer."
    if settings.is_secure and not settings.trusted_proxies:
        yield "trusted_proxies is empty: behind a proxy all visitors seem to come from one address."


def _faults(settings: Settings) -> Iterator[str]:
    folders = {"data": settings.data, **({} if settings.bucket else {"media_folder": settings.media})}
    for name, folder in folders.items():
        if not os.access(_existing(folder), os.W_OK):
            yield f"{name}: {folder} cannot be written to; give it to the user who runs fedicara"
    if settings.cloak not in cloaks.names():
        yield f"cloak: there is no engine called {settings.cloak}; there are {', '.join(cloaks.names())}"
    if settings.original_keys is not None:
        try:
            read_keys(settings.original_keys)
        except KeyFileError as error:
            yield f"original_keys: {error}"
    if settings.ca_file is not None and not os.access(settings.ca_file, os.R_OK):
        yield f"ca_file: {settings.ca_file} cannot be read"


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.exists())


async def _database(settings: Settings) -> None:
    async with opened(settings):
        """Opening tries it."""


async def _storage(settings: Settings) -> None:
    """Write, read, list and delete a file, as the server will."""
    try:
        await try_out(open_storage(settings))
    except (TrialFailed, BucketFull) as error:
        raise CommandError(_fault(settings, error), Exit.UNREACHABLE) from error


def _fault(settings: Settings, error: Exception) -> str:
    cause = error.__cause__
    code = cause.code if isinstance(cause, BucketAway) else ""
    where = f"{settings.bucket} at {settings.bucket_endpoint}"
    if isinstance(error, BucketFull):
        return f"bucket: {where} is full"
    if code == "" and isinstance(cause, BucketAway):
        return f"bucket_endpoint: nobody answers as a bucket's service would ({cause})"
    return _FAULTS.get(code, f"bucket: {error} in {where} ({code or cause})")
