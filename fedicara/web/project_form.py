"""The form of a project: works and texts in rows that move up and down, whole without scripts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from starlette.datastructures import FormData

from fedicara.actions.projects import Piece
from fedicara.identifiers import identifier
from fedicara.web.session import text

WORK, TEXT = "work", "text"
FIELDS_MOST: Final = 3_000


@dataclass(frozen=True, slots=True)
class Row:
    """One place: a work, or a text as typed; `key` names it in the form."""

    key: str
    work_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A project as it stands in the form, saved or not."""

    title: str = ""
    text: str = ""
    visibility: str = "public"
    licence: str = ""
    rows: tuple[Row, ...] = ()
    cover: int | None = None
    cover_post: bool = True
    leads: tuple[int, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the rows hold."""
        return tuple(row.text if row.work_id is None else row.work_id for row in self.rows)

    @property
    def work_ids(self) -> frozenset[int]:
        """The works in the rows."""
        return frozenset(row.work_id for row in self.rows if row.work_id is not None)

    def after(self, action: str) -> "Form":
        """The form after one of its small buttons: `up work-7`, `down text-2`, `remove text-2`, `text work-7`."""
        verb, _, key = action.partition(" ")
        place = next((number for number, row in enumerate(self.rows) if row.key == key), None)
        if verb == TEXT:
            return self._with_text(len(self.rows) if place is None else place + 1)
        if place is None:
            return self
        rows = list(self.rows)
        row = rows.pop(place)
        if verb in ("up", "down"):
            rows.insert(max(0, place - 1) if verb == "up" else place + 1, row)
        return replace(self, rows=tuple(rows))

    def _with_text(self, place: int) -> "Form":
        taken = [int(row.key.rpartition("-")[2]) for row in self.rows if row.work_id is None]
        fresh = Row(f"{TEXT}-{max(taken, default=0) + 1}")
        return replace(self, rows=(*self.rows[:place], fresh, *self.rows[place:]))


def rows_of(pieces: Iterable[Piece]) -> tuple[Row, ...]:
    """Rows for what a project holds."""
    return tuple(
        Row(f"{WORK}-{piece}", piece) if isinstance(piece, int) else Row(f"{TEXT}-{number}", text=piece)
        for number, piece in enumerate(pieces, 1)
    )


def sent(fields: FormData) -> Form:
    """What a browser sent; works that were ticked below come last."""
    named = [row for key in fields.getlist("row") if (row := _row(str(key), fields)) is not None]
    rows = {row.key: row for row in [*named, *_ticked(fields)]}
    return Form(
        title=text(fields, "title"),
        text=text(fields, "text"),
        visibility=text(fields, "visibility") or "public",
        licence=text(fields, "licence"),
        rows=tuple(rows.values()),
        cover=identifier(text(fields, "cover")),
        cover_post="cover_post" in fields,
        leads=tuple(
            number for lead in fields.getlist("lead") if (number := identifier(str(lead))) is not None
        ),
    )


def _ticked(fields: FormData) -> list[Row]:
    numbers = [identifier(str(each)) for each in fields.getlist("add")]
    return [Row(f"{WORK}-{number}", number) for number in numbers if number is not None]


def _row(key: str, fields: FormData) -> Row | None:
    kind, _, digits = key.partition("-")
    number = identifier(digits)
    if number is None or kind not in (WORK, TEXT):
        return None
    return Row(key, number) if kind == WORK else Row(key, text=text(fields, f"text.{number}"))
