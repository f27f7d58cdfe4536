"""Labelled narratives and how well a reading finds what is marked in them.

A mark is written into the text as ⟦kind|words⟧, ⟦kind:role|words⟧ or ⟦kind:role=value|words⟧; the marks are taken out before reading. Kinds are those of
`vocab.identifiers.Kind`, `amount` (value in yuan) and `time` (value in ISO form, as far as it is known). Without a value the words themselves, cleaned, are the value.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fanzha.engine.reading.model import Amount, Mention, Moment, Precision, Reading
from fanzha.engine.reading.narrative import read_narrative
from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import parse_yuan
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage

AMOUNT, TIME, IDENTIFIER = "amount", "time", "identifier"
_MARK = re.compile(r"⟦(?P<kind>[a-z_]+)(?::(?P<role>[a-z]+))?(?:=(?P<value>[^|⟧]+))?\|(?P<words>[^⟧]*)⟧")
_SHOWN_TIME = {
    Precision.MONTH: "%Y-%m-%d", Precision.DAY: "%Y-%m-%d", Precision.HOUR: "%Y-%m-%dT%H", Precision.MINUTE: "%Y-%m-%dT%H:%M", Precision.SECOND: "%Y-%m-%dT%H:%M:%S",
}  # fmt: skip


class InvalidMark(InvalidInput):
    """A labelled narrative is not marked as it should be."""

    code = "invalid_mark"
    remedy = "Write a mark as ⟦kind:role=value|words⟧."


@dataclass(frozen=True)
class Mark:
    """One labelled span. `value` is what reading should give: a clean identifier, fen, or a time in ISO form; empty where none is given."""

    kind: str
    start: int
    end: int
    value: str
    role: str | None


@dataclass(frozen=True)
class Labelled:
    """A narrative without its marks, and the marks."""

    id: str
    text: str
    marks: tuple[Mark, ...]
    type: FraudType
    stage: Stage | None
    style: str
    how: str


@dataclass
class Tally:
    """Spans found, marked and both; `values` of those found right have the right value too, `roles` of `roles_asked` the right role."""

    right: int = 0
    found: int = 0
    marked: int = 0
    values: int = 0
    roles: int = 0
    roles_asked: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.marked if self.marked else 1.0


@dataclass
class Score:
    """What a set of labelled narratives gives: spans by kind, types and stages as (given, read) counts, roles as (identifier or amount, given, read)."""

    narratives: int = 0
    spans: dict[str, Tally] = field(default_factory=dict)
    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    roles: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    asked_human: int = 0
    asked_human_wrong: int = 0

    @property
    def type_accuracy(self) -> float:
        return sum(count for (given, read), count in self.types.items() if given == read) / max(1, sum(self.types.values()))

    @property
    def type_accuracy_unasked(self) -> float:
        """Of those for which no human is asked."""
        wrong = sum(count for (given, read), count in self.types.items() if given != read) - self.asked_human_wrong
        return 1.0 - wrong / max(1, self.narratives - self.asked_human)

    def role(self, family: str, role: str) -> tuple[int, int, int]:
        """(right, read, given) of a role of `identifier` or `amount`."""
        of = {pair: count for pair, count in self.roles.items() if pair[0] == family}
        return of.get((family, role, role), 0), sum(n for pair, n in of.items() if pair[2] == role), sum(n for pair, n in of.items() if pair[1] == role)

    @property
    def type_macro_f1(self) -> float:
        """The mean over the types that are given at least once."""
        given = Counter({kind: sum(count for (one, _), count in self.types.items() if one == kind) for kind in {one for one, _ in self.types}})
        read = Counter({kind: sum(count for (_, one), count in self.types.items() if one == kind) for kind in given})
        return sum(2 * self.types[kind, kind] / (given[kind] + read[kind]) for kind in given) / max(1, len(given))

    @property
    def stage_accuracy(self) -> float:
        return sum(count for (given, read), count in self.stages.items() if given == read) / max(1, sum(self.stages.values()))


@dataclass(frozen=True)
class Slip:
    """A difference between marks and reading: `what` is 'missed', 'extra', 'value' or 'role'."""

    id: str
    what: str
    kind: str
    words: str
    note: str


def load_labelled(path: Path) -> list[Labelled]:
    """A JSON-lines file of labelled narratives: id, text with marks, type, stage, style, how.

    Raises:
        InvalidMark: an unknown kind, or a value that is none.
    """
    return [parse_labelled(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def parse_labelled(row: dict[str, str]) -> Labelled:
    """One row of `load_labelled`."""
    text, marks = strip_marks(row["text"])
    stage = Stage(row["stage"]) if row.get("stage") else None
    return Labelled(row.get("id", ""), text, marks, FraudType(row["type"]), stage, row.get("style", ""), row.get("how", ""))


def strip_marks(marked: str) -> tuple[str, tuple[Mark, ...]]:
    """The text without marks, and the marks with places in that text."""
    text, marks, at = "", [], 0
    for found in _MARK.finditer(marked):
        text += marked[at : found.start()]
        start = len(text)
        text += found["words"]
        marks.append(Mark(found["kind"], start, len(text), _value(found), found["role"]))
        at = found.end()
    text += marked[at:]
    if "⟦" in text or "⟧" in text:
        raise InvalidMark(text=text[:80])
    return text, tuple(marks)


def _value(found: re.Match[str]) -> str:
    kind, value, words = found["kind"], found["value"], found["words"]
    if kind == AMOUNT:
        return str(parse_yuan(value)) if value else ""
    if kind == TIME:
        return value or ""
    if kind not in set(Kind):
        raise InvalidMark(f"There is no kind of identifier called {kind!r}.")
    return identifiers.clean(Kind(kind), value or words).value


def score(narratives: Iterable[Labelled], reported_at: datetime) -> tuple[Score, list[Slip]]:
    """Read every narrative and compare. A span counts as found right where kind and both ends are equal."""
    total, slips = Score(), []
    for one in narratives:
        reading = read_narrative(one.text, reported_at)
        total.narratives += 1
        slips += list(_compare(total, one, reading))
        judged = reading.judgement
        total.types[one.type.value, judged.type.value] += 1
        if one.stage is not None:
            total.stages[one.stage.value, judged.stage.value] += 1
        total.asked_human += judged.needs_human
        total.asked_human_wrong += judged.needs_human and judged.type is not one.type
    return total, slips


def agreement(first: Iterable[Labelled], second: Mapping[str, tuple[Mark, ...]]) -> dict[str, Tally]:
    """By kind, the marks of another person (by the narrative's id) held against the first ones as a reader's finds are; narratives that he did not mark are left out."""
    tallies: dict[str, Tally] = {}
    for one in first:
        if one.id not in second:
            continue
        mine, others = ({(mark.kind, mark.start, mark.end): mark for mark in marks} for marks in (one.marks, second[one.id]))
        for place in [*mine, *others]:
            tallies.setdefault(place[0], Tally())
        for place, mark in mine.items():
            _agree(tallies[mark.kind], mark, others.get(place))
        for place in others:
            tallies[place[0]].found += 1
    return tallies


def _agree(tally: Tally, mark: Mark, other: Mark | None) -> None:
    tally.marked += 1
    if other is not None:
        tally.right += 1
        tally.values += mark.value == other.value
        tally.roles_asked += mark.role is not None
        tally.roles += mark.role is not None and mark.role == other.role


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927); (0, 1) of nothing."""
    if whole == 0:
        return 0.0, 1.0
    share, z = part / whole, 1.959964
    middle, spread = share + z * z / (2 * whole), z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return (middle - spread) / (1 + z * z / whole), (middle + spread) / (1 + z * z / whole)


def _compare(total: Score, one: Labelled, reading: Reading) -> Iterator[Slip]:
    spans = total.spans
    found = {(kind, start, end): (value, role) for kind, start, end, value, role in told(reading)}
    marked = {(mark.kind, mark.start, mark.end): mark for mark in one.marks}
    for kind, _, _ in [*found, *marked]:
        spans.setdefault(kind, Tally())
    for place in found:
        spans[place[0]].found += 1
        if place not in marked:
            yield Slip(one.id, "extra", place[0], one.text[place[1] : place[2]], "")
    for place, mark in marked.items():
        tally = spans[mark.kind]
        tally.marked += 1
        if place not in found:
            yield Slip(one.id, "missed", mark.kind, one.text[mark.start : mark.end], "")
            continue
        tally.right += 1
        if mark.role is not None:
            total.roles[AMOUNT if mark.kind == AMOUNT else IDENTIFIER, mark.role, found[place][1] or ""] += 1
        yield from _compare_inside(tally, one, mark, *found[place])


def _compare_inside(tally: Tally, one: Labelled, mark: Mark, value: str, role: str | None) -> Iterator[Slip]:
    words = one.text[mark.start : mark.end]
    if not mark.value or value == mark.value:
        tally.values += 1
    else:
        yield Slip(one.id, "value", mark.kind, words, f"{mark.value} read as {value}")
    if mark.role is not None:
        tally.roles_asked += 1
        tally.roles += role == mark.role
        if role != mark.role:
            yield Slip(one.id, "role", mark.kind, words, f"{mark.role} read as {role}")


def told(reading: Reading) -> Iterator[tuple[str, int, int, str, str | None]]:
    """(kind, start, end, value, role) of everything that can be marked."""
    parts: tuple[Mention | Amount | Moment, ...] = (*reading.mentions, *reading.amounts, *reading.times)
    for part in parts:
        if isinstance(part, Mention):
            yield part.kind.value, part.start, part.end, part.value, part.role.value
        elif isinstance(part, Amount):
            yield AMOUNT, part.start, part.end, str(part.fen), part.role.value
        else:
            yield TIME, part.start, part.end, part.at.strftime(_SHOWN_TIME[part.precision]) if part.at else "", None
