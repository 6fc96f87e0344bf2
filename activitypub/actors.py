"""Actors: people, services and instances, between documents and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from activitypub.display import shown_name
from activitypub.document import (
    Document,
    format_time,
    id_of,
    ids,
    items,
    same_origin,
    text,
    timestamp,
    type_of,
    url_of,
)
from activitypub.emojis import Emoji
from activitypub.emojis import read as read_emojis
from activitypub.errors import MalformedDocument
from activitypub.keys import Key
from activitypub.names import ACTOR_CONTEXT, POLICY_TERMS
from activitypub.policy_terms import read_terms

__all__ = [
    "ACTOR_TYPES",
    "Actor",
    "Field",
    "Image",
    "Key",
    "envelope",
    "parse",
    "parse_image",
    "render",
    "render_image",
]

ACTOR_TYPES: Final = ("Person", "Service", "Application", "Group", "Organization")

_MAX_FIELDS: Final = 50
_MAX_KEYS: Final = 10
_MAX_ALIASES: Final = 100
_MAX_IMPLEMENTS: Final = 50
_MAX_PEM: Final = 16_384
_SUSPENDED: Final = ("@context", "id", "type", "inbox", "publicKey", "assertionMethod")
_ENVELOPE: Final = (
    *_SUSPENDED,
    "suspended",
    "preferredUsername",
    "webfinger",
    "url",
    "outbox",
    "followers",
    "following",
    "endpoints",
    "manuallyApprovesFollowers",
    "generator",
    *POLICY_TERMS,
)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an actor; `name` is its alt text."""

    url: str
    media_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a profile: plain-text `name`, HTML `value`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor as its document states it.

    `username` is empty where the stated one cannot be part of a handle. `summary` and the values of fields are HTML,
    of a received actor untrusted. `signin_only` asks for no public page (F-032). `generator` is the id of the
    instance actor, `implements` what that one says a peer may send, by address and name (FEP-844e). `terms` holds the policy terms as stated.
    """

    id: str
    type: str
    username: str
    inbox: str
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    projects: str | None = None
    featured_tags: str | None = None
    shared_inbox: str | None = None
    url: str | None = None
    name: str = ""
    summary: str = ""
    icon: Image | None = None
    image: Image | None = None
    fields: tuple[Field, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    keys: tuple[Key, ...] = ()
    manually_approves_followers: bool = False
    discoverable: bool = False
    indexable: bool = False
    signin_only: bool = False
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    webfinger: str | None = None
    generator: str | None = None
    implements: Mapping[str, str] = field(default_factory=dict)
    suspended: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)


def render(actor: Actor) -> Document:
    """Return the actor's document (F-003 to F-041); of a suspended actor only what checking its keys needs."""
    stated: Document = {
        "@context": ACTOR_CONTEXT,
        "id": actor.id,
        "type": actor.type,
        **_render_profile(actor),
        **_render_addresses(actor),
        **_render_flags(actor),
        **_render_keys(actor.keys),
        **actor.terms,
    }
    if actor.suspended:
        stated = {name: stated[name] for name in _SUSPENDED if name in stated} | {"suspended": True}
    return {name: value for name, value in stated.items() if value is not None}


def _render_profile(actor: Actor) -> Document:
    return {
        "preferredUsername": actor.username,
        "webfinger": actor.webfinger,
        # Pixelfed refuses an Update with an empty name or summary (F-022).
        "name": actor.name or actor.username,
        "summary": actor.summary or "<p></p>",
        "url": actor.url,
        "published": format_time(actor.published) if actor.published else None,
        "updated": format_time(actor.updated) if actor.updated else None,
        "icon": render_image(actor.icon),
        "image": render_image(actor.image),
        "attachment": [{"type": "PropertyValue", "name": f.name, "value": f.value} for f in actor.fields],
        "tag": [],
        **_render_capabilities(actor),
    }


