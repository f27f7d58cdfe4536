"""Deadlines: what a level's channel plan asks for, and by when. The numbers are dated settings; this module computes with them.

Every deadline counts from the moment the warning got its level; raising the level never lengthens one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from fanzha.desks.warnings.domain import FINAL, State
from fanzha.kit import clock
from fanzha.store import Work, dated
from fanzha.vocab.risk import RiskLevel


class Due(StrEnum):
    """What must be done next."""

    SIGN = "sign"
    CALL = "call"
    MEET = "meet"
    FEEDBACK = "feedback"
    REVISIT = "revisit"


class Channel(StrEnum):
    SMS = "sms"
    CALL = "call"
    VISIT = "visit"


_FROM = date(2022, 12, 1)  # the day the Anti-Telecom and Online Fraud Law came into force
_GK = "GK: no national minute-level limit was found (DOMAIN §5); an editable default"
_CHANNELS = {RiskLevel.RED: "visit call sms", RiskLevel.YELLOW: "call sms", RiskLevel.BLUE: "call", RiskLevel.GREEN: "sms"}
_MINUTES: Mapping[RiskLevel, Mapping[Due, int]] = {
    RiskLevel.RED: {Due.SIGN: 5, Due.CALL: 10, Due.MEET: 30, Due.FEEDBACK: 120},
    RiskLevel.YELLOW: {Due.SIGN: 30, Due.CALL: 120, Due.MEET: 0, Due.FEEDBACK: 240},
    RiskLevel.BLUE: {Due.SIGN: 480, Due.CALL: 1440, Due.MEET: 0, Due.FEEDBACK: 2880},
    RiskLevel.GREEN: {Due.SIGN: 0, Due.CALL: 0, Due.MEET: 0, Due.FEEDBACK: 0},
}
_CHANNEL_WORDS = frozenset(channel.value for channel in Channel)
_REVISIT_DAYS = {RiskLevel.RED: 3, RiskLevel.YELLOW: 7, RiskLevel.BLUE: 0, RiskLevel.GREEN: 0}
_STEP_MEANING = {
    Due.SIGN: "sign by", Due.CALL: "first call attempt by", Due.MEET: "meet the person by (0: no meeting required)", Due.FEEDBACK: "answer by",
}  # fmt: skip


def _numbers() -> list[dated.DatedNumber]:
    numbers = []
    for level in RiskLevel:
        numbers += [
            dated.DatedNumber(f"warnings.{level}.{due}_minutes", minutes, "minutes", f"{level} warning: {_STEP_MEANING[due]}", _GK, _FROM)
            for due, minutes in _MINUTES[level].items()
        ]
        meaning = f"{level} warning: days from feedback to the revisit (0: none)"
        numbers.append(dated.DatedNumber(f"warnings.{level}.revisit_days", _REVISIT_DAYS[level], "days", meaning, "C: follow-up window (DOMAIN §5)", _FROM))
        meaning = f"{level} warning: channels, the foremost first"
        numbers.append(dated.DatedNumber(f"warnings.{level}.channels", _CHANNELS[level], "words", meaning, "C: SMS → phone → visit (DOMAIN §5)", _FROM, _CHANNEL_WORDS))
    return numbers


dated.register(
    *_numbers(),
    dated.DatedNumber("warnings.not_found_attempts", 3, "attempts", "Attempts before “cannot be found” (确实找不到) may be answered", "GK", _FROM),
    dated.DatedNumber("warnings.undo_minutes", 15, "minutes", "How long a sign or a feedback can be undone by the one who made it", "GK", _FROM),
    dated.DatedNumber("warnings.lapse_days", 30, "days", "A warning with only a text message lapses after this many days", "GK", _FROM),
    dated.DatedNumber("warnings.reveals_an_hour", 60, "reveals", "Reveals of personal data one user may make in an hour", "GK", _FROM),
    dated.DatedNumber("warnings.later_victim_days", 90, "days", "A loss this long after a warning still counts as a victim after warning (预警后被骗)", "GK", _FROM),
    dated.DatedNumber("warnings.close_days", 1, "days", "An answered warning without a revisit is closed after this many days", "GK", _FROM),
)


@dataclass(frozen=True)
class ChannelPlan:
    """What one level asks for in one region."""

    level: RiskLevel
    channels: tuple[Channel, ...]
    minutes: Mapping[Due, int]
    revisit_days: int

    @property
    def must_meet(self) -> bool:
        return self.minutes[Due.MEET] > 0

    @property
    def needs_people(self) -> bool:
        """Somebody must act; not only a text message is sent."""
        return self.channels != (Channel.SMS,)


@dataclass
class Plans:
    """The plans in force, each read once for this unit of work."""

    work: Work
    _known: dict[tuple[RiskLevel, str], ChannelPlan] = field(default_factory=dict)

    def of(self, level: RiskLevel, region: str) -> ChannelPlan:
        key = (level, region)
        if key not in self._known:
            self._known[key] = self._read(level, region)
        return self._known[key]

    def _read(self, level: RiskLevel, region: str) -> ChannelPlan:
        def number(name: str) -> int:
            return int(dated.value(self.work, f"warnings.{level}.{name}", region=region))

        channels = str(dated.value(self.work, f"warnings.{level}.channels", region=region)).split()
        return ChannelPlan(
            level=level,
            channels=tuple(Channel(name) for name in channels),
            minutes={due: number(f"{due}_minutes") for due in _MINUTES[level]},
            revisit_days=number("revisit_days"),
        )


@dataclass(frozen=True)
class Deadlines:
    """UTC; None where the plan asks for nothing."""

    sign_by: datetime | None = None
    call_by: datetime | None = None
    meet_by: datetime | None = None
    feedback_by: datetime | None = None
    revisit_by: datetime | None = None

    def tightened(self, other: Deadlines) -> Deadlines:
        """Of each pair the earlier."""
        return Deadlines(
            *(
                min((at for at in pair if at is not None), default=None)
                for pair in zip(
                    (self.sign_by, self.call_by, self.meet_by, self.feedback_by, self.revisit_by),
                    (other.sign_by, other.call_by, other.meet_by, other.feedback_by, other.revisit_by),
                    strict=True,
                )
            )
        )


def deadlines_from(plan: ChannelPlan, start: datetime) -> Deadlines:
    """The deadlines of a warning that got this plan at `start`."""

    def by(due: Due) -> datetime | None:
        minutes = plan.minutes[due]
        return start + timedelta(minutes=minutes) if minutes > 0 else None

    return Deadlines(by(Due.SIGN), by(Due.CALL), by(Due.MEET), by(Due.FEEDBACK))


def revisit_deadline(day: date) -> datetime:
    """A revisit is due by the end of its day in China."""
    return clock.local_midnight(day + timedelta(days=1))


_WAITING_FOR: Mapping[State, tuple[Due, ...]] = {
    State.ISSUED: (Due.SIGN, Due.CALL, Due.MEET, Due.FEEDBACK),
    State.DISPATCHED: (Due.SIGN, Due.CALL, Due.MEET, Due.FEEDBACK),
    State.INFORMED: (),
    State.SIGNED: (Due.CALL, Due.MEET, Due.FEEDBACK),
    State.CONTACTING: (Due.MEET, Due.FEEDBACK),
    State.NOT_FOUND_YET: (Due.MEET, Due.FEEDBACK),
    State.MET: (Due.FEEDBACK,),
    State.TRANSFER_REVIEW: (Due.FEEDBACK,),
    State.TRANSFERRED: (Due.FEEDBACK,),
    State.FED_BACK: (Due.REVISIT,),
    State.REVISIT_DUE: (Due.REVISIT,),
} | dict.fromkeys(FINAL, ())


def open_deadlines(state: State, deadlines: Deadlines) -> list[tuple[datetime, Due]]:
    """The deadlines still to be met in this state, the earliest first."""
    at = {
        Due.SIGN: deadlines.sign_by,
        Due.CALL: deadlines.call_by,
        Due.MEET: deadlines.meet_by,
        Due.FEEDBACK: deadlines.feedback_by,
        Due.REVISIT: deadlines.revisit_by,
    }
    order = list(Due)
    waiting = [(moment, due) for due in _WAITING_FOR[state] if (moment := at[due]) is not None]
    return sorted(waiting, key=lambda pair: (pair[0], order.index(pair[1])))
