"""From what a signal should say and what readers make of it to a verdict, a row and an exit code (P-503 to P-507)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Final

from policies.check.meanings import Fields, means, strictest

SCHEMA: Final = "fedicara.policy-check/1"
ANY: Final = "*"
"""A value that only has to be there."""


class Verdict(StrEnum):
    """What a row found; from good to bad, as far as they can be compared (P-505)."""

    PASS = "pass"  # noqa: S105  (a verdict)
    NOT_APPLICABLE = "n/a"
    WEAK = "weak"
    ERROR = "error"
    ABSENT = "absent"
    FAIL = "fail"


class Mode(StrEnum):
    """Where the expected values come from: the database, the command line, or the site itself (P-503)."""

    SELF = "self"
    EXPECT = "expect"
    OBSERVE = "observe"


class Exit(IntEnum):
    """The exit codes of the command (P-506)."""

    GOOD = 0
    BAD = 1
    UNREACHABLE = 3
    WEAK = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a signal should say: each key with its value; `keys` are all it could speak of, the rest must be missing."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal as it came (None: it did not), as readers in use take it, and as somebody of good will would.

    `rule` names the trap by which the one reading loses what the other finds.
    """

    raw: str | None
    values: Mapping[str, str] = field(default_factory=dict)
    meant: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A signal that could not be retrieved."""

    reason: str


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """A signal that there is no reason to look for."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sight:
    """One signal on one surface; without `wanted` what others say is its measure (observe)."""

    surface: str
    field: str
    target: str
    wanted: Wanted | None
    heard: Heard | Unread | Inapplicable
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table (P-504, P-507)."""

    id: str
    surface: str
    target: str
    field: str
    expected: str
    seen: str
    verdict: Verdict
    rule: str = ""
    note: str = ""


def rows(sights: Sequence[Sight]) -> tuple[Row, ...]:
    """Return a row for every sight, in their order; ids repeat from run to run."""
    measure = yardstick(sights)
    seen: Counter[str] = Counter()
    made = []
    for sight in sights:
        name = f"{sight.surface}.{sight.field.lower().replace(' ', '-')}"
        seen[name] += 1
        made.append(_row(sight, f"{name}.{seen[name]}", measure))
    return tuple(made)


def yardstick(sights: Iterable[Sight]) -> Fields:
    """Return the strictest value of each field that any signal without an expectation states (P-503)."""
    heard = [sight.heard for sight in sights if sight.wanted is None and isinstance(sight.heard, Heard)]
    return strictest(means(each) for signal in heard for each in (signal.values, signal.meant))


def _row(sight: Sight, name: str, measure: Fields) -> Row:
    heard = sight.heard
    expected = sight.wanted.text if sight.wanted else ""
    if isinstance(heard, Unread | Inapplicable):
        verdict = Verdict.ERROR if isinstance(heard, Unread) else Verdict.NOT_APPLICABLE
        return _made(sight, name, expected, "", verdict, note=sight.note or heard.reason)
    if sight.wanted is None:
        expected = ", ".join(f"{field}={value}" for field, value in sorted(measure.items()))
        verdict = agreement(measure, heard)
    else:
        verdict = judged(sight.wanted, heard)
    rule = heard.rule if verdict in (Verdict.WEAK, Verdict.FAIL) else ""
    return _made(sight, name, expected or "none", _shown(heard), verdict, rule=rule, note=sight.note)


def _made(sight: Sight, name: str, expected: str, seen: str, verdict: Verdict, **more: str) -> Row:
    return Row(name, sight.surface, sight.target, sight.field, expected, seen, verdict, **more)


def _shown(heard: Heard) -> str:
    return "absent" if heard.raw is None else heard.raw or "empty"


def judged(wanted: Wanted, heard: Heard) -> Verdict:
    """Return the verdict on a signal of which it is known what it should say."""
    if heard.raw is None and wanted.values:
        return Verdict.ABSENT
    if _says(wanted, heard.values):
        return Verdict.PASS
    if _says(wanted, heard.meant):
        return Verdict.WEAK
    contradicts = any(not _is(wanted, key, value) for key, value in _spoken(wanted, heard.values).items())
    return Verdict.FAIL if contradicts else Verdict.ABSENT


def _says(wanted: Wanted, values: Mapping[str, str]) -> bool:
    spoken = _spoken(wanted, values)
    return spoken.keys() == wanted.values.keys() and all(_is(wanted, key, spoken[key]) for key in spoken)


def _spoken(wanted: Wanted, values: Mapping[str, str]) -> dict[str, str]:
    known = wanted.keys | wanted.values.keys()
    return {key: value for key, value in values.items() if key in known}


def _is(wanted: Wanted, key: str, value: str) -> bool:
    return wanted.values.get(key) in (value, ANY)


def agreement(measure: Fields, heard: Heard) -> Verdict:
    """Return whether a signal agrees with the strictest that its neighbours say; silence is no disagreement."""
    said, meant = means(heard.values), means(heard.meant)
    if any(measure[name] != value for name, value in said.items()):
        return Verdict.FAIL
    if meant.items() - said.items():
        return Verdict.WEAK
    return Verdict.PASS if said else Verdict.ABSENT


def exit_code(found: Sequence[Row], mode: Mode, *, strict: bool = False) -> int:
    """Return what the command ends with (P-506); where a site is only observed, what is missing is no fault."""
    verdicts = {row.verdict for row in found}
    bad = {Verdict.FAIL} if mode is Mode.OBSERVE else {Verdict.FAIL, Verdict.ABSENT}
    if verdicts & bad:
        return Exit.BAD
    if Verdict.ERROR in verdicts:
        return Exit.UNREACHABLE
    if Verdict.WEAK in verdicts:
        return Exit.BAD if strict else Exit.WEAK
    return Exit.GOOD


def summary(found: Iterable[Row]) -> dict[str, int]:
    """Return how often each verdict was found, every verdict named."""
    counted = Counter(row.verdict for row in found)
    return {verdict.value: counted[verdict] for verdict in Verdict}


def printed(row: Row) -> dict[str, Any]:
    """Return a row as it stands in the JSON report, its members in the order of P-507."""
    return {**asdict(row), "verdict": row.verdict.value}


def table(found: Sequence[Row]) -> str:
    """Return the rows as the text table of P-504."""
    lines = [("SURFACE", "EXPECTED", "SEEN", "VERDICT", "")]
    for row in found:
        said = " ".join(filter(None, (row.rule, row.note)))
        lines.append((f"{row.surface} {row.field}", row.expected, row.seen, row.verdict.value, said))
    widths = [min(max(len(line[column]) for line in lines), _WIDEST[column]) for column in range(4)]
    return "\n".join(_line(line, widths) for line in lines)


_WIDEST: Final = (34, 48, 48, 7)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    fitted = [_fit(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join((*fitted, cells[4])).rstrip()


def _fit(cell: str, width: int) -> str:
    cell = " ".join(cell.split())
    return cell if len(cell) <= width else f"{cell[: width - 3]}..."
