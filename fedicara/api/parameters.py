"""What an app sent, from the query and a form, multipart or JSON body, as one tree (A-001)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from fedicara.actions.errors import Invalid
from fedicara.actions.forms import FormError, is_multipart, parts

BODY_LIMIT = 1 << 20
FIELDS = 1_000

_TRUE = frozenset({"true", "1", "on", "t", "yes"})
_FALSE = frozenset({"false", "0", "off", "f", "no", ""})
_STEPS = re.compile(r"\[([^\[\]]*)\]")


class BodyError(ValueError):
    """The body is not what its type says; the message says how."""


class BodyTooLargeError(BodyError):
    """The body is over the limit."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Named values; a wrong type is `Invalid` naming the field."""

    values: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether the field was sent."""
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers count as their text, null as not sent."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid(name, "This must be a text.")
        return _storable(name, str(value))

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false, however apps spell it."""
        value = self.values.get(name)
        if value is None:
            return default
        word = str(value).lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise Invalid(name, "This must be true or false.")

    def texts(self, name: str) -> list[str]:
        """A list of texts; one alone is a list of one."""
        value = self.values.get(name)
        if value is None:
            return []
        listed = _listed(value)
        if any(isinstance(item, bool) or not isinstance(item, str | int) for item in listed):
            raise Invalid(name, "This must be a list of texts.")
        return [_storable(name, str(item)) for item in listed]

    def tree(self, name: str) -> "Parameters":
        """The fields below a name, as in `fedicara[title]`."""
        value = self.values.get(name)
        if value is None:
            return Parameters({})
        if not isinstance(value, Mapping):
            raise Invalid(name, "This must hold named fields.")
        return Parameters(value)

    def trees(self, name: str) -> list["Parameters"]:
        """A list of such groups of fields."""
        listed = _listed(self.values.get(name) or [])
        if not all(isinstance(item, Mapping) for item in listed):
            raise Invalid(name, "This must be a list of named fields.")
        return [Parameters(item) for item in listed]

    def focus(self) -> tuple[float, float] | None:
        """`focus=x,y`, each from -1 to 1; None when it was not sent."""
        given = self.text("focus")
        if not given:
            return None
        try:
            x, y = (float(part) for part in given.split(","))
        except ValueError:
            raise Invalid("focus", "The focus is two numbers from -1 to 1, as in 0.1,-0.3.") from None
        if not (-1 <= x <= 1 and -1 <= y <= 1):
            raise Invalid("focus", "The focus is two numbers from -1 to 1, as in 0.1,-0.3.")
        return x, y


def _storable(name: str, text: str) -> str:
    """PostgreSQL keeps every character but one (DOS-03)."""
    if "\0" in text:
        raise Invalid(name, "A text cannot hold the character NUL.")
    return text


async def read(request: Request) -> Parameters:
    """Query and body together; the body wins. `BodyError` when it cannot be read."""
    pairs = request.query_params.multi_items()
    if request.method in ("GET", "HEAD"):
        return Parameters(tree(pairs))
    content_type = request.headers.get("content-type", "")
    if request.method == "GET" and not content_type:
        return Parameters(tree(pairs))
    if is_multipart(content_type):
        return Parameters(tree([*pairs, *await _multipart(request, content_type)]))
    body = await _body(request)
    if content_type.partition(";")[0].strip().lower().endswith("json"):
        return Parameters({**tree(pairs), **_json(body)})
    return Parameters(tree([*pairs, *_form(body)]))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise BodyTooLargeError("The request is larger than 1 MiB.")
    return bytes(body)


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        raise BodyError(f"The form is not UTF-8, or has more than {FIELDS} fields.") from None


async def _multipart(request: Request, content_type: str) -> list[tuple[str, str]]:
    try:
        return [
            (part.name, await part.text())
            async for part in parts(request.stream(), content_type)
            if not part.is_file
        ]
    except FormError as error:
        raise BodyError(str(error)) from error


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BodyError("The body is not JSON that can be read.") from None
    if not isinstance(found, dict):
        raise BodyError("The body must be a JSON object.")
    return found


def tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[]=1&a[]=2` and `a[0]=1` become lists, `a[b][c]=1` becomes nested; the last of equal names counts."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, *steps = [name.partition("[")[0], *_STEPS.findall(name)]
        if head and len(steps) <= 4:
            _put(root, [head, *steps], value)
    return root


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    """Lists are kept as mappings from their index until they are asked for."""
    for here, below in pairwise(path):
        step = _index(node, below) if here == "" else here
        if not isinstance(node.get(step), dict):
            node[step] = {}
        node = node[step]
    node[path[-1] or str(len(node))] = value


def _index(node: dict[str, Any], below: str) -> str:
    """The entry of a list that `a[][b]` goes on with: the last, or a new one once the last has a `b`."""
    last = str(len(node) - 1)
    return last if below and below not in node.get(last, {below: None}) else str(len(node))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and all(key.isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return [value]