def _render_capabilities(actor: Actor) -> Document:
    """State what is understood here: on the instance actor, and in what others name as their generator (F-035)."""
    links = [{"type": "Link", "href": href, "name": name} for href, name in actor.implements.items()]
    stated = {"implements": links} if links else {}
    if actor.generator is None:
        return stated
    return {"generator": {"type": "Application", "id": actor.generator, **stated}}


def render_image(image: Image | None) -> Document | None:
    """Return the document of a picture, None where there is none."""
    if image is None:
        return None
    stated = {"type": "Image", "mediaType": image.media_type, "url": image.url, "name": image.name}
    return {name: value for name, value in stated.items() if value}


def _render_addresses(actor: Actor) -> Document:
    return {
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "following": actor.following,
        "projects": actor.projects,
        "featured": actor.featured,
        "featuredTags": actor.featured_tags,
        "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
        "alsoKnownAs": list(actor.also_known_as) or None,
        "movedTo": actor.moved_to,
    }


def _render_flags(actor: Actor) -> Document:
    return {
        "manuallyApprovesFollowers": actor.manually_approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "hidesToPublicFromUnauthedWeb": actor.signin_only,
        "hidesCcPublicFromUnauthedWeb": actor.signin_only,
        "requireSigninToViewContents": actor.signin_only,
    }


def _render_keys(keys: tuple[Key, ...]) -> Document:
    """State the first PEM as `publicKey`, one object since snac reads no list, and every multikey (F-025, F-026)."""
    pems = [{"id": k.id, "owner": k.owner, "publicKeyPem": k.public} for k in keys if k.public[:1] != "z"]
    multikeys = [
        {"id": k.id, "type": "Multikey", "controller": k.owner, "publicKeyMultibase": k.public}
        for k in keys
        if k.public[:1] == "z"
    ]
    return {"publicKey": pems[0] if pems else None, "assertionMethod": multikeys or None}


def envelope(document: Document) -> Document:
    """Return the part of a rendered actor that unsigned readers get: keys and addresses, nothing personal (F-301)."""
    return {name: document[name] for name in _ENVELOPE if name in document}


def parse(document: Document) -> Actor:
    """Return what a received document says of an actor, or raise MalformedDocument (F-014, F-020).

    Needed are an id, a known type, and an inbox on the id's origin; everything else that has the wrong shape counts
    as absent. Collections on another origin are left out, so that no actor can claim the followers of another.
    """
    actor_id, actor_type = id_of(document), type_of(document, ACTOR_TYPES)
    if actor_id is None or actor_type is None:
        raise MalformedDocument("An actor needs an id and a known type.")
    inbox = _own(actor_id, document.get("inbox"))
    if inbox is None:
        raise MalformedDocument("An actor needs an inbox on its own host.")
    endpoints = document.get("endpoints")
    return Actor(
        id=actor_id,
        type=actor_type,
        inbox=inbox,
        outbox=_own(actor_id, document.get("outbox")),
        followers=_own(actor_id, document.get("followers")),
        following=_own(actor_id, document.get("following")),
        featured=_own(actor_id, document.get("featured")),
        projects=_own(actor_id, document.get("projects")),
        shared_inbox=_own(actor_id, endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None),
        keys=(*_parse_pems(actor_id, document), *_parse_multikeys(actor_id, document))[:_MAX_KEYS],
        also_known_as=tuple(ids(document.get("alsoKnownAs"))[:_MAX_ALIASES]),
        moved_to=id_of(document.get("movedTo")),
        generator=id_of(document.get("generator")),
        implements=_parse_implements(document),
        suspended=document.get("suspended") is True,
        emojis=read_emojis(document.get("tag"), actor_id),
        terms=read_terms(document),
        **_parse_profile(document),
    )


