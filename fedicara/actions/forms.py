"""Reads multipart forms piece by piece, so that an upload goes to disk without standing in memory."""

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

PARTS = 200
FIELDS_LIMIT = 1 << 20


class FormError(ValueError):
    """The body is no form that can be read; the message says why."""


class FormTooLargeError(FormError):
    """The fields of the form are larger than anybody needs."""


def is_multipart(content_type: str) -> bool:
    """Whether the body has parts."""
    return _media_type(content_type)[0] == b"multipart/form-data"


async def parts(stream: AsyncIterable[bytes], content_type: str) -> AsyncIterator["Part"]:
    """The parts in their order; what is left unread of one is skipped when the next is asked for.

    `stream` is the body (`request.stream()`), `content_type` its header. A body that ends early raises `FormError` from
    the part that is being read; so do more than 200 parts (DOS-12), and fields of more than 1 MiB in all.
    """
    media_type, options = _media_type(content_type)
    boundary = options.get(b"boundary")
    if media_type != b"multipart/form-data" or not boundary:
        raise FormError("The form must be multipart/form-data with a boundary.")
    body = _Body(stream, boundary)
    while (part := await body.next()) is not None:
        yield part
        async for _ in part.chunks():
            pass


@dataclass(slots=True)
class Part:
    """One field or file of a form; `filename` is None for a field, and never more than a hint."""

    name: str
    filename: str | None
    _body: "_Body"
    ended: bool = False

    @property
    def is_file(self) -> bool:
        """Whether the part came from a file field."""
        return self.filename is not None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they arrive."""
        while (chunk := await self._body.chunk(self)) is not None:
            yield chunk

    async def text(self) -> str:
        """The whole part as text; for fields."""
        pieces = [chunk async for chunk in self.chunks()]
        try:
            return b"".join(pieces).decode()
        except UnicodeDecodeError:
            raise FormError(f"The field {self.name} is not UTF-8.") from None


class _End:
    """Marks the end of a part or of the form."""


_PART_END, _FORM_END = _End(), _End()


@dataclass(slots=True)
class _Headers:
    name: bytes = b""
    value: bytes = b""
    found: dict[bytes, bytes] = field(default_factory=dict)

    def add_name(self, data: bytes, start: int, end: int) -> None:
        self.name += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def finish(self) -> None:
        self.found[self.name.lower()] = self.value
        self.name = self.value = b""


class _Body:
    """Feeds the parser only as fast as somebody reads."""

    def __init__(self, stream: AsyncIterable[bytes], boundary: bytes) -> None:
        self._stream = aiter(stream)
        self._events: deque[Part | bytes | _End] = deque()
        self._headers = _Headers()
        self._count = 0
        self._fields = 0
        self._current: Part | None = None
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError:
            raise FormError("The boundary of the form is too long.") from None

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda *data: self._headers.add_name(*data),
            "on_header_value": lambda *data: self._headers.add_value(*data),
            "on_header_end": lambda: self._headers.finish(),
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": lambda: self._events.append(_PART_END),
            "on_end": lambda: self._events.append(_FORM_END),
        }

    def _begin(self) -> None:
        self._headers = _Headers()
        self._count += 1
        if self._count > PARTS:
            raise FormError(f"The form has more than {PARTS} parts.")

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.found.get(b"content-disposition", b""))
        name, filename = options.get(b"name", b""), options.get(b"filename")
        self._current = Part(_decoded(name), None if filename is None else _decoded(filename), self)
        self._events.append(self._current)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None and not self._current.is_file:
            self._fields += end - start
        if self._fields > FIELDS_LIMIT:
            raise FormTooLargeError("The fields of the form are larger than 1 MiB.")
        self._events.append(bytes(data[start:end]))

    async def _event(self) -> Part | bytes | _End:
        while not self._events:
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise FormError("The form ends before its last boundary.")
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise FormError(
                    "The form cannot be read; its parts are not separated as announced."
                ) from None
        return self._events.popleft()

    async def next(self) -> Part | None:
        """The next part, None after the last."""
        event = await self._event()
        return event if isinstance(event, Part) else None

    async def chunk(self, part: Part) -> bytes | None:
        """The next bytes of this part, None at its end and for ever after."""
        if part.ended:
            return None
        event = await self._event()
        if isinstance(event, bytes):
            return event
        part.ended = True
        return None


def _media_type(content_type: str) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(content_type)


def _decoded(value: bytes) -> str:
    return value.decode(errors="replace")
