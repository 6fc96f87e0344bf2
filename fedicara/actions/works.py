"""Publishing works, changing them, taking them back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tortoise.expressions import Q

from fedicara.actions import ai_made, cloaks, leads, mediums, projects, statements, uploads
from fedicara.actions.accounts import check_quotes, checked_policy
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.actions.markdown import MENTION, hashtags, to_html
from fedicara.actions.policy_history import remember_change
from fedicara.actions.preparation import edited_now, retry, settle
from fedicara.actions.reactions import check_consent, check_stays, readable
from fedicara.federation.fetched.threads import context_of
from fedicara.federation.heard import consent, history
from fedicara.federation.said import outbox
from fedicara.federation.said.documents import WIDE
from fedicara.models import Actor, Mention, Picture, Tag, Tombstone, Work
from fedicara.models.ids import new_id
from fedicara.models.works import State
from fedicara.reads.access import TAKEN_DOWN
from fedicara.server import Server
from policies.ai_made import Declaration
from policies.licences import LICENCES
from policies.statements import strictest, tightened

VISIBILITIES = ("public", "unlisted", "followers", "direct", "local")
TITLE_MOST, CAPTION_MOST, WARNING_MOST, LANGUAGE_MOST = 200, 5_000, 500, 35


@dataclass(frozen=True, slots=True)
class Draft:
    """What an artist wants to publish; `leads` are the pictures that come first elsewhere, none the first four."""

    pictures: tuple[int, ...] = ()
    title: str = ""
    caption: str = ""
    warning: str = ""
    sensitive: bool = False
    language: str = ""
    licence: str = ""
    ai: str = ""
    visibility: str = "public"
    policy: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    in_reply_to: int | None = None
    quotes: str = ""
    medium: tuple[str, ...] = ()
    leads: tuple[int, ...] = ()
    cloak: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What an artist changes afterwards; None leaves a thing as it is. Visibility never changes (F-075)."""

    title: str | None = None
    caption: str | None = None
    warning: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    licence: str | None = None
    ai: str | None = None
    policy: Mapping[str, str] | None = None
    tags: tuple[str, ...] | None = None
    quotes: str | None = None
    alts: Mapping[int, str] = field(default_factory=dict)
    medium: tuple[str, ...] | None = None
    leads: tuple[int, ...] | None = None
    cloak: str | None = None


async def publish(server: Server, viewer: Viewer, draft: Draft) -> Work:
    """Make a work; it leaves when its last picture is ready. `Invalid` names the field and changes nothing."""
    check_stays(viewer)
    _check_words(draft)
    _check_choices(draft)
    policy = checked_policy(server, draft.policy)
    cloak = cloaks.checked(
        server.settings, draft.cloak or cloaks.inherited(server.settings, viewer.account.cloak)
    )
    parent = await _parent(server, viewer, draft)
    async with server.database.transaction():
        pictures = await _own_pictures(server, viewer, draft)
        leads.choose(pictures, draft.leads)
        ai = ai_made.declared(draft.ai, viewer.account.ai, pictures)
        if pictures:
            await ai_made.check_rule(server, ai)
        policy = tightened(policy, strictest(statements.said(picture.stated) for picture in pictures))
        work = await _create(server, viewer, replace(draft, ai=ai, cloak=cloak), policy)
        if parent is not None:
            await _answer(server, work, parent)
        for position, picture in enumerate(pictures, 1):
            picture.position = position
            picture.work_id = work.id
            await picture.save(update_fields=["position", "work_id", "lead"])
        await _say(server, work, draft.caption, draft.tags)
        await remember_change(server, viewer.actor, work)
        await settle(server, work)
    return await Work.get(id=work.id)


async def _parent(server: Server, viewer: Viewer, draft: Draft) -> Work | None:
    """What is replied to; a reply to a local post stays local too (F-104)."""
    if draft.in_reply_to is None:
        return None
    try:
        parent = await readable(server, viewer, draft.in_reply_to)
    except NotFound:
        raise Invalid("in_reply_to", "The post to reply to does not exist, or not for you.") from None
    await check_consent(viewer, parent, consent.REPLY)
    if parent.visibility == "local" and draft.visibility != "local":
        raise Invalid("visibility", "A reply to a post of this place stays in this place.")
    return parent


async def _answer(server: Server, work: Work, parent: Work) -> None:
    work.in_reply_to = parent.uri
    work.context = await context_of(server, work.id, parent.uri)
    await work.save(update_fields=["in_reply_to", "context"])


def _check_words(draft: Draft) -> None:
    if not draft.pictures and not draft.caption.strip():
        raise Invalid("pictures", "A post needs at least one picture, or a text.")
    for name, text, most in (
        ("title", draft.title, TITLE_MOST),
        ("caption", draft.caption, CAPTION_MOST),
        ("warning", draft.warning, WARNING_MOST),
        ("language", draft.language, LANGUAGE_MOST),
    ):
        checked_text(name, text, most)


