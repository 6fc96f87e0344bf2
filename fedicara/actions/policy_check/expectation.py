"""What an address should say: from the database for our own, from the command line for others (P-503)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from fedicara.actions.policy_check.probe import origin_of
from fedicara.federation.said.documents import WIDE
from fedicara.models import Actor, Rendition, Work
from fedicara.reads.media import media_url
from fedicara.reads.views import WorkView
from fedicara.reads.works import work as work_view
from fedicara.server import Server
from policies import rsl
from policies.ai_made import Declaration, digital_source_type
from policies.errors import PolicyError
from policies.licences import LICENCES
from policies.policy import DEFAULT, Policy, normalise, value_of

_WORK: Final = re.compile(r"/@[^/]+/([0-9]{1,20})|/objects/([0-9]{1,20})")
_ACTOR: Final = re.compile(r"/actors/([0-9]{1,20})")
_PROFILE: Final = re.compile(r"/@([^/@]+)")
_MEDIA: Final = re.compile(r"/media/([^/]+)")
_TIERS: Final[Mapping[str, frozenset[str]]] = {
    "full": frozenset({"large", "screen", "preview", "small", "card"}),
    "preview": frozenset({"preview", "small", "card"}),
    "none": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """The policy that each part should state; `exact` where the addresses of documents are known too.

    `assigner` is who should be named as the one to ask, `rsl_url` where an RSL document should stand, if one
    should; `signs` whether pictures are signed.
    """

    base_url: str
    page: Policy
    media: Policy
    actor: Policy
    site: Policy
    floor: Policy
    licence_url: str | None = None
    source_type: str | None = None
    exact: bool = True
    assigner: str = ""
    rsl_url: str = ""
    signs: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Where the parts of one of our own addresses are; every rendition, and those that visitors may not see."""

    page: str
    document: str
    actor: str
    renditions: tuple[Rendition, ...] = ()
    hidden: tuple[str, ...] = ()
    media: str = ""


def given(url: str, policy: Policy) -> Expected:
    """What the command line expects of a site: one policy everywhere."""
    return Expected(origin_of(url), policy, policy, policy, policy, policy, exact=False)


def policy_of(stated: object) -> Policy:
    """A policy from its fields as words, those not named as by default; `PolicyError` for what no policy holds."""
    if not isinstance(stated, dict):
        raise PolicyError("policy", "is no object with the fields of a policy")
    fields: dict[str, Any] = {name: value_of(name, str(word)) for name, word in stated.items()}
    return normalise(replace(DEFAULT, **fields))


async def known(server: Server, url: str) -> tuple[Known, Expected]:
    """What the database says about one of our own addresses."""
    path = unquote(urlsplit(url).path)
    if found := _WORK.fullmatch(path):
        view = await work_view(server, int(found[1] or found[2]))
        if view is not None:
            return await _of_work(server, view)
    if found := _MEDIA.fullmatch(path):
        rendition = await Rendition.get_or_none(key=found[1]).prefetch_related("picture__work")
        if rendition is not None and rendition.picture.work is not None:
            view = await work_view(server, rendition.picture.work.id)
            if view is not None:
                made, expected = await _of_work(server, view)
                return replace(made, media=url), expected
    actor = await _actor(path)
    if actor is not None:
        return await _of_actor(server, actor)
    site = server.policy()
    return Known(url, server.url("/actor"), server.url("/actor")), _expected(server, site, site)


async def _actor(path: str) -> Actor | None:
    if found := _ACTOR.fullmatch(path):
        return await Actor.get_or_none(id=int(found[1]), domain="")
    found = _PROFILE.fullmatch(path)
    return await Actor.get_or_none(username=found[1], domain="") if found else None


async def _of_actor(server: Server, actor: Actor) -> tuple[Known, Expected]:
    policy = server.policy(actor.policy)
    page = actor.url or server.url(f"/@{actor.username}")
    return Known(page, actor.uri, actor.uri), _expected(server, policy, policy, actor)


async def _of_work(server: Server, view: WorkView) -> tuple[Known, Expected]:
    row = await Work.get(id=view.id).prefetch_related("actor", "pictures__renditions")
    policy, actor = view.policy, server.policy(row.actor.policy if view.is_local else {})
    renditions = tuple(
        rendition
        for picture in sorted(row.pictures, key=lambda each: each.position)
        for rendition in sorted(picture.renditions, key=lambda each: each.name)
    )
    open_to_all = _TIERS[policy.anonymous_media.value]
    hidden = tuple(each.key for each in renditions if each.name.partition(".")[0] not in open_to_all)
    licence = LICENCES.get(view.licence)
    expected = replace(
        _expected(server, policy, actor, row.actor),
        licence_url=licence.url if licence else None,
        source_type=(digital_source_type(Declaration(view.ai), None) or "") if view.ai else "",
    )
    page = server.url(f"/@{view.actor.handle}/{view.id}")
    shown = next((each for each in renditions if each.name in open_to_all - {"card"}), None)
    media = media_url(server, shown.key, public=view.visibility in WIDE) if shown else ""
    return Known(page, view.uri if view.is_local else "", view.actor.uri, renditions, hidden, media), expected


def _expected(server: Server, policy: Policy, stated: Policy, artist: Actor | None = None) -> Expected:
    base_url, floor = server.settings.base_url, server.bounds().floor
    asked = artist.uri if artist and artist.contact_url else base_url
    named = rsl.address(base_url) if server.settings.rsl else ""
    made = Expected(base_url, policy, policy, stated, server.policy(), floor, assigner=asked, rsl_url=named)
    return replace(made, signs=server.settings.c2pa)


async def policy_of_media(server: Server, url: str) -> Policy | None:
    """The policy of a picture that lies here, by its name."""
    found = _MEDIA.fullmatch(urlsplit(url).path)
    rendition = (
        await Rendition.get_or_none(key=found[1]).prefetch_related("picture__actor", "picture__work")
        if found
        else None
    )
    if rendition is None:
        return None
    picture = rendition.picture
    work = picture.work
    public = work is None or work.visibility in WIDE
    return server.policy(picture.actor.policy, work.policy if work else {}, public=public)
