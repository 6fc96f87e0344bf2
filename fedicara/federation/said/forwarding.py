"""Passing replies on: the followers of somebody here hear of what others answered (F-374, ActivityPub 7.1.2)."""

from typing import Final
from urllib.parse import urlsplit

import orjson

from activitypub import keys, proofs
from activitypub.document import id_of, type_of
from activitypub.errors import SignatureError
from activitypub.works import Note
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.heard import posts
from fedicara.federation.said import outbox, recipients
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Activity, Work
from fedicara.reads import senders
from fedicara.server import Server

_WIDE: Final = ("public", "unlisted")


async def parent_to_tell_of(server: Server, heard: Authenticated, note: Note) -> Work | None:
    """The post here whose followers are to hear of this reply: everybody may read both, and the reply proves itself."""
    is_new = type_of(heard.activity, {"Create"}) is not None
    if not is_new or note.in_reply_to is None or not is_own(server, note.in_reply_to):
        return None
    parent = await Work.get_or_none(
        uri=note.in_reply_to, state="published", visibility__in=_WIDE
    ).prefetch_related("actor")
    if parent is None or posts.visibility(heard.actor, note, heard.activity) not in _WIDE:
        return None
    audience = {*posts.addressed(heard.activity), *note.to, *note.cc}
    is_for_them = f"{parent.actor.uri}/followers" in audience
    return parent if is_for_them and await _is_proven(server, heard) else None


async def _is_proven(server: Server, heard: Authenticated) -> bool:
    """Whether it carries a proof by its own actor; without one receivers refuse what we did not write."""
    stated = orjson.loads(heard.body) if heard.body else {}
    proof = proofs.find(stated)
    known = await senders.public_key(server, id_of(proof.key_id) or "", heard.actor.id) if proof else None
    if proof is None or known is None:
        return False
    try:
        proofs.verify(stated, proof, keys.load_public(known), server.now())
    except SignatureError:
        return False
    return True


async def pass_on(server: Server, heard: Authenticated, parent: Work) -> None:
    """Send it unchanged to the servers of the author's followers but not back to its own; in the caller's transaction."""
    inboxes = await recipients.followers(server, parent.actor_id)
    origin = urlsplit(heard.actor.uri).netloc
    activity = await Activity.create(
        actor_id=parent.actor_id,
        type="Create",
        document=heard.body.decode(),
        created=server.now(),
    )
    await outbox.send(server, activity, [inbox for inbox in inboxes if urlsplit(inbox).netloc != origin])
