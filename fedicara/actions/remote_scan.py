"""Pictures of other servers that were retrieved: what their files say, where their own server says nothing (P-434)."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import orjson
from tortoise.expressions import F

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
    """Job `remote-scan`: a work of which nothing is stated bears what its file says, and says that the file does."""
    picture = await Picture.get_or_none(id=claim.payload["picture"]).prefetch_related("work")
    if picture is None or picture.work is None or picture.work.ai:
        return Done()
    if not await server.storage.exists(proxy_key(picture.id)):
        return Done()
    classes = [each["class"] for each in await _evidence(server, picture)]
    declaration = _SAYS.get(strength(classes))
    if declaration is not None:
        await _label(picture.work, declaration, classes, await reads.rules(server))
    return Done()


async def _label(work: Work, declaration: Declaration, classes: Sequence[str], rules: Rules) -> None:
    """A mark that is not signed never makes a place reject a work."""
    signed = any(each.startswith("signed") for each in classes)
    hides = rules.remote is RemoteRule.HIDE or (rules.remote is RemoteRule.REJECT and signed)
    silent = Work.filter(id=work.id, ai="")
    await silent.update(ai=declaration, ai_said=Said.FILE, revision=F("revision") + 1)
    if hides:
        await Work.filter(id=work.id, state=State.PUBLISHED).update(state=State.AI_MADE)


async def _evidence(server: Server, picture: Picture) -> Sequence[dict[str, Any]]:
    stored = await server.storage.open(proxy_key(picture.id))
    folder = server.settings.data / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder) as file:
        async for chunk in stored.chunks:
            file.write(chunk)
        file.flush()
        return await _scanned(Path(file.name))


async def _scanned(path: Path) -> Sequence[dict[str, Any]]:
    """In a process of its own: these bytes are a stranger's."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media",
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        return list(orjson.loads(said)["provenance"]["evidence"]) if process.returncode == 0 else ()
    except TimeoutError:
        return ()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
