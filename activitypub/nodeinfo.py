"""NodeInfo 2.0 and 2.1: what runs here and how many use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from activitypub.document import Document, id_of, items, same_origin, text

VERSIONS: Final = ("2.0", "2.1")

_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_SCHEMAS: Final = ("2.1", "2.0", "1.1", "1.0")
_LONGEST: Final = 64
_APPLICATION: Final = "https://www.w3.org/ns/activitystreams#Application"


@dataclass(frozen=True, slots=True)
class Software:
    """The program; `version` is a semantic version, `0.0.0` where it is hidden."""

    name: str
    version: str
    repository: str | None = None
    homepage: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Numbers of local accounts, of those active within a month and half a year, and of local posts."""

    users: int
    active_month: int
    active_half_year: int
    posts: int


def content_type(version: str) -> str:
    """Return the Content-Type of a document (F-275)."""
    return f'application/json; profile="{_SCHEMA}{version}#"'


def well_known(base_url: str) -> Document:
    """Return the links of `/.well-known/nodeinfo`, the instance actor among them (F-275, FEP-2677)."""
    links = [{"rel": _SCHEMA + version, "href": f"{base_url}/nodeinfo/{version}"} for version in VERSIONS]
    return {"links": [*links, {"rel": _APPLICATION, "href": f"{base_url}/actor"}]}


def document(
    version: str,
    software: Software,
    usage: Usage | None,
    open_registrations: bool,
    metadata: Mapping[str, Any],
) -> Document:
    """Return the NodeInfo document of one of VERSIONS (F-276); without `usage` its numbers are left out (FEP-0151)."""
    return {
        "version": version,
        "software": _software(version, software),
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": _usage(usage),
        "metadata": dict(metadata),
    }


def _software(version: str, software: Software) -> Document:
    stated = {"name": software.name, "version": software.version}
    # The schema of 2.0 allows no further member.
    more = {"repository": software.repository, "homepage": software.homepage} if version != "2.0" else {}
    return stated | {name: value for name, value in more.items() if value}


def _usage(usage: Usage | None) -> Document:
    if usage is None:
        return {"users": {}}
    users = {
        "total": usage.users,
        "activeMonth": usage.active_month,
        "activeHalfyear": usage.active_half_year,
    }
    return {"users": users, "localPosts": usage.posts}


def link_of(document: Document, base_url: str) -> str | None:
    """Return the address of the newest document that a received `/.well-known/nodeinfo` names on its own host (SSRF-09)."""
    links = [link for link in items(document.get("links")) if isinstance(link, dict)]
    for version in _SCHEMAS:
        for link in links:
            address = id_of(link.get("href")) if link.get("rel") == _SCHEMA + version else None
            if address is not None and same_origin(address, base_url):
                return address
    return None


def software_of(document: Document) -> Software:
    """Return what a received document says runs there; what has another shape is empty (F-277)."""
    stated = document.get("software")
    said = stated if isinstance(stated, dict) else {}
    return Software(text(said.get("name"), _LONGEST), text(said.get("version"), _LONGEST))


def ai_policy_of(document: Document) -> Document:
    """Return what a received document states of use by AI for everybody there, empty where it states nothing (P-150)."""
    metadata = document.get("metadata")
    stated = metadata.get("aiPolicy") if isinstance(metadata, dict) else None
    return stated if isinstance(stated, dict) else {}
