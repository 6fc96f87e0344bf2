"""Keys of actors elsewhere, and hosts where they change all at once (F-317, DISC-07)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from activitypub.keys import Key as Stated
from fedicara.models import Actor, Key
from fedicara.server import Server

DAY: Final = timedelta(hours=24)

_log = structlog.get_logger()


async def is_rekeyed(actor: Actor, stated: Sequence[Stated]) -> bool:
    """Whether an actor that had keys states none of them any more."""
    known = set(await Key.filter(actor_id=actor.id).values_list("public", flat=True))
    return bool(known) and known.isdisjoint(key.public for key in stated)


async def keep(server: Server, actor: Actor, stated: Sequence[Stated]) -> None:
    """Keep the keys an actor's own document lists, those alone; inside the caller's transaction."""
    await Key.filter(actor_id=actor.id).delete()
    for key in {key.id: key for key in stated}.values():
        if await Key.filter(uri=key.id).exists():
            continue  # A neighbour on the same host stated that key first; nobody takes it over.
        await Key.create(actor=actor, uri=key.id, public=key.public, fetched=server.now())


async def warn(server: Server, actor: Actor) -> None:
    """Say that a key changed, and warn where most of a host's actors changed theirs within a day."""
    _log.info("key changed", actor=actor.uri)
    known = Actor.filter(domain=actor.domain)
    rekeyed, everybody = (
        await known.filter(rekeyed__gt=server.now() - DAY).count(),
        await known.count(),
    )
    if 2 * rekeyed > everybody:
        _log.warning(
            "most keys of a host changed within a day; it may have changed hands",
            host=actor.domain,
            changed=rekeyed,
            known=everybody,
        )
