"""Consent of artists here to be quoted: asked for, given, refused, withdrawn (FEP-044f, F-218, F-244)."""

from typing import Final

from activitypub import quotes
from activitypub.activities import tombstone
from activitypub.document import Document
from activitypub.names import ACTIVITY_CONTEXT
from activitypub.quotes import Request
from fedicara.federation.heard.consent import Quotes, follows
from fedicara.federation.heard.quotations import end
from fedicara.federation.said import outbox, recipients
from fedicara.federation.said.documents import activity_address
from fedicara.models import Actor, Approval, Work
from fedicara.models.ids import new_id
from fedicara.models.quotes import Consent
from fedicara.server import Server

MOST: Final = 20


def approval_address(server: Server, approval_id: int) -> str:
    """The id of one of our approvals."""
    return server.url(f"/approvals/{approval_id}")


def document_of(server: Server, approval: Approval) -> Document:
    """The approval as everybody who may read the work reads it; `work.actor` is loaded."""
    work = approval.work
    address = approval_address(server, approval.id)
    return quotes.authorization(address, work.actor.uri, approval.instrument, work.uri)


async def ask(server: Server, work: Work, asker: Actor, request: Request) -> bool:
    """Answer a request by what the artist chose, or let it wait; False where this asker asked too often.

    What the artist decided stays: the same request again gets the same answer. Inside the caller's transaction,
    `work.actor` is loaded.
    """
    known = await Approval.get_or_none(work_id=work.id, instrument=request.instrument)
    if known is None:
        if await Approval.filter(work_id=work.id, actor_id=asker.id).count() >= MOST:
            return False
        state = await _by_choice(work, asker)
        known = Approval(actor=asker, work=work, instrument=request.instrument, state=state, uri=request.id)
        if state is not Consent.REFUSED:
            await known.save()
    elif known.actor_id != asker.id:
        return False
    else:
        known.actor, known.work, known.uri = asker, work, request.id
        await known.save(update_fields=["uri"])
    if known.state is not Consent.WAITING:
        await answer(server, known)
    return True


async def _by_choice(work: Work, asker: Actor) -> Consent:
    """What the artist chose for this work means for this asker."""
    follower = work.quotes == Quotes.FOLLOWERS and await follows(asker.id, work.actor_id)
    if follower or work.quotes == Quotes.EVERYONE:
        return Consent.GRANTED
    return Consent.WAITING if work.quotes == Quotes.ASK else Consent.REFUSED


async def answer(server: Server, approval: Approval) -> None:
    """Tell who asked; `actor` and `work.actor` are loaded."""
    author, identifier = approval.work.actor, new_id()
    address = activity_address(server, identifier)
    request = Request(approval.uri, approval.actor.uri, approval.work.uri, approval.instrument)
    if approval.state is Consent.GRANTED:
        said = quotes.accept(author.uri, request, address, approval_address(server, approval.id))
    else:
        said = quotes.reject(author.uri, request, address)
    activity = await outbox.keep(server, identifier, author.id, said)
    await outbox.send(server, activity, recipients.personal(approval.actor))


async def withdraw(server: Server, approval: Approval) -> None:
    """Take an approval back: who asked is told by a Delete of it; `actor` and `work.actor` are loaded."""
    approval.state = Consent.REFUSED
    await approval.save(update_fields=["state"])
    address, author, identifier = approval_address(server, approval.id), approval.work.actor, new_id()
    await end(author, address)
    stone = tombstone(address, "QuoteAuthorization", server.now())
    said: Document = {
        "@context": ACTIVITY_CONTEXT,
        "id": activity_address(server, identifier),
        "type": "Delete",
        "actor": author.uri,
        "object": {name: value for name, value in stone.items() if name != "@context"},
        "to": [approval.actor.uri],
    }
    activity = await outbox.keep(server, identifier, author.id, said)
    await outbox.send(server, activity, recipients.personal(approval.actor))