def _check_choices(draft: Draft) -> None:
    if draft.visibility not in VISIBILITIES:
        raise Invalid("visibility", f"Say one of {', '.join(VISIBILITIES)}.")
    _check_licence(draft.licence)
    _check_ai(draft.ai)
    _check_quotes(draft.quotes)


def _check_licence(licence: str) -> None:
    if licence and licence not in LICENCES:
        raise Invalid("licence", f"Say one of {', '.join(LICENCES)}.")


def _check_quotes(quotes: str) -> None:
    if quotes:
        check_quotes(quotes)


def _check_ai(ai: str) -> None:
    if ai and ai not in tuple(Declaration):
        raise Invalid("ai", "Say one of none, assisted, generated.")


async def _own_pictures(server: Server, viewer: Viewer, draft: Draft) -> list[Picture]:
    if len(draft.pictures) > server.settings.pictures_per_work:
        raise Invalid("pictures", f"At most {server.settings.pictures_per_work} pictures fit into one work.")
    found = {
        picture.id: picture
        for picture in await Picture.filter(
            id__in=list(draft.pictures), actor_id=viewer.actor.id, work_id=None, case_id=None, use=""
        ).exclude(original="")
    }
    if len(found) != len(draft.pictures):
        raise Invalid("pictures", "One of these pictures does not exist, or is in another work already.")
    pictures = [found[identifier] for identifier in draft.pictures]
    for number, picture in enumerate(pictures, 1):
        if picture.state == State.FAILED:
            raise Invalid("pictures", f"Picture {number}: {picture.failure}")
    if server.settings.alt_text_required:
        _check_alts(pictures)
    return pictures


def _check_alts(pictures: list[Picture]) -> None:
    missing = [str(number) for number, picture in enumerate(pictures, 1) if not picture.alt]
    if missing:
        raise Invalid("alt", f"Describe picture {', '.join(missing)} for people who cannot see it.")


async def _create(server: Server, viewer: Viewer, draft: Draft, policy: dict[str, str]) -> Work:
    identifier = new_id()
    return await Work.create(
        id=identifier,
        uri=server.url(f"/objects/{identifier}"),
        url=server.url(f"/@{viewer.actor.username}/{identifier}"),
        actor_id=viewer.actor.id,
        state=State.PROCESSING,
        visibility=draft.visibility,
        title=draft.title.strip(),
        source=draft.caption,
        warning=draft.warning.strip(),
        sensitive=draft.sensitive or bool(draft.warning.strip()),
        language=draft.language,
        licence=draft.licence or viewer.account.licence,
        ai=draft.ai,
        quotes=draft.quotes or viewer.account.quotes,
        policy=policy,
        medium=mediums.checked(draft.medium),
        cloak=draft.cloak,
    )


async def _say(server: Server, work: Work, caption: str, tags: tuple[str, ...]) -> None:
    """The caption as HTML, its tags and the people it is addressed to."""
    mentioned = await _mentioned(server, caption)
    addressed = {actor.id for actor in mentioned.values()} | await _answered(work)
    names = dict.fromkeys([*hashtags(caption), *(tag.strip().lstrip("#").lower() for tag in tags)])
    await Tag.filter(work_id=work.id).delete()
    await Mention.filter(work_id=work.id).delete()
    for name in [name for name in names if re.fullmatch(r"\w{1,100}", name)][:30]:
        await Tag.create(work_id=work.id, name=name)
    await ai_made.tag(work)
    for actor_id in addressed:
        await Mention.create(work_id=work.id, actor_id=actor_id)
    work.content = to_html(server, caption, {handle: actor.url for handle, actor in mentioned.items()})
    await work.save(update_fields=["content"])
    if work.visibility == "direct" and not addressed:
        raise Invalid(
            "visibility", "A direct post goes to the people it mentions; mention somebody known here."
        )


async def _answered(work: Work) -> set[int]:
    """The author of what is replied to, who is always addressed (F-100); oneself is not."""
    parent = await Work.get_or_none(uri=work.in_reply_to) if work.in_reply_to else None
    return {parent.actor_id} - {work.actor_id} if parent is not None else set()


async def _mentioned(server: Server, caption: str) -> dict[str, Actor]:
    found = {}
    for match in list(MENTION.finditer(caption))[:20]:
        domain = "" if (match[2] or "") == server.settings.domain else (match[2] or "").lower()
        username = match[1] if domain else match[1].lower()
        actor = await Actor.get_or_none(username=username, domain=domain)
        if actor is not None:
            found[match[0]] = actor
    return found


