"""Bots that prove who they are: identities from signed requests, and the job that reads their key directories (P-235 to P-240)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from activitypub import bot_auth
from activitypub.bot_auth import DIRECTORY_PATH, DIRECTORY_TYPE, Claim
from activitypub.errors import MalformedDocument
from fedicara.federation.network.bounds import for_strangers
from fedicara.federation.network.http import NetworkError
from fedicara.federation.signed.signatures import received
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim as Job
from fedicara.jobs.queue import Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import KeyDirectory
from fedicara.server import Server

DIRECTORY: Final = "key-directory"
LONGEST: Final = timedelta(hours=24)
AGAIN: Final = timedelta(hours=1)
MOST_BYTES: Final = 64 * 1024
MOST_ORIGINS: Final = 200
_DEADLINE: Final = 5.0
_SECONDS: Final = 5.0


async def identity(server: Server, scope: Mapping[str, Any]) -> str:
    """The origin that a request is proven to come from, empty for every other; it waits for nobody (P-239)."""
    if not any(name == b"signature-agent" for name, _ in scope["headers"]):
        return ""
    request = received(scope)
    claim = bot_auth.read(request.headers, server.now())
    if claim is None:
        return ""
    directory = await server.lately((DIRECTORY, claim.origin), _SECONDS, partial(_known, claim.origin))
    key = _key(server, directory, claim)
    if key is None:
        await _order(server, directory, claim.origin)
        return ""
    url = server.url(request.target)
    return claim.origin if bot_auth.verify(claim, key, request.method, url) else ""


async def _known(origin: str) -> KeyDirectory | None:
    return await KeyDirectory.get_or_none(origin=origin)


def _key(server: Server, directory: KeyDirectory | None, claim: Claim) -> str | None:
    """The key of the pair of directory and thumbprint, never of a thumbprint alone (P-238)."""
    if directory is None or directory.read is None or directory.read < server.now() - LONGEST:
        return None
    found: str | None = directory.keys.get(claim.thumbprint)
    return found


async def _order(server: Server, directory: KeyDirectory | None, origin: str) -> None:
    """Have a directory read: each once an hour, and not more different ones than an honest hour brings."""
    now = server.now()
    if directory is not None and directory.read is not None and directory.read > now - AGAIN:
        return
    if server.asked.count(DIRECTORY, now) > MOST_ORIGINS:
        return
    hour = int(now.timestamp()) // 3600
    async with server.database.transaction(seen=False):
        await LeaseTable(server).enqueue(
            Order(DIRECTORY, {"origin": origin}, lane=origin[:255], key=f"{DIRECTORY}:{origin}:{hour}")
        )


async def run(server: Server, job: Job) -> Outcome:
    """Job `key-directory`: read one, keep its keys or why there are none; a failure is an answer for an hour too."""
    origin: str = job.payload["origin"]
    now = server.now()
    known = await KeyDirectory.get_or_none(origin=origin)
    if known is not None and known.read is not None and known.read > now - AGAIN:
        return Done()
    try:
        found, failure = await _read(for_strangers(server), origin), ""
    except (NetworkError, MalformedDocument) as error:
        found, failure = {}, str(error)[:500]
    async with server.database.transaction(seen=False):
        await _keep(origin, found, failure, now)
    server.forget(DIRECTORY, origin)
    return Done()


async def _read(server: Server, origin: str) -> dict[str, str]:
    try:
        async with asyncio.timeout(_DEADLINE):
            answer = await server.network.get(
                origin + DIRECTORY_PATH, {"Accept": DIRECTORY_TYPE}, limit=MOST_BYTES, hops=0
            )
    except TimeoutError as error:
        raise NetworkError("timeout") from error
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or media_type != DIRECTORY_TYPE:
        raise MalformedDocument(f"It answered {answer.status} with {media_type or 'nothing'}.")
    return bot_auth.read_directory(answer.body)


async def _keep(origin: str, keys: Mapping[str, str], failure: str, now: datetime) -> None:
    await KeyDirectory.update_or_create({"keys": dict(keys), "failure": failure, "read": now}, origin=origin)
