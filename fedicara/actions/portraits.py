"""The picture and the header of a profile: prepared like every picture, and shown to everybody (F-027)."""

from collections.abc import AsyncIterator
from typing import Final, Literal

from fedicara.actions import uploads
from fedicara.actions.authentication import Viewer
from fedicara.actions.uploads import About
from fedicara.federation.said import outbox
from fedicara.models import Actor, Picture, Rendition
from fedicara.models.works import State
from fedicara.reads.media import media_url
from fedicara.server import Server

Use = Literal["avatar", "header"]
USES: Final[tuple[Use, ...]] = ("avatar", "header")
_SIZES: Final = {"avatar": "small", "header": "preview"}
_COLUMNS: Final = {"avatar": ("icon", "icon_alt"), "header": ("image", "image_alt")}


async def receive(
    server: Server, viewer: Viewer, use: Use, chunks: AsyncIterator[bytes], *, alt: str
) -> Picture:
    """Take a picture for one's profile; it is shown once it is prepared."""
    picture = await uploads.receive(server, viewer, chunks, About(alt=alt))
    async with server.database.transaction():
        await Picture.filter(id=picture.id).update(use=use)
        fresh = await Picture.get(id=picture.id)
        # The job may have been quicker, and did not know yet what the picture is for.
        if fresh.state == State.READY:
            await settle(server, fresh)
    return fresh


async def settle(server: Server, picture: Picture) -> None:
    """Show a picture that is ready, instead of the one before; inside the caller's transaction."""
    size = await Rendition.get_or_none(picture_id=picture.id, name=_SIZES[picture.use])
    newer = await Picture.filter(
        actor_id=picture.actor_id, use=picture.use, state=State.READY, id__gt=picture.id
    ).exists()
    if size is None or newer:
        return
    await _show(server, picture.actor_id, picture.use, media_url(server, size.key, public=True), picture.alt)
    older = Picture.filter(actor_id=picture.actor_id, use=picture.use, id__lt=picture.id)
    await uploads.forget(server, await older)


async def describe(server: Server, viewer: Viewer, use: Use, alt: str) -> None:
    """Other words for people who cannot see the picture."""
    said = uploads.checked_alt(alt)
    async with server.database.transaction():
        await Picture.filter(actor_id=viewer.actor.id, use=use).update(alt=said)
        actor = await Actor.get(id=viewer.actor.id)
        address, before = (getattr(actor, name) for name in _COLUMNS[use])
        if address and said != before:
            await _show(server, actor.id, use, address, said)


async def remove(server: Server, viewer: Viewer, use: Use) -> None:
    """Show none any more."""
    async with server.database.transaction():
        await uploads.forget(server, await Picture.filter(actor_id=viewer.actor.id, use=use))
        await _show(server, viewer.actor.id, use, "", "")


async def _show(server: Server, actor_id: int, use: str, address: str, alt: str) -> None:
    actor = await Actor.get(id=actor_id)
    named, described = _COLUMNS[use]
    setattr(actor, named, address)
    setattr(actor, described, alt)
    actor.revision += 1
    await actor.save()
    await outbox.update_actor(server, actor)


async def failures(viewer: Viewer) -> list[str]:
    """Why pictures that were sent last are not shown."""
    failed = await Picture.filter(actor_id=viewer.actor.id, state=State.FAILED).exclude(use="")
    return [picture.failure for picture in failed]
