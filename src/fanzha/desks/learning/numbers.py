"""Numbers of the learning desk that a city may change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fanzha.store import dated

_FROM = date(2022, 12, 1)
_GK = "GK"
_PSI = "GK: customary in credit scoring (below 0.1 little, above 0.25 much change); no standard of the field"


def _number(key: str, value: float, unit: str, meaning: str, source: str = _GK) -> dated.DatedNumber:
    return dated.DatedNumber(f"learning.{key}", value, unit, meaning, source, _FROM)


_NUMBERS: Iterable[dated.DatedNumber] = (
    _number("labels_days", 730, "days", "How long a label is kept after it was known; then it is forgotten"),
    _number("sweep_days", 200, "days", "How far back outcomes are looked at again when labels are gathered"),
    _number("said_days", 30, "days", "How long before it happened a detector's word about the subject counts as having said so"),
    _number("window_days", 30, "days", "The window of a detector's figures"),
    _number("psi_watch", 0.1, "index", "A stability index from here on is worth a look", _PSI),
    _number("psi_alarm", 0.25, "index", "A stability index from here on raises an alarm", _PSI),
    _number("drift_days", 7, "days", "The days whose features and scores are compared with the reference"),
    _number("drift_reference_days", 28, "days", "The days before them that are the reference where a model brings none"),
    _number("drift_rows", 20_000, "rows", "At most so many events of a day are looked at for drift"),
    _number("never_warned_share", 0.5, "share", "A share of victims nobody had warned, from here on, raises an alarm"),
    _number("never_warned_victims", 10, "victims", "Fewer victims of a type in a week raise no alarm"),
    _number("trick_days", 180, "days", "How far back reports are grouped into tricks"),
    _number("trick_cases", 2, "reports", "From so many reports on that tell the same, it is a trick; the first of them is its first case"),
    _number("trick_alike", 0.5, "share", "The common part of two narratives' three-character pieces from which they tell the same script"),
    _number("trick_open_days", 7, "days", "A trick without any warning for so long after its first case raises an alarm"),
    _number("train_days", 60, "days", "The days of events from which a challenger learns and on which it is measured"),
    _number("train_positives", 20, "subjects", "Fewer subjects with a positive label train no challenger"),
    _number("held_out_days", 14, "days", "The newest days, on which champion and challenger are compared and neither is trained"),
)

dated.register(*_NUMBERS)


class Numbers(dated.Numbers):
    prefix = "learning"
