"""The page on which administrators set the policy of the place, with everything that says it, before and after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import place_policy
from fedicara.actions.errors import Invalid
from fedicara.actions.place_policy import Change
from fedicara.actions.roles import administrator
from fedicara.server import Server
from fedicara.web.policy import LABELS, WORDS, Option, signals
from fedicara.web.session import administering, form, person, server_of, text
from fedicara.web.templates import page
from policies import documents, robots, rsl, wellknown, words
from policies.instance import CEILINGS, FLOORS, Instance
from policies.metadata import marks
from policies.policy import FIELDS

LEVELS = ("default", "floor", "ceiling")


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its answers for the default, for the floor and for the ceiling, where it has them."""

    field: str
    label: str
    default: tuple[Option, ...]
    floor: tuple[Option, ...]
    ceiling: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Mouth:
    """One place where the policy is said: what it says, and what it would say."""

    name: str
    now: str
    then: str


@administering
async def show(request: Request) -> Response:
    """GET /settings/place."""
    return await _page(request, server_of(request).stated.instance)


@administering
async def change(request: Request) -> Response:
    """POST /settings/place: show what would be said, and set it; what permits more has to be confirmed (P-018)."""
    fields, server = await form(request), server_of(request)
    asked = Change(*(_level(fields, level) for level in LEVELS))
    try:
        after = place_policy.considered(server.stated.instance, asked)
        found = await place_policy.loosening(server, after.default)
        if text(fields, "do") == "preview":
            return await _page(request, after)
        if found.fields and "confirmed" not in fields:
            return await _page(request, after, confirm=found.sentence)
        await place_policy.change_place(server, administrator(person(request)).name, asked)
    except Invalid as error:
        return await _page(request, server.stated.instance, errors={error.field: error.sentence})
    return RedirectResponse("/settings/place?saved=yes", 303)


def _level(fields: FormData, level: str) -> dict[str, str]:
    start = f"{level}."
    return {name.removeprefix(start): str(value) for name, value in fields.items() if name.startswith(start)}


async def _page(
    request: Request, shown: Instance, *, errors: Mapping[str, str] | None = None, confirm: str = ""
) -> Response:
    server = server_of(request)
    values: dict[str, Any] = {
        "rows": [_row(shown, name) for name in FIELDS],
        "stated": words.sentence(shown.default, "This place"),
        "mouths": mouths(server, server.stated.instance, shown),
        "saved": "saved" in request.query_params,
        "confirm": confirm,
        "errors": errors or {},
    }
    return page(request, "place_policy.html", values, 422 if errors else 200)


def _row(shown: Instance, name: str) -> Row:
    bounds = shown.bounds
    return Row(
        name,
        LABELS[name],
        _options(name, getattr(shown.default, name)),
        _options(name, getattr(bounds.floor, name)) if name in FLOORS else (),
        _options(name, getattr(bounds.ceiling, name)) if name in CEILINGS else (),
    )


def _options(name: str, chosen: StrEnum) -> tuple[Option, ...]:
    return tuple(Option(value.value, WORDS[name, value.value], value is chosen) for value in FIELDS[name])


def mouths(server: Server, now: Instance, then: Instance) -> list[Mouth]:
    """Everything that says the policy, as it is sent, with what is set now and with what would be set."""
    said, would = _said(server, now), _said(server, then)
    return [Mouth(name, said[name], would[name]) for name in said]


def _said(server: Server, instance: Instance) -> dict[str, str]:
    base_url, default, floor = server.settings.base_url, instance.default, instance.bounds.floor
    marked = marks(default, base_url, declaration=None)
    return {
        "Pages and pictures: headers and tags": signals(server, default),
        "robots.txt, without the list of crawlers": robots.render(
            default, floor, (), base_url, rsl=server.settings.rsl
        ),
        "tdmrep.json": _json(wellknown.tdmrep(default)),
        **({"license.xml": rsl.render(default, floor)} if server.settings.rsl else {}),
        "ActivityPub": _json(documents.terms(default, base_url)),
        "NodeInfo": _json(documents.nodeinfo(default, floor, base_url)),
        "In the files of pictures": "\n".join(f"{name}: {value}" for name, value in marked.items()),
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=1)
