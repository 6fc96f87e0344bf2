"""Turns values into pages: the jinja environment and what templates may call."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from activitypub.mediums import GROUPS, MEDIUMS
from fedicara.actions.roles import administers, looks_after_the_place
from fedicara.federation.heard.consent import Quotes
from fedicara.models import Actor
from fedicara.reads.ai_made import is_made_with_ai
from fedicara.reads.projects import ProjectView
from fedicara.reads.views import ActorView, EmojiView, PictureView, RenditionView, WorkView
from fedicara.web import session, shapes, static
from fedicara.web.emojis import pictured
from media.sniff import FORMATS
from media.variants import MOST_IN_OTHERS
from policies import ai_made, headers, words
from policies.ai_made import Filter
from policies.licences import LICENCES

__all__ = ["actor_path", "page", "project_path", "work_path"]

QUOTES = {
    Quotes.NOBODY: "Nobody",
    Quotes.FOLLOWERS: "My followers",
    Quotes.EVERYONE: "Everyone",
    Quotes.ASK: "Whoever I let, after asking me",
}
_LARGE = {
    "": ("small", "preview", "remote"),
    "preview": ("small", "preview", "remote"),
    "full": ("small", "preview", "screen", "large", "remote"),
    "none": (),
}
_FORMATS = ("avif", "webp")  # what browsers take instead, the smallest first


def actor_path(actor: ActorView | Actor) -> str:
    """Where somebody's page is."""
    return f"/@{quote(actor.handle, safe='@:')}"


def work_path(work: WorkView) -> str:
    """Where a work's page is."""
    return f"{actor_path(work.actor)}/{work.id}"


def project_path(actor: ActorView | Actor, project: ProjectView) -> str:
    """Where a project's page is."""
    return f"{actor_path(actor)}/projects/{project.id}"


def sizes(picture: PictureView, work: WorkView, viewer: Any) -> list[RenditionView]:
    """The sizes a page may name, from small to large: visitors see those of their tier alone (P-245, P-246)."""
    names = _LARGE["full" if viewer else work.policy.anonymous_media.value]
    return [picture.renditions[name] for name in names if name in picture.renditions]


def srcset(renditions: list[RenditionView]) -> str:
    """The sizes for a browser to choose from."""
    return ", ".join(f"{rendition.url} {rendition.width}w" for rendition in renditions if rendition.width)


def sources(picture: PictureView, shown: list[RenditionView]) -> dict[str, list[RenditionView]]:
    """The same sizes in other formats, by media type: those formats that go as far as they are made at all.

    Which one is taken is chosen by the browser, each has an address of its own, and none is negotiated.
    """
    widest = max((each.width for each in shown if max(each.width, each.height) <= MOST_IN_OTHERS), default=0)
    found = {}
    for name in _FORMATS:
        files = [picture.renditions.get(f"{each.name}.{name}") for each in shown]
        made = [each for each in files if each is not None]
        if made and made[-1].width >= widest:
            found[made[-1].media_type] = made
    return found


def at_rest(picture: PictureView, shown: list[RenditionView]) -> list[RenditionView]:
    """The sizes for a list: what moves stands still there."""
    return [each for each in shown if each.name == "small"] if picture.moves else shown


def in_motion(picture: PictureView, shown: list[RenditionView]) -> list[RenditionView]:
    """The sizes for a work's own page, where every one of what moves does so."""
    return [each for each in shown if each.name != "small"] if picture.moves else shown


def ratio_of(picture: PictureView) -> float:
    """Width by height, for the `sizes` of a picture; a landscape where nobody knows."""
    return round(picture.width / picture.height, 3) if picture.width and picture.height else 1.5


def sanitised(html: str) -> Markup:
    """HTML that was cleaned before it was stored; the one place that trusts any (WEB-02)."""
    return Markup(html)  # noqa: S704


def emojified(text: str, emojis: Sequence[EmojiView]) -> Markup:
    """Plain text, which is escaped, or sanitised HTML, with its emoji."""
    return sanitised(pictured(str(escape(text)), emojis))


def name_of(actor: ActorView) -> Markup:
    """Somebody's name with its emoji."""
    return emojified(actor.display_name, actor.emojis)


def day(moment: date | None) -> str:
    """A date for people: 3 May 2026."""
    return f"{moment.day} {moment:%B %Y}" if moment else ""


def made_with(keys: Sequence[str]) -> str:
    """Media in words: Gouache, ink."""
    words = [MEDIUMS.get(key, key) for key in keys]
    return ", ".join([*words[:1], *(word[:1].lower() + word[1:] for word in words[1:])])


def ai_filter(viewer: Any) -> str:
    """How somebody wants to see works made with AI; visitors are warned (P-432)."""
    return str(viewer.account.ai_filter) if viewer else Filter.WARN.value


def veil(work: WorkView, viewer: Any) -> str:
    """The words before pictures that are shown only when asked for; empty where they are shown at once."""
    if work.sensitive:
        return work.warning or "Sensitive"
    return "Made with AI" if _is_filtered(work, viewer) else ""


def hidden(work: WorkView, viewer: Any) -> bool:
    """Whether somebody does not want to see a work in lists."""
    return _is_filtered(work, viewer) and ai_filter(viewer) == Filter.HIDE


def _is_filtered(work: WorkView, viewer: Any) -> bool:
    own = viewer is not None and viewer.actor.id == work.actor.id
    return is_made_with_ai(work.ai) and not own and ai_filter(viewer) != Filter.SHOW


def weight(count: int) -> str:
    """Bytes for people: 88 kB, 1.8 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def megabytes(count: int) -> int:
    """Bytes as whole MiB."""
    return count // (1 << 20)


_FILTERS = {
    "day": day,
    "sanitised": sanitised,
    "megabytes": megabytes,
    "weight": weight,
    "emojified": emojified,
    "made_with": made_with,
}


@cache
def environment() -> Environment:
    """One environment for the process: everything is escaped, everything unknown is an error."""
    made = Environment(
        loader=PackageLoader("fedicara.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    made.globals.update(
        actor_path=actor_path,
        day=day,
        name_of=name_of,
        work_path=work_path,
        project_path=project_path,
        sizes=sizes,
        srcset=srcset,
        sources=sources,
        ratio_of=ratio_of,
        at_rest=at_rest,
        in_motion=in_motion,
        accepted=",".join(FORMATS),
        shapes=shapes,
        asset=static.address,
        looks_after_the_place=looks_after_the_place,
        administers=administers,
        sentence=words.sentence,
        meta=headers.meta,
        licences=LICENCES,
        medium_groups=GROUPS,
        quote_choices=QUOTES,
        ai_label=ai_made.label,
        veil=veil,
        hidden=hidden,
        ai_labels={declaration.value: label for declaration, label in ai_made.LABELS.items()},
    )
    return made


def page(request: Request, name: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """The page of a template; what is private is stored nowhere."""
    server, viewer = session.server_of(request), session.viewer_of(request)
    policy = getattr(request.state, "policy", None) or server.policy()
    html = (
        environment()
        .get_template(name)
        .render(
            {
                "server": server,
                "place": server.settings.place,
                "path": request.url.path,
                "viewer": viewer,
                "policy": policy,
                "token": session.form_token(request),
                "errors": {},
                **values,
            }
        )
    )
    private = viewer is not None or status >= 400 or hasattr(request.state, "form")
    response = HTMLResponse(html, status)
    response.headers["Cache-Control"] = "private, no-store" if private else "public, max-age=30"
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    session.keep_form(request, response)
    return response
