"""Pictures of other servers that were retrieved: what they look like, and what their files say of AI (P-434)."""

import asyncio
import contextlib
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import orjson
from anyio.to_thread import run_sync
from tortoise.expressions import F

from fedicara.actions import banned, likenesses, remote_cache
from fedicara.actions.uploads import proxy_key
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Picture, Work
from fedicara.models.works import State
from fedicara.reads import ai_made as reads
from fedicara.server import Server
from policies.ai_made import Declaration, RemoteRule, Rules, Said, Strength, strength

KIND: Final = "remote-scan"
SECONDS: Final = 60.0
_SAYS: Final = {Strength.WHOLE: Declaration.GENERATED, Strength.PART: Declaration.ASSISTED}


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `remote-scan`: look through the bytes once; what is only passed on is removed then.

    A work of which nothing is stated bears what its file says, and says that the file does.
    """
    picture = await Picture.get_or_none(id=claim.payload["picture"]).prefetch_related("work")
    if picture is None or not await server.storage.exists(proxy_key(picture.id)):
        return Done()
    found = await _looked_through(server, picture)
    is_banned = await _noted(server, picture, found)
    if is_banned or not await remote_cache.is_kept(server, picture.id):
        await remote_cache.let_go(server, picture.id)
    if picture.work is None or picture.work.ai:
        return Done()
    classes = [each["class"] for each in (found.get("provenance") or {}).get("evidence", ())]
    declaration = _SAYS.get(strength(classes))
    if declaration is not None:
        await _label(picture.work, declaration, classes, await reads.rules(server))
    return Done()


async def _noted(server: Server, picture: Picture, found: dict[str, Any]) -> bool:
    """Keep what was seen of a picture; whether it is one that may not be shown here."""
    known = found.get("fingerprint") or {}
    is_banned = await banned.is_banned(known)
    async with server.database.transaction():
        await Picture.filter(id=picture.id).update(report=found)
        await likenesses.note(server, picture, known)
        if is_banned:
            await banned.hide(picture.id)
    return is_banned


async def _label(work: Work, declaration: Declaration, classes: Sequence[str], rules: Rules) -> None:
    """A mark that is not signed never makes a place reject a work."""
    signed = any(each.startswith("signed") for each in classes)
    hides = rules.remote is RemoteRule.HIDE or (rules.remote is RemoteRule.REJECT and signed)
    silent = Work.filter(id=work.id, ai="")
    await silent.update(ai=declaration, ai_said=Said.FILE, revision=F("revision") + 1)
    if hides:
        await Work.filter(id=work.id, state=State.PUBLISHED).update(state=State.AI_MADE)


async def _looked_through(server: Server, picture: Picture) -> dict[str, Any]:
    """What the bytes are known by: their digest, what they say, and what they look like."""
    stored = await server.storage.open(proxy_key(picture.id))
    folder = server.settings.incoming
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder) as file:
        async for chunk in stored.chunks:
            file.write(chunk)
        file.flush()
        path = Path(file.name)
        return {"sha256": digest(await run_sync(path.read_bytes)), **await _scanned(path)}


def digest(body: bytes) -> str:
    """What tells whether the bytes behind an address are the ones that were looked through."""
    return hashlib.sha256(body).hexdigest()


async def _scanned(path: Path) -> dict[str, Any]:
    """In a process of its own: these bytes are a stranger's. What it said before it broke counts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media",
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(SECONDS):
            assert process.stdout is not None  # noqa: S101  (it was asked for)
            async for line in process.stdout:
                found |= orjson.loads(line)
    except TimeoutError:
        return found
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return found
