"""Posts of other servers: who reads them here, and how they are kept."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tortoise.expressions import F

from activitypub import converted
from activitypub.addressing import Visibility, narrower, visibility_of
from activitypub.document import Document, ids, same_origin
from activitypub.errors import MalformedDocument
from activitypub.works import Attachment, Note
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.fetched.threads import context_of
from fedicara.federation.heard import emojis, statements
from fedicara.federation.heard.consent import kept
from fedicara.federation.heard.quotations import note_quote
from fedicara.federation.heard.sanitise import clean
from fedicara.federation.servers.rules import host_of, verdict
from fedicara.models import Actor, Boost, Like, Mention, Picture, Tag, Tombstone, Work
from fedicara.models.database import IntegrityError
from fedicara.models.ids import id_at, new_id
from fedicara.models.works import State
from fedicara.reads import ai_made
from fedicara.server import Server
from policies.ai_made import MADE_WITH_AI, Declaration, RemoteRule, Rules, strictest
from policies.ai_made import declared as ai_declared
from policies.licences import LICENCES

# Plans: follows_followed, then the primary key of actors; the unique indexes of uri.
_FOLLOWED: Final = """
SELECT 1 FROM follows f JOIN actors a ON a.id = f.follower_id
WHERE f.followed_id = $1 AND f.accepted = TRUE AND a.domain = '' LIMIT 1"""
_SEEN: Final = "SELECT 1 FROM works WHERE uri = $1 UNION ALL SELECT 1 FROM tombstones WHERE uri = $1"
_MAX_TAGS: Final = 60
_BLURHASH: Final = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,64}")
_AI_LINE: Final = re.compile(r'<p class="p-ai">[^<]*</p>\s*')
_COUNT_LINE: Final = re.compile(r'<p class="p-more">(?:(?!</p>).)*</p>\s*', re.DOTALL)


def parsed(document: Document) -> Note | None:
    """The post a document states, whatever its kind, if it is one (F-078)."""
    try:
        return converted.read(document)
    except MalformedDocument:
        return None


def speaks_for(actor: Actor, note: Note) -> bool:
    """Whether the post is the actor's own and lives on their host (ORI-04, ORI-05)."""
    return note.attributed_to == actor.uri and same_origin(note.id, actor.uri)


def addressed(document: Document) -> list[str]:
    """Everybody an activity or a post names as its audience."""
    return list(dict.fromkeys([*ids(document.get("to")), *ids(document.get("cc"))]))


async def has_reader(server: Server, author: Actor, note: Note, audience: Iterable[str]) -> bool:
    """Whether anybody here follows the author, is addressed, or wrote, liked or boosted the parent (F-108)."""
    if await server.database.row(_FOLLOWED, author.id):
        return True
    if any(is_own(server, uri) for uri in audience) and await _local(server, audience):
        return True
    return note.in_reply_to is not None and await _concerns(note.in_reply_to)


async def _concerns(parent: str) -> bool:
    """Whether somebody here has to do with the post that is replied to."""
    work = await Work.get_or_none(uri=parent).prefetch_related("actor")
    if work is None or work.actor.is_local:
        return work is not None
    liked = Like.filter(work_id=work.id, actor__domain="")
    return await liked.exists() or await Boost.filter(work_id=work.id, actor__domain="").exists()


async def _local(server: Server, audience: Iterable[str]) -> list[Actor]:
    own = [uri for uri in audience if is_own(server, uri)][:100]
    return (
        await Actor.filter(uri__in=own, domain="", suspended=None).exclude(type="Application") if own else []
    )


def visibility(author: Actor, note: Note, activity: Document | None = None) -> Visibility:
    """The post's class from its own addressing, or the activity's where that is narrower (F-107)."""
    followers = author.followers or None
    of_note = visibility_of(note.to, note.cc, followers)
    to, cc = (ids(activity.get("to")), ids(activity.get("cc"))) if activity else ([], [])
    return narrower(of_note, visibility_of(to, cc, followers)) if to or cc else of_note


async def as_ruled(server: Server, author: Actor, seen_as: Visibility) -> Visibility:
    """The class a post is kept under: a rule may take a domain off the public timeline (F-306)."""
    unlisted = (await verdict(server, host_of(author.uri))).unlists
    return Visibility.UNLISTED if unlisted and seen_as is Visibility.PUBLIC else seen_as


async def is_seen(server: Server, uri: str) -> bool:
    """Whether it is known here, or was."""
    return await server.database.row(_SEEN, uri) is not None


async def is_gone(uri: str) -> bool:
    """Whether it was deleted before; then it does not come back (ORI-09)."""
    return await Tombstone.filter(uri=uri).exists()


async def keep(
    server: Server,
    author: Actor,
    note: Note,
    seen_as: Visibility,
    audience: Sequence[str],
    *,
    retrieved: bool = False,
) -> Work:
    """Keep a post of another server; the same one again changes nothing. Of somebody suspended nobody sees it.

    One that was looked for rather than sent, because somebody opened what it belongs to, takes its place in time
    instead of the top, and stands in no timeline.
    """
    try:
        async with server.database.transaction():
            published = min(note.published or server.now(), server.now())
            identifier = id_at(published) if retrieved else new_id()
            parent = note.in_reply_to or ""
            work = Work(
                id=identifier,
                uri=note.id,
                actor=author,
                state=State.HIDDEN if author.suspended else State.PUBLISHED,
                visibility=await as_ruled(server, author, seen_as),
                published=published,
                in_reply_to=parent,
                context=await context_of(server, identifier, parent, note.context),
                retrieved=retrieved,
            )
            await write(server, work, note)
            for reader in await _local(server, audience):
                await Mention.create(work=work, actor=reader)
            return work
    except IntegrityError:
        return await Work.get(uri=note.id)


