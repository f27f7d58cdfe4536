"""What the pages of detectors show: rows of the list, the steps that this reader may take, and what differs between two texts. Nothing is read here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fanzha.desks.detection.repository import RuleCount
from fanzha.desks.detectors import DetectorVersion, Move, MoveKind, MoveState, State, policy, rule_of
from fanzha.desks.detectors.domain import AFTER, needs_second
from fanzha.desks.detectors.repository import line_of
from fanzha.desks.detectors.service import Detail, Summary
from fanzha.faces.common.i18n import Locale
from fanzha.faces.console.detector_figures import NOTHING, Figures, Known
from fanzha.faces.console.detector_running import Running, running
from fanzha.store import Principal

NO_COUNT = RuleCount(0, 0, 0, None)


# ---- the list


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; '' does not narrow."""

    words: str = ""
    state: str = ""
    kind: str = ""
    level: str = ""
    fraud_type: str = ""
    drift: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Row:
    """One detector: by its live version, or by its newest where none is live."""

    shown: DetectorVersion
    newest: DetectorVersion
    state: State
    owner: str
    open_moves: tuple[Move, ...]
    shadows: int
    count: RuleCount
    figures: Figures
    runs: Running

    @property
    def id(self) -> str:
        return self.shown.detector_id

    @property
    def changed_at(self) -> datetime:
        return max(self.shown.state_since, self.newest.created_at, self.newest.state_since)

    def title(self, locale: Locale | str) -> str:
        return self.shown.title_en if locale == Locale.EN else self.shown.title_zh


def row_of(summary: Summary, count: RuleCount, known: Known) -> Row:
    shown = summary.live or summary.newest
    figures = known.get((shown.detector_id, shown.version), NOTHING)
    return Row(shown, summary.newest, shown.state_now, rule_of(shown.text).owner, summary.open_moves, summary.states.get(State.SHADOW, 0), count, figures, running(shown))


def narrowed(rows: Iterable[Row], filters: Filters) -> list[Row]:
    """The rows that fit, in the order asked for; without one: by level, then the most findings first."""
    words = filters.words.casefold().split()
    kept = [row for row in rows if _fits(row, filters) and all(word in _searched(row) for word in words)]
    kept.sort(key=lambda row: (_LEVELS.index(row.shown.level), -row.count.findings, row.id))
    name = filters.sort.lstrip("-")
    if name in _SORTS:
        known = [row for row in kept if _SORTS[name](row) is not None]
        known.sort(key=_SORTS[name], reverse=filters.sort.startswith("-"))
        kept = known + [row for row in kept if _SORTS[name](row) is None]  # what is not known stands last, whichever way
    return kept


def _fits(row: Row, filters: Filters) -> bool:
    shown = row.shown
    asked = (filters.state, filters.kind, filters.level, filters.fraud_type, filters.drift)
    has = (row.state.value, shown.kind, shown.level, shown.fraud_type, row.figures.drift_state)
    return all(not wanted or wanted == own for wanted, own in zip(asked, has, strict=True))


def _searched(row: Row) -> str:
    return f"{row.id} {row.shown.title_zh} {row.shown.title_en} {row.owner}".casefold()


_LEVELS = ("red", "yellow", "blue", "green")
_STATES = tuple(state.value for state in State)
_SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.shown.title_zh,
    "state": lambda row: _STATES.index(row.state),
    "level": lambda row: _LEVELS.index(row.shown.level),
    "findings": lambda row: row.count.findings,
    "precision": lambda row: row.figures.value("precision"),
    "load": lambda row: row.figures.value("load"),
    "lag": lambda row: row.figures.lag,
    "drift": lambda row: row.figures.drift,
    "changed": lambda row: row.changed_at,
}


# ---- steps


@dataclass(frozen=True)
class Step:
    """A move that this reader may ask for; `second`: it waits for somebody else."""

    version: int
    kind: MoveKind
    second: bool


def steps(detail: Detail, reader: Principal) -> dict[int, tuple[Step, ...]]:
    """Version → what this reader may ask for now. Going back is offered for the version that was live before alone: for older ones it is going live again."""
    if not detail.detector.region.startswith(reader.region):
        return dict.fromkeys(detail.possible, ())
    line = line_of(detail.versions)
    found = {}
    for version, kinds in detail.possible.items():
        wanted = [kind for kind in kinds if reader.may(_PERMISSIONS.get(kind, policy.EDIT)) and _offered(kind, version == detail.fallback)]
        found[version] = tuple(Step(version, kind, needs_second(line, version, kind)) for kind in wanted)
    return found


_PERMISSIONS = {MoveKind.ROLLBACK: policy.ROLL_BACK}


def _offered(kind: MoveKind, is_fallback: bool) -> bool:
    if kind is MoveKind.ROLLBACK:
        return is_fallback
    return not (kind is MoveKind.GO_LIVE and is_fallback)


class Decision(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


def decisions(move: Move, version: DetectorVersion, region: str, reader: Principal) -> tuple[Decision, ...]:
    """What this reader may decide about a waiting move. Who wrote the version or asked for the move never approves it."""
    found: list[Decision] = []
    if not region.startswith(reader.region):
        return ()
    if move.state_now is MoveState.WAITING and reader.may(policy.APPROVE):
        makers = {move.requested_by} | ({version.author} if AFTER[move.what] is State.LIVE else set())
        found += [Decision.APPROVE] if reader.user_id not in makers else []
        found += [Decision.REFUSE] if reader.user_id != move.requested_by else []
    if move.requested_by == reader.user_id and reader.may(policy.EDIT):
        found.append(Decision.WITHDRAW)
    return tuple(found)


# ---- texts


@dataclass(frozen=True)
class Line:
    """A line of a comparison: `sign` is '+', '-', ' ', or '@' where unchanged lines are left out; numbers count from 1."""

    sign: str
    old: int | None
    new: int | None
    text: str


def difference(before: str, after: str, around: int = 3) -> list[Line]:
    """What changed from one text to the other, with some lines around each change; nothing where they are the same."""
    old, new = before.splitlines(), after.splitlines()
    groups = difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around)
    lines: list[Line] = []
    for group in groups:
        lines += [Line("@", None, None, "")] if lines else []
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [Line(" ", old_from + place + 1, new_from + place + 1, text) for place, text in enumerate(old[old_from:old_to])]
                continue
            lines += [Line("-", old_from + place + 1, None, text) for place, text in enumerate(old[old_from:old_to])]
            lines += [Line("+", None, new_from + place + 1, text) for place, text in enumerate(new[new_from:new_to])]
    return lines


def before(versions: Sequence[DetectorVersion], number: int) -> DetectorVersion | None:
    """The version with the next lower number."""
    lower = [each for each in versions if each.version < number]
    return max(lower, key=lambda each: each.version, default=None)


def approvals(moves: Iterable[Move]) -> Mapping[int, Move]:
    """Version → the move that last brought it live."""
    done: dict[int, Move] = {}
    for move in moves:  # the newest first
        if move.state_now is MoveState.DONE and AFTER[move.what] is State.LIVE:
            done.setdefault(move.version, move)
    return done
