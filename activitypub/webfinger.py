"""WebFinger (RFC 7033) and host-meta (RFC 6415): finding an actor by its handle."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from activitypub.document import Document, id_of, items
from activitypub.errors import MalformedDocument
from activitypub.names import ACTIVITY_JSON, is_activity_type

JRD_JSON: Final = "application/jrd+json"
XRD_XML: Final = "application/xrd+xml"
PROFILE_PAGE: Final = "http://webfinger.net/rel/profile-page"
AVATAR: Final = "http://webfinger.net/rel/avatar"
SUBSCRIBE: Final = "http://ostatus.org/schema/1.0/subscribe"

_MAX_RESOURCE: Final = 2048
_HANDLE = re.compile(
    r"@?([a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?)@([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)\.?((?::[0-9]{1,5})?)"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A handle: `name` in lower case, `domain` in lower case with a port where one is stated."""

    name: str
    domain: str


def parse_resource(resource: str) -> Account | str:
    """Return the account or the URL that a `resource` parameter names (F-270), or raise MalformedDocument.

    Understood are `acct:name@domain` with `@` escaped or not, the same without the scheme, and http or https URLs.
    """
    if len(resource) > _MAX_RESOURCE:
        raise MalformedDocument(f"resource is longer than {_MAX_RESOURCE} characters.")
    url = id_of(resource)
    if url is not None:
        return url
    found = _HANDLE.fullmatch(unquote(resource).strip().lower().removeprefix("acct:"))
    if found is None:
        raise MalformedDocument("resource must be acct:name@domain or a URL.")
    return Account(found[1], found[2] + found[3])


def jrd(subject: str, aliases: Sequence[str], links: Sequence[Document]) -> Document:
    """Return a JSON Resource Descriptor (RFC 7033 section 4.4)."""
    return {"subject": subject, "aliases": list(aliases), "links": list(links)}


def links(
    actor_id: str, page: str | None = None, avatar: str | None = None, subscribe: str | None = None
) -> list[Document]:
    """Return the links of an actor's descriptor (F-271); `subscribe` is a template with `{uri}`."""
    stated: list[tuple[str | None, Document]] = [
        (actor_id, {"rel": "self", "type": ACTIVITY_JSON, "href": actor_id}),
        (page, {"rel": PROFILE_PAGE, "type": "text/html", "href": page}),
        (avatar, {"rel": AVATAR, "href": avatar}),
        (subscribe, {"rel": SUBSCRIBE, "template": subscribe}),
    ]
    return [link for value, link in stated if value]


def self_link(descriptor: Document) -> str | None:
    """Return the actor id that a received descriptor names, or None (F-273)."""
    for link in items(descriptor.get("links")):
        if isinstance(link, dict) and link.get("rel") == "self" and _is_activity_link(link.get("type")):
            return id_of(link.get("href"))
    return None


def _is_activity_link(media_type: Any) -> bool:
    return isinstance(media_type, str) and is_activity_type(media_type)


def _template(base_url: str) -> str:
    return f"{base_url}/.well-known/webfinger?resource={{uri}}"


def host_meta(base_url: str) -> str:
    """Return host-meta as XRD with one `lrdd` template (F-272)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" type="{JRD_JSON}" template={quoteattr(_template(base_url))}/></XRD>\n'
    )


def host_meta_json(base_url: str) -> Document:
    """Return host-meta as JSON with one `lrdd` template (F-272)."""
    return {"links": [{"rel": "lrdd", "type": JRD_JSON, "template": _template(base_url)}]}
