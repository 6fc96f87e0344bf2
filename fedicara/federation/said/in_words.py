"""The policy in words, for people on servers that read nothing else of it; where its artist wants that (P-149)."""

from collections.abc import Iterator
from html import escape

from activitypub.actors import Field
from fedicara.models import Actor
from fedicara.server import Server
from policies.policy import Policy
from policies.tokens import usage_info
from policies.words import LINE, in_short


def profile_fields(server: Server, actor: Actor, policy: Policy) -> Iterator[Field]:
    """The line of a profile."""
    if actor.profile_line:
        yield Field(LINE, _said(server, policy))


def under_post(server: Server, author: Actor, policy: Policy) -> str:
    """The line under a post, as HTML."""
    return f'<p class="p-policy">{LINE}: {_said(server, policy)}</p>' if author.post_line else ""


def _said(server: Server, policy: Policy) -> str:
    page = escape(usage_info(server.settings.base_url))
    return f'{in_short(policy)}, <a href="{page}" rel="nofollow noopener">{page.partition("://")[2]}</a>'