async def was_sent(author: Actor, note: Note) -> bool:
    """A post that was found before is sent by its author after all: from now on it stands in timelines."""
    found = Work.filter(uri=note.id, actor_id=author.id, retrieved=True)
    return bool(await found.update(retrieved=False, revision=F("revision") + 1))


async def write(server: Server, work: Work, note: Note) -> None:
    """Put what the Note says into the work: text, tags, pictures, policy; inside the caller's transaction."""
    work.title = note.name[:500]
    work.content = _content(note)
    work.warning = note.summary[:500]
    work.sensitive = note.sensitive or (await verdict(server, host_of(work.uri))).forces_sensitive
    work.language = (note.language or "")[:35]
    work.licence = licence_of(note.license, note.license_url)
    _declare(work, note, await ai_made.rules(server))
    work.policy = statements.stated(server, work.policy, note.terms)
    work.url = note.url or note.id
    work.medium = list(note.medium)
    work.project = note.project or ""
    work.edited = note.updated
    work.revision += 1
    work.interactions = kept(note.interactions)
    is_new = not work._saved_in_db
    await work.save()
    await emojis.keep(server, work.uri, note.emojis)
    await note_quote(server, work, note)
    if not is_new:
        await Tag.filter(work_id=work.id).delete()
    await _write_tags(work, note)
    known = [] if is_new else await Picture.filter(work_id=work.id)
    await statements.keep(server, work, note, await _write_pictures(server, work, note, known))


def declared(note: Note) -> Declaration | None:
    """What the post's own server states of AI in the making of its pictures; the strictest counts (P-434)."""
    return strictest(ai_declared(each.digital_source_type) for each in note.attachments)


async def is_rejected(server: Server, note: Note) -> bool:
    """Whether the place takes no such works of others; only their own server's statement counts (P-434)."""
    rules = await ai_made.rules(server)
    return rules.remote is RemoteRule.REJECT and declared(note) in MADE_WITH_AI


def _declare(work: Work, note: Note, rules: Rules) -> None:
    """The label as the origin states it; what only the file said stays while the origin is silent."""
    stated = declared(note)
    if stated is not None or not work.ai_said:
        work.ai, work.ai_said = stated or "", ""
    hides = rules.remote is not RemoteRule.LABEL and work.ai in MADE_WITH_AI
    if hides and work.state == State.PUBLISHED:
        work.state = State.AI_MADE
    elif not hides and work.state == State.AI_MADE:
        work.state = State.PUBLISHED


def _content(note: Note) -> str:
    """The text alone: title and count of pictures stand elsewhere on our pages (F-053, F-064)."""
    content = clean(note.content)
    last = max(content.rfind('<p class="p-more">'), 0)
    if _COUNT_LINE.fullmatch(content, last):
        content = content[:last]
    if declared(note) in MADE_WITH_AI:
        content = _AI_LINE.sub("", content)
    title = f'<p><strong class="p-name">{clean(note.name)}</strong></p>'
    return content.removeprefix(title) if note.name else content


def licence_of(title: str | None, url: str | None) -> str:
    """The licence both statements agree on, else none: the stricter reading is that nothing is granted (F-066)."""
    titles = {key for key, known in LICENCES.items() if title in (known.title, known.url)}
    urls = {key for key, known in LICENCES.items() if known.url and known.url == url}
    stated = [found for found in (titles, urls) if found]
    agreed = set.intersection(*stated) if stated else set()
    return next(iter(agreed), "")


async def _write_tags(work: Work, note: Note) -> None:
    stated = (tag.name.removeprefix("#").lower() for tag in note.tags if tag.type == "Hashtag")
    names = list(dict.fromkeys(name for name in stated if re.fullmatch(r"\w{1,100}", name)))[:_MAX_TAGS]
    if names:
        await Tag.bulk_create([Tag(work=work, name=name) for name in names])


async def _write_pictures(server: Server, work: Work, note: Note, known: Sequence[Picture]) -> list[Picture]:
    """Pictures that stay keep their row, since addresses are made from its id; those that stand there now."""
    old, new, every = {picture.remote_url: picture for picture in known}, list[Picture](), list[Picture]()
    pictures = [each for each in note.attachments if each.media_type.partition("/")[0] in ("", "image")]
    for position, stated in enumerate(pictures, 1):
        author: int = work.actor_id
        kept = old.pop(stated.url, None)
        picture = kept or Picture(work=work, actor_id=author, remote_url=stated.url)
        picture.position = position
        _describe(picture, stated)
        picture.stated = statements.stated(server, picture.stated, stated.terms)
        every.append(picture)
        if kept is None:
            new.append(picture)
        else:
            await picture.save()
    if new:
        await Picture.bulk_create(new)
    if old:
        await Picture.filter(id__in=[picture.id for picture in old.values()]).delete()
    return every


def _describe(picture: Picture, stated: Attachment) -> None:
    picture.alt = stated.name
    picture.focus_x, picture.focus_y = stated.focal_point
    picture.width = min(stated.width or 0, 100_000)
    picture.height = min(stated.height or 0, 100_000)
    picture.blurhash = stated.blurhash if stated.blurhash and _BLURHASH.fullmatch(stated.blurhash) else ""
    picture.media_type = stated.media_type[:64]


async def count_anew(work_ids: Iterable[int]) -> None:
    """Likes and boosts of these changed: what was printed of them is out of date."""
    if changed := list(work_ids):
        await Work.filter(id__in=changed).update(revision=F("revision") + 1)
