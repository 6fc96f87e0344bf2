"""What one's account states of AI use: the policy in force, whom it names to be asked, lines in words elsewhere (A-230, A-231)."""

from dataclasses import asdict

from starlette.responses import Response

from fedicara.actions import account_policy
from fedicara.actions.account_policy import Wording
from fedicara.api.answers import json
from fedicara.api.resource import Call, method
from fedicara.models import Actor
from policies.policy import FIELDS
from policies.tokens import tdm_policy


@method("read:protection")
async def show(call: Call) -> Response:
    """GET /api/fedicara/v1/policy/account."""
    return _answer(call, call.viewer.actor)


@method("write:protection")
async def edit(call: Call) -> Response:
    """PATCH /api/fedicara/v1/policy/account; what is not sent stays."""
    sent, now = call.parameters, account_policy.wording(call.viewer.actor)
    wish = Wording(
        sent.text("contact_url") if sent.has("contact_url") else now.contact_url,
        sent.flag("profile_line", now.profile_line),
        sent.flag("post_line", now.post_line),
    )
    await account_policy.change(call.server, call.viewer, wish)
    return _answer(call, await Actor.get(id=call.viewer.actor.id))


def _answer(call: Call, actor: Actor) -> Response:
    policy = call.server.policy(actor.policy)
    stored = {name: word for name, word in actor.policy.items() if name in FIELDS}
    return json(
        {
            "stored": stored,
            "effective": {name: getattr(policy, name) for name in FIELDS},
            "tdm_policy": tdm_policy(policy, call.server.settings.base_url),
            **asdict(account_policy.wording(actor)),
        }
    )
