"""What reading a narrative gives. All positions are characters of the text as it came; `end` is exclusive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fanzha.kit.money import Fen
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage


class Role(StrEnum):
    """Whose an identifier is, as far as the text tells."""

    SUSPECT = "suspect"  # 嫌疑人
    VICTIM = "victim"  # 受害人
    UNKNOWN = "unknown"


class MoneyRole(StrEnum):
    """What became of an amount. A fee was paid too: it is lost money under a name that the trick gave it."""

    LOST = "lost"  # 转出、被骗
    RETURNED = "returned"  # 返还、提现到账
    FEE = "fee"  # 以费用名义要求支付
    OTHER = "other"  # 额度、价格、余额、承诺


class Precision(StrEnum):
    """To what a moment is known."""

    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


@dataclass(frozen=True)
class Mention:
    """An identifier as it stands in the text. `value` is clean (`vocab.identifiers`); `warnings` are its doubts; `confidence` and `role_confidence` are 0..1."""

    kind: Kind
    start: int
    end: int
    raw: str
    value: str
    role: Role
    confidence: float
    role_confidence: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Amount:
    """Money in fen. `approximate`: 多, 余, 约, 近. `is_total`: the text calls it a sum (共, 合计, 损失)."""

    start: int
    end: int
    raw: str
    fen: Fen
    role: MoneyRole
    approximate: bool
    is_total: bool
    confidence: float


@dataclass(frozen=True)
class Moment:
    """A time. `at` is aware (Asia/Shanghai) and begins the month, day, hour … that is meant; None where it rests on a report's date that nobody gave."""

    start: int
    end: int
    raw: str
    at: datetime | None
    precision: Precision
    approximate: bool
    confidence: float


@dataclass(frozen=True)
class PlatformMention:
    """A service where it happened, by the name under which it is known: `value` is a code of `platforms.yaml`."""

    start: int
    end: int
    raw: str
    value: str
    confidence: float


@dataclass(frozen=True)
class Judgement:
    """The fraud type with the phrases that say so (the weightiest first) and how far it had gone. `needs_human`: below the confidence asked for."""

    type: FraudType
    confidence: float
    reasons: tuple[str, ...]
    runner_up: FraudType | None
    stage: Stage
    stage_reasons: tuple[str, ...]
    needs_human: bool


@dataclass(frozen=True)
class Reading:
    """A narrative as read. Spans are in the order of the text and do not overlap one another.

    `loss_fen`: the greatest total the text states, else what was paid (lost and fees) less what came back; 0 where nothing was paid.
    """

    mentions: tuple[Mention, ...]
    amounts: tuple[Amount, ...]
    times: tuple[Moment, ...]
    platforms: tuple[PlatformMention, ...]
    judgement: Judgement
    loss_fen: Fen = 0
    notes: tuple[str, ...] = field(default=())

    def suspects(self, least: float = 0.6) -> tuple[Mention, ...]:
        """Identifiers held to be the suspect's with at least this confidence in their role, each value once."""
        found: dict[tuple[Kind, str], Mention] = {}
        for mention in self.mentions:
            if mention.role is Role.SUSPECT and mention.role_confidence >= least:
                found.setdefault((mention.kind, mention.value), mention)
        return tuple(found.values())
