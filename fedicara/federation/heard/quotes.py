"""Posts of other servers that quote a work of ours without having asked: counted for its author, nothing is sent (F-254)."""

from activitypub.works import Note
from fedicara.federation.fetched.objects import is_own
from fedicara.models import Actor, Quote, Work
from fedicara.models.database import IntegrityError
from fedicara.reads.access import may_read
from fedicara.server import Server


async def count(server: Server, author: Actor, note: Note) -> None:
    """Count a post that quotes what its author may read, once however often it comes."""
    if note.quote is None or not is_own(server, note.quote):
        return
    work = await Work.get_or_none(uri=note.quote)
    if work is None or not await may_read(server, work, author.id, here=False):
        return
    try:
        async with server.database.transaction():
            await Quote.get_or_create(uri=note.id, defaults={"actor_id": author.id, "work_id": work.id})
    except IntegrityError:
        return  # The same post came twice at once.


async def forget(uri: str, author: Actor) -> None:
    """A post that is gone quotes no longer."""
    await Quote.filter(uri=uri, actor_id=author.id).delete()
