"""Finding people, and a post by its address (A-164); what posts say and tags are not searched."""

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from fedicara.actions import discovery
from fedicara.actions.errors import Forbidden
from fedicara.api import entities, present
from fedicara.api.answers import json
from fedicara.api.resource import Call, method
from fedicara.models import Work
from fedicara.reads import works
from fedicara.reads.profiles import Profile, beginning, named, profile
from fedicara.reads.views import WorkView

PATIENCE = 10.0
MOST = 40
KINDS = ("accounts", "statuses")
LONGEST = 2_048


@method()
async def search(call: Call) -> Response:
    """GET /api/v2/search: for strangers among people known here, without a request to anybody (SSRF-18)."""
    sent = call.parameters
    text, wanted = sent.text("q").strip(), sent.text("type")
    people: Sequence[Profile] = []
    posts: Sequence[WorkView] = []
    if text and len(text) <= LONGEST and wanted in ("", *KINDS):
        people, posts = await _found(call, text)
    accounts = [entities.account(call.server, each) for each in people] if wanted in ("", "accounts") else []
    statuses = await present.statuses(call.server, posts, call.actor_id) if wanted in ("", "statuses") else []
    return json({"accounts": accounts, "statuses": statuses, "hashtags": []})


async def _found(call: Call, text: str) -> tuple[Sequence[Profile], Sequence[WorkView]]:
    if call.token_holder and call.parameters.flag("resolve"):
        if not call.viewer.may("read:search"):
            raise Forbidden("The token lacks the scope read:search.")
        found = await _resolved(call, text)
        if isinstance(found, Work):
            view = await works.work(call.server, found.id)
            return [], [view] if view else []
        resolved = await profile(call.server, found.id) if found else None
        if resolved is not None:
            return [resolved], []
    return await _known(call, text), []


async def _known(call: Call, text: str) -> Sequence[Profile]:
    name, _, domain = text.removeprefix("acct:").lstrip("@").partition("@")
    if domain:
        known = await named(call.server, name, "" if domain == call.server.settings.domain else domain)
        return [known] if known and not (known.signin_only and call.actor_id is None) else []
    return await beginning(call.server, name, call.actor_id, _limit(call)) if name else []


async def _resolved(call: Call, text: str) -> discovery.Found:
    try:
        async with asyncio.timeout(PATIENCE):
            return await discovery.find(call.server, call.viewer, text)
    except TimeoutError:
        return None


def _limit(call: Call) -> int:
    asked = call.request.query_params.get("limit", "")
    return min(max(int(asked), 1), MOST) if asked.isdecimal() and len(asked) < 6 else 20
