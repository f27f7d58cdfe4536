"""Numbers of the appeals desk. None stands in code: each has a source, a version and an effective date, and a city may set its own.

The Anti-Telecom and Online Fraud Law (art. 32) says "accept, verify, lift at once" and counts no days. Where no text that we have counts them either, the
default is marked GK and is a working target, not the law.
"""

from __future__ import annotations

from datetime import date, timedelta

from fanzha.desks.appeals.domain import Target, Track
from fanzha.store import dated

_LAW = date(2022, 12, 1)  # the Anti-Telecom and Online Fraud Law came into force
_PROCEDURE = date(2020, 9, 1)  # the Provisions on police procedure in criminal cases, version of 2020
_PUNISHMENT = date(2024, 12, 1)  # the Measures on joint punishment
_GK = "GK: editable default"
_S196 = "A: 公安机关办理刑事案件程序规定 §196 (thirty days from receipt, in writing); check against the official text"
_NO_DAYS = "GK: 联合惩戒办法 arts 14–16 set the days, the text at hand does not show them: set it from the official text"


def _number(key: str, value: int | str, unit: str, meaning: str, source: str = _GK, since: date = _LAW) -> dated.DatedNumber:
    return dated.DatedNumber(f"appeals.{key}", value, unit, meaning, source, since)


dated.register(
    _number("accept_hours", 24, "hours", "By when an appeal is accepted or found inadmissible", "GK: after the 24-hour appeal lines of Gansu (DOMAIN, C)"),
    _number("answer_hours.stop", 24, "hours", "By when an appeal against a stop-payment is answered", "GK: before the 48 hours of the stop are over"),
    _number("answer_hours.criminal", 720, "hours", "By when an appeal against a freeze in a criminal case is answered", _S196, _PROCEDURE),
    _number("answer_hours.punishment", 360, "hours", "By when an appeal against joint punishment is answered", _NO_DAYS, _PUNISHMENT),
    _number("answer_hours.administrative", 360, "hours", "By when an appeal against another measure on an account is answered", "GK: art. 32 counts no days"),
    _number("answer_hours.line", 24, "hours", "By when an appeal about a SIM card or number is answered", "C: 二次实人认证 within 24 h (DOMAIN §3)"),
    _number("answer_hours.decision", 24, "hours", "By when an appeal against a transfer or call held or blocked is answered", "GK: before a hold's three days are over"),
    _number("answer_hours.warning", 72, "hours", "By when an objection to a warning is answered"),
    _number("soon_percent", 25, "percent", "An alarm is raised when this share of a clock is left"),
    _number("pause_days", 10, "days", "How long the answer's clock stands still at most while documents are awaited; once an appeal"),
    _number("facts_hours", 24, "hours", "By when a receiver answers what it is asked about a measure"),
    _number("proof_hours", 24, "hours", "By when every receiver has proven the release of what an upheld appeal lifts", "GK: art. 32 says at once"),
    _number("reconsider_days", 15, "days", "Within what time the unit above may be asked to look again"),
    _number("review_days", 60, "days", "Told in answers: time for administrative reconsideration", "A: 行政复议法 §20", date(2024, 1, 1)),
    _number("suit_months", 6, "months", "Told in answers: time for an administrative suit", "A: 行政诉讼法 §46", date(2017, 7, 1)),
    _number("clear_days", 30, "days", "How long findings made before an appeal was upheld do not count in decisions in flight"),
    _number("code_minutes", 10, "minutes", "How long a code sent by text message counts"),
    _number("code_tries", 5, "attempts", "Wrong codes before one must ask for a new one"),
    _number("codes_a_day", 5, "messages", "Codes that one notice can have sent in a day"),
    _number("visit_minutes", 30, "minutes", "How long one may look at a measure after the code"),
    _number("documents", 10, "files", "Files that one appeal may hold"),
    _number("document_mb", 5, "MB", "Size of one file at most (at most 8)"),
    _number("phone", "96110", "words", "Telephone for appeals", "C: 96110 takes complaints (DOMAIN §3)"),
)


class Numbers(dated.Numbers):
    prefix = "appeals"

    def answer_within(self, track: Track) -> timedelta:
        return timedelta(hours=self.whole(f"answer_hours.{track.value}"))

    def document_bytes(self) -> int:
        return min(8, self.whole("document_mb")) * 2**20


def track_of_target(target: Target) -> Track:
    """The track of what is no order."""
    return Track.DECISION if target is Target.DECISION else Track.WARNING
