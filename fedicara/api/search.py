"""Finding people (A-164); posts and tags are not searched."""

import asyncio

from starlette.responses import Response

from fedicara.actions import discovery
from fedicara.actions.errors import Forbidden
from fedicara.api import entities
from fedicara.api.answers import json
from fedicara.api.resource import Call, method
from fedicara.reads.profiles import Profile, beginning, named, profile

PATIENCE = 10.0
MOST = 40
LONGEST = 2_048


@method()
async def search(call: Call) -> Response:
    """GET /api/v2/search: for strangers among people known here, without a request to anybody (SSRF-18)."""
    sent = call.parameters
    text = sent.text("q").strip()
    found: list[Profile] = []
    if text and len(text) <= LONGEST and sent.text("type", "accounts") == "accounts":
        found = await _found(call, text)
    people = [entities.account(call.server, each) for each in found]
    return json({"accounts": people, "statuses": [], "hashtags": []})


async def _found(call: Call, text: str) -> list[Profile]:
    if call.token_holder and call.parameters.flag("resolve"):
        if not call.viewer.may("read:search"):
            raise Forbidden("The token lacks the scope read:search.")
        if (resolved := await _resolved(call, text)) is not None:
            return [resolved]
    name, _, domain = text.removeprefix("acct:").lstrip("@").partition("@")
    if domain:
        known = await named(call.server, name, "" if domain == call.server.settings.domain else domain)
        return [known] if known and not (known.signin_only and call.actor_id is None) else []
    return list(await beginning(call.server, name, call.actor_id, _limit(call)))


async def _resolved(call: Call, text: str) -> Profile | None:
    try:
        async with asyncio.timeout(PATIENCE):
            actor = await discovery.find(call.server, call.viewer, text)
    except TimeoutError:
        return None
    return await profile(call.server, actor.id) if actor else None


def _limit(call: Call) -> int:
    asked = call.request.query_params.get("limit", "")
    return min(max(int(asked), 1), MOST) if asked.isdecimal() and len(asked) < 6 else 20
