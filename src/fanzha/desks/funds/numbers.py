"""Numbers of the funds desk. None stands in code: each has a source, a version and an effective date, and a city may set its own."""

from __future__ import annotations

from datetime import date, timedelta

from fanzha.desks.funds.matching import Tolerance
from fanzha.desks.funds.proposals import Decay
from fanzha.engine.refunds import Denominator
from fanzha.engine.tracing.trace import Method
from fanzha.store import dated

_LAW = date(2022, 12, 1)  # the Anti-Telecom and Online Fraud Law came into force
_REFUNDS = date(2016, 9, 18)  # 银监发〔2016〕41号 came into force
_GK = "GK: editable default"
_C = "C: 银监发〔2016〕41号, seen in excerpts"


def _number(key: str, value: int | str, unit: str, meaning: str, source: str = _GK, since: date = _LAW, words: frozenset[str] = frozenset()) -> dated.DatedNumber:
    return dated.DatedNumber(f"funds.{key}", value, unit, meaning, source, since, words)


dated.register(
    _number("method", Method.FIFO.value, "words", "How stolen money is told from the rest in a new trace", "GK: no source fixes a method", words=frozenset(Method)),
    _number("hops", 10, "transfers", "How many transfers a new trace follows"),
    _number("within_hours", 168, "hours", "How long after the victim's transfer a new trace follows"),
    _number("tolerance_seconds", 120, "seconds", "How far the two banks' times of one transfer may lie apart"),
    _number("victim_tolerance_seconds", 1800, "seconds", "How far the victim's and the bank's time of one transfer may lie apart"),
    _number("half_life_minutes", 30, "minutes", "After this time half of the money is taken to have left an account"),
    _number("least_chance_percent", 2, "percent", "The chance that money is still there is never taken to be less"),
    _number("denominator", Denominator.CLAIMS.value, "words", "What shares are reckoned by in a new refund round", _C, _REFUNDS, frozenset(Denominator)),
    _number("notice_days", 30, "days", "How long a pro-rata refund stands in public notice before it is decided", _C, _REFUNDS),
    _number("pay_working_days", 3, "working days", "By when the bank carries a refund out", _C, _REFUNDS),
    _number("holidays", "none", "days", "Public holidays that are no working days (2026-10-01 …), beside Saturdays and Sundays", "GK: the State Council's list"),
    _number("extra_working_days", "none", "days", "Saturdays and Sundays that are worked on (2026-10-10 …)", "GK: the State Council's list"),
)


class Numbers(dated.Numbers):
    prefix = "funds"

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(timedelta(seconds=self.whole("tolerance_seconds")), timedelta(seconds=self.whole("victim_tolerance_seconds")))

    @property
    def decay(self) -> Decay:
        return Decay(timedelta(minutes=max(1, self.whole("half_life_minutes"))), min(100, self.whole("least_chance_percent")) / 100)

    def days(self, key: str) -> frozenset[date]:
        """The days of a list; what is no day is none."""
        return frozenset(date.fromisoformat(word) for word in self.words(key).split() if word[:1].isdigit())
