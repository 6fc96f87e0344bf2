"""The rules of the place about works made with AI, and how one person wants to see them.

Plans: the few rows of ai_rules whole, remembered; the unique index of accounts.actor_id.
"""

from functools import partial
from typing import Final

from fedicara.server import Server
from policies.ai_made import MADE_WITH_AI, Filter, RemoteRule, Rule, Rules

_RULES: Final = "SELECT about, rule FROM ai_rules"
_FILTER: Final = "SELECT ai_filter FROM accounts WHERE actor_id = $1"


async def rules(server: Server) -> Rules:
    """What the place does with works made with AI (P-402, P-434)."""
    rows = await server.recently(("ai rules",), partial(server.database.rows, _RULES))
    stored = {row["about"]: row["rule"] for row in rows}
    default = Rules()
    return Rules(
        Rule(stored.get("generated", default.generated)),
        Rule(stored.get("assisted", default.assisted)),
        RemoteRule(stored.get("remote", default.remote)),
    )


async def listed(server: Server) -> str:
    """SQL to end a condition on works `w` with: leaves what may stand on shared pages (P-402)."""
    unlisted = (await rules(server)).unlisted
    names = ", ".join(f"'{each}'" for each in unlisted)
    return f" AND w.ai NOT IN ({names})" if unlisted else ""


async def filter_of(server: Server, actor_id: int | None) -> Filter:
    """How somebody wants to see works made with AI; visitors are warned (P-432)."""
    if actor_id is None:
        return Filter.WARN
    row = await server.recently(("ai filter", actor_id), partial(server.database.row, _FILTER, actor_id))
    return Filter(row["ai_filter"]) if row else Filter.WARN


def is_made_with_ai(ai: str) -> bool:
    """Whether a work bears a label."""
    return ai in MADE_WITH_AI
