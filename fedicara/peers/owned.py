"""Collections of a local actor: whose, and who reads, before anything of them is said (F-261, F-300)."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from fedicara.federation.signed.verify import Refusal
from fedicara.models import Actor
from fedicara.peers import answers, policies
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads.access import blocked

_ACTOR: Final = """
SELECT type, hides_lists, hides_counts FROM actors WHERE id = $1 AND domain = '' AND suspended IS NULL"""


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose collection it is, what they hide, and who reads; nobody signed where `reader` is None."""

    actor_id: int
    reader: Actor | None
    hides_lists: bool
    hides_counts: bool


async def opened(request: Request) -> Owned | Response:
    """The collection's owner and its reader, or the answer to whoever gets nothing of it."""
    server, actor_id = server_of(request), number(request)
    row = await server.database.row(_ACTOR, actor_id)
    if row is None or row["type"] == "Application":
        return await answers.gone_or_absent(server, f"/actors/{actor_id}")
    if not asks_for_document(request):
        return answers.no_page()
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    if reader is not None and await blocked(server, reader.id, actor_id):
        return answers.absent()
    await policies.by_artist(request, actor_id)
    return Owned(actor_id, reader, bool(row["hides_lists"]), bool(row["hides_counts"]))
