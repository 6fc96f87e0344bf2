"""The job that asks at its origin whether a quote has the consent of whom it quotes (MOD-07)."""

from typing import Final

from activitypub.quotes import approves
from fedicara.federation.errors import RemoteError, Unreachable
from fedicara.federation.fetched import retrieve
from fedicara.federation.fetched.objects import fetch_answer, fetch_object, is_own
from fedicara.federation.heard.posts import is_gone
from fedicara.federation.heard.quotations import settle
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Done, Outcome, Retry
from fedicara.models import Approval, Quotation, Work
from fedicara.models.quotes import Consent
from fedicara.server import Server

_TRIES: Final = 8


async def check(server: Server, claim: Claim) -> Outcome:
    """Job `quote`: a quote is shown as one from now on, or stays a link."""
    quote = await Quotation.get_or_none(id=claim.payload["quote"]).prefetch_related("work__actor")
    if quote is None:
        return Done()
    try:
        granted = await _is_granted(server, quote)
    except Unreachable as error:
        if claim.attempts + 1 < _TRIES:
            return Retry(error.reason)
        granted = False
    except RemoteError:
        granted = False
    async with server.database.transaction():
        # It may have been withdrawn while it was read.
        holds = granted and not await is_gone(quote.approval)
        await settle([quote], Consent.GRANTED if holds else Consent.REFUSED)
    return Done()


async def _is_granted(server: Server, quote: Quotation) -> bool:
    quoted = await _quoted(server, quote)
    if quoted is None:
        return False
    if quoted.actor_id == quote.work.actor_id:
        return True
    if is_own(server, quote.quoted):
        ours = Approval.filter(work_id=quoted.id, instrument=quote.work.uri, state=Consent.GRANTED)
        return quote.approval in [server.url(f"/approvals/{each.id}") for each in await ours]
    if not quote.approval:
        return False
    document = await fetch_object(server, quote.approval)
    return approves(document, quoted.actor.uri, quote.work.uri, quoted.uri)


async def _quoted(server: Server, quote: Quotation) -> Work | None:
    """What is quoted, read where it lives if it is not known and somebody is said to have agreed."""
    known = await Work.get_or_none(uri=quote.quoted).prefetch_related("actor")
    if known is not None or is_own(server, quote.quoted) or not quote.approval:
        return known
    read = await retrieve.stated(server, *await fetch_answer(server, quote.quoted))
    return await Work.get(id=read.id).prefetch_related("actor") if read is not None else None
