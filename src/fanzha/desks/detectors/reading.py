"""What is live and what runs as a shadow, now. Anybody may ask, in any scope that sees the tables; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from fanzha.desks.detectors import domain, repository
from fanzha.desks.detectors.domain import Standing, State
from fanzha.desks.detectors.model import DetectorVersion
from fanzha.desks.detectors.texts import rule_of
from fanzha.desks.models import bound
from fanzha.engine.rules.model import Rule
from fanzha.kit import clock
from fanzha.store import Work


def live_rules(work: Work) -> tuple[Rule, ...]:
    """The rules in force at this moment, by id: an approved change counts from its effective time on, whether or not the worker has carried it out.

    Rules with a model come with it; one whose model cannot be loaded is left out and told in the log.
    """
    return bound(rule_of(each.text) for each in _standing(work, State.LIVE, clock.now()))


def shadow_rules(work: Work) -> tuple[Rule, ...]:
    """The rules that run beside the live ones without consequence, by id and version."""
    return bound(rule_of(each.text) for each in _standing(work, State.SHADOW, clock.now()))


def live_version(work: Work, detector_id: str) -> DetectorVersion | None:
    """The version in force at this moment; None where the detector is not live."""
    return next((each for each in _standing(work, State.LIVE, clock.now()) if each.detector_id == detector_id), None)


def next_change(work: Work) -> datetime | None:
    """When the next approved change takes effect, for whoever holds rules in memory: nothing is notified at that moment if no worker runs."""
    return repository.next_effective(work, clock.now())


def _standing(work: Work, state: State, now: datetime) -> list[DetectorVersion]:
    found = list(repository.in_state(work, state))
    lines = _due_lines(work, now)
    if not lines:
        return found
    kept = [each for each in found if each.detector_id not in lines]
    for detector_id, line in lines.items():
        kept += [each for each in repository.versions(work, detector_id) if line[each.version].state is state]
    return sorted(kept, key=lambda each: (each.detector_id, each.version))


def _due_lines(work: Work, now: datetime) -> dict[str, dict[int, Standing]]:
    """The detectors that have a due change which is not carried out yet, as they will stand after it."""
    due = defaultdict(list)
    for move in repository.due_moves(work, now):
        due[move.detector_id].append(move)
    lines = {}
    for detector_id, moves in due.items():
        line = repository.line_of(repository.versions(work, detector_id))
        for move in moves:
            line = domain.moved(line, move.version, move.what) if domain.possible(line, move.version, move.what) else line
        lines[detector_id] = line
    return lines
