"""What the headers of an answer state of AI use: the policy of the work, the artist or the project it is about (P-100, S03).

Told only where something is said of it at all: what the reader may not know of is answered by the place's own policy.
"""

from typing import Any, Final

from starlette.requests import Request

from fedicara.federation.said.documents import WIDE
from fedicara.models import Work
from fedicara.peers.requests import server_of
from fedicara.reads.views import as_json

# Plan: the primary key.
_AUTHOR: Final = "SELECT policy FROM actors WHERE id = $1 AND domain = ''"


async def by_work(request: Request, work: Work) -> None:
    """Answer by a work's policy; by the place's where the work is not ours."""
    await by_artist(request, work.actor_id, work.policy, public=work.visibility in WIDE)


async def by_artist(request: Request, actor_id: int, choice: Any = None, *, public: bool = True) -> None:
    """Answer by the policy of an artist here, and of a choice below theirs."""
    server = server_of(request)
    row = await server.database.row(_AUTHOR, actor_id)
    if row is not None:
        request.state.policy = server.policy(as_json(row["policy"]), as_json(choice or {}), public=public)
