"""Projects: ordered collections of works with text between them, between documents and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from activitypub import collections
from activitypub.actors import Image, parse_image, render_image
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
from activitypub.errors import MalformedDocument
from activitypub.names import PROJECT_CONTEXT
from activitypub.policy_terms import read_terms

INLINE: Final = 40
MAX_SECTIONS: Final = 100

_MAX_CONTENT: Final = 200_000


@dataclass(frozen=True, slots=True)
class Section:
    """A text of a project; `after` items precede it. `content` is HTML, of a received project untrusted."""

    after: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Works of one author in the author's order.

    `items` are ids of posts, all there are for one reader; of a received project those that stand in the document
    itself, with `first` where there are more. `summary` is HTML, of a received project untrusted.
    """

    id: str
    attributed_to: str
    name: str = ""
    summary: str = ""
    url: str | None = None
    icon: Image | None = None
    items: tuple[str, ...] = ()
    first: str | None = None
    sections: tuple[Section, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    license: str | None = None
    license_url: str | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


def render(project: Project) -> Document:
    """Return the document of a project: up to 40 items inline, else by pages (F-080, F-081)."""
    few = len(project.items) <= INLINE
    stated: Document = {
        "@context": PROJECT_CONTEXT,
        "id": project.id,
        "type": "OrderedCollection",
        "url": project.url,
        "attributedTo": project.attributed_to,
        "to": list(project.to),
        "cc": list(project.cc),
        "name": project.name,
        "summary": project.summary or None,
        "published": format_time(project.published) if project.published else None,
        "updated": format_time(project.updated) if project.updated else None,
        "icon": render_image(project.icon),
        "totalItems": len(project.items),
        "orderedItems": list(project.items) if few else None,
        "first": None if few else _page_address(project, 0),
        "sections": [{"after": each.after, "content": each.content} for each in project.sections] or None,
        "license": project.license,
        "schema:license": project.license_url,
        **project.terms,
    }
    return {name: value for name, value in stated.items() if value is not None}


def page(project: Project, start: int) -> Document:
    """Return the page of at most 40 items that begins after `start` of them."""
    until = start + INLINE
    return collections.page(
        _page_address(project, start),
        project.id,
        list(project.items[start:until]),
        _page_address(project, until) if until < len(project.items) else None,
        _page_address(project, max(0, start - INLINE)) if start else None,
    )


def _page_address(project: Project, start: int) -> str:
    return f"{project.id}?after={start}"


def parse(document: Document) -> Project:
    """Return what a received document says of a project, or raise MalformedDocument (F-086).

    Needed are an id, the type OrderedCollection and one author on the id's origin. At most 500 items count, each
    once, and only those on the author's origin, where all posts of the author live.
    """
    project_id, authors = id_of(document), ids(document.get("attributedTo"))
    if project_id is None or type_of(document, {"OrderedCollection"}) is None or len(authors) != 1:
        raise MalformedDocument("A project needs an id, its type, and one author.")
    if not same_origin(project_id, authors[0]):
        raise MalformedDocument("A project lives where its author does.")
    return Project(
        id=project_id,
        attributed_to=authors[0],
        name=text(document.get("name"), 1024),
        summary=text(document.get("summary"), _MAX_CONTENT),
        url=url_of(document.get("url")),
        icon=parse_image(document.get("icon")),
        items=own_items(document, authors[0]),
        first=_first(document),
        sections=_parse_sections(document.get("sections")),
        to=tuple(ids(document.get("to"))),
        cc=tuple(ids(document.get("cc"))),
        published=timestamp(document.get("published")),
        updated=timestamp(document.get("updated")),
        license=text(document.get("license"), 2048) or None,
        license_url=text(document.get("schema:license"), 2048) or None,
        terms=read_terms(document),
    )


def own_items(document: Document, author: str) -> tuple[str, ...]:
    """Return the items of a project or of a page of it that can be the author's, each once."""
    return tuple(each for each in ids(collections.items_of(document)) if same_origin(each, author))


def next_page(document: Document) -> str | None:
    """Return the address of the page after a received one."""
    return id_of(document.get("next"))


def _first(document: Document) -> str | None:
    return None if collections.items_of(document) else id_of(document.get("first"))


def _parse_sections(value: Any) -> tuple[Section, ...]:
    found = []
    for entry in items(value)[:MAX_SECTIONS]:
        after = entry.get("after") if isinstance(entry, dict) else None
        content = text(entry.get("content"), _MAX_CONTENT) if isinstance(entry, dict) else ""
        if type(after) is int and 0 <= after <= collections.MAX_ITEMS and content:
            found.append(Section(after, content))
    return tuple(sorted(found, key=lambda section: section.after))
