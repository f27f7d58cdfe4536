"""Numbers of the orders desk. None stands in code: each has a source, a version and an effective date, and a city may set its own."""

from __future__ import annotations

from datetime import date, timedelta

from fanzha.desks.controls.domain import OrderKind, Term
from fanzha.store import dated

_LAW = date(2022, 12, 1)  # the Anti-Telecom and Online Fraud Law came into force
_PROCEDURE = date(2020, 9, 1)  # the Provisions on police procedure in criminal cases, version of 2020
_GK = "GK: editable default"
_STOP = "C: 48 hours, at most two on one account (DOMAIN §2)"
_FREEZE = "A: 公安机关办理刑事案件程序规定 §243"


def _number(key: str, value: int | str, unit: str, meaning: str, source: str = _GK, since: date = _LAW) -> dated.DatedNumber:
    return dated.DatedNumber(f"controls.{key}", value, unit, meaning, source, since)


dated.register(
    _number("stop.term", 48, "hours", "How long a stop-payment lasts", _STOP),
    _number("stop_extend.term", 48, "hours", "How long one extension of a stop-payment lasts", _STOP),
    _number("stop.rounds", 2, "times", "Stop-payments and extensions that one account may have in all (at most 9)", _STOP),
    _number("freeze.term", 6, "months", "How long a freeze lasts at most", _FREEZE, _PROCEDURE),
    _number("freeze.major_term", 12, "months", "How long a freeze in a major case lasts at most, approved at city level", _FREEZE, _PROCEDURE),
    _number("freeze_renew.term", 6, "months", "How long one renewal lasts at most", _FREEZE, _PROCEDURE),
    _number("freeze_renew.major_term", 12, "months", "How long one renewal in a major case lasts at most", _FREEZE, _PROCEDURE),
    _number("receive_only.term", 6, "months", "How long receive-only lasts at most", "GK: as a freeze; S4 names the measure without a term"),
    _number("total_block.term", 6, "months", "How long a total block lasts at most", "GK: as a freeze"),
    _number("noncounter.term", 6, "months", "How long non-counter business is suspended at most", "GK: 261号 suspends until re-verified, without a term"),
    _number("noncounter_renew.term", 6, "months", "How long one renewal of it lasts at most"),
    _number("answer_minutes.ask", 1440, "minutes", "By when a query is answered"),
    _number("answer_minutes.impose", 30, "minutes", "By when a measure is answered (immediately: DOMAIN §2, C)"),
    _number("answer_minutes.extend", 120, "minutes", "By when an extension is answered"),
    _number("answer_minutes.release", 60, "minutes", "By when a release is answered (lift at once: art. 32)"),
    _number("request_hours", 72, "hours", "A request that nobody approved lapses after this time"),
    _number("approval_hours", 72, "hours", "An approved order that nobody answered lapses after this time"),
    _number("ends_soon_hours.hours", 12, "hours", "First alarm before a measure with a term in hours ends"),
    _number("ends_very_soon_hours.hours", 4, "hours", "Second alarm before a measure with a term in hours ends"),
    _number("ends_soon_hours.days", 168, "hours", "First alarm before a measure with a term in days ends"),
    _number("ends_very_soon_hours.days", 24, "hours", "Second alarm before a measure with a term in days ends"),
    _number("ends_soon_hours.months", 720, "hours", "First alarm before a measure with a term in months ends"),
    _number("ends_very_soon_hours.months", 24, "hours", "Second alarm before a measure with a term in months ends"),
    _number("freeze_due_hours", 12, "hours", "A stop without a freeze on the same account raises an alarm so long before it ends", "GK: stop, file, then freeze"),
    _number("unrelated_days", 3, "days", "Funds found unrelated are released within this time", "A: 公安机关办理刑事案件程序规定 §247", _PROCEDURE),
    _number("grade.near_days", 30, "days", "Accounts opened within so many days of a case account count as opened with it"),
    _number("grade.many_accounts", 3, "accounts", "So many accounts of one holder opened within a few days are a sign", "D: feature code 1001 (DOMAIN §8)"),
    _number("grade.many_days", 7, "days", "Within how many days they are counted", "D: feature code 1001 names 5 working days"),
    _number("push.attempts", 10, "attempts", "Pushes of one message before it is given up with an alarm"),
    _number("push.first_seconds", 10, "seconds", "Wait after the first failed push; each further one doubles it"),
    _number("push.longest_seconds", 1800, "seconds", "Longest wait between two pushes"),
    _number("signature_seconds", 300, "seconds", "A signed message older or newer than this is refused"),
    _number("remedy_phone", "96110", "words", "Telephone of the remedy channel in notices", "C: 96110 takes complaints (DOMAIN §3)"),
)


class Numbers(dated.Numbers):
    prefix = "controls"

    def longest(self, kind: OrderKind, *, major: bool) -> Term | None:
        """The longest term of one order of this kind; None where it has none."""
        if kind.unit is None:
            return None
        return Term(self.whole(f"{kind.key}.{'major_term' if major and kind.may_be_major else 'term'}"), kind.unit)

    def rounds(self, kind: OrderKind) -> int:
        return min(9, self.whole(f"{kind.counted}.rounds"))

    def answer_within(self, kind: OrderKind) -> timedelta:
        return timedelta(minutes=self.whole(f"answer_minutes.{kind.clock or kind.effect.value}"))
