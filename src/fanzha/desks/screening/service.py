"""Use cases of in-flight decisions: the policy, reading decisions back, sealing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from fanzha.desks import detectors, indicators
from fanzha.desks.screening import policy as permissions
from fanzha.desks.screening import repository
from fanzha.desks.screening.domain import DEGRADED, Answer, Asked, Policy, PolicyRow
from fanzha.desks.screening.dry_run import DryRun, dry_run
from fanzha.desks.screening.errors import DecisionNotFound, LineAnswered, LineNotFound, OwnLine, PolicyRefused
from fanzha.desks.screening.model import Decision
from fanzha.desks.screening.repository import Filters, Line
from fanzha.engine.detection import MEMORY
from fanzha.engine.rules.model import Rule
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.paging import Page, PageRequest
from fanzha.kit.shipped import load_yaml
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

DEFAULTS_FROM: Final = date(2022, 12, 1)
"""The day on which the 反电信网络诈骗法 came into force."""
_SIGNALS: Final = ("rule:", "level:", "indicator:", "found:", "warning:")


class SealBroken(FanzhaError):
    """The decisions do not agree with their seal: one was changed, removed or put in from outside."""

    code = "seal_broken"


@dataclass(frozen=True)
class Mark:
    """What is known of a token: the signal it gives, and for what fraud."""

    signal: str
    fraud_type: FraudType
    score: float


@dataclass(frozen=True)
class Standing:
    """Everything of the database that decisions use, at one moment. `marks` by token; `warnings`: blind index of a person → level."""

    rules: tuple[Rule, ...]
    policy: Policy
    marks: Mapping[str, Mark]
    victims: frozenset[str]
    warnings: Mapping[str, RiskLevel]

    @property
    def flags(self) -> dict[str, FraudType]:
        return {token: mark.fraud_type for token, mark in self.marks.items()}


def standing(work: Work) -> Standing:
    """What stands now. An indicator that few trust (blue) does not count, as in detection."""
    return Standing(detectors.live_rules(work), policy(work), marks(work), victims(work), warnings(work))


def marks(work: Work) -> dict[str, Mark]:
    """Flagged identifiers, and numbers and accounts that the detectors found in the last days; the indicator's word goes first."""
    since = clock.local_day(clock.now()) - MEMORY
    found: dict[str, Mark] = {}
    for token, level, fraud_type, score in repository.found_suspects(work, since):
        found.setdefault(token, Mark(f"found:{level}", FraudType(fraud_type), score))
    for token, flag in indicators.service.flagged_tokens(work).items():
        if flag.level is not RiskLevel.BLUE:
            found[token] = Mark(f"indicator:{flag.state.value}", flag.fraud_type, 1.0 if flag.level is RiskLevel.RED else 0.7)
    return found


def victims(work: Work) -> frozenset[str]:
    return repository.found_victims(work, clock.local_day(clock.now()) - MEMORY)


def warnings(work: Work) -> dict[str, RiskLevel]:
    return {person: RiskLevel(level) for person, level in repository.open_warnings(work).items()}


# ---- policy


@cache
def default_lines() -> tuple[PolicyRow, ...]:
    """The lines of policies.yaml, checked."""
    document = load_yaml(resources.files(__package__).joinpath("policies.yaml"))
    found = [row for asked, part in document.items() for row in _lines_of(Asked(asked), part)]
    for row in found:
        row.check()
    return tuple(found)


def _lines_of(asked: Asked, part: Mapping[str, Any]) -> list[PolicyRow]:
    found = []
    for answer in Answer:
        told = part.get(answer.value, {})
        for signal in told.get("signals", ()):
            row = PolicyRow(asked, signal, answer, "GK", DEFAULTS_FROM)
            if answer.is_measure:
                row = replace(row, basis=part["basis"], term_minutes=told["minutes"], remedy_zh=part["remedy_zh"], remedy_en=part["remedy_en"])
            found.append(row)
    return found


def policy(work: Work, on: date | None = None) -> Policy:
    """The lines in force on a day: what was decided and approved, and the defaults for the rest."""
    return Policy([*default_lines(), *repository.approved_lines(work)], on or clock.local_day(clock.now()))


def decide_line(work: Work, row: PolicyRow) -> PolicyRow:
    """Let a signal lead to an answer from a day on, once somebody else approves it. The same again adds nothing.

    Raises:
        Forbidden: not the actor's to decide. PolicyRefused: an unknown signal, or a measure without basis, term or remedy.
    """
    permissions.require(work, permissions.DECIDE)
    check_line(row)
    standing = policy(work, row.effective_from).rows.get((row.asked, row.signal))
    for present in (standing, *repository.waiting_lines(work)):
        if present is not None and replace(present, version=0) == replace(row, version=0):
            return present
    kept = replace(row, version=repository.add_line(work, row))
    work.audit("screening.policy_decided", _subject(kept), _detail(kept))
    return kept


def check_line(row: PolicyRow) -> None:
    """Raises PolicyRefused: an unknown signal, or a measure without basis, term or remedy."""
    if row.signal != DEGRADED and not row.signal.startswith(_SIGNALS):
        raise PolicyRefused(f"{row.signal} is no signal.", remedy="`fanzha screen policy` lists them.", signal=row.signal)
    row.check()


