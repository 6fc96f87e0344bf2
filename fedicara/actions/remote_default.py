"""What our copies of works of other servers say where their origin is silent (P-032)."""

from collections.abc import Mapping

from fedicara.actions import audit
from fedicara.actions.errors import Invalid
from fedicara.models import RemoteDefault
from fedicara.server import Server
from policies.errors import PolicyError
from policies.statements import REMOTE_DEFAULT, check_remote_default


async def current() -> Mapping[str, str]:
    """What is in force, whole."""
    return {**REMOTE_DEFAULT, **{row.field: row.value async for row in RemoteDefault.all()}}


async def change(server: Server, who: str, chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Set some fields anew; what is in force from now on. A value that no field has changes nothing (P-010)."""
    try:
        check_remote_default(chosen)
    except PolicyError as error:
        raise Invalid(error.field, str(error)) from error
    async with server.database.transaction():
        for field, value in chosen.items():
            await RemoteDefault.update_or_create(field=field, defaults={"value": value})
        await audit.note(who, "hosts default", **chosen)
    return await current()
