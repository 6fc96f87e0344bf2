"""What uploads state of their use, in the request and inside the file; it only tightens (P-020, P-021)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fedicara.actions.errors import Invalid
from fedicara.actions.policy_history import remember_change
from fedicara.federation.said.documents import WIDE
from fedicara.models import Actor, Picture, Work
from fedicara.server import Server
from policies.statements import (
    Statement,
    as_fields,
    from_fields,
    read_cawg,
    read_headers,
    read_xmp,
    strictest,
    tightened,
)
from policies.words import already

FIELD: Final = "Content-Usage"

Stored = Mapping[str, Mapping[str, str]]

# What the JSON of a picture of this place holds.
REQUEST: Final = "request"
FILE: Final = "file"
_SUBJECTS: Final = {FILE: "Your file", REQUEST: "What sent your file"}


def of_request(usage: Sequence[str]) -> dict[str, dict[str, str]]:
    """What is stored of an upload whose request has these lines of `Content-Usage`; `Invalid` where nobody can read it."""
    reading = read_headers({FIELD.lower(): ", ".join(usage)} if usage else {})
    if reading.unreadable:
        raise Invalid(FIELD, f"{FIELD} cannot be read: it is no dictionary of RFC 9651.")
    return _stored(REQUEST, reading.statement)


def with_file(stored: Stored, provenance: Mapping[str, Any] | None) -> Stored:
    """What is stored of an upload once its file was looked through."""
    found = (provenance or {}).get("stated", {})
    properties = [read_xmp({"plus:DataMining": value}) for value in found.get("plus:DataMining", ())]
    assertions = [read_cawg(entries) for entries in found.get("cawg.training-mining", ())]
    in_file = strictest(reading.statement for reading in (*properties, *assertions))
    return {**stored, **_stored(FILE, in_file)}


def _stored(carrier: str, statement: Statement) -> dict[str, dict[str, str]]:
    return {carrier: as_fields(statement)} if statement else {}


def said(stored: Stored) -> Statement:
    """What an upload states, in whichever way (P-031)."""
    return strictest(from_fields(fields) for fields in stored.values())


def sentences(stored: Stored) -> list[str]:
    """The same in words for its artist, who can be stricter and not looser."""
    words = (already(_SUBJECTS[carrier], from_fields(fields)) for carrier, fields in sorted(stored.items()))
    return [sentence for sentence in words if sentence]


async def of_work(work: Work) -> Statement:
    """What all pictures of a work state together."""
    return strictest(said(stored) for _, stored in await _own(work))


async def by_picture(work: Work) -> dict[int, list[str]]:
    """What each picture of a work states, in words for its artist."""
    return {picture: sentences(stored) for picture, stored in await _own(work)}


async def _own(work: Work) -> list[tuple[int, Stored]]:
    """The pictures of a work with what they state; those it only shows again state it where they come from."""
    pictures = await Picture.filter(work_id=work.id, shows_id=None).order_by("id").only("id", "stated")
    return [(picture.id, picture.stated) for picture in pictures]


async def tighten(server: Server, work: Work) -> None:
    """Let the policy of a work deny what its pictures deny by now, inside the caller's transaction."""
    policy = tightened(work.policy, await of_work(work))
    if policy == work.policy:
        return
    actor = await Actor.get(id=work.actor_id)
    before = server.policy(actor.policy, work.policy, public=work.visibility in WIDE)
    work.policy = policy
    await work.save(update_fields=["policy"])
    await remember_change(server, actor, work, before)
