"""The policy of the place: what administrators set for everybody, and how far artists may depart from it (P-014 to P-016)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from fedicara.actions import audit, restating
from fedicara.actions.errors import Invalid
from fedicara.actions.policy_history import remember
from fedicara.actions.restating import Loosening
from fedicara.models import PlacePolicy
from fedicara.reads import inheriting, stated
from fedicara.server import Server
from policies.errors import PolicyError
from policies.instance import Instance, changed, read, written
from policies.policy import Policy, loosened


@dataclass(frozen=True, slots=True)
class Change:
    """Fields to set anew: of the default, of the floor, of the ceiling."""

    default: Mapping[str, str] = field(default_factory=dict)
    floor: Mapping[str, str] = field(default_factory=dict)
    ceiling: Mapping[str, str] = field(default_factory=dict)


def considered(instance: Instance, change: Change) -> Instance:
    """What the place would have set after a change; `Invalid` names the field (P-010, P-014)."""
    try:
        return changed(instance, change.default, change.floor, change.ceiling)
    except PolicyError as error:
        raise Invalid(error.field, f"{error.field}: {error.reason}.") from error


async def loosening(server: Server, after: Policy) -> Loosening:
    """What the default would permit that it does not yet."""
    fields = loosened(server.policy(), after)
    return Loosening(fields, await inheriting.from_place(server, fields))


async def change_place(server: Server, who: str, change: Change) -> Instance:
    """Set the policy of the place; every answer of this process states it from now on, others follow within a second."""
    async with server.database.transaction():
        await PlacePolicy.get_or_create(id=1, defaults={"stated": written(Instance()), "revision": 0})
        row = await PlacePolicy.select_for_update().get(id=1)
        before = read(row.stated)
        after = considered(before, change)
        if after != before:
            row.stated, row.revision = written(after), row.revision + 1
            await row.save(update_fields=["stated", "revision"])
            await audit.note(who, "policy set", server.settings.domain, **_given(change))
            await restating.order_all(server, who, before)
        if after.default != before.default:
            await remember(server, who, server.url("/"), after.default)
    await stated.look_now(server)
    return after


def _given(change: Change) -> dict[str, dict[str, str]]:
    return {level: dict(values) for level, values in asdict(change).items() if values}
