"""Window features equal brute force on small data full of ties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.windows import window_features

ZERO = datetime(2026, 3, 1, tzinfo=UTC)
SPANS = {"a": timedelta(minutes=2), "b": timedelta(minutes=5), "all": timedelta(days=30)}

EVENT = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["x", "y", None]),
        "party": st.sampled_from(["p", "q", "r", None]),
        "minute": st.integers(0, 8),
        "order": st.integers(-3, 3),
        "amount": st.one_of(st.none(), st.integers(0, 100)),
    }
)


def frame(events: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {"key": pl.String, "party": pl.String, "minute": pl.Int64, "order": pl.Int64, "amount": pl.Int64}
    found = pl.DataFrame(events, schema=schema)
    return found.with_columns(at=pl.lit(ZERO).dt.cast_time_unit("us") + pl.duration(minutes=pl.col("minute")))


def brute(events: list[dict[str, Any]], span: timedelta) -> list[tuple[int | None, int | None, int | None]]:
    answers: list[tuple[int | None, int | None, int | None]] = []
    reach = span / timedelta(minutes=1)
    for event in events:
        seen = [
            other
            for other in events
            if other["key"] == event["key"]
            and (other["minute"], other["order"]) < (event["minute"], event["order"])
            and other["minute"] >= event["minute"] - reach
        ]
        parties = {other["party"] for other in seen} - {None}
        answers.append((len(seen), sum(other["amount"] or 0 for other in seen), len(parties)) if event["key"] else (None, None, None))
    return answers


@given(st.lists(EVENT, max_size=25))
@settings(max_examples=150, deadline=None)
def test_equal_to_brute_force(events: list[dict[str, Any]]) -> None:
    found = window_features(frame(events), "key", "party", "at", "order", "amount", SPANS)
    for name, span in SPANS.items():
        assert found.select(f"count_{name}", f"sum_{name}", f"distinct_{name}").rows() == brute(events, span)


@given(st.lists(EVENT, min_size=1, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(events: list[dict[str, Any]], chance: Any) -> None:
    data = frame(events).with_row_index("row")
    places = list(range(len(events)))
    chance.shuffle(places)
    shuffled = data[places]
    found = shuffled.select("row").hstack(window_features(shuffled, "key", "party", "at", "order", "amount", SPANS)).sort("row")
    assert found.drop("row").equals(window_features(data, "key", "party", "at", "order", "amount", SPANS))


def test_equal_times_are_ordered_by_event_id() -> None:
    events = [{"key": "x", "party": "p", "minute": 0, "order": order, "amount": 7} for order in (2, 1, 3)]
    found = window_features(frame(events), "key", "party", "at", "order", "amount", SPANS)
    assert found["count_a"].to_list() == [1, 0, 2]
    assert found["sum_a"].to_list() == [7, 0, 14]


def test_a_window_reaches_exactly_as_far_as_it_says() -> None:
    events = [{"key": "x", "party": "p", "minute": minute, "order": 0, "amount": 1} for minute in (0, 2, 3)]
    found = window_features(frame(events), "key", "party", "at", "order", "amount", {"a": timedelta(minutes=2)})
    assert found["count_a"].to_list() == [0, 1, 1]


@pytest.mark.parametrize("amount", [None, "amount"])
def test_no_events(amount: str | None) -> None:
    found = window_features(frame([]), "key", "party", "at", "order", amount, SPANS)
    assert found.height == 0
    assert ("sum_a" in found.columns) is (amount is not None)
