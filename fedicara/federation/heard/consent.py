"""Who may do what with a post: what artists here promise, and what authors elsewhere ask for (F-250 to F-253)."""

from enum import StrEnum
from typing import Final

from activitypub.interactions import Rule, Rules
from activitypub.names import PUBLIC
from fedicara.models import Actor, Follow, Mention, Work

LIKE: Final = "canLike"
REPLY: Final = "canReply"
BOOST: Final = "canAnnounce"


class Quotes(StrEnum):
    """Who may quote a work."""

    NOBODY = "nobody"
    FOLLOWERS = "followers"
    EVERYONE = "everyone"
    ASK = "ask"


def promised(quotes: str, author_uri: str) -> Rules:
    """What a work of an artist here states about quotes (F-250, F-251)."""
    rules = {
        Quotes.NOBODY: Rule((author_uri,)),
        Quotes.FOLLOWERS: Rule((f"{author_uri}/followers",)),
        Quotes.EVERYONE: Rule((PUBLIC,)),
        Quotes.ASK: Rule((author_uri,), (PUBLIC,)),
    }
    return {"canQuote": rules[Quotes(quotes)]}


def kept(rules: Rules) -> dict[str, dict[str, list[str]]]:
    """Rules of a post elsewhere as they are stored."""
    return {
        name: {"automatic": list(rule.automatic), "manual": list(rule.manual)} for name, rule in rules.items()
    }


async def may(work: Work, actor: Actor, what: str) -> bool:
    """Whether the author of a post would not refuse what somebody is about to do; `work.actor` is loaded.

    Its author may do everything, and whoever it mentions may answer. What is not stated is open to everybody.
    """
    stated = work.interactions.get(what)
    if stated is None or work.actor_id == actor.id:
        return True
    named = {*stated["automatic"], *stated["manual"]}
    if named & {PUBLIC, actor.uri}:
        return True
    if what == REPLY and await Mention.filter(work_id=work.id, actor_id=actor.id).exists():
        return True
    return await _belongs(work.actor, actor, named)


async def _belongs(author: Actor, actor: Actor, named: set[str]) -> bool:
    """Whether somebody is in one of the author's lists that are named."""
    followers = author.followers and author.followers in named
    following = author.following and author.following in named
    if followers and await follows(actor.id, author.id):
        return True
    return bool(following) and await follows(author.id, actor.id)


async def follows(follower_id: int, followed_id: int) -> bool:
    """Whether one follows the other and was let."""
    return await Follow.filter(follower_id=follower_id, followed_id=followed_id, accepted=True).exists()
