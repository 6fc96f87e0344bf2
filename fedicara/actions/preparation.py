"""The picture job: a process of its own prepares an upload; the server keeps what comes out."""

import errno
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fedicara.actions import (
    ai_made,
    banned,
    cloaks,
    likenesses,
    originals,
    portraits,
    statements,
    uploads,
)
from fedicara.actions.picture_process import Refused, run
from fedicara.federation.said import outbox
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Bury, Done, Outcome, Retry
from fedicara.models import Account, FormerRendition, Picture, Rendition, Work
from fedicara.models.works import State
from fedicara.server import Server
from policies.ai_made import Declaration, carried
from policies.licences import LICENCES
from policies.metadata import marks, training_mining

ATTEMPTS = 3
CRASHED = "This picture could not be prepared on this server. Try a smaller export."
# What a report holds that follows from the work and its artist, and has to be made again where it no longer does.
_FOLLOWS = ("marks", "signed", "chosen", "focus")
ROOM = 4 * 1024 * 1024


async def prepare(server: Server, claim: Claim) -> Outcome:
    """Job `picture`: from the original to the renditions; again where its work says something else by now."""
    picture = await Picture.get_or_none(id=claim.payload["picture"]).prefetch_related("work", "actor")
    if picture is None:
        return Done()
    wanted = await _wanted(server, picture)
    if picture.state == State.READY and _has(picture, wanted):
        await Picture.filter(id=picture.id).exclude(failure="").update(failure="")
        return Done()
    began = time.monotonic()
    result = await run(server, picture, wanted)
    if isinstance(result, Refused):
        return await _refuse(server, picture, result.sentence)
    if result is not None and picture.state != State.READY and await banned.is_banned(result["fingerprint"]):
        await _forget_made(server, result)
        return await _refuse(server, picture, banned.refusal(server))
    if result is None:
        return await _crashed(server, picture, claim)
    result["report"]["seconds"] = round(time.monotonic() - began, 2)
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
        result = result or await run(server, picture, wanted, idle=True)
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


async def _forget_made(server: Server, result: Mapping[str, Any]) -> None:
    for made in result["renditions"]:
        await server.storage.delete(made["key"])


async def _crashed(server: Server, picture: Picture, claim: Claim) -> Outcome:
    if shutil.disk_usage(server.settings.incoming).free < picture.original_bytes + ROOM:
        # The picture is good, and is prepared when there is room (MED-12).
        raise OSError(errno.ENOSPC, "no room to prepare a picture in")
    if claim.attempts + 1 < ATTEMPTS:
        return Retry("the picture process ended without an answer", after=1.0)
    await _refuse(server, picture, CRASHED)
    return Bury("the picture process ended without an answer")


async def given_up(server: Server, claim: Claim) -> None:
    """The job took its process with it each time it was tried: its artist reads so, and nobody waits for it (MED-16)."""
    picture = await Picture.get_or_none(id=claim.payload["picture"])
    if picture is not None:
        await _refuse(server, picture, CRASHED)


async def _wanted(server: Server, picture: Picture) -> dict[str, Any]:
    """What the files of a picture must carry: XMP properties, a cloak, the point of the card, and what is signed.

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
    made = {"marks": properties, "chosen": chosen, "focus": [picture.focus_x, picture.focus_y]}
    if server.certificate is None:
        return made
    signed = {"entries": training_mining(policy), "certificate": server.certificate.fingerprint}
    return {**made, "signed": signed}


def _has(picture: Picture, wanted: Mapping[str, Any]) -> bool:
    return {name: picture.report[name] for name in _FOLLOWS if name in picture.report} == wanted


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
            return await uploads.forget_later(server, keys)
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
        await uploads.forget_later(server, old, delay=60.0)
        await Picture.filter(shows_id=picture.id).update(
            engine=cloak["engine"], strength=cloak["strength"], blurhash=result["blurhash"]
        )
        await likenesses.note(server, picture, result["fingerprint"])
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
            await uploads.forget_later(server, [picture.original])
        await Picture.filter(id=picture.id).update(state=State.FAILED, failure=sentence)
        await settle_of(server, picture)
    return Done()


async def forget_files(server: Server, claim: Claim) -> Outcome:
    """Job `forget`: remove files whose rows are gone; what another row names stays (MED-15)."""
    for key in await originals.unused(claim.payload["keys"]):
        await server.storage.delete(key)
    return Done()
