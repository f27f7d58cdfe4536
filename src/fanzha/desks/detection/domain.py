"""Words of the detection desk: what a finding points at and what state it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from fanzha.engine.rules.model import Target
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

__all__ = ["BacktestState", "Cause", "FindingState", "Flagged", "Flags", "RunSummary", "SubjectKind", "Target"]


class SubjectKind(StrEnum):
    """What the subject token of a finding names."""

    PERSON = "person"  # the holder's token, or the phone's where no holder is known
    PHONE = "phone"
    ACCOUNT = "account"


class FindingState(StrEnum):
    """A finding stands until a later run over the same days no longer produces it."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"


class Cause(StrEnum):
    """Why a run started on the day it did."""

    FIRST = "first"  # nothing had been run before
    FULL = "full"  # everything was asked for
    NEWS = "news"  # events came
    RULES = "rules"  # the rules differ from the last run's
    FLAGS = "flags"  # indicators or registrations changed
    NOTHING = "nothing"  # nothing is new: nothing was done


class BacktestState(StrEnum):
    """Where a backtest stands. A waiting or running one can be cancelled; the others stay as they are."""

    WAITING = "waiting"  # 排队中
    RUNNING = "running"  # 运行中
    DONE = "done"  # 已完成
    FAILED = "failed"  # 失败
    CANCELLED = "cancelled"  # 已取消

    @property
    def is_open(self) -> bool:
        return self in (BacktestState.WAITING, BacktestState.RUNNING)


class Flagged(Protocol):
    """What the desk reads of a flagged identifier."""

    @property
    def fraud_type(self) -> FraudType: ...

    @property
    def level(self) -> RiskLevel: ...


Flags = Mapping[str, Flagged]
"""Token → what it is flagged for."""


@dataclass(frozen=True)
class RunSummary:
    """What one run did. `found` findings stand on the days from `first_day` to `last_day`: `fresh` of them are new or stand again, `changed` have other
    words or evidence than before, and the rest are as they were; `withdrawn` no longer stand. `events` is the number of events on these days.
    """

    cause: Cause
    first_day: date | None
    last_day: date | None
    events: int = 0
    found: int = 0
    fresh: int = 0
    changed: int = 0
    withdrawn: int = 0
    by_rule: Mapping[str, int] | None = None
    seconds: float = 0.0
