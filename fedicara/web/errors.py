"""What went wrong, in the frame of every other page."""

import math
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from fedicara.actions.errors import ActionError, Forbidden, Invalid, NoRoom, NotFound, TooLarge, TooMany
from fedicara.web import session
from fedicara.web.session import Handler
from fedicara.web.templates import page

STATUS: dict[type[ActionError], int] = {
    Invalid: 422,
    NotFound: 404,
    Forbidden: 403,
    TooLarge: 413,
    TooMany: 429,
    NoRoom: 507,
}

TITLES = {
    400: "This request cannot be read",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not possible here",
    413: "Too large",
    422: "Something is missing",
    429: "Too many requests",
    500: "Something broke here",
    503: "Not possible for the moment",
    507: "No room left",
}

SENTENCES = {
    404: "There is nothing at this address, or nothing you may see.",
    405: "This address does not take what was sent to it. Nothing was changed.",
}
"""What is said where a route was not found, and the framework has only a phrase."""


def error_page(request: Request, status: int, sentence: str) -> Response:
    """The page that says what happened; usable for every route, also before anybody is known."""
    request.state.policy = None
    if sentence in ("", _phrase(status)):
        sentence = SENTENCES.get(status, sentence)
    title = TITLES.get(status) or _phrase(status)
    return page(
        request, "error.html", {"title": title, "status": status, "sentence_of_error": sentence}, status
    )


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def status_of(error: ActionError) -> int:
    """The status of an action's error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def framed(handler: Handler) -> Handler:
    """Know who looks, and turn what an action refuses into a page."""

    async def answered(request: Request) -> Response:
        await session.load(request)
        try:
            return await handler(request)
        except ActionError as error:
            answer = error_page(request, status_of(error), error.sentence)
            if isinstance(error, TooMany):
                answer.headers["retry-after"] = str(math.ceil(error.wait))
            return answer

    return answered
