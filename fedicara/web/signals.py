"""What a work says about AI use, exactly as it is sent, beside what it should say: the page behind the line on it (P-508)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedicara.actions.policy_check import daily
from fedicara.actions.policy_check.glance import glance
from fedicara.reads import access
from fedicara.reads.views import WorkView
from fedicara.server import Server
from fedicara.web.policy import signals
from fedicara.web.session import server_of
from fedicara.web.templates import page
from fedicara.web.within import Within
from fedicara.web.works import readable
from policies import documents, words
from policies.ai_made import Declaration
from policies.check.verdicts import Verdict
from policies.licences import LICENCES
from policies.metadata import marks, training_mining

KEPT: Final = 3600
MINUTE: Final = 60.0
SURFACES: Final[Mapping[str, str]] = {
    "S01": "With its page",
    "S02": "With its picture",
    "S03": "With the post for other servers",
    "S04": "In the head of its page",
    "S05": "In robots.txt",
    "S06": "In tdmrep.json",
    "S07": "How to ask",
    "S08": "Inside the picture file",
    "S09": "Signed into the picture file",
    "S10": "In the licence for crawlers",
    "S11": "In the post for other servers",
    "S12": "In NodeInfo",
    "S13": "Links",
    "S14": "In words",
}
VERDICTS: Final[Mapping[str, str]] = {
    Verdict.PASS: "As it should be",
    Verdict.WEAK: "There, but known readers lose it",
    Verdict.ABSENT: "Missing",
    Verdict.FAIL: "Says something else",
    Verdict.ERROR: "Could not be read",
}
_CRAWLER: Final = "robots "


@dataclass(frozen=True, slots=True)
class Group:
    """One place where something is said: each signal that should be there, what was seen, and the verdict."""

    name: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check read, and when."""

    moment: datetime
    groups: Sequence[Group]
    good: int
    bad: int


async def shown(request: Request) -> Response:
    """GET /@NAME/ID/signals: in words, in headers and tags, in posts for other servers, in files; and as it was read."""
    server, found = server_of(request), await readable(request)
    request.state.policy, base_url = found.policy, server.settings.base_url
    licence = LICENCES.get(found.licence)
    request.state.licence_url = licence.url if licence else None
    declared = Declaration(found.ai) if found.ai else None
    failing = await server.lately(("self-check failing",), MINUTE, daily.failing)
    values = {
        "work": found,
        "explanation": words.explanation(found.policy),
        "signals": signals(server, found.policy, request.state.licence_url),
        "terms": documents.terms(found.policy, base_url),
        "entries": training_mining(found.policy) if server.certificate else {},
        "marks": marks(
            found.policy,
            base_url,
            declaration=declared,
            creator=found.actor.display_name,
            licence_url=request.state.licence_url,
        ),
        "seen": await _seen(request.app.state.within, server, found),
        "verdicts": VERDICTS,
        "failing": next((each for each in failing if each.about == found.url), None),
    }
    return page(request, "signals.html", values)


async def _seen(within: Within, server: Server, found: WorkView) -> Seen | None:
    """What this server answers for the work, read at most once an hour and for one work at a time.

    None for what visitors do not get, for works of others, and while another work is read.
    """
    if not found.is_local or not access.is_for_all(found) or not await access.may_read(server, found, None):
        return None
    key = ("seen", found.id, found.revision, found.policy, int(server.now().timestamp()) // KEPT)
    if server.kept(key) is None and within.busy.locked():
        return None
    async with within.busy:
        report = await server.remembered(key, partial(_read, within, server.url(_path(found))))
    return _printed(orjson.loads(report))


def _path(found: WorkView) -> str:
    return f"/@{found.actor.handle}/{found.id}"


async def _read(within: Within, url: str) -> bytes:
    return orjson.dumps((await glance(within.server(), url)).as_dict())


def _printed(report: Mapping[str, Any]) -> Seen:
    rows = [row for row in report["rows"] if row["verdict"] != Verdict.NOT_APPLICABLE]
    groups = [
        Group(SURFACES[surface], _short(list(each)))
        for surface, each in groupby(rows, key=lambda row: row["surface"])
    ]
    good = sum(row["verdict"] == Verdict.PASS for row in rows)
    return Seen(datetime.fromisoformat(report["checked_at"]), groups, good, len(rows) - good)


def _short(rows: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Crawlers that robots.txt keeps out as it should are one line together."""
    kept_out = [row for row in rows if row["field"].startswith(_CRAWLER) and row["verdict"] == Verdict.PASS]
    others = [row for row in rows if row not in kept_out]
    if not kept_out:
        return others
    return [*others, {**kept_out[0], "field": f"{len(kept_out)} listed crawlers"}]
