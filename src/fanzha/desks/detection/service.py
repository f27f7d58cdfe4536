"""Use cases of the detection desk."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from fanzha.desks.detection import numbers, reading, recording, repository
from fanzha.desks.detection.domain import Cause, Flags, RunSummary, Target
from fanzha.desks.detection.errors import FindingNotFound, RuleNotFound
from fanzha.desks.detection.events import FindingsRecorded, FindingsWithdrawn, FindingView
from fanzha.desks.detection.model import DetectionRun, Finding
from fanzha.desks.detection.recording import Contact, Contacts, read_back
from fanzha.desks.detection.repository import Filters, RuleCount
from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.desks.detection.shadow import Shadows
from fanzha.desks.detection.words import Describer
from fanzha.desks.detectors import fingerprint, live_rules, shadow_rules
from fanzha.engine.detection import DAY, MEMORY, Found, Known, detect
from fanzha.engine.evidence import evidence
from fanzha.engine.rules.model import Rule
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.kit.progress import Progress, Quiet
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType

CHUNK = timedelta(days=5)  # how many days are held in memory at once, beside the history before them


def run(
    work: Work,
    lake: Lake,
    tokens: Tokens,
    flags: Flags,
    *,
    rules: Sequence[Rule] | None = None,
    shadows: Sequence[Rule] | None = None,
    full: bool = False,
    progress: Progress | None = None,
) -> RunSummary:
    """Evaluate the live rules (or those given) on every day that may have changed since the last run, and publish what is new, changed or withdrawn.

    Repeatable: the same lake, flags and rules give the same findings, whatever runs went before; a second run does nothing. `flags` are the
    identifiers that count as suspect, `full` starts on the first day of the lake. Shadows (those that are, or those given) run beside, and what they
    find is kept apart and published to nobody.
    """
    started, clock_start = clock.now(), time.monotonic()
    repository.lock_runs(work)
    known_rules = live_rules(work) if rules is None else tuple(rules)
    silent = tuple(shadows) if shadows is not None else shadow_rules(work) if rules is None else ()
    state = reading.State.now(lake, _fingerprint(known_rules, silent), flags)
    start = reading.start_of(lake, repository.last_run(work), state, numbers.lookback(work), full=full)
    if start.first is None or start.last is None:
        return RunSummary(start.cause, None, None)
    detector = _Detector(work, lake, tokens, flags, known_rules, silent, progress or Quiet())
    found = list(detector.days(start.first, start.last))
    run_id = new_id()
    counts = {"events": detector.events, "found": len(found)}
    _note_run(work, run_id, start, state, started, counts)
    change = recording.record(work, found, start.first, run_id, clock.now())
    detector.shadows.record(work, start.first, start.last, clock.now())
    repository.finish_run(work, run_id, clock.now(), len(change.fresh), len(change.changed), len(change.gone))
    _tell(work, change)
    by_rule = Counter(view.rule_id for _, view in found)
    sizes = (len(change.fresh), len(change.changed), len(change.gone))
    summary = RunSummary(start.cause, start.first, start.last, detector.events, len(found), *sizes, dict(sorted(by_rule.items())))
    work.audit("detection.ran", run_id, {"cause": start.cause, "first_day": str(start.first), "found": len(found), "withdrawn": sizes[2]})
    return RunSummary(**(vars(summary) | {"seconds": round(time.monotonic() - clock_start, 3)}))


def _fingerprint(rules: Sequence[Rule], shadows: Sequence[Rule]) -> str:
    """Changes when what is live changes, or what runs beside it."""
    return f"{fingerprint(rules)}+{fingerprint(shadows)}" if shadows else fingerprint(rules)


def _note_run(work: Work, run_id: str, start: reading.Start, state: reading.State, started: object, counts: dict[str, int]) -> None:
    row = {
        "id": run_id,
        "started_at": started,
        "ended_at": started,
        "cause": start.cause.value,
        "first_day": start.first,
        "last_day": start.last,
        "versions": dict(state.versions),
        "rules": state.rules,
        "flags": state.flags,
        **counts,
        "fresh": 0,
        "changed": 0,
        "withdrawn": 0,
    }
    repository.add_run(work, row)


def _tell(work: Work, change: recording.Difference) -> None:
    news = sorted((*change.fresh, *change.changed), key=lambda view: (view.at, view.finding_id))
    if news:
        work.publish(FindingsRecorded(tuple(news)))
    if change.gone:
        work.publish(FindingsWithdrawn(change.gone))


class _Detector:
    """Runs the engine over days, a stretch at a time, so that memory is bounded by `CHUNK` and the rules' windows."""

    def __init__(self, work: Work, lake: Lake, tokens: Tokens, flags: Flags, rules: Sequence[Rule], shadows: Sequence[Rule], progress: Progress) -> None:
        self._lake = lake
        self._work = work
        self._rules = rules
        self._types = reading.types_of(flags)
        self._people = reading.load_people(lake)
        self.shadows = Shadows(shadows, self._people)
        self._remote = reading.remote_apps(tokens)
        self._describer = Describer(tokens)
        self._progress = progress
        self.events = 0

    def days(self, first: date, last: date) -> Iterator[tuple[date, FindingView]]:
        """Everything found from `first` to `last`, with its day."""
        known = _known_before(self._work, first)
        with self._progress.step("detect", (last - first).days + 1) as step:
            while first <= last:
                end = min(first + CHUNK - DAY, last)
                found, views = self._stretch(known, first, end)
                yield from views
                known = _with(known, found)
                step.advance((end - first).days + 1)
                first = end + DAY

    def _stretch(self, known: Known, first: date, last: date) -> tuple[list[Found], list[tuple[date, FindingView]]]:
        history = reading.load_history(self._lake, self._people, (*self._rules, *self.shadows.rules), self._remote, first, last)
        since, until = clock.local_midnight(first), clock.local_midnight(last + DAY)
        for table in history.tables.values():
            span = table.span(since, until)
            self.events += span.stop - span.start
        found, marks = detect(history, self._rules, self._types, known, first, last)
        self.shadows.stretch(history, marks, first, last)
        contacts = _contacts(self._people, {each.side_token for each in found})
        behind = evidence(history, found, marks)
        views = [(each.day, recording.view_of(each, past, contacts, self._describer)) for each, past in zip(found, behind, strict=True)]
        return found, views


