"""Keys of local actors change: peers hear of the new one from a request that the old one signs (F-325, OPS-02)."""

from typing import Final
from urllib.parse import urlsplit

from activitypub.names import ACCEPT, ACTIVITY_JSON
from fedicara.federation.errors import NetworkError
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.deliver import body_of
from fedicara.federation.said.instance import new_keys
from fedicara.federation.servers import hosts
from fedicara.federation.signed.signing import pair, signs
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Activity, Actor, Key
from fedicara.models.ids import new_id
from fedicara.server import Server

INTRODUCE: Final = "introduce key"
_HEADERS: Final = {"Content-Type": ACTIVITY_JSON, "Accept": ACCEPT}


async def rotate(server: Server, actor: Actor) -> None:
    """Give a local actor new keys under new fragments, and tell its followers' servers; in the caller's transaction.

    Everything said from now on is signed with the new key. The one before is kept until the next change, for the
    requests that introduce its successor; those before it are forgotten.
    """
    await Key.filter(actor_id=actor.id).exclude(retired=None).delete()
    old = await Key.filter(actor_id=actor.id, public__startswith="-----").order_by("-id").first()
    await Key.filter(actor_id=actor.id).update(retired=server.now())
    await new_keys(server, actor, named=f"-{new_id()}")
    actor.revision += 1
    await actor.save(update_fields=["revision", "updated"])
    activity = await outbox.profile_update(server, actor)
    inboxes = await recipients.followers(server, actor.id)
    orders = [
        Order(
            INTRODUCE,
            {"activity": activity.id, "inbox": inbox, "key": old.id},
            lane=urlsplit(inbox).netloc[:255],
        )
        for inbox in inboxes
        if old is not None
    ]
    if orders:
        await LeaseTable(server).enqueue(*orders)


async def introduce(server: Server, claim: Claim) -> Outcome:
    """The job: bring the Update to an inbox, signed with the old key; where it is not taken, deliver it as any other."""
    activity = await Activity.get_or_none(id=claim.payload["activity"]).prefetch_related("actor", "work")
    body = await body_of(server, activity) if activity is not None else None
    old = await Key.get_or_none(id=claim.payload["key"])
    if activity is None or body is None:
        return Done()
    inbox: str = claim.payload["inbox"]
    if old is None or claim.crashes or not await _is_taken(server, old, inbox, body):
        await outbox.send(server, activity, [inbox])
    return Done()


async def _is_taken(server: Server, old: Key, inbox: str, body: bytes) -> bool:
    known = await hosts.known(server, inbox)
    sign = signs(server, pair(server, old.uri, old.private), known.post_scheme or known.usual)
    try:
        answer = await server.network.post(inbox, _HEADERS, body, sign)
    except NetworkError:
        return False
    return 200 <= answer.status < 300
