"""What follows when the policy above works changes: history, Updates to followers, files marked anew (P-017 to P-019)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fedicara.actions import uploads
from fedicara.actions.policy_history import remember
from fedicara.actions.preparation import tell_again
from fedicara.federation.said import outbox
from fedicara.federation.said.documents import WIDE
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Actor, Picture, Work
from fedicara.models.works import State
from fedicara.reads import stated
from fedicara.server import Server
from policies.documents import terms
from policies.instance import Instance, read, written
from policies.instance import stated as stated_by
from policies.policy import Policy

RESTATE: Final = "restate"
BATCH: Final = 50
# By then every process states what the place states now, and no picture is marked with what it stated before.
SEEN_BY_ALL: Final = 2.0


@dataclass(frozen=True, slots=True)
class Loosening:
    """What a change permits that was not permitted before, and how many published works it reaches (P-018)."""

    fields: tuple[str, ...]
    works: int

    @property
    def sentence(self) -> str:
        """What has to be confirmed, in words."""
        works = "1 published work takes" if self.works == 1 else f"{self.works} published works take"
        return (
            f"This permits more than before ({', '.join(self.fields)}). {works} it from above. "
            "Copies that others hold already keep what they were told, and what is learned is not unlearned."
        )


async def order_all(server: Server, who: str, before: Instance) -> None:
    """Ask for everything of this place to be restated, inside the caller's transaction."""
    payload = {"by": who, "instance": written(before)}
    await LeaseTable(server).enqueue(Order(RESTATE, payload, delay=SEEN_BY_ALL))


async def account_changed(
    server: Server, actor: Actor, before: Mapping[str, str], *, told: bool = False
) -> None:
    """Note what an account states now, and ask for its works to be restated, inside the caller's transaction.

    `told` where every post reads otherwise now, whatever its terms say.
    """
    if server.policy(actor.policy) != server.policy(before):
        await remember(server, actor.username, actor.uri, server.policy(actor.policy), actor.id)
    # Documents are kept by revision, and have to be said anew with the next answer.
    await server.database.execute("UPDATE works SET revision = revision + 1 WHERE actor_id = $1", actor.id)
    payload = {"by": actor.username, "actor": actor.id, "choice": before, "told": told}
    await LeaseTable(server).enqueue(Order(RESTATE, payload))


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `restate`: the works of one artist, some at a time; for the place a job for each of its artists."""
    await stated.look_now(server)
    payload = claim.payload
    async with server.database.transaction():
        if "actor" not in payload:
            local = Actor.filter(account__isnull=False).order_by("id")
            orders = [Order(RESTATE, {**payload, "actor": each.id}) for each in await local]
            await LeaseTable(server).enqueue(*orders)
        elif (actor := await Actor.get_or_none(id=payload["actor"])) is not None:
            await _restate(server, actor, payload)
    return Done()


async def _restate(server: Server, actor: Actor, payload: Mapping[str, Any]) -> None:
    instance = read(payload["instance"]) if "instance" in payload else server.stated.instance
    choice = payload.get("choice", actor.policy)
    after = payload.get("after", 0)
    if not after and stated_by(instance, choice, {}) != server.policy(actor.policy):
        await _restate_profile(server, actor, is_told="choice" in payload)
    found = Work.filter(actor_id=actor.id, state=State.PUBLISHED, id__gt=after).order_by("id").limit(BATCH)
    works = await found.prefetch_related("actor")
    for work in works:
        public = work.visibility in WIDE
        now = server.policy(actor.policy, work.policy, public=public)
        before = stated_by(instance, choice, work.policy, public=public)
        if before != now:
            await remember(server, payload["by"], work.uri, now, actor.id)
        if payload.get("told") or _told(server, before) != _told(server, now):
            await tell_again(server, work)
        if before != now:
            await _mark_again(server, work_id=work.id, shows_id=None)
    if len(works) == BATCH:
        await LeaseTable(server).enqueue(Order(RESTATE, {**payload, "after": works[-1].id}))


def _told(server: Server, policy: Policy) -> dict[str, Any]:
    """What other servers hear of a policy; the rest of it is ours to do."""
    return terms(policy, server.settings.base_url)


async def _restate_profile(server: Server, actor: Actor, *, is_told: bool) -> None:
    if not is_told:
        actor.revision += 1
        await actor.save(update_fields=["revision"])
        await outbox.update_actor(server, actor)
    await _mark_again(server, actor_id=actor.id, use__in=["avatar", "header"])


async def _mark_again(server: Server, **which: Any) -> None:
    """The picture job finds out for itself whether a file has to say something else."""
    for picture in await Picture.filter(**which).exclude(original=""):
        await uploads.enqueue(server, picture)
