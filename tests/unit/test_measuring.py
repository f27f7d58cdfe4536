"""Figures of a backtest against a plain count of the same things."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.detection.domain import Target
from fanzha.desks.detection.measuring import AFTER, BEFORE, Caught, Live, Share, judged, measure
from fanzha.desks.detection.outcomes import Fate

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
FIRST = date(2026, 3, 1)
DAYS = {FIRST + timedelta(days=number): 100 for number in range(5)}


def caught(subject: str, day: int = 0) -> Caught:
    return Caught(FIRST + timedelta(days=day), NOON + timedelta(days=day), subject)


def fate(token: str, *, fraud: bool = True, happened: float = 0, known: float = 1) -> Fate:
    return Fate(token, fraud, NOON + timedelta(days=happened), NOON + timedelta(days=known), "report")


def test_victims_are_right_around_their_fraud_alone() -> None:
    found = [caught("wang", 1), caught("li", 2), caught("zhao", 0), caught("sun", 0)]
    fates = {
        "wang": (fate("wang", happened=1.5, known=3),),
        "li": (fate("li", happened=1.5, known=3),),
        "zhao": (fate("zhao", fraud=False, happened=0.1),),
        "sun": (fate("sun", happened=-90),),
        "qian": (fate("qian", happened=4),),
        "zhou": (fate("zhou", happened=3),),
    }
    result = measure(found, [], fates, {"wang", "li", "qian"}, DAYS, Target.VICTIM, capacity=1)
    assert (result.findings, result.subjects, result.unknown) == (4, 4, 1)
    assert (result.precision.numerator, result.precision.denominator) == (2, 3)
    assert (result.recall.numerator, result.recall.denominator, result.unseen) == (2, 3, 1)
    assert result.in_time.numerator == 1, "li was found after the fraud"
    assert (result.load.capacity, result.load.most, result.load.days_over) == (1, 2, 1)
    assert result.sources == {"report": 4}


def test_numbers_count_whenever_they_were_used_and_in_time_before_they_were_known() -> None:
    found = [caught("a", 0), caught("b", 3)]
    fates = {"a": (fate("a", happened=-200, known=2),), "b": (fate("b", happened=-200, known=2),)}
    result = measure(found, [], fates, {"a", "b"}, DAYS, Target.NUMBER, capacity=1)
    assert (result.precision.value, result.recall.value, result.in_time.numerator) == (1.0, 1.0, 1)
    assert result.load.capacity is None


def test_overlap_and_what_is_new_each_day() -> None:
    found = [caught("a", 0), caught("a", 1), caught("b", 1), caught("c", 2)]
    live = [Live(FIRST + timedelta(days=1), "b", "r1"), Live(FIRST + timedelta(days=1), "b", "r2"), Live(FIRST, "c", "r1"), Live(FIRST, "d", "r1")]
    result = measure(found, live, {}, set(), DAYS, Target.ACCOUNT, capacity=1)
    overlap = result.overlap
    assert (overlap.both, overlap.only_this, overlap.only_live, dict(overlap.by_detector)) == (1, 3, 2, {"r1": 1, "r2": 1})
    assert [day.fresh for day in result.daily] == [1, 1, 1, 0, 0]
    assert [day.extra for day in result.daily] == [1, 0, 0, 0, 0], "b the same day and c the day before were found live"
    assert result.precision == Share(0, 0, None, None, None)
    assert result.document()["daily"][0]["day"] == "2026-03-01"


@given(st.floats(-60, 60), st.booleans())
def test_the_time_between_finding_and_fraud_decides(days: float, fraud: bool) -> None:
    near = -BEFORE <= timedelta(days=days) <= AFTER
    known = (fate("x", fraud=fraud, happened=days),)
    assert judged(known, caught("x"), Target.VICTIM) is (fraud if near else None)
    assert judged(known, caught("x"), Target.ACCOUNT) is fraud


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share(numerator: int, more: int) -> None:
    share = Share.of(numerator, numerator + more)
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_wilson_by_the_book() -> None:
    share = Share.of(8, 10)
    assert share.low == pytest.approx(0.4901625, abs=1e-6)
    assert share.high == pytest.approx(0.9433178, abs=1e-6)
