"""Exact window features: how many, how much and with how many different others in the last hour, day and week before each event.

A window ends strictly before the event it describes; events are ordered by (time, order) as `engine.kernels` states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from fanzha.engine import kernels
from fanzha.engine.kernels import Codes, Ints

WINDOWS: dict[str, timedelta] = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}

NO_CODE = -1


def microseconds(span: timedelta) -> int:
    """The span in whole microseconds."""
    return span // timedelta(microseconds=1)


def codes_of(values: pl.Series) -> Codes:
    """A number from 0 for each different value, -1 for null. The numbers mean nothing beyond equality within this call."""
    text = values.dtype == pl.String
    coded = values.cast(pl.Categorical(pl.Categories.random())).to_physical() if text else values.rank("dense").cast(pl.Int64) - 1
    found: Codes = coded.cast(pl.Int32).fill_null(NO_CODE).to_numpy()
    return found


@dataclass(frozen=True)
class Line:
    """Source events of one kind as arrays sorted by (key, at, order); events without a key are left out."""

    key: Codes
    at: Ints
    order: Ints
    party: Codes
    value: Ints

    @staticmethod
    def of(key: Codes, at: Ints, order: Ints, party: Codes, value: Ints) -> Line:
        """Sort the arrays (one entry an event, any order) into a line."""
        place = sorted_places(key, at, order)
        return Line(key[place], at[place], order[place], party[place], value[place])

    def where(self, mask: np.ndarray) -> Line:
        """The events for which the mask holds; still sorted."""
        return Line(self.key[mask], self.at[mask], self.order[mask], self.party[mask], self.value[mask])


@dataclass(frozen=True)
class Queries:
    """The events to describe, sorted by (key, at, order). `place` is where each stands in the caller's rows; rows without a key are left out."""

    key: Codes
    at: Ints
    order: Ints
    place: Ints
    rows: int

    @staticmethod
    def of(key: Codes, at: Ints, order: Ints) -> Queries:
        place = sorted_places(key, at, order)
        return Queries(key[place], at[place], order[place], place, len(key))

    def spread(self, values: Ints) -> pl.Series:
        """Values of the sorted queries back in the caller's order, null for rows without a key."""
        found = np.zeros(self.rows, np.int64)
        known = np.zeros(self.rows, np.bool_)
        found[self.place] = values
        known[self.place] = True
        frame = pl.DataFrame({"found": found, "known": known})
        return frame.select(pl.when("known").then("found").alias("found")).to_series()


def sorted_places(key: Codes, at: Ints, order: Ints) -> Ints:
    """The places of the events that have a key, sorted by (key, at, order). Linear where the events already stand in the order of time."""
    keys = int(key.max(initial=NO_CODE)) + 1
    if kernels.in_time_order(at, order):
        return kernels.grouped(key, keys)
    frame = pl.DataFrame({"at": at, "order": order})
    by_time: Ints = frame.select(pl.arg_sort_by("at", "order").cast(pl.Int64)).to_series().to_numpy()
    found: Ints = by_time[kernels.grouped(key[by_time], keys)]
    return found


def counts_and_sums(queries: Queries, line: Line, window: timedelta) -> tuple[Ints, Ints]:
    """Events, and the sum of their values, in the window before each query."""
    found: tuple[Ints, Ints] = kernels.window_sums(
        queries.key, queries.at, queries.order, line.key, line.at, line.order, line.value, microseconds(window)
    )
    return found


def distinct(queries: Queries, line: Line, window: timedelta) -> Ints:
    """Different parties in the window before each query."""
    parties = int(line.party.max(initial=NO_CODE)) + 1
    found: Ints = kernels.window_distinct(
        queries.key, queries.at, queries.order, line.key, line.at, line.order, line.party, parties, microseconds(window)
    )
    return found


def window_features(
    events: pl.DataFrame,
    key: str,
    counterparty: str,
    at: str = "at",
    order: str = "event_key",
    amount: str | None = None,
    windows: Mapping[str, timedelta] = WINDOWS,
) -> pl.DataFrame:
    """For each event, over its key's earlier events: `count_<w>`, `sum_<w>` (of `amount`, where given) and `distinct_<w>` (counterparties).

    Rows answer in the order of `events`. `at` is an instant, `order` an integer that decides between equal instants. A null amount counts as 0, a
    null counterparty is not counted, and an event without a key has null features.
    """
    moments: Ints = events[at].cast(pl.Datetime("us", "UTC")).cast(pl.Int64).to_numpy()
    places: Ints = events[order].cast(pl.Int64).to_numpy()
    keys = codes_of(events[key])
    amounts: Ints = events[amount].cast(pl.Int64).fill_null(0).to_numpy() if amount else np.zeros(events.height, np.int64)
    line = Line.of(keys, moments, places, codes_of(events[counterparty]), amounts)
    queries = Queries.of(keys, moments, places)
    columns: dict[str, pl.Series] = {}
    for name, span in windows.items():
        counts, sums = counts_and_sums(queries, line, span)
        columns[f"count_{name}"] = queries.spread(counts)
        if amount:
            columns[f"sum_{name}"] = queries.spread(sums)
        columns[f"distinct_{name}"] = queries.spread(distinct(queries, line, span))
    return pl.DataFrame(columns)
