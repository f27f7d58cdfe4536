"""Window features equal brute force on small data full of ties."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine import kernels, windows
from fanzha.engine.windows import Line, Queries, codes_of, counts_and_sums, distinct, entropy, gaps, window_features

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


@given(st.lists(EVENT, max_size=25), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_shares_of_the_work_give_what_the_whole_gives(events: list[dict[str, Any]], share: int) -> None:
    data = frame(events)
    whole = window_features(data, "key", "party", "at", "order", "amount", SPANS)
    keys, moments, places = codes_of(data["key"]), data["at"].cast(pl.Int64).to_numpy(), data["order"].to_numpy()
    queries = Queries.of(keys, moments, places)
    line = Line.of(keys, moments, places, codes_of(data["party"]), data["amount"].fill_null(0).to_numpy())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "SHARE", share)
        assert window_features(data, "key", "party", "at", "order", "amount", SPANS).equals(whole)
        for name, span in SPANS.items():
            assert queries.spread(distinct(queries, line, span)).to_list() == whole[f"distinct_{name}"].to_list()
            assert queries.spread(counts_and_sums(queries, line, span)[1]).to_list() == whole[f"sum_{name}"].to_list()


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 5)), max_size=60))
@settings(max_examples=40, deadline=None)
def test_numbers_and_words_are_coded_alike(values: list[int | None]) -> None:
    numbers = codes_of(pl.Series(values, dtype=pl.Int64)).tolist()
    words = codes_of(pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)).tolist()
    assert [code == -1 for code in numbers] == [value is None for value in values]
    assert [[one == other for other in numbers] for one in numbers] == [[one == other for other in words] for one in words]


def test_more_numbers_than_the_first_table_holds() -> None:
    values = np.arange(100_000, dtype=np.int64) * 7_919 - 5
    assert codes_of(pl.Series(np.concatenate([values, values[::-1]]))).tolist() == [*range(100_000), *reversed(range(100_000))]


def test_pairs_are_coded_by_both() -> None:
    one, other = np.array([1, 0, 1, -1, 1, 0], np.int32), np.array([2, 1, 2, 1, 0, -1], np.int32)
    found = kernels.paired(one, other, 3).tolist()
    assert [code == -1 for code in found] == [False, False, False, True, False, True]
    assert found[0] == found[2]
    assert len({found[0], found[1], found[4]}) == 3


def test_entropy_is_nothing_exactly_where_all_are_one_and_the_logarithm_where_all_differ() -> None:
    events = 5_000  # beyond the weights that are looked up
    key, at, order = np.zeros(events + 1, np.int32), np.arange(events + 1), np.zeros(events + 1, np.int64)
    for party, expected in ((np.zeros(events + 1, np.int32), 0.0), (np.arange(events + 1, dtype=np.int32), math.log2(events))):
        line = Line.of(key, at, order, party, order)
        assert entropy(Queries.of(key, at, order), line, timedelta(days=1))[-1] == pytest.approx(expected, abs=1e-9)
    assert entropy(Queries.of(key, at, order), Line.of(key, at, order, key, order), timedelta(days=1))[-1] == 0.0


def test_a_steady_beat_has_no_spread_however_long_the_gaps() -> None:
    at = np.arange(4) * 9 * 86_400 * 10**6
    key, order = np.zeros(4, np.int32), np.zeros(4, np.int64)
    found = gaps(Queries.of(key, at, order), Line.of(key, at, order, key, order), timedelta(days=30))
    assert found.spread()[-1] == 0.0
    assert found.mean()[-1] == 9 * 86_400
