"""Accounts, posts and pictures in the shapes that apps know (A-060 to A-065, A-090)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any

from fedicara.actions.follows import Relation
from fedicara.models import Account as AccountRow
from fedicara.models import Report
from fedicara.models.accounts import Role
from fedicara.models.reports import Category
from fedicara.reads.ai_made import is_made_with_ai
from fedicara.reads.history import VersionView
from fedicara.reads.profiles import Profile
from fedicara.reads.projects import Name
from fedicara.reads.statements import LOCAL
from fedicara.reads.threads import NO_MARKS, Marks
from fedicara.reads.views import ActorView, EmojiView, PictureView, RenditionView, WorkView
from fedicara.server import Server
from policies.ai_made import Declaration, Filter, digital_source_type
from policies.licences import LICENCES
from policies.policy import AnonymousMedia, Policy
from policies.statements import NAMES as STATED

Entity = dict[str, Any]

VISIBILITIES = {
    "public": "public",
    "unlisted": "unlisted",
    "followers": "private",
    "local": "private",
    "direct": "direct",
}
QUOTES = {"nobody": "nobody", "followers": "followers", "everyone": "public", "ask": "nobody"}
"""Apps know no word for asking first; nobody quotes without an answer then."""
_ROLES = {Role.OWNER: "3", Role.ADMIN: "2", Role.MODERATOR: "1", Role.ARTIST: "-99"}
AI_RULE = "1"
"""The id of the rule about works made with AI (P-433)."""
_FULL = ("large", "preview", "small")
_TIERS = {
    AnonymousMedia.FULL: _FULL,
    AnonymousMedia.PREVIEW: ("preview", "small"),
    AnonymousMedia.NONE: (),
}


def time(moment: datetime | None) -> str | None:
    """`2026-11-21T18:03:22.000Z` (A-003)."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def account(server: Server, profile: Profile) -> Entity:
    """A-060."""
    avatar = profile.icon or server.url("/static/avatar.png")
    header = profile.image or server.url("/static/header.png")
    return {
        "id": str(profile.id),
        "username": profile.username,
        "acct": profile.handle,
        "display_name": profile.name or profile.username,
        "locked": profile.locked,
        "bot": profile.type in ("Application", "Service"),
        "group": profile.type == "Group",
        "discoverable": profile.discoverable,
        "indexable": profile.indexable,
        "hide_collections": profile.hides_lists if not profile.domain else None,
        "created_at": time(profile.created),
        "note": profile.summary,
        "url": profile.url or profile.uri,
        "uri": profile.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "header": header,
        "header_static": header,
        # Apps read a number whatever is hidden (AUD-15).
        "followers_count": 0 if profile.hides_counts else profile.followers,
        "following_count": 0 if profile.hides_counts else profile.following,
        "statuses_count": profile.works,
        "last_status_at": f"{profile.latest:%Y-%m-%d}" if profile.latest else None,
        "emojis": _emojis(profile.emojis),
        "roles": [],
        "fields": [
            {"name": each["name"], "value": each["value"], "verified_at": each.get("verified") or None}
            for each in profile.details
        ],
        **({"moved": account(server, profile.moved)} if profile.moved else {}),
    }


def _emojis(found: Sequence[EmojiView]) -> list[Entity]:
    """Custom emoji that a text names."""
    return [
        {
            "shortcode": emoji.shortcode,
            "url": emoji.url,
            "static_url": emoji.url,
            "visible_in_picker": False,
            "category": None,
        }
        for emoji in found
    ]


def credential_account(server: Server, profile: Profile, row: AccountRow, requests: int) -> Entity:
    """A-061."""
    return account(server, replace(profile, hides_counts=False)) | {
        "source": {
            "note": profile.summary_source,
            "fields": [
                {
                    "name": each["name"],
                    "value": each.get("source", ""),
                    "verified_at": each.get("verified") or None,
                }
                for each in profile.details
            ],
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "follow_requests_count": requests,
            "hide_collections": profile.hides_lists,
            "discoverable": profile.discoverable,
            "indexable": profile.indexable,
            "attribution_domains": [],
            "quote_policy": QUOTES[row.quotes],
        },
        "role": {
            "id": _ROLES[row.role],
            "name": "" if row.role is Role.ARTIST else row.role.value.capitalize(),
            "permissions": "0",
            "color": "",
            "highlighted": row.role is not Role.ARTIST,
        },
    }


