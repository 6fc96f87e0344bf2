"""What crawlers were refused of one's own works (A-250, P-227)."""

from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from fedicara.actions import crawlers, ledger
from fedicara.actions.errors import Invalid
from fedicara.actions.roles import looks_after_the_place
from fedicara.api.answers import json
from fedicara.api.resource import Call, method

_DAYS: Final = 30


@method("read:protection")
async def show(call: Call) -> Response:
    """GET /api/fedicara/v1/ledger: the last 30 days, or from `from` to `to`; `scope=instance` for who looks after the place."""
    server, today = call.server, call.server.now().date()
    until = _day(call, "to", today)
    since = _day(call, "from", until - timedelta(days=_DAYS - 1))
    wants_all = call.parameters.text("scope") == "instance" and looks_after_the_place(call.viewer)
    operators = {row.token: row.operator for row in (await crawlers.in_force(server)).listed}
    found = await ledger.lines(server, since, until, operators, None if wants_all else call.viewer.actor.id)
    rows = [
        {
            "day": line.day.isoformat(),
            "token": line.token,
            "operator": line.operator,
            "field": line.field or None,
            "surface": line.surface,
            "work_id": str(line.work_id) if line.work_id else None,
            "count": line.count,
            "bytes_withheld": line.bytes_withheld,
            "at_least": True,
        }
        for line in found
    ]
    return json({"rows": rows, "counts_only_named_crawlers": True})


def _day(call: Call, name: str, otherwise: date) -> date:
    text = call.parameters.text(name)
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError as error:
        raise Invalid(name, f"{name} is a day, as in {otherwise.isoformat()}.") from error
