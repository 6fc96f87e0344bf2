"""The picture job: a process of its own prepares an upload; the server keeps what comes out."""

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson

from fedicara.actions import ai_made, cloaks, detector, portraits, statements, uploads
from fedicara.federation.said import outbox
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Bury, Done, Outcome, Retry
from fedicara.models import Account, FormerRendition, Picture, Rendition, Work
from fedicara.models.works import State
from fedicara.server import Server
from policies.ai_made import Declaration, carried
from policies.licences import LICENCES
from policies.metadata import marks, training_mining

SECONDS = 120.0
ATTEMPTS = 3
CRASHED = "This picture could not be prepared on this server. Try a smaller export."
IDLE = 19
# What a report holds that follows from the work and its artist, and has to be made again where it no longer does.
_FOLLOWS = ("marks", "chosen", "signed")


@dataclass(frozen=True, slots=True)
class Refused:
    """The picture cannot be prepared; the sentence is for its artist."""

    sentence: str


async def prepare(server: Server, claim: Claim) -> Outcome:
    """Job `picture`: from the original to the renditions; again where its work says something else by now."""
    picture = await Picture.get_or_none(id=claim.payload["picture"]).prefetch_related("work", "actor")
    if picture is None:
        return Done()
    wanted = await _wanted(server, picture)
    if picture.state == State.READY and _has(picture, wanted):
        await Picture.filter(id=picture.id).exclude(failure="").update(failure="")
        return Done()
    result = await _run(server, picture, wanted)
    if isinstance(result, Refused):
        return await _refuse(server, picture, result.sentence)
    if result is None:
        return await _crashed(server, picture, claim)
    await _keep(server, picture, result, wanted, _settle_and_tell)
    return Done()


async def again(
    server: Server, picture: Picture, settle: Callable[[Server, Picture], Awaitable[None]]
) -> str:
    """Prepare a picture that is ready once more, when nothing else wants the processor; why it stays as it was, else empty.

    `settle` says what follows, inside the transaction that replaces its sizes.
    """
    wanted, result = await _wanted(server, picture), None
    for _ in range(ATTEMPTS):
        result = result or await _run(server, picture, wanted, idle=True)
    if isinstance(result, dict):
        await _keep(server, picture, result, wanted, settle)
        await _follow(server, picture)
        return ""
    return result.sentence if result else CRASHED


async def _follow(server: Server, picture: Picture) -> None:
    """What was chosen while the picture was prepared is made after all."""
    fresh = await Picture.get_or_none(id=picture.id).prefetch_related("work", "actor")
    if fresh is not None and not await _is_current(server, fresh):
        async with server.database.transaction():
            await uploads.enqueue(server, fresh)


async def _crashed(server: Server, picture: Picture, claim: Claim) -> Outcome:
    if claim.attempts + 1 < ATTEMPTS:
        return Retry("the picture process ended without an answer", after=1.0)
    await _refuse(server, picture, CRASHED)
    return Bury("the picture process ended without an answer")


async def _wanted(server: Server, picture: Picture) -> dict[str, Any]:
    """What the files of a picture must carry: XMP properties, a cloak, and what is signed if anything is.

    It follows from its work's policy, licence, declaration and choice of a cloak, else from its account's.
    """
    actor, work = picture.actor, picture.work
    account = await Account.get(actor_id=actor.id)
    policy = server.policy(
        actor.policy,
        work.policy if work else {},
        public=work is None or work.visibility in ("public", "unlisted"),
    )
    licence = LICENCES[work.licence if work and work.licence else account.licence]
    declaration = Declaration((work.ai if work else "") or picture.ai or account.ai)
    properties = marks(
        policy,
        server.settings.base_url,
        declaration=carried(declaration, await ai_made.classes(picture)),
        creator=actor.display_name,
        licence_url=licence.url,
    )
    chosen = work.cloak if work and work.cloak else cloaks.inherited(server.settings, account.cloak)
    made = {"marks": properties, "chosen": chosen}
    if server.certificate is None:
        return made
    signed = {"entries": training_mining(policy), "certificate": server.certificate.fingerprint}
    return {**made, "signed": signed}


def _has(picture: Picture, wanted: Mapping[str, Any]) -> bool:
    return {name: picture.report[name] for name in _FOLLOWS if name in picture.report} == wanted