def relationship(actor_id: int, relation: Relation) -> Entity:
    """A-065."""
    false = ("muting", "muting_notifications")
    return {
        "id": str(actor_id),
        "following": relation.following,
        "showing_reblogs": relation.following,
        "notifying": False,
        "languages": None,
        "followed_by": relation.followed_by,
        "requested": relation.requested,
        "requested_by": relation.requested_by,
        "blocking": relation.blocking,
        "blocked_by": relation.blocked_by,
        "domain_blocking": relation.domain_blocking,
        **dict.fromkeys(false, False),
        "muting_expires_at": None,
        "endorsed": False,
        "note": "",
    }


def report(server: Server, kept: Report, about: Profile, status_ids: Sequence[str]) -> Entity:
    """A-084."""
    is_rule = kept.category in (Category.RULE, Category.AI_MADE)
    return {
        "id": str(kept.id),
        "action_taken": bool(kept.decision),
        "action_taken_at": time(kept.decided),
        "category": "violation" if is_rule else kept.category.value,
        "comment": kept.words,
        "forwarded": kept.forwarded,
        "created_at": time(kept.created),
        "status_ids": list(status_ids),
        "rule_ids": [AI_RULE] if kept.category == Category.AI_MADE else [],
        "target_account": account(server, about),
    }


def tier(policy: Policy, *, stranger: bool) -> tuple[str, ...]:
    """The renditions a reader is shown, the best first (P-246)."""
    return _TIERS[policy.anonymous_media] if stranger else _FULL


def status(
    server: Server,
    work: WorkView,
    author: Profile,
    *,
    stranger: bool,
    marks: Marks = NO_MARKS,
    project: Name | None = None,
) -> Entity:
    """A-062, with our part (A-090)."""
    sizes = tier(work.policy, stranger=stranger and work.is_local)
    return {
        "id": str(work.id),
        "uri": work.uri,
        "url": work.url or work.uri,
        "created_at": time(work.published),
        "edited_at": time(work.edited),
        "account": account(server, author),
        "content": _content(work),
        "visibility": VISIBILITIES[work.visibility],
        "sensitive": work.sensitive,
        "spoiler_text": work.warning,
        "language": work.language or None,
        **_parent(work),
        "reblog": None,
        "application": None,
        "media_attachments": _attachments(work, sizes),
        "mentions": [_mention(person) for person in work.mentions],
        "tags": [{"name": tag, "url": server.url(f"/tags/{tag}")} for tag in work.tags],
        "emojis": _emojis(work.emojis),
        "poll": None,
        "card": None,
        "quote": None,
        **_counts(work),
        **_marks(work, marks),
        "filtered": _filtered(work, marks),
        "ai_policy": ai_policy(work.policy, work.stated_by),
        "fedicara": _ours(work, project),
    }


def _attachments(work: WorkView, sizes: tuple[str, ...]) -> list[Entity]:
    pictures = [
        attachment(picture, sizes, _stated(picture, work), position)
        for position, picture in enumerate(work.pictures, 1)
    ]
    return [picture for picture in pictures if picture["url"]]


def _stated(picture: PictureView, work: WorkView) -> Entity:
    """What a picture of another server says for itself, else what its work says."""
    if picture.policy is None:
        return ai_policy(work.policy, work.stated_by)
    return ai_policy(picture.policy, picture.stated_by)


def _parent(work: WorkView) -> Entity:
    return {
        "in_reply_to_id": str(work.parent_id) if work.parent_id else None,
        "in_reply_to_account_id": str(work.parent_actor_id) if work.parent_actor_id else None,
    }


def _counts(work: WorkView) -> Entity:
    return {
        "reblogs_count": work.boosts,
        "favourites_count": work.likes,
        "replies_count": work.replies,
    }


def _marks(work: WorkView, marks: Marks) -> Entity:
    return {
        "favourited": work.id in marks.liked,
        "reblogged": work.id in marks.boosted,
        "pinned": work.id in marks.pinned,
        **dict.fromkeys(("muted", "bookmarked"), False),
    }


