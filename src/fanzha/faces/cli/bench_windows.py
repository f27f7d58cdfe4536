"""`fanzha bench windows`: exact windows over a table of transfers, beside DuckDB and Polars on the same table in the same process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from fanzha.engine import memory, warm
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import History
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.windows import WINDOWS, Line, Queries, codes_of, counts_and_sums, distinct, window_features
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say
from fanzha.lake.schemas import INSTANT, EventKind

RATE_GOAL, PEER_GOAL = 4_000_000, 5.0
"""Events a processor second; times DuckDB."""
_ACCOUNTS, _DAYS = 300_000, 30
_START = datetime(2026, 1, 1, tzinfo=UTC)
_TOLD = [f"{measure}_{window}" for window in WINDOWS for measure in ("count", "sum", "distinct")]

REGISTRY = [f"{name}_{window}{unit}" for window in WINDOWS for name, unit in (("payer_payments", ""), ("payer_paid", "_fen"), ("payer_payees", ""))]
"""The same nine values as features of the registry, in the order of `_TOLD`."""
MEASURES = [
    "payer_entropy_24h", "payer_entropy_7d", "payer_since_last", "payer_gap_mean_24h", "payer_gap_spread_24h", "payer_gap_mean_7d",
    "payer_gap_spread_7d", "payer_night_share_24h", "payer_night_share_7d", "payer_round_share_24h", "payer_round_share_7d",
    "payer_first_seen_days", "transfer_pair_first_seen_days", "payer_new_share_24h", "payer_new_share_7d",
]  # fmt: skip
"""What else a window tells."""


@dataclass(frozen=True)
class Run:
    """The least processor and wall seconds of several runs, and what the last one found."""

    cpu_s: float
    wall_s: float
    found: pl.DataFrame | None

    def told(self, events: int) -> dict[str, Any]:
        return {"cpu_s": round(self.cpu_s, 3), "wall_s": round(self.wall_s, 3), "events_per_cpu_s": round(events / self.cpu_s)}


def register(app: typer.Typer) -> None:
    bench_group(app).command("windows")(windows)


def windows(
    events: Annotated[int, typer.Option(min=1000, help="Transfers in the table.")] = 10_000_000,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each of ours; the best counts, since other work on the machine only slows.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count, sum and distinct counterparties of the hour, day and week before each transfer: ours, DuckDB and Polars, results compared."""
    memory.keep_freed()
    warm.main()
    result = measure(transfers(events), repeats)
    print_json(result) if json else _print(result)


def measure(table: pl.DataFrame, repeats: int) -> dict[str, Any]:
    """Ratios first. A peer that is not installed is told as absent, with no ratio."""
    height = table.height
    ours = _best(lambda: window_features(table, "payer", "payee", amount="amount_fen"), repeats)
    queries, line = _ready(table)
    kernels = _best(lambda: _kernels(queries, line), repeats)
    registry = _best(lambda: _registry(table, REGISTRY), 1)
    more = _best(lambda: _registry(table, MEASURES), 1)
    peers = {"duckdb": _duckdb(table), "polars": _best(lambda: _polars(table), 1)}
    assert ours.found is not None
    result: dict[str, Any] = {
        f"times_{name}": round(peer.cpu_s / ours.cpu_s, 1) if isinstance(peer, Run) else None for name, peer in peers.items()
    }
    bound = _best(lambda: one_pass(table), repeats)
    result |= {
        "share_of_one_pass": round(bound.cpu_s / ours.cpu_s, 3),
        "goals": {"events_per_cpu_s": RATE_GOAL, "times_duckdb": PEER_GOAL},
        "events": height,
        "ours": ours.told(height),
        "kernels": kernels.told(height),
        "bound": bound.told(height),
        "registry": registry.told(height) | {"same": _same(ours.found, registry.found)},
        "more_measures": more.told(height) | {"names": MEASURES},
    }
    for name, peer in peers.items():
        result[name] = {"absent": peer} if isinstance(peer, str) else peer.told(height) | {"same": _same(ours.found, peer.found)}
    return result


def _ready(table: pl.DataFrame) -> tuple[Queries, Line]:
    """The transfers as lines sorted by (payer, time): what the kernels themselves start from."""
    payer, payee = codes_of(table["payer"]), codes_of(table["payee"])
    at, order, amount = (table[name].to_physical().cast(pl.Int64).to_numpy() for name in ("at", "event_key", "amount_fen"))
    return Queries.of(payer, at, order), Line.of(payer, at, order, payee, amount)


def _kernels(queries: Queries, line: Line) -> None:
    for span in WINDOWS.values():
        counts_and_sums(queries, line, span)
        distinct(queries, line, span)