def _known_before(work: Work, first: date) -> Known:
    """What stands on the days before `first` that its evaluation remembers."""
    suspects: dict[date, dict[str, tuple[str, FraudType]]] = defaultdict(dict)
    victims: dict[date, set[str]] = defaultdict(set)
    for day, target, subject, rule_id, fraud_type in repository.standing(work, first - MEMORY, first):
        if target == Target.VICTIM:
            victims[day].add(subject)
        else:
            told = (rule_id, FraudType(fraud_type))
            suspects[day][subject] = min(suspects[day].get(subject, told), told)
    return Known(dict(suspects), {day: frozenset(tokens) for day, tokens in victims.items()})


def _with(known: Known, found: Sequence[Found]) -> Known:
    suspects = {day: dict(tokens) for day, tokens in known.suspects.items()}
    victims = {day: set(tokens) for day, tokens in known.victims.items()}
    for each in found:
        if each.rule.target is Target.VICTIM:
            victims.setdefault(each.day, set()).add(each.subject)
        else:
            day, told = suspects.setdefault(each.day, {}), (each.rule.id, each.fraud_type)
            day[each.subject] = min(day.get(each.subject, told), told)
    return Known(suspects, {day: frozenset(tokens) for day, tokens in victims.items()})


def _contacts(people: pl.DataFrame, subjects: set[str]) -> Contacts:
    rows = people.filter(pl.col("subject").is_in(sorted(subjects)))
    return {
        row["subject"]: Contact(row["person"] if row["person"] not in (row["subject"], row["phone"]) else None, row["phone"], row["region"])
        for row in rows.iter_rows(named=True)
    }


# ---- reading


def get(work: Work, finding_id: str) -> Finding:
    """Raises FindingNotFound: it is not there, or not in the reader's region."""
    found = repository.by_id(work, finding_id)
    if found is None:
        raise FindingNotFound(finding=finding_id)
    return found


def view(work: Work, finding_id: str) -> FindingView:
    """Raises FindingNotFound."""
    return read_back(get(work, finding_id))


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Finding]:
    """Findings, the newest first."""
    return repository.search(work, filters, page)


def same_subject(work: Work, finding: Finding, most: int = 10) -> Sequence[Finding]:
    return repository.same_subject(work, finding, most)


def rules() -> tuple[Rule, ...]:
    """The rules in force, by id."""
    return shipped_rules()


def rule(rule_id: str) -> Rule:
    """Raises RuleNotFound."""
    for each in shipped_rules():
        if each.id == rule_id:
            return each
    raise RuleNotFound(rule=rule_id)


def rule_counts(work: Work) -> dict[str, RuleCount]:
    return repository.rule_counts(work)


def last_runs(work: Work, most: int = 5) -> Sequence[DetectionRun]:
    return repository.runs(work, most)


__all__ = ["CHUNK", "Cause", "get", "last_runs", "read_back", "rule", "rule_counts", "rules", "run", "same_subject", "search", "view"]