def _filtered(work: WorkView, marks: Marks) -> list[Entity]:
    """A-195: works made with AI match a filter of ours, so that apps act on it (P-432)."""
    if marks.ai_filter is Filter.SHOW or not is_made_with_ai(work.ai):
        return []
    made = {
        "id": "1",
        "title": "Made with AI",
        "context": ["home", "notifications", "public", "thread", "account"],
        "expires_at": None,
        "filter_action": marks.ai_filter.value,
        "keywords": [],
        "statuses": [],
    }
    return [{"filter": made, "keyword_matches": None, "status_matches": [str(work.id)]}]


def _mention(person: ActorView) -> Entity:
    return {
        "id": str(person.id),
        "username": person.username,
        "acct": person.handle,
        "url": person.url or person.uri,
    }


def edit(server: Server, version: VersionView, work: WorkView, author: Profile, *, stranger: bool) -> Entity:
    """A-085: what a post said, or says; pictures with the alt texts they had then."""
    sizes = tier(work.policy, stranger=stranger and work.is_local)
    pictures = [
        attachment(replace(picture, alt=alt), sizes, _stated(picture, work), position)
        for position, (picture, alt) in enumerate(zip(work.pictures, version.alts, strict=False), 1)
    ]
    return {
        "content": _titled(version.title if work.is_local else "", version.content),
        "spoiler_text": version.warning,
        "sensitive": version.sensitive,
        "created_at": time(version.said),
        "account": account(server, author),
        "media_attachments": [picture for picture in pictures if picture["url"]],
        "emojis": _emojis(work.emojis),
        "fedicara": {"title": version.title},
    }


def boost(server: Server, work: WorkView, booster: Profile, inner: Entity) -> Entity:
    """A-063: the post in the frame of who showed it."""
    return inner | {
        "id": str(work.cursor),
        "uri": f"{work.uri}#boost-{work.cursor}",
        "account": account(server, booster),
        "media_attachments": [],
        "reblog": inner,
    }


def _content(work: WorkView) -> str:
    """Title line first for our own posts, as federated (A-091)."""
    return _titled(work.title if work.is_local else "", work.content)


def _titled(title: str, content: str) -> str:
    return f'<p><strong class="p-name">{escape(title)}</strong></p>{content}' if title else content


def _ours(work: WorkView, project: Name | None) -> Entity:
    licence = LICENCES.get(work.licence)
    return {
        "title": work.title,
        "project": {"id": str(project.id), "title": project.title, "url": project.url} if project else None,
        "medium": list(work.medium),
        "license": {"title": licence.title, "url": licence.url} if licence else None,
        "digital_source_type": digital_source_type(Declaration(work.ai), None) if work.ai else None,
        "ai_made": work.ai or None,
        "credits": [],
        "local_only": work.visibility == "local",
        "state": work.state,
    }


def ai_policy(policy: Policy, stated_by: str = LOCAL) -> Entity:
    """P-305: null where nobody stated a field; `source` says whose words these are."""
    stated = {name: None if name in policy.unknown else getattr(policy, name) for name in STATED}
    return {**stated, "source": stated_by}


def attachment(
    picture: PictureView, sizes: tuple[str, ...], statement: Mapping[str, Any], position: int
) -> Entity:
    """A-064 for a picture that is ready."""
    shown = {name: picture.renditions[name] for name in (*sizes, "remote") if name in picture.renditions}
    large = next(iter(shown.values()), None)
    small = shown.get("small") or shown.get("preview") or large
    strength = None if picture.engine in ("external", "none") else picture.strength
    cloak = {"engine": picture.engine, "strength": strength} if picture.engine else None
    return {
        "id": str(picture.id),
        "type": "image",
        "url": large.url if large else None,
        "preview_url": small.url if small else None,
        "remote_url": picture.remote_url or None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": {
            **{name: _size(view) for name, view in (("original", large), ("small", small)) if view},
            "focus": {"x": picture.focus[0], "y": picture.focus[1]},
        },
        "description": picture.alt or None,
        "blurhash": picture.blurhash or None,
        "ai_policy": statement,
        "fedicara": {"state": "ready", "cloak": cloak, "position": position, "report_url": None},
    }


def _size(view: RenditionView) -> Entity:
    aspect = round(view.width / view.height, 6) if view.height else 1.0
    return {
        "width": view.width,
        "height": view.height,
        "size": f"{view.width}x{view.height}",
        "aspect": aspect,
    }
