"""Moving to another place, and coming from one."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import moving
from fedicara.actions.errors import Forbidden, Invalid
from fedicara.web.session import form, person, server_of, signed_in, text
from fedicara.web.templates import page

PATH = "/settings/moving"


@signed_in
async def show(request: Request) -> Response:
    """GET /settings/moving."""
    return await _page(request, {})


@signed_in
async def add_alias(request: Request) -> Response:
    """POST /settings/moving/aliases: asks for the password, since it lets an account elsewhere move here."""
    fields, server, viewer = await form(request), server_of(request), person(request)
    said = text(fields, "alias")
    try:
        await moving.check_own(viewer, text(fields, "password"))
        await moving.add_alias(server, viewer, said)
    except Invalid as error:
        field = "alias-password" if error.field == "password" else error.field
        return await _page(request, {field: error.sentence}, alias=said)
    return RedirectResponse(f"{PATH}?saved=alias", 303)


@signed_in
async def remove_alias(request: Request) -> Response:
    """POST /settings/moving/aliases/remove."""
    fields = await form(request)
    await moving.remove_alias(server_of(request), person(request), text(fields, "alias"))
    return RedirectResponse(f"{PATH}?saved=alias", 303)


@signed_in
async def move(request: Request) -> Response:
    """POST /settings/moving."""
    fields, server, viewer = await form(request), server_of(request), person(request)
    said = text(fields, "target")
    try:
        await moving.check_own(viewer, text(fields, "password"))
        await moving.move(server, viewer, said, by=viewer.actor.username)
    except Invalid as error:
        return await _page(request, {error.field: error.sentence}, target=said)
    except Forbidden as error:
        return await _page(request, {"target": error.sentence}, target=said)
    return RedirectResponse(f"{PATH}?saved=moved", 303)


@signed_in
async def come_back(request: Request) -> Response:
    """POST /settings/moving/undo."""
    await form(request)
    viewer = person(request)
    await moving.come_back(server_of(request), viewer, by=viewer.actor.username)
    return RedirectResponse(f"{PATH}?saved=back", 303)


@signed_in
async def dismiss(request: Request) -> Response:
    """POST /notices/ID: seen."""
    await form(request)
    await moving.dismiss(person(request), request.path_params["id"])
    return RedirectResponse("/home", 303)


async def _page(request: Request, errors: Mapping[str, str], alias: str = "", target: str = "") -> Response:
    viewer, server = person(request), server_of(request)
    last = await moving.last_move(viewer)
    until = moving.regret_until(last) if last is not None and viewer.actor.moved_to else None
    values = {
        "aliases": viewer.actor.also_known_as,
        "moved_to": viewer.actor.moved_to,
        "until": until if until is not None and until > server.now() else None,
        "alias": alias,
        "target": target,
        "errors": errors,
        "saved": request.query_params.get("saved", ""),
    }
    return page(request, "moving.html", values, 422 if errors else 200)
