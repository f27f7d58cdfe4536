"""The events behind a finding: those that made it fire, and the one at which it fired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from fanzha.engine.detection import Found
from fanzha.engine.features.history import History, Table, moment
from fanzha.engine.features.sources import Marks, Mask, Seen
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.rules.model import Target
from fanzha.engine.windows import microseconds
from fanzha.lake.schemas import EventKind

MOST = 20
CONTACTS = timedelta(days=7)  # a victim's flagged contacts before the event
DEEDS = timedelta(hours=24)  # what a suspect number or account did before the event

C, M, V, T = EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS

_CONTACT_SIDES = ((C, "callee", "caller"), (C, "caller", "callee"), (M, "receiver", "sender"), (V, "visitor", None))
_DEED_SIDES = ((C, "caller"), (C, "callee"), (M, "sender"), (M, "receiver"), (V, "visitor"), (T, "payer"), (T, "payee"))


@dataclass(frozen=True)
class Behind:
    """One event behind a finding: the lake row's columns that detection reads."""

    kind: EventKind
    at: datetime
    event_key: int
    event_id: str
    row: Mapping[str, Any]

    @property
    def place(self) -> tuple[datetime, int, str]:
        return self.at, self.event_key, self.kind


def evidence(history: History, found: Sequence[Found], marks: Mapping[date, Marks]) -> list[tuple[Behind, ...]]:
    """For each finding its events by time, `MOST` at most: the anchor, and the latest before it that count.

    For a victim: contacts with anything flagged, scam texts and uses of remote-control applications in the `CONTACTS` before. For a number or an
    account: its own events in the `DEEDS` before.
    """
    by_day: dict[date, list[Found]] = defaultdict(list)
    for each in found:
        by_day[each.day].append(each)
    answers: dict[tuple[str, str, date], tuple[Behind, ...]] = {}
    for day, mine in by_day.items():
        collector = _Collector(history, marks[day], mine)
        answers |= {(each.rule.id, each.subject, day): collector.chosen(each) for each in mine}
    return [answers[each.rule.id, each.subject, each.day] for each in found]


@dataclass(frozen=True)
class _Trail:
    """Rows of one table that count for some subjects, sorted by (subject, time)."""

    table: Table
    subjects: Codes
    rows: Ints

    @staticmethod
    def of(table: Table, subjects: Codes, rows: Ints) -> _Trail:
        place = np.argsort(subjects, kind="stable")
        return _Trail(table, subjects[place], rows[place])

    def before(self, subject: int, anchor: tuple[int, int, str], span: timedelta) -> list[int]:
        """The latest rows of the subject within the span before the anchor, `MOST` at most."""
        low, high = np.searchsorted(self.subjects, [subject, subject + 1])
        mine = self.rows[low:high]
        at = self.table.at[mine]
        since, until = np.searchsorted(at, [anchor[0] - microseconds(span), anchor[0] + 1])
        while until > since and self._place(mine[until - 1]) >= anchor:
            until -= 1
        return [int(row) for row in mine[max(since, until - MOST) : until]]

    def _place(self, row: int) -> tuple[int, int, str]:
        return int(self.table.at[row]), int(self.table.order[row]), self.table.kind.value


class _Collector:
    """Gathers, for one day, the events of the subjects found on it."""

    def __init__(self, history: History, marks: Marks, found: Sequence[Found]) -> None:
        self._history = history
        self._marks = marks
        self._seen = Seen(history, marks)
        self._victims = self._codes(each.subject for each in found if each.rule.target is Target.VICTIM)
        self._suspects = self._codes(each.subject for each in found if each.rule.target is not Target.VICTIM)
        self._contacts = [self._contact_trail(*side) for side in _CONTACT_SIDES]
        self._deeds = [self._deed_trail(*side) for side in _DEED_SIDES]

    def chosen(self, found: Found) -> tuple[Behind, ...]:
        """The anchor and the latest events before it that count."""
        victim = found.rule.target is Target.VICTIM
        trails, codes, span = (self._contacts, self._victims, CONTACTS) if victim else (self._deeds, self._suspects, DEEDS)
        table = self._history.tables[found.rule.on]
        anchor = (moment(found.at), found.event_key, found.rule.on.value)
        past = {
            (behind.kind, behind.event_key, behind.at): behind
            for trail in trails
            for behind in (_behind(trail.table, row) for row in trail.before(codes[found.subject], anchor, span))
        }
        latest = sorted(past.values(), key=lambda each: each.place)[-(MOST - 1) :]
        return (*latest, _behind(table, table.row_of(found.at, found.event_key)))

    def _codes(self, subjects: Iterable[str]) -> dict[str, int]:
        wanted = sorted(set(subjects))
        return dict(zip(wanted, self._history.numbering.of(wanted).tolist(), strict=True))

    def _contact_trail(self, kind: EventKind, side: str, other: str | None) -> _Trail:
        table = self._history.tables[kind]
        span = table.span(self._marks.since, self._marks.until)
        telling: Mask = self._seen.contact_type(table, span, other) >= 0
        if kind is M:
            telling = telling | table.rows["text_type"].is_not_null().to_numpy()[span]
        if kind is V:
            telling = telling | np.isin(table.codes("app")[span], self._history.remote_apps)
        people = self._history.keys(kind, side, person=True)
        return self._trail(table, people, np.flatnonzero(telling) + span.start, self._victims)

    def _deed_trail(self, kind: EventKind, side: str) -> _Trail:
        table = self._history.tables[kind]
        span = table.span(self._marks.since, self._marks.until)
        return self._trail(table, self._history.keys(kind, side), np.arange(span.start, span.stop), self._suspects)

    @staticmethod
    def _trail(table: Table, keys: Codes, rows: Ints, wanted: Mapping[str, int]) -> _Trail:
        kept = rows[np.isin(keys[rows], list(wanted.values()))]
        return _Trail.of(table, keys[kept], kept)


def _behind(table: Table, row: int) -> Behind:
    values = table.rows.row(row, named=True)
    return Behind(table.kind, values["at"], values["event_key"], values["event_id"], values)
