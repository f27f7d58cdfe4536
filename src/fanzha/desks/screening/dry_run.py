"""What a line of the policy would have changed: yesterday's decisions judged again, with and without it. Nothing is written.

A decision keeps every signal that was seen, so the answer under another policy can be told from it. What cannot be told: an event that would have been held has not
happened, and what followed it may not have either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fanzha.desks.screening import repository
from fanzha.desks.screening.domain import Answer, Policy, PolicyRow, Signal, level_signal
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.risk import RiskLevel

_LAST_VERSION = 1_000_000_000


@dataclass(frozen=True)
class DryRun:
    """`decisions` of the day on events of the kind, within the reader's sight; `signalled` of them had the line's signal; `changes`: (answer now, answer with
    the line) → how many, where they differ."""

    day: date
    decisions: int
    signalled: int
    changes: Mapping[tuple[Answer, Answer], int]

    @property
    def changed(self) -> int:
        return sum(self.changes.values())

    @property
    def restrained(self) -> int:
        """How many more would be held or blocked; below 0: fewer."""
        return sum(count * (after.is_measure - before.is_measure) for (before, after), count in self.changes.items())


def dry_run(work: Work, policy: Policy, row: PolicyRow) -> DryRun:
    """Of the whole Chinese day before today. `policy` is what stands without the line, on the day from which it would count."""
    day = clock.local_day(clock.now()) - timedelta(days=1)
    latest = replace(row, version=_LAST_VERSION, effective_from=policy.on)
    beside = Policy([*policy.rows.values(), latest], policy.on)
    decisions = signalled = 0
    changes: Counter[tuple[Answer, Answer]] = Counter()
    for told, count in repository.signals_between(work, row.asked, clock.local_midnight(day), clock.local_midnight(day + timedelta(days=1))):
        signals = [_signal(name, level) for name, level in told]
        before, after = policy.judge(row.asked, signals).answer, beside.judge(row.asked, signals).answer
        decisions += count
        signalled += count * any(row.signal in (signal.name, signal.fallback) for signal in signals)
        if before is not after:
            changes[before, after] += count
    return DryRun(day, decisions, signalled, dict(sorted(changes.items(), key=lambda each: -each[1])))


def _signal(name: str, level: str) -> Signal:
    """A signal as it was seen; a rule without a line of its own speaks by its level."""
    fallback = level_signal(RiskLevel(level)) if name.startswith("rule:") and level else None
    return Signal(name, "", "", level=level or None, fallback=fallback)
