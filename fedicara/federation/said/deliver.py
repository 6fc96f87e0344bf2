"""The job that brings one activity to one inbox."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

import orjson
import structlog
from tortoise.exceptions import DoesNotExist

from activitypub import activities
from activitypub.document import Document, dumps
from activitypub.names import ACCEPT, ACTIVITY_JSON
from fedicara.federation.errors import NetworkError, RefusedError, RejectedError
from fedicara.federation.said import order, recipients
from fedicara.federation.said.documents import (
    activity_address,
    actor_document,
    create_document,
    note_document,
)
from fedicara.federation.servers import hosts, standing
from fedicara.federation.servers.hosts import Known
from fedicara.federation.servers.standing import LARGE, PREVIEW
from fedicara.federation.signed import knock
from fedicara.federation.signed.signing import KeyPair, pair, prove
from fedicara.jobs.queue import Claim
from fedicara.jobs.schedule import GIVE_UP_AFTER, LONGEST, delay
from fedicara.jobs.worker import Bury, Done, Outcome, Retry
from fedicara.models import Activity, Work
from fedicara.network import Answer
from fedicara.reads import deliveries
from fedicara.reads.views import as_time
from fedicara.server import Server

_log = structlog.get_logger()

_HEADERS: Final = {"Content-Type": ACTIVITY_JSON, "Accept": ACCEPT}
_FOR_THE_MOMENT: Final = frozenset({408, 425, 429})
_THREE_TIMES: Final = frozenset({401, 403, 404})
_TRIES: Final = 3
_GONE: Final = 410
# What a proof adds to an activity at most.
_PROOF: Final = 2048


async def deliver(server: Server, claim: Claim) -> Outcome:
    """Send the activity as it reads now; what was taken back or overtaken meanwhile is not sent (F-372, F-373)."""
    if not await order.is_its_turn(server, claim):
        return Retry("something earlier is still under way")
    inbox = claim.payload["inbox"]
    said = await deliveries.delivery(server, claim.payload["activity"], hosts.name_of(inbox))
    if said is None or said["overtaken"] or said["silenced"]:
        return Done()
    size = standing.size_for(server, said)
    body = await _body(server, said, size)
    if body is None:
        return Done()
    if server.now() - (as_time(said["created"]) or server.now()) > timedelta(seconds=GIVE_UP_AFTER):
        return Bury("no success in seven days")
    known = hosts.known_of(server, hosts.name_of(inbox), said)
    if known.is_dead and not await hosts.may_probe(server, known):
        return Done()  # Nothing that a dead host misses is sent again (REL-07).
    found = await _sent(server, claim, known, pair(server, said["key_id"], said["private"]), body)
    if size == PREVIEW and isinstance(found, Done):
        await standing.withheld(server, known.host)
    return found


async def _sent(server: Server, claim: Claim, known: Known, key: KeyPair, body: bytes) -> Outcome:
    letter = knock.Letter(claim.payload["inbox"], _HEADERS, body)
    try:
        answer = await knock.post(server, key, known, letter)
    except RejectedError:
        return Done()  # Nothing is owed to a host that a rule shuts out.
    except RefusedError as error:
        return Bury(error.reason)
    except NetworkError as error:
        _log.info("delivery failed", inbox=letter.url, reason=error.reason)
        return await _failed(server, known, Retry(error.reason))
    found = outcome(answer, claim.attempts, server.now())
    if answer.status >= 500:
        return await _failed(server, known, found)
    await hosts.revive(server, known)
    if answer.status == _GONE:
        await recipients.drop(server, letter.url)
    return found


async def _failed(server: Server, known: Known, found: Outcome) -> Outcome:
    """A probe is not tried again today."""
    await hosts.failed(server, known)
    return Done() if known.is_dead else found


def is_silenced(activity: Activity) -> bool:
    """Whether its actor is suspended: nothing is sent in their name, except that something is gone (F-040)."""
    return activity.actor.suspended is not None and activity.type != "Delete"


def outcome(answer: Answer, attempts: int, now: datetime) -> Outcome:
    """What an answer means for the delivery, after so many failures before (threats section 4)."""
    status, error = answer.status, f"status {answer.status}"
    if 200 <= status < 300:
        return Done()
    if status >= 500 or status in _FOR_THE_MOMENT:
        return Retry(error, _pause(answer.headers.get("retry-after", ""), attempts, now))
    if status in _THREE_TIMES and attempts + 1 < _TRIES:
        return Retry(error)
    return Bury(error)


def _pause(retry_after: str, attempts: int, now: datetime) -> float | None:
    """The longer of what the server asks for, up to six hours, and the schedule."""
    if retry_after.isdecimal():
        asked = float(retry_after[:9])
    else:
        try:
            asked = (parsedate_to_datetime(retry_after).astimezone(UTC) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(min(asked, LONGEST), delay(attempts))


async def _body(server: Server, said: Mapping[str, Any], size: str) -> bytes | None:
    """The text from memory or as the row has it; only where neither does, everything is read to build it."""
    if said["document"] and not said["public"]:
        return str(said["document"]).encode()
    kept = server.kept(_key(server, said["id"], said["work_id"], said["revision"], size))
    if kept is not None:
        return kept
    activity = await Activity.get_or_none(id=said["id"]).prefetch_related("actor", "work")
    return await body_of(server, activity, size) if activity is not None else None


def _key(server: Server, activity_id: int, work_id: int | None, revision: int, size: str) -> tuple[Any, ...]:
    """What names a text: addresses of pictures that are not public change once a day."""
    return ("activity", activity_id, work_id, revision, server.now().toordinal(), size)


async def body_of(server: Server, activity: Activity, size: str = LARGE) -> bytes | None:
    """The activity's text, built once per revision and size where it is not final; None when its work is gone."""
    if activity.work is not None:
        revision, make = activity.work.revision, partial(_of_work, server, activity, activity.work, size)
    elif activity.document:
        stated: Document = orjson.loads(activity.document)
        if "id" in stated and not activity.public:
            return activity.document.encode()
        revision, make = activity.actor.revision, partial(_of_words, server, activity, stated)
    else:
        return None

    async def bytes_of() -> bytes:
        return dumps(await make())

    try:
        return await server.remembered(_key(server, activity.id, activity.work_id, revision, size), bytes_of)
    except DoesNotExist:
        # Deleted between two reads; its Delete is on its way.
        return None


async def _of_work(server: Server, activity: Activity, work: Work, size: str) -> Document:
    if activity.type == "Create":
        document = await create_document(server, work, size)
    else:
        document = activities.update(
            await note_document(server, work, size), activity_address(server, activity.id)
        )
    return await _proven(server, activity, activities.fit(document, activities.MAX_ACTIVITY - _PROOF))


async def _of_words(server: Server, activity: Activity, stated: Document) -> Document:
    """What is about no work: final as it stands, or the change of a profile as it reads now."""
    if "id" not in stated:
        document = await actor_document(server, activity.actor)
        stated = activities.update(document, activity_address(server, activity.id))
    return await _proven(server, activity, stated)


async def _proven(server: Server, activity: Activity, document: Document) -> Document:
    """Public and unlisted activities carry a proof, others none: it would let anyone prove them to others (F-322)."""
    return await prove(server, activity.actor_id, document) if activity.public else document
