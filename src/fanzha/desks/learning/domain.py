"""Words of the learning desk: what a label says, what an outcome means, and figures that carry what they are made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fanzha.engine.models.metrics import share
from fanzha.vocab.outcomes import Outcome


class SubjectKind(StrEnum):
    """Whom or what a label is about."""

    PERSON = "person"
    NUMBER = "number"
    ACCOUNT = "account"


class Verdict(StrEnum):
    """What became known: of a person, was it a fraud; of a number or account, is it used for one."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where a label comes from; `source_id` names the row there."""

    WARNING = "warning"  # 预警反馈: the answer to a warning
    LATER_VICTIM = "later_victim"  # 预警后被骗: a report of a warned person
    REPORT = "report"  # 警情: the victim
    REPORT_SUSPECT = "report_suspect"  # 警情: a number or account that the victim names
    INDICATOR = "indicator"  # 涉诈标识研判
    VOTE = "vote"  # 误报意见: a source says that an indicator is none
    MEASURE = "measure"  # 管控结果: what came of an order on an account or a number
    APPEAL = "appeal"  # 申诉: the answer to one


@dataclass(frozen=True)
class Meaning:
    """What an outcome says, and how surely (0 to 1)."""

    verdict: Verdict
    outcome: str
    weight: float = 0.0


@dataclass(frozen=True)
class Draft:
    """A label as its source row gives it now. Times UTC and aware, money fen; `warned` None for numbers and accounts."""

    source: Source
    source_id: str
    subject_kind: SubjectKind
    subject_token: str
    phone_token: str | None
    meaning: Meaning
    fraud_type: str
    region: str | None
    happened_at: datetime
    known_at: datetime
    loss_fen: int | None = None
    warned: bool | None = None


OPEN = "open"
"""The outcome of a warning about which nothing is known yet: no label, unless there was one that it corrects."""


def warning_meaning(outcome: str | None, state: str, cancelled_because: str | None, *, met: bool, reached: bool, refused: bool) -> Meaning:
    """What the answer to a warning says.

    Dissuaded (已劝阻) means that the fraud was under way: positive, though there is no loss to prove it. Mismatch (不符) means that the detector was wrong.
    Everything else says nothing about the fraud: who cannot be found, refuses to talk, is a duplicate or got a text message alone stays unknown.
    """
    if outcome == Outcome.DISSUADED:
        return Meaning(Verdict.POSITIVE, outcome, 1.0 if met else 0.8)
    if outcome == Outcome.MISMATCH or cancelled_because == Outcome.MISMATCH:
        return Meaning(Verdict.NEGATIVE, Outcome.MISMATCH.value, 0.9 if met or reached else 0.6)
    if outcome is not None:
        return Meaning(Verdict.UNKNOWN, outcome)
    if cancelled_because is not None:
        return Meaning(Verdict.UNKNOWN, cancelled_because)
    if state in {"cancelled", "lapsed"}:
        return Meaning(Verdict.UNKNOWN, state)
    if met:
        return Meaning(Verdict.UNKNOWN, "met")
    return Meaning(Verdict.UNKNOWN, "refused" if refused else OPEN)


_REPORTS: Mapping[str, Meaning] = {
    "received": Meaning(Verdict.POSITIVE, "received", 0.9),
    "accepted": Meaning(Verdict.POSITIVE, "accepted", 1.0),
    "transferred": Meaning(Verdict.POSITIVE, "transferred", 1.0),
    "not_a_case": Meaning(Verdict.NEGATIVE, "not_a_case", 0.7),
}


def report_meaning(state: str) -> Meaning:
    """A report is a victim's word; accepting it makes it sure, finding no case takes it back."""
    return _REPORTS[state]


def suspect_meaning(state: str) -> Meaning:
    """What a victim names is often right and sometimes the victim's own bank or a relative: half a label."""
    return Meaning(Verdict.UNKNOWN, state) if state == "not_a_case" else Meaning(Verdict.POSITIVE, "named_by_victim", 0.5)


def indicator_meaning(state: str, confidence: int, *, judged: bool) -> Meaning:
    """A judgement by hand counts whole, what a list says as much as its confidence (0 to 100); suspected and expired say nothing."""
    weight = 1.0 if judged else confidence / 100
    verdict = {"confirmed": Verdict.POSITIVE, "cleared": Verdict.NEGATIVE}.get(state, Verdict.UNKNOWN)
    return Meaning(verdict, state, weight if verdict is not Verdict.UNKNOWN else 0.0)


def vote_meaning(state: str, confidence: int) -> Meaning:
    """A source's false-positive vote counts half of its confidence."""
    if state == "cleared":
        return Meaning(Verdict.NEGATIVE, "false_positive_vote", confidence / 200)
    return Meaning(Verdict.UNKNOWN, "vote_taken_back")


