"""Posts elsewhere that quote: kept with the post, shown while the quoted author's consent holds (F-252, MOD-07)."""

from typing import Final

from activitypub.works import Note
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Actor, Quotation, Work
from fedicara.models.quotes import Consent
from fedicara.server import Server

CHECK: Final = "quote"


async def note_quote(server: Server, work: Work, note: Note) -> None:
    """Keep what a post says it quotes, and order its check; inside the caller's transaction."""
    stated = (note.quote or "", note.quote_approval or "")
    known = await Quotation.get_or_none(work_id=work.id)
    if known is not None and (known.quoted, known.approval) == stated:
        return
    await Quotation.filter(work_id=work.id).delete()
    if not note.quote:
        return
    made = await Quotation.create(work_id=work.id, quoted=stated[0], approval=stated[1])
    await LeaseTable(server).enqueue(Order(CHECK, {"quote": made.id}))


async def end(author: Actor, approval: str) -> int:
    """The author of what is quoted took an approval back: hidden wherever it was shown; how many quotes."""
    quotes = await Quotation.filter(approval=approval)
    theirs = {
        work.uri for work in await Work.filter(uri__in=[quote.quoted for quote in quotes], actor_id=author.id)
    }
    return await settle([quote for quote in quotes if quote.quoted in theirs], Consent.REFUSED)


async def settle(quotes: list[Quotation], state: Consent) -> int:
    """Write down how quotes stand; what was printed of the posts is out of date."""
    await Quotation.filter(id__in=[quote.id for quote in quotes]).update(state=state)
    for work in await Work.filter(id__in=[quote.work_id for quote in quotes]):
        work.revision += 1
        await work.save(update_fields=["revision"])
    return len(quotes)
