"""Daily snapshots of figures and of victims nobody warned, and alarms where something leaves its bounds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import text

from fanzha.desks.learning import metrics, repository
from fanzha.desks.learning.domain import Window
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.warnings import LIVE_CHANNEL
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.fraud_types import ENTRIES, FraudType

WEEKS = 26
"""How many weeks of victims a snapshot holds."""

_MISSED = text("""
WITH latest AS (SELECT DISTINCT ON (source, source_id) * FROM labels ORDER BY source, source_id, revision DESC),
victim AS (SELECT date_trunc('week', happened_at AT TIME ZONE 'Asia/Shanghai')::date AS week, fraud_type, subject_token, bool_or(warned) AS warned
           FROM latest WHERE source = 'report' AND verdict = 'positive' AND happened_at >= :since GROUP BY 1, 2, 3)
SELECT week, fraud_type, count(*) AS victims, count(*) FILTER (WHERE NOT warned) AS never_warned FROM victim GROUP BY week, fraud_type ORDER BY week, fraud_type
""")


def window_of(until: datetime, days: int) -> Window:
    """The last `days` whole Chinese days before the day that holds `until`, and that day so far."""
    first = clock.local_day(until) - timedelta(days=days - 1)
    return Window(clock.local_midnight(first), until)


def keep_figures(work: Work, day: date) -> int:
    """Store every detector's figures as they stand; the same day again replaces them. Returns how many."""
    now = clock.now()
    rows = [
        {
            "day": day, "detector_id": each.detector, "version": each.version, "name": name, "numerator": figure.numerator, "denominator": figure.denominator,
            "low": figure.interval.low if figure.interval else None, "high": figure.interval.high if figure.interval else None,
            "since": figure.window.since, "until": figure.window.until, "exclusions": dict(figure.exclusions), "computed_at": now,
        }
        for each in metrics.by_detector(work, window_of(now, Numbers(work).whole("window_days"))) for name, figure in each.figures.items()
    ]  # fmt: skip
    repository.put_figures(work, rows)
    return len(rows)


def keep_missed(work: Work, day: date) -> int:
    """Store, by fraud type and week of the loss, how many victims reported and how many of them nobody had warned; raise an alarm where too many."""
    numbers, now = Numbers(work), clock.now()
    monday = day - timedelta(days=day.weekday(), weeks=WEEKS - 1)
    found = work.session.execute(_MISSED, {"since": clock.local_midnight(monday)}).mappings().all()
    repository.put_missed(work, [{**row, "day": day, "computed_at": now} for row in found])
    recent = day - timedelta(days=day.weekday(), weeks=1)  # this week and the last: older ones have been told
    share, least = numbers.share("never_warned_share"), numbers.whole("never_warned_victims")
    for row in found:
        missed = row["never_warned"] / row["victims"]
        if row["week"] >= recent and row["victims"] >= least and missed >= share:
            zh, en = _names(row["fraud_type"])
            raise_alarm(
                work, "never_warned", f"{row['fraud_type']}:{row['week']}", missed, share,
                f"{row['week']} 起一周，{zh}被害人 {row['victims']} 名，其中 {row['never_warned']} 名从未收到预警",
                f"Week of {row['week']}: {row['never_warned']} of {row['victims']} victims of “{en}” had never been warned",
            )  # fmt: skip
    return len(found)


def look_at_tricks(work: Work) -> int:
    """Raise an alarm for every trick that has gone without a warning for too long; returns how many are new."""
    days, raised = Numbers(work).whole("trick_open_days"), 0
    for row in repository.tricks(work):
        waiting = (clock.now() - row.first_known_at) / timedelta(days=1)
        if row.first_warned_at is None and waiting >= days:
            zh, en = _names(row.fraud_type)
            raised += raise_alarm(
                work, "trick", row.id, waiting, days, f"{zh}的一种新手法已接报 {row.cases} 起，首起距今 {waiting:.0f} 天，尚无预警",
                f"A trick of “{en}” with {row.cases} cases, the first {waiting:.0f} days ago, has had no warning yet",
            )  # fmt: skip
    return raised


def raise_alarm(work: Work, kind: str, subject: str, value: float, threshold: float, sentence_zh: str, sentence_en: str) -> bool:
    """Once a day and subject: store it, put it into the audit log, and tell open pages. Returns whether it is new."""
    now = clock.now()
    row = {"kind": kind, "subject": subject, "day": clock.local_day(now), "value": value, "threshold": threshold, "at": now}
    is_new = repository.add_alarm(work, row | {"sentence_zh": sentence_zh, "sentence_en": sentence_en})
    if is_new:
        work.audit("learning.alarm", f"{kind}:{subject}", {"value": round(value, 4), "threshold": threshold})
        work.notify(LIVE_CHANNEL, {"kind": "learning", "action": "alarm", "subject": f"{kind}:{subject}", "zh": sentence_zh, "en": sentence_en})
    return is_new


def _names(fraud_type: str) -> tuple[str, str]:
    entry = ENTRIES[FraudType(fraud_type)]
    return entry.zh, entry.en
