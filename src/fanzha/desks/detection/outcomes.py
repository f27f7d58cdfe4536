"""What became known of subjects, by which detectors are measured.

The desk reads what the indicators and the cases desks publish. Whoever knows more (answers to warnings) registers a reader; bootstrap does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from fanzha.desks.cases import Report, ReportState
from fanzha.desks.indicators import Indicator, IndicatorState
from fanzha.desks.indicators.domain import FLAGGED, level_of
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel


@dataclass(frozen=True)
class Fate:
    """What is known of one subject. `fraud`: defrauded (a person) or used for fraud (a number, an account); else shown not to be.

    `token` is a phone's, an account's or a person's; `happened_at` when the fraud was, or the identifier was first seen; `known_at` when we learnt of it;
    `source` is a word for people: indicator, report, warning.
    """

    token: str
    fraud: bool
    happened_at: datetime
    known_at: datetime
    source: str


class OutcomeReader(Protocol):
    """Everything that one source knows, in any order; the same subject may come several times."""

    def __call__(self, work: Work) -> Iterable[Fate]: ...


@dataclass(frozen=True)
class KnownFlag:
    """A flagged token and since when it has been known to be."""

    token: str
    fraud_type: FraudType
    since: datetime


Fates = Mapping[str, tuple[Fate, ...]]
"""Token → what is known of it, by time."""


def indicators(work: Work) -> Iterator[Fate]:
    """Confirmed entries are fraud, cleared ones are not."""
    columns = (Indicator.tokens, Indicator.state, Indicator.first_seen_at, Indicator.created_at)
    judged = (IndicatorState.CONFIRMED.value, IndicatorState.CLEARED.value)
    for tokens, state, seen, created in work.session.execute(select(*columns).where(Indicator.state.in_(judged))):
        for token in tokens:
            yield Fate(token, state == IndicatorState.CONFIRMED, seen, created, "indicator")


def reports(work: Work) -> Iterator[Fate]:
    """Whoever reports was defrauded, unless it was found to be no case."""
    columns = (Report.victim_person_token, Report.victim_phone_token, Report.happened_at, Report.received_at)
    for person, phone, happened, received in work.session.execute(select(*columns).where(Report.state != ReportState.NOT_A_CASE.value)):
        for token in (person, phone):
            if token:
                yield Fate(token, fraud=True, happened_at=happened or received, known_at=received, source="report")


_readers: list[OutcomeReader] = [indicators, reports]


def register(reader: OutcomeReader) -> None:
    """Let another desk's knowledge count; the same reader again changes nothing."""
    if reader not in _readers:
        _readers.append(reader)


def all_fates(work: Work) -> Fates:
    """What every source knows."""
    found: dict[str, set[Fate]] = defaultdict(set)
    for reader in _readers:
        for fate in reader(work):
            found[fate.token].add(fate)
    return {token: tuple(sorted(fates, key=lambda each: (each.happened_at, each.known_at, each.source))) for token, fates in found.items()}


def known_flags(work: Work) -> list[KnownFlag]:
    """The indicators that runs count as flagged, with the time from which on each is known; by that time.

    An indicator that few trust (blue) does not count. One that was cleared or has expired since is not among them: what it did then is not kept.
    """
    columns = (Indicator.tokens, Indicator.fraud_type, Indicator.first_seen_at, Indicator.state, Indicator.confidence)
    rows = work.session.execute(select(*columns).where(Indicator.state.in_([state.value for state in FLAGGED])))
    found = [
        KnownFlag(token, FraudType(fraud_type), seen)
        for tokens, fraud_type, seen, state, confidence in rows
        if level_of(IndicatorState(state), confidence) is not RiskLevel.BLUE
        for token in tokens
    ]
    return sorted(found, key=lambda each: (each.since, each.token))
