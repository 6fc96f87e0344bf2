"""One path of the API: who may call it how, and what becomes of errors."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from fedicara.actions.authentication import Viewer, viewer_of_bearer
from fedicara.actions.errors import Forbidden, NotFound
from fedicara.api import answers, parameters
from fedicara.api.answers import Unauthorised, explain, refusal
from fedicara.api.parameters import Parameters
from fedicara.server import Server


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an app."""

    request: Request
    server: Server
    token_holder: Viewer | None
    parameters: Parameters

    @property
    def viewer(self) -> Viewer:
        """Who calls, where a token is needed."""
        if self.token_holder is None:
            raise Unauthorised
        return self.token_holder

    @property
    def actor_id(self) -> int | None:
        """The caller's actor, None for a stranger."""
        return self.token_holder.actor.id if self.token_holder else None

    def id(self, name: str = "id") -> int:
        """An id of the path; what is no number below 2^63 is not there (A-002)."""
        return identifier(self.request.path_params[name])


def identifier(value: str) -> int:
    """An id as the API writes it."""
    if not (value.isascii() and value.isdecimal() and len(value) < 20) or int(value) >= 1 << 63:
        raise NotFound
    return int(value)


Answer = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Method:
    """What one method does; `scope` empty means anybody, `streamed` that the body is read by the answer itself."""

    answer: Answer
    scope: str = ""
    streamed: bool = False


def method(scope: str = "", *, streamed: bool = False) -> Callable[[Answer], Method]:
    """Declare an answer with the scope it needs."""
    return lambda answer: Method(answer, scope, streamed)


class Resource:
    """The methods of one path, as an ASGI application."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods
        self._allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        await (await self.answer(request))(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The answer, or what went wrong in JSON."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=answers.PREFLIGHT)
        found = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            return refusal(405, "This address does not take that method.", {"Allow": self._allow})
        try:
            return await found.answer(await _call(request, found))
        except answers.ERRORS as error:
            return explain(error)


async def _call(request: Request, wanted: Method) -> Call:
    server: Server = request.app.state.server
    holder = await _holder(server, request)
    if wanted.scope:
        _check(holder, wanted.scope)
    sent = Parameters({}) if wanted.streamed else await parameters.read(request)
    return Call(request, server, holder, sent)


async def _holder(server: Server, request: Request) -> Viewer | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return await viewer_of_bearer(server, token.strip()) if kind.lower() == "bearer" and token else None


def _check(holder: Viewer | None, scope: str) -> None:
    if holder is None:
        raise Unauthorised
    if not any(holder.may(each) for each in scope.split("|")):
        raise Forbidden(f"The token lacks the scope {scope.partition('|')[0]}.")


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def _nothing(request: Request) -> Response:
    return refusal(404, answers.NOTHING)


def routes(table: Mapping[str, Mapping[str, Method]]) -> list[BaseRoute]:
    """Routes in the order of the table, each with and without a slash at its end, then 404 in JSON (A-025)."""
    found: list[BaseRoute] = []
    for path, methods in table.items():
        resource = Resource(methods)
        found += [Route(path, resource), Route(f"{path}/", resource)]
    return [*found, Route("/{rest:path}", _nothing, methods=METHODS)]