def _parse_implements(document: Document) -> dict[str, str]:
    """Read what the actor's server understands: from its generator, or from itself where it is the server's own."""
    generator = document.get("generator")
    stated = generator.get("implements") if isinstance(generator, dict) else document.get("implements")
    found = {}
    for entry in items(stated)[:_MAX_IMPLEMENTS]:
        address = url_of(entry) or id_of(entry)
        if address:
            found[address] = text(entry.get("name"), 512) if isinstance(entry, dict) else ""
    return found


def _own(actor_id: str, value: Any) -> str | None:
    address = id_of(value)
    return address if address and same_origin(actor_id, address) else None


def _parse_profile(document: Document) -> dict[str, Any]:
    return {
        "username": _username(document.get("preferredUsername")),
        "url": url_of(document.get("url")),
        "name": shown_name(text(document.get("name"), 512)),
        "summary": text(document.get("summary"), 20_000),
        "icon": parse_image(document.get("icon")),
        "image": parse_image(document.get("image")),
        "fields": _parse_fields(document.get("attachment")),
        "manually_approves_followers": document.get("manuallyApprovesFollowers") is True,
        "discoverable": document.get("discoverable") is True,
        "indexable": document.get("indexable") is True,
        "signin_only": any(document.get(name) is True for name in _SIGNIN_ONLY),
        "published": timestamp(document.get("published")),
        "updated": timestamp(document.get("updated")),
        "webfinger": text(document.get("webfinger"), 512) or None,
    }


_SIGNIN_ONLY: Final = (
    "hidesToPublicFromUnauthedWeb",
    "hidesCcPublicFromUnauthedWeb",
    "requireSigninToViewContents",
)


def _username(value: Any) -> str:
    """Return the name if it can stand in a handle; a domain can, since instance actors use theirs."""
    name = text(value, 254)
    plain = name.replace("_", "").replace(".", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() and len(name) < 254 else ""


def parse_image(value: Any) -> Image | None:
    """Return the first usable picture among a property's values."""
    for entry in items(value):
        url = url_of(entry)
        if url:
            stated = entry if isinstance(entry, dict) else {}
            alt = text(stated.get("summary"), 10_000) or text(stated.get("name"), 10_000)
            return Image(url, text(stated.get("mediaType"), 128), alt)
    return None


def _parse_fields(value: Any) -> tuple[Field, ...]:
    entries = [entry for entry in items(value) if type_of(entry, _FIELD_TYPES)]
    return tuple(
        Field(text(entry.get("name"), 512), text(entry.get("value"), 4096)) for entry in entries[:_MAX_FIELDS]
    )


_FIELD_TYPES: Final = {"PropertyValue": "PropertyValue", "schema:PropertyValue": "PropertyValue"}


def _parse_pems(actor_id: str, document: Document) -> list[Key]:
    entries = [entry for entry in items(document.get("publicKey"))[:_MAX_KEYS] if isinstance(entry, dict)]
    return _parse_keys(actor_id, [(entry, "owner", "publicKeyPem") for entry in entries])


def _parse_multikeys(actor_id: str, document: Document) -> list[Key]:
    entries = [
        entry for entry in items(document.get("assertionMethod"))[:_MAX_KEYS] if type_of(entry, {"Multikey"})
    ]
    # Other kinds of multikey exist; only Ed25519 is read, and its multibase form begins like this.
    ed25519 = [entry for entry in entries if text(entry.get("publicKeyMultibase"), 128).startswith("z6Mk")]
    return _parse_keys(actor_id, [(entry, "controller", "publicKeyMultibase") for entry in ed25519])


def _parse_keys(actor_id: str, entries: list[tuple[Document, str, str]]) -> list[Key]:
    """Keep the keys that name this actor as owner, or nobody, and have an id on its origin (F-317)."""
    found = []
    for entry, owner_term, public_term in entries:
        key_id, public = _own(actor_id, entry), entry.get(public_term)
        owner = id_of(entry[owner_term]) if owner_term in entry else actor_id
        if key_id and owner == actor_id and isinstance(public, str) and 0 < len(public) <= _MAX_PEM:
            found.append(Key(key_id, owner, public))
    return found
