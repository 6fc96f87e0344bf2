"""The documents of local actors and works, and the activities around them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final

from activitypub import activities, actors, works
from activitypub.addressing import Visibility, audience
from activitypub.document import Document, dumps
from activitypub.keys import Key as StatedKey
from activitypub.names import PROJECTS, RFC_9421
from activitypub.works import LEADS, Attachment, Counts, Note, Tag, digest_multibase
from fedicara.federation.heard.consent import promised
from fedicara.federation.said import in_words
from fedicara.federation.servers.standing import LARGE
from fedicara.models import Actor, Boost, Key, Like, Picture, Rendition, Work
from fedicara.reads import projects
from fedicara.reads.media import media_url
from fedicara.reads.projects import Name
from fedicara.server import Server
from policies.ai_made import HASHTAG, LINES, Declaration, digital_source_type
from policies.documents import terms
from policies.licences import LICENCES
from policies.policy import AnonymousMedia, Policy, Use

# What a peer may send us besides the usual (F-035).
IMPLEMENTS: Final = {
    RFC_9421: "RFC-9421: HTTP Message Signatures",
    f"{RFC_9421}#name-eddsa-using-curve-edwards25": "RFC-9421 signatures using the Ed25519 algorithm",
    PROJECTS: "fedicara projects",
}
# Pictures of a cover post are those of other works, and say what their own works say (F-084).
_TYPES: Final = {"png": "image/png", "webp": "image/webp", "gif": "image/gif"}
_SHOWN_AGAIN: Final = ("pictures__shows__renditions", "pictures__shows__work__actor")
WIDE = frozenset({"public", "unlisted"})


def address(server: Server, actor_id: int) -> str:
    """The id of a local actor."""
    return server.url(f"/actors/{actor_id}")


def activity_address(server: Server, activity_id: int) -> str:
    """The id of one of our activities."""
    return server.url(f"/activities/{activity_id}")


def context_address(server: Server, work_id: int) -> str:
    """The id of the thread that a work begins."""
    return server.url(f"/contexts/{work_id}")


async def actor_document(server: Server, actor: Actor) -> Document:
    """A local actor, whole (F-020 to F-041)."""
    keys = await Key.filter(actor_id=actor.id, retired=None).order_by("id")
    return actors.render(_stated_actor(server, actor, keys))


def _stated_actor(server: Server, actor: Actor, keys: Sequence[Key]) -> actors.Actor:
    policy = server.policy(actor.policy)
    stated = actors.Actor(
        id=actor.uri,
        type=actor.type,
        username=actor.username,
        inbox=f"{actor.uri}/inbox",
        outbox=f"{actor.uri}/outbox",
        shared_inbox=server.url("/inbox"),
        name=actor.name,
        summary=actor.summary,
        icon=_profile_picture(actor.icon, actor.icon_alt),
        image=_profile_picture(actor.image, actor.image_alt),
        fields=(*_lines(actor), *in_words.profile_fields(server, actor, policy)),
        url=actor.url or server.url(f"/@{actor.username}"),
        keys=tuple(StatedKey(key.uri, actor.uri, key.public) for key in keys),
        manually_approves_followers=actor.locked,
        discoverable=actor.discoverable,
        indexable=actor.indexable and policy.search is Use.ALLOW,
        signin_only=actor.signin_only or policy.anonymous_media is AnonymousMedia.NONE,
        also_known_as=tuple(actor.also_known_as),
        moved_to=actor.moved_to or None,
        published=actor.published,
        updated=actor.updated,
        webfinger=f"{actor.username}@{server.settings.domain}",
        implements=IMPLEMENTS,
        suspended=actor.suspended is not None,
        terms=terms(policy, server.settings.base_url),
    )
    if actor.type == "Application":
        return stated
    return replace(
        stated,
        followers=f"{actor.uri}/followers",
        following=f"{actor.uri}/following",
        projects=f"{actor.uri}/projects",
        featured=f"{actor.uri}/featured",
        featured_tags=f"{actor.uri}/tags",
        generator=server.url("/actor"),
    )


def _lines(actor: Actor) -> Iterator[actors.Field]:
    return (actors.Field(line["name"], line["value"]) for line in actor.details)


def _profile_picture(address: str, alt: str) -> actors.Image | None:
    """The name of a rendition says its type."""
    media_type = _TYPES.get(address.rpartition(".")[2], "image/jpeg")
    return actors.Image(address, media_type, alt) if address else None


async def note_document(server: Server, work: Work, size: str = LARGE) -> Document:
    """A local work as a Note (F-050 to F-074), with its pictures in one size (P-312)."""
    return works.render(await _note(server, await _loaded(work), size))


async def _loaded(work: Work) -> Work:
    return await Work.get(id=work.id).prefetch_related(
        "actor", "tags", "mentions__actor", "pictures__renditions", *_SHOWN_AGAIN
    )


async def _note(server: Server, work: Work, size: str) -> Note:
    author: Actor = work.actor
    mentioned: list[Actor] = [mention.actor for mention in work.mentions]
    to, cc = audience(
        Visibility(work.visibility), f"{author.uri}/followers", [each.uri for each in mentioned]
    )
    pictures = sorted(work.pictures, key=lambda picture: (picture.lead or LEADS + 1, picture.position))
    names = sorted(tag.name for tag in work.tags)
    licence = LICENCES.get(work.licence)
    project = await projects.named(server, work)
    return Note(
        id=work.uri,
        attributed_to=author.uri,
        url=work.url,
        name=work.title,
        content=_content(server, work, names, mentioned)
        + await _works_line(server, work, project)
        + in_words.under_post(server, author, _policy(server, work)),
        summary=work.warning,
        sensitive=work.sensitive,
        language=work.language or None,
        source=work.source or None,
        published=work.published,
        updated=work.edited,
        to=tuple(to),
        cc=tuple(cc),
        tags=(*_hashtags(server, names), *(_mention(server, each) for each in mentioned)),
        attachments=tuple(found for each in pictures if (found := _attachment(server, work, each, size))),
        in_reply_to=work.in_reply_to or None,
        context=work.context or context_address(server, work.id),
        medium=tuple(work.medium),
        project=project.uri if project else None,
        counts=await _counts(work),
        license=licence.title if licence else None,
        license_url=licence.url if licence else None,
        direct=work.visibility == Visibility.DIRECT,
        interactions=promised(work.quotes, author.uri),
        terms=_terms(server, work),
    )


async def _counts(work: Work) -> Counts:
    likes, shares = Like.filter(work_id=work.id), Boost.filter(work_id=work.id)
    return Counts(await likes.count(), await shares.count())


def _terms(server: Server, work: Work) -> Mapping[str, Any]:
    return terms(_policy(server, work), server.settings.base_url)


def _policy(server: Server, work: Work) -> Policy:
    return server.policy(work.actor.policy, work.policy, public=work.visibility in WIDE)


def _content(server: Server, work: Work, names: Sequence[str], mentioned: Sequence[Actor]) -> str:
    """Title line, caption, the people and tags it does not hold, and the line that counts pictures (F-064, F-053)."""
    pictures = len(work.pictures)
    parts = [f'<p><strong class="p-name">{escape(work.title)}</strong></p>'] if work.title else []
    parts.append(work.content)
    if work.ai in LINES:
        parts.append(f'<p class="p-ai">{escape(LINES[Declaration(work.ai)])}</p>')
    links = [_person_link(each) for each in mentioned if escape(each.url or each.uri) not in work.content]
    links += [_tag_link(server, name) for name in names if _href(server, name) not in work.content]
    if links:
        parts.append(f"<p>{' '.join(links)}</p>")
    if pictures > LEADS:
        shown = escape(work.url.partition("://")[2])
        parts.append(
            f'<p class="p-more">All {pictures} pictures: <a href="{escape(work.url)}">{shown}</a></p>'
        )
    return "".join(parts)


async def _works_line(server: Server, work: Work, project: Name | None) -> str:
    """Where a cover post leads, and to how many works that all its readers see (F-084)."""
    if project is None or not project.is_cover:
        return ""
    found = await projects.entries(server, project.id, work.actor_id)
    count = sum(projects.is_for_all(each.visibility, work.visibility) for each in found if each.uri)
    href, shown = escape(project.url), escape(project.url.partition("://")[2])
    works = "1 work" if count == 1 else f"{count} works"
    return f'<p class="p-more">{works}: <a href="{href}">{shown}</a></p>'


def _href(server: Server, name: str) -> str:
    return server.url(f"/tags/{name}")


def _tag_link(server: Server, name: str) -> str:
    href = escape(_href(server, name))
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(_spelled(name))}</span></a>'


def _person_link(actor: Actor) -> str:
    href = escape(actor.url or actor.uri)
    name = escape(actor.username)
    return f'<span class="h-card"><a href="{href}" class="u-url mention">@<span>{name}</span></a></span>'


def _spelled(name: str) -> str:
    """A hashtag as people read it: ours about AI has capitals (P-430)."""
    return HASHTAG if name == HASHTAG.lower() else name


def _hashtags(server: Server, names: Sequence[str]) -> list[Tag]:
    return [Tag("Hashtag", f"#{_spelled(name)}", _href(server, name)) for name in names]


def _mention(server: Server, actor: Actor) -> Tag:
    return Tag("Mention", f"@{actor.username}@{actor.domain or server.settings.domain}", actor.uri)


def _attachment(server: Server, work: Work, picture: Picture, size: str) -> Attachment | None:
    shown = picture.shows or picture
    origin = shown.work if picture.shows else None
    work = origin or work
    file = next((each for each in shown.renditions if each.name == size), None)
    if file is None or (origin is not None and origin.state != "published"):
        return None
    licence = LICENCES.get(work.licence)
    return Attachment(
        url=media_url(server, file.key, public=work.visibility in WIDE),
        media_type=file.media_type,
        name=picture.alt,
        blurhash=picture.blurhash or None,
        focal_point=(picture.focus_x, picture.focus_y),
        position=picture.position,
        license=licence.title if licence else None,
        license_url=licence.url if licence else None,
        digital_source_type=_source_type(work.ai or picture.ai),
        terms=_terms(server, work),
        **_file(file),
    )


def _file(rendition: Rendition) -> dict[str, Any]:
    return {
        "width": rendition.width,
        "height": rendition.height,
        "size": rendition.bytes,
        "digest_multibase": digest_multibase(bytes.fromhex(rendition.sha256)),
    }


def _source_type(declared: str) -> str | None:
    """The medium is not asked for, so a work made without AI states nothing (P-401)."""
    return digital_source_type(Declaration(declared), None) if declared else None


async def create_document(server: Server, work: Work, size: str = LARGE) -> Document:
    """The Create of a work; its id follows from the work's (F-233)."""
    return activities.create(await note_document(server, work, size), activity_address(server, work.id))


async def note_bytes(server: Server, work: Work, size: str = LARGE) -> bytes:
    """The work's document, serialised once per revision and size."""

    async def make() -> bytes:
        return dumps(await note_document(server, work, size))

    return await server.remembered(("note", size, *_variant(server, work)), make)


def _variant(server: Server, work: Work) -> tuple[int, int, int]:
    """What the bytes depend on: addresses of pictures that are not public change once a day."""
    day = 0 if work.visibility in WIDE else server.now().toordinal()
    return work.id, work.revision, day


def audience_of(work_visibility: str, author: Actor, mentioned: Sequence[str]) -> tuple[list[str], list[str]]:
    """(to, cc) of something an author says about a work (F-105)."""
    return audience(Visibility(work_visibility), f"{author.uri}/followers", mentioned)
