"""The policy as HTTP header fields and as tags for the head of a page (blocks B1 to B3)."""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from policies.policy import Policy
from policies.rsl import MEDIA_TYPE, address
from policies.tokens import (
    content_signal,
    content_usage,
    robots_directives,
    tdm_policy,
    tdm_reservation,
    usage_info,
)

__all__ = ["Tag", "content_signal", "content_usage", "fields", "meta", "meta_html", "statement"]

URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"


class Tag(NamedTuple):
    """One void element of the head: its name and its attributes, unescaped."""

    element: str
    attributes: Mapping[str, str]


def statement(policy: Policy, base_url: str) -> tuple[tuple[str, str], ...]:
    """Return the policy's own header fields (block B1), one line each (P-104, P-105).

    `base_url` is an origin without a final slash.
    """
    lines = (
        ("X-Robots-Tag", robots_directives(policy)),
        ("Content-Usage", content_usage(policy)),
        ("tdm-reservation", _reservation(policy)),
        ("tdm-policy", tdm_policy(policy, base_url)),
    )
    return tuple((name, value) for name, value in lines if value)


def fields(
    policy: Policy, base_url: str, *, licence_url: str | None = None, rsl: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return the header fields of HTML and media answers: blocks B1 and B2 (P-100).

    `licence_url` is that of the work; with `rsl` the site has an RSL document, which is told apart by its type (P-140).
    """
    return (*statement(policy, base_url), ("Link", _links(base_url, licence_url, rsl=rsl)))


def meta(policy: Policy, base_url: str) -> tuple[Tag, ...]:
    """Return the tags for the head of a page, in the order of block B3."""
    named = (
        ("robots", robots_directives(policy)),
        ("tdm-reservation", _reservation(policy)),
        ("tdm-policy", tdm_policy(policy, base_url)),
    )
    tags = [Tag("meta", {"name": name, "content": content}) for name, content in named if content]
    return (*tags, Tag("link", {"rel": "terms-of-service", "href": usage_info(base_url)}))


def meta_html(policy: Policy, base_url: str) -> str:
    """Return block B3 as HTML text, attribute values escaped, one tag a line."""
    return "\n".join(_html(tag) for tag in meta(policy, base_url))


def _reservation(policy: Policy) -> str:
    reservation = tdm_reservation(policy)
    return "" if reservation is None else str(reservation)


def _links(base_url: str, licence_url: str | None, *, rsl: bool) -> str:
    links = [f'<{usage_info(base_url)}>; rel="terms-of-service"']
    if rsl:
        links.append(f'<{address(base_url)}>; rel="license"; type="{MEDIA_TYPE}"')
    if licence_url:
        links.append(f'<{quote(licence_url, safe=URI_CHARACTERS)}>; rel="license"')
    return ", ".join(links)


def _html(tag: Tag) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in tag.attributes.items())
    return f"<{tag.element}{attributes}>"
