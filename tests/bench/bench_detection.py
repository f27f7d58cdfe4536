"""How fast features are: `python tests/bench/bench_detection.py LAKE`, the folder of a lake filled by `fanzha simulate` and `fanzha ingest`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from fanzha.engine import warm
from fanzha.engine.exposure import EXPOSURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import COLUMNS, History
from fanzha.engine.features.sources import Marks
from fanzha.engine.persons import persons
from fanzha.engine.windows import WINDOWS, Line, Queries, codes_of, counts_and_sums, distinct, window_features
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

SIDES = {EventKind.CALLS: "callee", EventKind.MESSAGES: "receiver", EventKind.VISITS: "visitor", EventKind.TRANSFERS: "payer"}
EVERY = 150
"""One caller and one site in so many counts as flagged."""


def measured(what: str, events: int, work: Callable[[], object]) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    sys.stdout.write(f"{what:<44}{events:>12,} events {wall:7.2f} s {spent:7.2f} CPU-s {events / spent / 1e6:7.2f} M/CPU-s\n")


def windows(visits: pl.DataFrame) -> None:
    at, order = visits["at"].cast(pl.Int64).to_numpy(), visits["event_key"].to_numpy()
    keys, parties, seconds = (
        codes_of(visits["visitor"]),
        codes_of(visits["domain"]),
        visits["seconds"].cast(pl.Int64).fill_null(0).to_numpy(),
    )
    line, queries = Line.of(keys, at, order, parties, seconds), Queries.of(keys, at, order)
    measured("into (key, time) order", visits.height, lambda: Line.of(keys, at, order, parties, seconds))
    measured(
        "kernels: count, sum, distinct; 1 h, 24 h, 7 d",
        visits.height,
        lambda: [(counts_and_sums(queries, line, span), distinct(queries, line, span)) for span in WINDOWS.values()],
    )
    measured("window_features, from tokens", visits.height, lambda: window_features(visits, "visitor", "domain", amount="seconds"))


def exposures(tables: dict[EventKind, pl.DataFrame], people: pl.DataFrame) -> None:
    events = sum(table.height for table in tables.values())
    tokens = [
        *tables[EventKind.CALLS]["caller"].unique().drop_nulls().sort(),
        *tables[EventKind.VISITS]["domain"].unique().drop_nulls().sort(),
    ]
    marks = Marks(
        dict.fromkeys(tokens[::EVERY], FraudType.LOAN), frozenset(), datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    )

    def run() -> None:
        features = Features(History(tables, people))
        marked = features.mark(marks)
        for kind, side in SIDES.items():
            features.compute(View(kind, side, slice(0, tables[kind].height)), EXPOSURES, marked)

    measured(f"{len(EXPOSURES)} exposures at every event, from tokens", events, run)


def main(folder: Path) -> None:
    lake = Lake(folder)
    tables = {kind: lake.scan(kind).select(columns).collect() for kind, columns in COLUMNS.items()}
    warm.main()
    windows(tables[EventKind.VISITS])
    exposures(tables, persons(lake.scan(EventKind.ACCOUNTS).collect(), lake.scan(EventKind.SIMS).collect()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
