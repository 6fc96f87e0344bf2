"""What a page with many works says of itself (P-304)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fedicara.models import Actor
from fedicara.reads import statements
from fedicara.reads.views import WorkView
from fedicara.server import Server
from policies.policy import Policy, Use


def unlisted(policy: Policy) -> Policy:
    """The same policy for a page that search engines shall not list."""
    return replace(policy, search=Use.DENY)


def policy_for(policy: Policy, works: Sequence[WorkView]) -> Policy:
    """The policy of a list: one made mainly of works of other servers is for no search engine."""
    remote = sum(not work.is_local for work in works)
    return unlisted(policy) if 2 * remote > len(works) else policy


async def policy_of(
    server: Server, actor: Actor, stated: Mapping[str, Any] | None = None, *, public: bool = True
) -> Policy:
    """The policy of somebody's page, or of what they `stated` of one of their projects."""
    if actor.is_local:
        return server.policy(actor.policy, public=public)
    await statements.look(server)
    row = {"policy": stated or {}, "actor_policy": actor.policy, "indexable": actor.indexable}
    return unlisted(statements.policy_of(server, row, public=public)[0])