async def _run(
    server: Server, picture: Picture, wanted: Mapping[str, Any], *, idle: bool = False
) -> dict[str, Any] | Refused | None:
    folder = Path(mkdtemp(dir=server.settings.data / "incoming", prefix="picture-"))
    try:
        source = folder / "source"
        stored = await server.storage.open(picture.original)
        with source.open("wb") as file:
            async for chunk in stored.chunks:
                file.write(chunk)
        out = folder / "out"
        out.mkdir()
        is_new = "provenance" not in picture.report
        options = _options(server, picture, wanted, scan=is_new)
        answer = await _child(server, picture, options, (source, out), idle=idle)
        if isinstance(answer, dict):
            answer["review"] = await detector.review(server, source) if is_new else picture.review
            answer["renditions"] = [await _stored(server, out, made) for made in answer["renditions"]]
        return answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options(server: Server, picture: Picture, wanted: Mapping[str, Any], *, scan: bool) -> bytes:
    """The bytes as they came are scanned once: they never change."""
    settings = server.settings
    engine, strength = cloaks.engine_of(settings, wanted["chosen"], picture.engine)
    return orjson.dumps(
        {
            "marks": wanted["marks"],
            "signing": _signing(server, wanted),
            "scan": scan,
            "engine": engine,
            "strength": strength,
            "secret": base64.b64encode(server.derive("cloak")).decode(),
            "limits": {"bytes": settings.upload_limit, "pixels": settings.pixel_limit},
        }
    )