_CHECKED: Mapping[str, Meaning] = {
    "passed": Meaning(Verdict.NEGATIVE, "passed", 0.6),
    "not_passed": Meaning(Verdict.POSITIVE, "not_passed", 0.6),
}
_ENDS = frozenset({"declined", "withdrawn", "lapsed", "done"})


def measure_meaning(effect: str, state: str, result: str | None, *, unrelated: bool, cleared: bool) -> Meaning:
    """What came of an order. `unrelated`: found to have nothing to do with the case (§247); `cleared`: another order on the same subject was, or an appeal
    against this one was granted.

    Whoever imposes a measure had been told by a detector, so that a measure holds supports it, but proves little: below the half from which a label teaches.
    One that ran to its end with nobody objecting counts somewhat more than half. A receiver's "mismatch" and a finding of "unrelated" say that the
    detector was wrong. No such account, a refusal and a measure lifted for another reason say nothing.
    """
    if effect == "ask":
        return _CHECKED.get(result or "", Meaning(Verdict.UNKNOWN, result if result in ("not_reached",) else OPEN))
    if unrelated:
        return Meaning(Verdict.NEGATIVE, "unrelated", 0.9)
    if cleared:
        return Meaning(Verdict.UNKNOWN, "cleared_elsewhere")
    if state == "failed":
        return Meaning(Verdict.NEGATIVE, "mismatch", 0.5) if result == "mismatch" else Meaning(Verdict.UNKNOWN, result or "failed")
    if state in ("in_force", "expired"):
        return Meaning(Verdict.POSITIVE, "in_force", 0.4) if state == "in_force" else Meaning(Verdict.POSITIVE, "kept", 0.6)
    return Meaning(Verdict.UNKNOWN, state if state in _ENDS or state == "released" else OPEN)


_APPEALS: Mapping[str, Meaning] = {
    "upheld": Meaning(Verdict.NEGATIVE, "appeal_upheld", 1.0),
    "partly": Meaning(Verdict.NEGATIVE, "appeal_partly", 0.7),
    "rejected": Meaning(Verdict.POSITIVE, "appeal_rejected", 0.6),
    "inadmissible": Meaning(Verdict.UNKNOWN, "appeal_inadmissible"),
}


def appeal_meaning(verdict: str) -> Meaning:
    """Who grants an appeal against the own side says that the measure was wrong; who rejects one stands by it, which proves less."""
    return _APPEALS[verdict]


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def interval(hits: int, of: int) -> Interval | None:
    """The 95 % score interval of a share (Wilson, 1927); None where there is nothing to divide by."""
    measured = share(hits, of)
    return Interval(measured.low, measured.high) if measured is not None else None


@dataclass(frozen=True)
class Window:
    """[since, until), aware."""

    since: datetime
    until: datetime

    @property
    def days(self) -> float:
        return (self.until - self.since) / timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """One figure with what it is made of. `interval` where it is a share of countable things; `exclusions`: why rows were left out → how many;
    `rows`: the query (`learning/labels?…`) that lists the rows behind it; `note_*`: what the figure cannot see, in words."""

    name: str
    numerator: float
    denominator: float
    window: Window
    interval: Interval | None = None
    exclusions: Mapping[str, int] = field(default_factory=dict)
    rows: str = ""
    note_zh: str = ""
    note_en: str = ""

    @property
    def value(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Delay:
    """How long it takes from what happened until it is known, over the labels of one source: quantiles 50, 90 and 99 %."""

    source: str
    labels: int
    half: timedelta
    ninety: timedelta
    ninety_nine: timedelta


@dataclass(frozen=True)
class Selection:
    """Who has a label at all, of what happened in the window.

    `answered` of `issued` warnings say something about a fraud; of the victims who reported, `victims_warned` had been warned and `victims_unwarned` had not.
    Who was neither warned nor reported has no label and cannot be counted here.
    """

    issued: int
    answered: int
    positives_warned: int
    positives_unwarned: int
    negatives: int
    unknown: int

    @property
    def positives(self) -> int:
        return self.positives_warned + self.positives_unwarned

    @property
    def propensity(self) -> float | None:
        """The share of warnings whose outcome is known."""
        return self.answered / self.issued if self.issued else None


@dataclass(frozen=True)
class Stratum:
    """Warnings of one level: how many were issued, and of those with a known outcome how many were right and wrong."""

    level: str
    issued: int
    positive: int
    negative: int


def reweighted(strata: Sequence[Stratum]) -> tuple[float, float] | None:
    """(right, all) as they would be if the known outcomes of each level stood for all warnings of that level.

    Each outcome counts 1/p with p = known/issued of its level, the estimated chance of having one (inverse-propensity weighting; Horvitz and Thompson, 1952).
    It mends that red warnings are answered more often than green ones; it cannot mend that, within a level, who refuses to talk differs from who does.
    None where nothing is known.
    """
    usable = [each for each in strata if each.positive + each.negative]
    total = float(sum(each.issued for each in usable))
    right = sum(each.issued * each.positive / (each.positive + each.negative) for each in usable)
    return (right, total) if total else None