async def own(server: Server, viewer: Viewer, work_id: int) -> Work:
    """One's own work; `NotFound` for everybody else's."""
    work = await Work.get_or_none(id=work_id, actor_id=viewer.actor.id)
    if work is None:
        raise NotFound
    return work


async def edit(server: Server, viewer: Viewer, work_id: int, change: Edit) -> Work:
    """Change a work's words, and tell everybody who has it; a declaration about AI is never taken back to nothing."""
    work, change = await own(server, viewer, work_id), replace(change, ai=change.ai or None)
    _check_edit(change)
    if change.caption is not None and not change.caption.strip():
        await _check_pictured(work)
    await ai_made.check_edit(server, work, change.ai or "")
    async with server.database.transaction():
        before, declared = await history.snapshot(work), work.ai
        await _edit_pictures(server, work, change)
        _write_words(work, change)
        stated = server.policy(viewer.actor.policy, work.policy, public=work.visibility in WIDE)
        if change.policy is not None:
            chosen = checked_policy(server, change.policy, work.policy)
            work.policy = tightened(chosen, await statements.of_work(work))
        if change.medium is not None:
            work.medium = mediums.checked(change.medium)
        if change.cloak:
            work.cloak = cloaks.checked(server.settings, change.cloak, work.cloak)
        tags = await _own_tags(work) if change.tags is None else change.tags
        if change.caption is not None:
            work.source = change.caption
        work.sensitive = work.sensitive or bool(work.warning)
        work.edited, work.revision = edited_now(server, work), work.revision + 1
        await work.save()
        if change.caption is not None or change.tags is not None:
            await _say(server, work, work.source, tags)
        await ai_made.edited(server, work, declared)
        if work.state == State.PUBLISHED:
            await history.keep(before, work)
            await remember_change(server, viewer.actor, work, stated)
            await outbox.publish_update(server, work)
            await _mark_again(server, work)
        elif work.state == State.FAILED:
            await retry(server, work)
    return work


def _write_words(work: Work, change: Edit) -> None:
    for name in ("title", "warning", "sensitive", "language", "licence", "ai", "quotes"):
        value = getattr(change, name)
        if value is not None:
            setattr(work, name, value.strip() if isinstance(value, str) else value)


async def _check_pictured(work: Work) -> None:
    if not await Picture.filter(work_id=work.id).exists():
        raise Invalid("caption", "A post without pictures needs a text.")


async def _own_tags(work: Work) -> tuple[str, ...]:
    """The tags that were given beside the caption, not in it."""
    written = hashtags(work.source)
    return tuple(
        tag.name for tag in await Tag.filter(work_id=work.id).order_by("id") if tag.name not in written
    )


def _check_edit(change: Edit) -> None:
    for name, text, most in (
        ("title", change.title, TITLE_MOST),
        ("caption", change.caption, CAPTION_MOST),
        ("warning", change.warning, WARNING_MOST),
        ("language", change.language, LANGUAGE_MOST),
    ):
        checked_text(name, text or "", most)
    _check_licence(change.licence or "")
    _check_ai(change.ai or "")
    _check_quotes(change.quotes or "")


async def _edit_pictures(server: Server, work: Work, change: Edit) -> None:
    if change.leads is not None:
        pictures = await Picture.filter(work_id=work.id)
        leads.choose(pictures, change.leads)
        for picture in pictures:
            await picture.save(update_fields=["lead"])
    for identifier, alt in change.alts.items():
        if server.settings.alt_text_required and not alt.strip():
            raise Invalid("alt", "Every picture needs an alt text.")
        await Picture.filter(id=identifier, work_id=work.id).update(alt=uploads.checked_alt(alt))


async def _mark_again(server: Server, work: Work) -> None:
    """Pictures whose marks no longer say what the work says are prepared anew; the job finds out which."""
    for picture in await Picture.filter(work_id=work.id, shows_id=None):
        await uploads.enqueue(server, picture)


async def delete(server: Server, viewer: Viewer, work_id: int) -> None:
    """Take a work back: gone here at once, and every server that has it is told."""
    work = await own(server, viewer, work_id)
    async with server.database.transaction():
        await take_back(server, work)


async def take_back(server: Server, work: Work) -> None:
    """The same in its author's name, inside the caller's transaction (F-235)."""
    await projects.forget_work(server, work)
    if work.state in (State.PUBLISHED, *TAKEN_DOWN):
        await outbox.publish_delete(server, work)
    await remove(server, work)


async def remove(server: Server, work: Work) -> None:
    """A work, its pictures and their files, inside the caller's transaction; a tombstone stays (F-388)."""
    public = work.visibility in ("public", "unlisted")
    await uploads.forget(server, await Picture.filter(Q(work_id=work.id) | Q(case__work_id=work.id)))
    await Tombstone.get_or_create(uri=work.uri, defaults={"public": public})
    await work.delete()
