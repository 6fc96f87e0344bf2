"""Consent to be quoted: asked for among the requests, taken back on the work's page."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import quotes
from fedicara.web.session import form, person, server_of, signed_in, text


@signed_in
async def answer(request: Request) -> Response:
    """POST /requests/quotes/ID: yes or no."""
    fields = await form(request)
    accepted = text(fields, "answer") == "accept"
    await quotes.answer(server_of(request), person(request), request.path_params["id"], accepted)
    return RedirectResponse("/requests", 303)


@signed_in
async def withdraw(request: Request) -> Response:
    """POST /@NAME/ID/quotes/APPROVAL/withdraw."""
    await form(request)
    await quotes.withdraw(server_of(request), person(request), request.path_params["approval"])
    path = f"/@{request.path_params['name']}/{request.path_params['id']}"
    return RedirectResponse(f"{path}#quotes", 303)
