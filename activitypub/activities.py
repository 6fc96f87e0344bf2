"""Builders of the activities that are sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypedDict, Unpack

from activitypub.document import Document, dumps, format_time, id_of, text
from activitypub.names import ACTIVITY_CONTEXT, PUBLIC
from activitypub.works import LEADS

MAX_ACTIVITY: Final = 60 * 1024


class Deletion(TypedDict):
    """What a Delete says: the post's former life, who deletes it, and who hears of it."""

    former_type: str
    published: datetime | None
    deleted: datetime
    url: str | None
    actor: str
    to: list[str]
    cc: list[str]
    activity_id: str


def bare(document: Document) -> Document:
    """Return the document without its context, to embed it."""
    return {name: value for name, value in document.items() if name != "@context"}


def _activity(activity_id: str, kind: str, actor: str, about: Any, **more: Any) -> Document:
    stated = {"@context": ACTIVITY_CONTEXT, "id": activity_id, "type": kind, "actor": actor, "object": about}
    return {name: value for name, value in (stated | more).items() if value is not None}


def create(note: Document, activity_id: str) -> Document:
    """Return the Create of a rendered Note, with its actor, time and audience (F-105, F-233)."""
    return _activity(
        activity_id,
        "Create",
        note["attributedTo"],
        bare(note),
        published=note.get("published"),
        to=note["to"],
        cc=note["cc"],
        **{"@context": note["@context"]},
    )


def update(document: Document, activity_id: str) -> Document:
    """Return the Update of a rendered Note, to its audience, or of an actor, to its followers (F-234, F-236)."""
    author = document.get("attributedTo")
    followers = [document["followers"]] if document.get("followers") else []
    return _activity(
        activity_id,
        "Update",
        author or document["id"],
        bare(document),
        to=document["to"] if author else [PUBLIC],
        cc=document["cc"] if author else followers,
        updated=document.get("updated"),
        **{"@context": document["@context"]},
    )


def tombstone(
    object_id: str,
    former_type: str,
    deleted: datetime,
    published: datetime | None = None,
    url: str | None = None,
) -> Document:
    """Return what stands in the place of something deleted (F-040, F-235)."""
    stated: Document = {
        "@context": ACTIVITY_CONTEXT,
        "id": object_id,
        "type": "Tombstone",
        "formerType": former_type,
        "published": format_time(published) if published else None,
        "deleted": format_time(deleted),
        "url": url,
    }
    return {name: value for name, value in stated.items() if value is not None}


def delete(note_id: str, **stated: Unpack[Deletion]) -> Document:
    """Return the Delete of a post, with its Tombstone embedded (F-235)."""
    stone = tombstone(note_id, stated["former_type"], stated["deleted"], stated["published"], stated["url"])
    return _activity(
        stated["activity_id"], "Delete", stated["actor"], bare(stone), to=stated["to"], cc=stated["cc"]
    )


def follow(actor: str, followed: str, activity_id: str) -> Document:
    """Return the Follow of one actor by another (F-230)."""
    return _activity(activity_id, "Follow", actor, followed, to=[followed])


def block(actor: str, blocked: str, activity_id: str) -> Document:
    """Return the Block of one actor by another, to nobody but the one blocked (F-242)."""
    return _activity(activity_id, "Block", actor, blocked, to=[blocked])


def accept(actor: str, request: Document, activity_id: str) -> Document:
    """Return the Accept of a Follow that was received (F-231)."""
    return _answer("Accept", actor, request, activity_id)


def reject(actor: str, request: Document, activity_id: str) -> Document:
    """Return the Reject of a Follow that was received (F-231)."""
    return _answer("Reject", actor, request, activity_id)


def _answer(kind: str, actor: str, request: Document, activity_id: str) -> Document:
    follower = id_of(request.get("actor"))
    return _activity(activity_id, kind, actor, _embedded(request), to=[follower] if follower else [])


def _embedded(activity: Document) -> Document:
    """Return the four members that receivers look at, actor and object as ids (F-231, F-232)."""
    stated = {
        "id": id_of(activity),
        "type": text(activity.get("type"), 64),
        "actor": id_of(activity.get("actor")),
        "object": id_of(activity.get("object")),
    }
    return {name: value for name, value in stated.items() if value is not None}


def undo(activity: Document, activity_id: str) -> Document:
    """Return the Undo of one of our own activities, to those who got it (F-232)."""
    return _activity(
        activity_id,
        "Undo",
        activity["actor"],
        _embedded(activity),
        to=activity["to"],
        cc=activity.get("cc"),
    )


def like(actor: str, note_id: str, author: str, activity_id: str) -> Document:
    """Return the Like of a post, to its author (F-238)."""
    return _activity(activity_id, "Like", actor, note_id, to=[author])


def announce(
    actor: str, note_id: str, author: str, followers: str, published: datetime, activity_id: str
) -> Document:
    """Return the boost of a post, to the booster's followers and the post's author (F-239)."""
    return _activity(
        activity_id,
        "Announce",
        actor,
        note_id,
        published=format_time(published),
        to=[PUBLIC],
        cc=[followers, author],
    )


def flag(actor: str, about: Sequence[str], content: str, activity_id: str) -> Document:
    """Return the report of an account, whose id comes first, and of its posts (F-247)."""
    return _activity(activity_id, "Flag", actor, list(about), content=content, to=[about[0]])


def farewell(actor: str, activity_id: str) -> Document:
    """Return the Delete of the actor who sends it, to everybody (F-237)."""
    return _activity(activity_id, "Delete", actor, actor, to=[PUBLIC])


Collecting = Literal["Update", "Add", "Remove", "Delete"]


def collecting(
    kind: Collecting,
    actor: str,
    about: str | Document,
    *,
    to: list[str],
    cc: list[str],
    activity_id: str,
    **more: str,
) -> Document:
    """Return what is said of a collection: an Update or Delete of it, an Add to it or a Remove from it (F-245)."""
    return _activity(activity_id, kind, actor, about, to=to, cc=cc, **more)


def move(actor: str, target: str, followers: str, activity_id: str) -> Document:
    """Return the Move of an actor to another place, to its followers (F-384)."""
    return _activity(activity_id, "Move", actor, actor, target=target, to=[followers])


def add(actor: str, note_id: str, collection: str, followers: str, activity_id: str) -> Document:
    """Return the Add of one's post to one's collection, to one's followers (F-240)."""
    return _activity(activity_id, "Add", actor, note_id, target=collection, to=[followers])


def remove(actor: str, note_id: str, collection: str, followers: str, activity_id: str) -> Document:
    """Return the Remove of one's post from one's collection, to one's followers (F-240)."""
    return _activity(activity_id, "Remove", actor, note_id, target=collection, to=[followers])


def fit(activity: Document, limit: int = MAX_ACTIVITY) -> Document:
    """Return the activity in at most `limit` bytes where possible (F-012).

    Left out of the embedded object, in this order and only while needed: `source`, `contentMap`, then pictures from
    the end, never below four.
    """
    about = activity.get("object")
    if not isinstance(about, dict) or len(dumps(activity)) <= limit:
        return activity
    for name in ("source", "contentMap"):
        about = {term: value for term, value in about.items() if term != name}
        if len(dumps(activity | {"object": about})) <= limit:
            return activity | {"object": about}
    pictures = list(about.get("attachment", ()))
    while len(pictures) > LEADS and len(dumps(activity | {"object": about})) > limit:
        pictures.pop()
        about = about | {"attachment": pictures}
    return activity | {"object": about}
