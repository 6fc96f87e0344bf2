"""Custom emoji that texts of other servers name, ready to be shown. Plan: the unique index of (domain, shortcode)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from activitypub.emojis import SHORTCODE
from fedicara.reads.media import emoji_url
from fedicara.reads.views import ActorView, EmojiView, WorkView
from fedicara.server import Server

_EMOJIS: Final = (
    "SELECT id, domain, shortcode FROM emojis WHERE domain IN ({domains}) AND shortcode IN ({names})"
)
_MOST: Final = 400

Book = Mapping[tuple[str, str], EmojiView]


def stored_as(emoji_id: int) -> str:
    """Where the cached copy of an emoji's picture lies."""
    return f"{emoji_id % 256:02x}{emoji_id}.emoji"


async def of_works(server: Server, works: Mapping[int, WorkView]) -> dict[int, WorkView]:
    """The works with the emoji of their texts and of their authors' names; one query, none where no text names any."""
    book = await _book(server, [(work.uri, _words(work)) for work in works.values()])
    if not book:
        return dict(works)
    return {
        number: replace(
            work,
            emojis=_named(book, work.uri, _words(work)),
            actor=replace(work.actor, emojis=_named(book, work.actor.uri, work.actor.name)),
        )
        for number, work in works.items()
    }


def _words(work: WorkView) -> str:
    return f"{work.title} {work.warning} {work.content} {work.actor.name}" if not work.is_local else ""


async def of_people(server: Server, people: Iterable[ActorView]) -> dict[int, ActorView]:
    """People with the emoji of their names and statements, by id."""
    found = list(people)
    book = await _book(server, [(each.uri, _about(each)) for each in found])
    return {each.id: replace(each, emojis=_named(book, each.uri, _about(each))) for each in found}


def _about(actor: ActorView) -> str:
    return "" if actor.is_local else f"{actor.name} {actor.summary}"


async def of_text(server: Server, owner: str, text: str) -> tuple[EmojiView, ...]:
    """The emoji that a text of something at this address names."""
    return _named(await _book(server, [(owner, text)]), owner, text)


async def _book(server: Server, texts: Iterable[tuple[str, str]]) -> Book:
    wanted = {(urlsplit(uri).netloc, name) for uri, text in texts for name in SHORTCODE.findall(text)}
    domains, names = (
        sorted({each for each, _ in wanted})[:_MOST],
        sorted({name for _, name in wanted})[:_MOST],
    )
    if not wanted:
        return {}
    sql = _EMOJIS.format(domains=_marks(1, len(domains)), names=_marks(len(domains) + 1, len(names)))
    rows = await server.database.rows(sql, *domains, *names)
    return {
        (row["domain"], row["shortcode"]): EmojiView(row["shortcode"], emoji_url(server, row["id"]))
        for row in rows
    }


def _marks(first: int, count: int) -> str:
    return ", ".join(f"${place}" for place in range(first, first + count))


def _named(book: Book, uri: str, text: str) -> tuple[EmojiView, ...]:
    domain = urlsplit(uri).netloc
    names = dict.fromkeys(SHORTCODE.findall(text))
    return tuple(found for name in names if (found := book.get((domain, name))))