def transfers(events: int) -> pl.DataFrame:
    """Transfers of 30 days by (time, event key); a few accounts have most of the traffic.

    No two have the same time, so that `RANGE … EXCLUDE CURRENT ROW` and `closed="left"` mean what our order by (time, event key) means: among equal
    times the peers would look into the future or leave out the past.
    """
    dice = np.random.default_rng(7)
    payer = (dice.random(events) ** 2 * _ACCOUNTS).astype(np.int64)
    payee = (payer + 1 + (dice.random(events) ** 2 * (_ACCOUNTS - 2)).astype(np.int64)) % _ACCOUNTS
    step = _DAYS * 86_400 * 1_000_000 // events
    at = np.arange(events, dtype=np.int64) * step + dice.integers(0, step, events) + int(_START.timestamp()) * 1_000_000
    fen = dice.integers(1, 5_000_000, events)
    return pl.DataFrame(
        {
            "event_key": np.arange(events, dtype=np.int64),
            "at": pl.Series(values=at).cast(INSTANT),
            "payer": payer * 7_919 + 10**15,
            "payee": payee * 7_919 + 10**15,
            "amount_fen": np.where(dice.random(events) < 0.2, fen // 10_000 * 10_000, fen),
        }
    )


def one_pass(table: pl.DataFrame) -> None:
    """What no way of doing it could leave out: read the five columns once, in whatever order, and write the nine answers once."""
    total = sum(int(table[name].cast(pl.Int64).to_numpy().sum()) for name in table.columns)
    for _ in _TOLD:
        np.empty(table.height, np.int64).fill(total & 1)


def _registry(table: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The same through the registry, as a detection run, a backtest or training asks; account numbers as tokens would be."""
    rows = table.with_columns(pl.col("payer", "payee").cast(pl.String))
    features = Features(History({EventKind.TRANSFERS: rows}, pl.DataFrame(schema=PERSONS_SCHEMA)))
    return features.compute(View(EventKind.TRANSFERS, "payer", slice(0, table.height)), names).select(names)


def _polars(table: pl.DataFrame) -> pl.DataFrame:
    """Rolling windows of Polars, one call a window; closed on the left: from t - w to before t."""
    rows = table.select("event_key", "at", "payer", "payee", "amount_fen").sort("payer", "at")
    parts = [
        rows.rolling("at", period=span, group_by="payer", closed="left").agg(
            pl.len().cast(pl.Int64).alias(f"count_{name}"),
            pl.col("amount_fen").sum().alias(f"sum_{name}"),
            pl.col("payee").n_unique().cast(pl.Int64).alias(f"distinct_{name}"),
        )
        for name, span in WINDOWS.items()
    ]
    told = [part.drop("payer", "at") for part in parts]
    return pl.concat([rows.select("event_key"), *told], how="horizontal").sort("event_key").select(_TOLD)


def _duckdb(table: pl.DataFrame) -> Run | str:
    try:
        duckdb = import_module("duckdb")
    except ModuleNotFoundError:
        return "DuckDB is not installed (extra `bench`)"
    connection = duckdb.connect()
    connection.execute(f"SET threads TO {pl.thread_pool_size()}")
    connection.register("given", table.select("event_key", pl.col("at").cast(pl.Int64), "payer", "payee", "amount_fen").to_arrow())
    connection.execute("CREATE TABLE transfers AS SELECT * FROM given")
    run = _best(lambda: pl.DataFrame(connection.execute(_query()).fetchnumpy()), 1)
    connection.close()
    return run


def _query() -> str:
    """Times are whole microseconds, so that RANGE counts them as they are."""
    frames = ", ".join(
        f'w{name} AS (PARTITION BY payer ORDER BY "at" RANGE BETWEEN {span.total_seconds() * 1e6:.0f} PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW)'
        for name, span in WINDOWS.items()
    )
    told = ", ".join(
        f"count(*) OVER w{name} AS count_{name}, coalesce(sum(amount_fen) OVER w{name}, 0)::BIGINT AS sum_{name}, "
        f"count(DISTINCT payee) OVER w{name} AS distinct_{name}"
        for name in WINDOWS
    )
    return f"SELECT {told} FROM transfers WINDOW {frames} ORDER BY event_key"  # noqa: S608 - composed from constants


def _same(one: pl.DataFrame, other: pl.DataFrame | None) -> bool:
    """Whether the nine columns hold the same numbers."""
    assert other is not None
    return all(a.cast(pl.Int64).equals(b.cast(pl.Int64), check_names=False) for a, b in zip(one, other, strict=True))


def _best(work: Callable[[], pl.DataFrame | None], repeats: int) -> Run:
    best: Run | None = None
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        run = Run(time.process_time() - cpu, time.perf_counter() - wall, found)
        best = run if best is None or run.cpu_s < best.cpu_s else best
    assert best is not None
    return best


def _print(result: Mapping[str, Any]) -> None:
    rate, ours = result["ours"]["events_per_cpu_s"], result["ours"]
    met = "reached" if rate >= RATE_GOAL else "not reached"
    say(f"{rate:,} events a CPU second (goal {RATE_GOAL:,}: {met}); {result['events']:,} transfers in {ours['cpu_s']} CPU s, {ours['wall_s']} s")
    say(f"  the kernels alone, over lines sorted beforehand: {result['kernels']['events_per_cpu_s']:,} events a CPU second")
    for name in ("duckdb", "polars"):
        peer = result[name]
        if "absent" in peer:
            say(f"  {name}: not measured, {peer['absent']}")
            continue
        goal = f" (goal {PEER_GOAL:g})" if name == "duckdb" else ""
        say(f"  {result[f'times_{name}']} times {name}{goal}: {peer['events_per_cpu_s']:,} events a CPU second, "
            f"{'the same numbers' if peer['same'] else 'OTHER NUMBERS'}")  # fmt: skip
    say(f"  bound: one reading and writing of the columns, {result['bound']['events_per_cpu_s']:,} events a CPU second")
    registry, more = result["registry"], result["more_measures"]
    say(f"  through the registry, from text: {registry['events_per_cpu_s']:,}, {'the same numbers' if registry['same'] else 'OTHER NUMBERS'}")
    say(f"  {len(more['names'])} more measures (entropy, gaps, night, round sums, first seen, new): {more['events_per_cpu_s']:,}")