def _signing(server: Server, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    if server.certificate is None:
        return None
    own = server.certificate
    return {"chain": own.chain, "key": own.key, "entries": wanted["signed"]["entries"]}


async def _child(
    server: Server, picture: Picture, options: bytes, paths: tuple[Path, Path], *, idle: bool
) -> dict[str, Any] | Refused | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media",
        *map(str, paths),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 20,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        if idle:
            os.setpriority(os.PRIO_PROCESS, process.pid, IDLE)
        async with asyncio.timeout(SECONDS):
            assert process.stdin is not None  # noqa: S101  (it was asked for)
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(options)
            process.stdin.close()
            return await _heard(server, picture, process.stdout)
    except TimeoutError:
        return Refused("This picture took too long to prepare. Try a smaller export.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _heard(
    server: Server, picture: Picture, lines: AsyncIterator[bytes]
) -> dict[str, Any] | Refused | None:
    async for line in lines:
        said = orjson.loads(line)
        if "done" in said:
            return dict(said["done"])
        if "refused" in said:
            return Refused(said["refused"])
        if picture.state == State.PROCESSING:
            await Picture.filter(id=picture.id).update(step=said["step"], percent=said["percent"])
    return None


async def _stored(server: Server, folder: Path, made: dict[str, Any]) -> dict[str, Any]:
    file = folder / made["file"]
    key = secrets.token_hex(16) + file.suffix
    await server.storage.write(key, file)
    return {**made, "key": key}


async def _keep(
    server: Server,
    picture: Picture,
    result: dict[str, Any],
    wanted: dict[str, Any],
    settle: Callable[[Server, Picture], Awaitable[None]],
) -> None:
    cloak = result["report"]["cloak"]
    provenance = result["provenance"] or picture.report.get("provenance")
    known = {"fingerprint": result["fingerprint"], "provenance": provenance}
    async with server.database.transaction():
        present = await Picture.get_or_none(id=picture.id)
        if present is None:
            # It was discarded meanwhile, and with it whatever would remove these files.
            keys = [made["key"] for made in result["renditions"]]
            return await LeaseTable(server).enqueue(Order("forget", {"keys": keys}))
        old = [each.key for each in await Rendition.filter(picture_id=picture.id)] + uploads.compared(present)
        await _replace(server, picture, result["renditions"])
        await Picture.filter(id=picture.id).update(
            state=State.READY,
            step="done",
            percent=100,
            failure="",
            width=result["width"],
            height=result["height"],
            blurhash=result["blurhash"],
            engine=cloak["engine"],
            engine_version=str(cloak["version"]),
            strength=cloak["strength"],
            review=result["review"],
            stated=statements.with_file(picture.stated, provenance),
            report={**result["report"], **wanted, **known},
        )
        if old:
            await LeaseTable(server).enqueue(Order("forget", {"keys": old}, delay=60.0))
        await Picture.filter(shows_id=picture.id).update(
            engine=cloak["engine"], strength=cloak["strength"], blurhash=result["blurhash"]
        )
        await settle(server, picture)


async def _settle_and_tell(server: Server, picture: Picture) -> None:
    """What follows when a picture is ready, and for the posts that show it again."""
    await settle_of(server, picture)
    for work in await Work.filter(pictures__shows_id=picture.id).distinct():
        await tell_again(server, work)


async def _replace(server: Server, picture: Picture, renditions: list[dict[str, Any]]) -> None:
    await _leave_addresses(server, picture)
    await Rendition.filter(picture_id=picture.id).delete()
    for made in renditions:
        names = ("name", "key", "media_type", "width", "height", "bytes", "sha256")
        await Rendition.create(picture_id=picture.id, **{name: made[name] for name in names})


async def _leave_addresses(server: Server, picture: Picture) -> None:
    """The addresses of sizes about to be replaced lead on from now on (P-017)."""
    for each in await Rendition.filter(picture_id=picture.id):
        await FormerRendition.create(
            key=each.key, picture_id=picture.id, name=each.name, sha256=each.sha256, until=server.now()
        )


async def settle_of(server: Server, picture: Picture) -> None:
    """Publish the picture's work if this was the last thing it waited for; tell again what is out already."""
    fresh = await Picture.get(id=picture.id)
    if fresh.use and fresh.state == State.READY:
        await portraits.settle(server, fresh)
    if fresh.work_id is None:
        return
    work = await Work.get(id=fresh.work_id)
    if work.state == State.PUBLISHED:
        await tell_again(server, work)
    elif work.state in (State.PROCESSING, State.FAILED):
        await settle(server, work)


def edited_now(server: Server, work: Work) -> datetime:
    """When a change of a work is said to be: now, and in a later second than the one before.

    Others hear of whole seconds, and take nothing that is no newer than what they have (F-234).
    """
    if work.edited is None:
        return server.now()
    return max(server.now(), work.edited.replace(microsecond=0) + timedelta(seconds=1))


async def tell_again(server: Server, work: Work) -> None:
    """A change that everybody hears who has the work (F-234); inside the caller's transaction."""
    work.revision, work.edited = work.revision + 1, edited_now(server, work)
    await work.save(update_fields=["revision", "edited"])
    await outbox.publish_update(server, work)


async def settle(server: Server, work: Work) -> None:
    """Publish a work whose pictures are all ready and say what it says, unless it is held; inside the caller's transaction.

    The work of somebody suspended waits until that ends.
    """
    await statements.tighten(server, work)
    pictures = await Picture.filter(work_id=work.id).prefetch_related("work", "actor")
    failed = next((picture for picture in pictures if picture.state == State.FAILED), None)
    if failed is not None:
        await Work.filter(id=work.id).update(state=State.FAILED, failure=failed.failure)
        return
    stale = [picture for picture in pictures if not await _is_current(server, picture)]
    for picture in stale:
        if picture.state == State.READY:
            await Picture.filter(id=picture.id).update(state=State.PROCESSING, step="waiting", percent=0)
            await uploads.enqueue(server, picture)
    if not stale and not any(picture.actor.suspended for picture in pictures):
        work.state = await ai_made.judge(server, work, pictures)
        if work.state == State.PUBLISHED:
            work.published = server.now()
        await work.save(update_fields=["state", "published"])
        if work.state == State.PUBLISHED:
            await outbox.publish_create(server, work)


async def may_retry(work_id: int) -> bool:
    """Whether a work that failed can be tried again: a picture that was prepared once keeps its original."""
    failed = await Picture.filter(work_id=work_id, state=State.FAILED)
    kept = {each.picture_id for each in await Rendition.filter(picture__work_id=work_id)}
    return bool(failed) and all(each.id in kept for each in failed)


async def retry(server: Server, work: Work) -> None:
    """Try a work that failed again with what it says now, where that can be; inside the caller's transaction."""
    if await may_retry(work.id):
        await Picture.filter(work_id=work.id, state=State.FAILED).update(state=State.READY, failure="")
        work.state, work.failure = State.PROCESSING, ""
        await work.save(update_fields=["state", "failure"])
        await settle(server, work)


async def _is_current(server: Server, picture: Picture) -> bool:
    return picture.state == State.READY and _has(picture, await _wanted(server, picture))


async def _refuse(server: Server, picture: Picture, sentence: str) -> Outcome:
    """Keep the reason, remove the bytes; a picture that was out already stays as it was (C-006).

    An original that was prepared once is a good picture: it is kept, whatever ended a later preparation.
    """
    if picture.state == State.READY:
        await Picture.filter(id=picture.id).update(failure=sentence)
        return Bury(sentence)
    async with server.database.transaction():
        if not await Rendition.filter(picture_id=picture.id).exists():
            await LeaseTable(server).enqueue(Order("forget", {"keys": [picture.original]}))
        await Picture.filter(id=picture.id).update(state=State.FAILED, failure=sentence)
        await settle_of(server, picture)
    return Done()


async def forget_files(server: Server, claim: Claim) -> Outcome:
    """Job `forget`: remove files whose rows are gone."""
    for key in claim.payload["keys"]:
        await server.storage.delete(key)
    return Done()