def approve_line(work: Work, asked: Asked, signal: str, effective_from: date, version: int) -> PolicyRow:
    """Put a line in force: from its day on, or from now on where that has come. Again changes nothing.

    Raises:
        Forbidden: not the actor's to approve. LineNotFound. OwnLine: decided by the same person. LineAnswered: declined already.
    """
    permissions.require(work, permissions.APPROVE)
    repository.lock_lines(work)
    line = get_line(work, asked, signal, effective_from, version)
    if line.set_by == work.actor:
        raise OwnLine(signal=signal, version=version)
    if line.declined_by is not None:
        raise LineAnswered(signal=signal, version=version)
    if line.approved_by is None:
        repository.add_approval(work, line.row, line.set_by)
        work.audit("screening.policy_approved", _subject(line.row), _detail(line.row) | {"decided_by": line.set_by})
        work.notify("screening", {"policy": line.row.signal})
    return line.row


def decline_line(work: Work, asked: Asked, signal: str, effective_from: date, version: int, reason: str) -> PolicyRow:
    """Say no to a line that waits; its maker may take it back so. Again changes nothing.

    Raises:
        Forbidden: neither the actor's to approve nor their own. LineNotFound. LineAnswered: approved already. PolicyRefused: no reason.
    """
    repository.lock_lines(work)
    line = get_line(work, asked, signal, effective_from, version)
    permissions.require(work, permissions.DECIDE if line.set_by == work.actor else permissions.APPROVE)
    if not reason.strip():
        raise PolicyRefused("Say why the line is declined.", remedy="Write a sentence for whoever decided it.", signal=signal)
    if line.approved_by is not None:
        raise LineAnswered(signal=signal, version=version)
    if line.declined_by is None:
        repository.add_decline(work, line, reason.strip())
        work.audit("screening.policy_declined", _subject(line.row), _detail(line.row) | {"decided_by": line.set_by, "reason": reason.strip()})
    return line.row


def get_line(work: Work, asked: Asked, signal: str, effective_from: date, version: int) -> Line:
    """A line that somebody decided, with its story. Raises LineNotFound."""
    found = repository.line_of(work, asked, signal, effective_from, version)
    if found is None:
        raise LineNotFound(signal=signal, version=version)
    return found


def decided_lines(work: Work, most: int = 50) -> list[Line]:
    """Lines that somebody decided, whatever became of them, the newest first."""
    return repository.lines(work, most)


@dataclass(frozen=True)
class Effect:
    """A line beside what stands without it on the day from which it would count (None: nothing does), and what it would have changed yesterday."""

    row: PolicyRow
    standing: PolicyRow | None
    run: DryRun

    @property
    def differences(self) -> list[tuple[str, object, object]]:
        """(field, as it stands, as it would be)."""
        names = ("answer", "basis", "term_minutes", "remedy_zh", "remedy_en", "source")
        pairs = ((name, getattr(self.standing, name, None), getattr(self.row, name)) for name in names)
        return [(name, before, after) for name, before, after in pairs if before != after]


def effect(work: Work, row: PolicyRow) -> Effect:
    """What a line would do, whether or not it was decided. Raises PolicyRefused."""
    check_line(row)
    on = max(row.effective_from, clock.local_day(clock.now()))
    before = policy(work, on)
    if before.rows.get((row.asked, row.signal)) == row:  # it is in force: beside what stood before it
        rows = [each for each in (*default_lines(), *repository.approved_lines(work)) if each != row]
        before = Policy(rows, on)
    return Effect(row, before.rows.get((row.asked, row.signal)), dry_run(work, before, row))


def waiting_lines(work: Work) -> list[PolicyRow]:
    """The lines that wait for somebody else's approval."""
    return repository.waiting_lines(work)


def _subject(row: PolicyRow) -> str:
    return f"screening:{row.asked}:{row.signal}"


def _detail(row: PolicyRow) -> dict[str, object]:
    return {"answer": row.answer, "basis": row.basis, "minutes": row.term_minutes, "from": row.effective_from, "version": row.version, "source": row.source}


# ---- reading


def get(work: Work, decision_id: str) -> Decision:
    """Raises DecisionNotFound: it is not there, or not the reader's to see."""
    found = repository.by_id(work, decision_id)
    if found is None:
        raise DecisionNotFound(decision=decision_id)
    return found


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Decision]:
    """Decisions in the reader's sight, the newest first."""
    return repository.search(work, filters, page)


def counts_today(work: Work) -> dict[str, int]:
    """Answer → how many in the last 24 hours."""
    return repository.counts(work, clock.now() - timedelta(days=1))


# ---- seals


def seal(work: Work) -> int:
    """Put a digest over the decisions since the last seal into the audit log; returns how many. With none it does nothing."""
    last, after = repository.settled_number(work), repository.last_seal(work)
    if last <= after:
        return 0
    count, digest = repository.digest_between(work, after, last)
    repository.add_seal(work, last, count, digest, clock.now())
    work.audit("screening.sealed", f"screening:{after + 1}-{last}", {"decisions": count, "digest": digest})
    return count


def verify(work: Work) -> int:
    """How many decisions agree with their seals.

    Raises:
        SealBroken: names the first stretch that does not.
    """
    after = total = 0
    for each in repository.seals(work):
        if repository.digest_between(work, after, each.last_number) != (each.decisions, each.digest):
            raise SealBroken(f"The decisions {after + 1} to {each.last_number} do not agree with their seal.", first=after + 1, last=each.last_number)
        after, total = each.last_number, total + each.decisions
    return total
