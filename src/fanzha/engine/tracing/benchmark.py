"""Measure tracing on made-up transfers beside DuckDB and igraph, which must reach the same accounts."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.kernels import Ints
from fanzha.engine.tracing import queries
from fanzha.engine.tracing.kernels import Flags
from fanzha.engine.tracing.ledger import Ledger
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.trace import Limits, Method, Origin, reachable, trace

DAYS = 3
LIMITS = Limits(hops=6, within=timedelta(hours=24))
GOALS = {"build_s": 5.0, "trace_p95_ms": 1.0, "victims_1000_s": 0.5, "query_p95_ms": 5.0}
DAY = 86_400_000_000
WALK = """
WITH RECURSIVE walk(account, arrival, hop) AS (
    SELECT payee, rank, 1 FROM transfers WHERE rank = $start
  UNION
    SELECT t.payee, t.rank, hop + 1 FROM walk JOIN transfers t ON t.payer = walk.account AND t.rank > walk.arrival AND t.at <= $until WHERE hop < $hops
) SELECT DISTINCT account FROM walk
"""


def made_up(transfers: int, accounts: int, seed: int) -> tuple[Any, Any, Any, Any]:
    """Payers, payees, times, amounts: three days of a city; a few accounts are busy (activity falls with rank), amounts are skewed, and one transfer in fifty
    belongs to a chain of movers that send on within minutes what they received."""
    rng = np.random.default_rng(seed)
    plain = transfers - transfers // 50
    busy = rng.permutation(accounts).astype(np.int32)
    payer, payee = (busy[(accounts * rng.random(plain) ** 1.5).astype(np.int64)] for _ in range(2))
    at, amount = rng.integers(0, DAYS * DAY, plain), (rng.lognormal(9.5, 1.5, plain).astype(np.int64) + 100)
    links = 5
    chains = (transfers - plain) // links
    movers = rng.integers(0, accounts, (chains, links + 1)).astype(np.int32)
    began = rng.integers(0, (DAYS - 1) * DAY, chains)[:, None] + np.cumsum(rng.integers(60, 1200, (chains, links)) * 1_000_000, axis=1)
    size = rng.integers(100_000, 5_000_000, chains)[:, None] * np.linspace(1, 0.9, links)
    return (
        np.concatenate([payer, movers[:, :-1].ravel()]),
        np.concatenate([payee, movers[:, 1:].ravel()]),
        np.concatenate([at, began.ravel()]),
        np.concatenate([amount, size.astype(np.int64).ravel()]),
    )


def run(transfers: int, accounts: int, victims: int, seed: int = 7) -> dict[str, Any]:
    """All figures; peers that are not installed are named as such."""
    columns = made_up(transfers, accounts, seed)
    Ledger.build(*_first(columns, 1000), accounts)
    wall, cpu = time.perf_counter(), time.process_time()
    ledger = Ledger.build(*columns, accounts)
    built = {"wall_s": round(time.perf_counter() - wall, 3), "cpu_s": round(time.process_time() - cpu, 3)}
    rng = np.random.default_rng(seed + 1)
    early = np.flatnonzero(ledger.at < (DAYS - 1) * DAY)
    starts = rng.choice(early, victims, replace=False)
    ends = np.where(rng.random(accounts) < 0.02, np.int8(Rest.CASH), np.int8(0))
    reached = _timed(lambda start: reachable(ledger, start, LIMITS), starts)
    return {
        "transfers": len(ledger),
        "accounts": accounts,
        "limits": {"hops": LIMITS.hops, "within_hours": 24},
        "build": built | {"goal_s": GOALS["build_s"], "bound_s": round(_bound(ledger), 3), "bound": "one sort by time, and each array read or written once"},
        "methods": {method.value: _method(ledger, method, starts) for method in Method},
        "reach": reached | {"accounts_mean": round(float(np.mean([len(reachable(ledger, int(each), LIMITS).accounts) for each in starts[:200]])), 1)},
        "queries": dict(_queries(ledger, starts, ends, rng)),
        "peers": {"duckdb": _duckdb(ledger, starts, reached["mean_us"]), "igraph": _igraph(ledger, starts, reached["mean_us"])},
        "goals": GOALS,
    }


def _first(columns: tuple[Any, Any, Any, Any], most: int) -> tuple[Any, Any, Any, Any]:
    payer, payee, at, amount = columns
    return payer[:most], payee[:most], at[:most], amount[:most]


def _bound(ledger: Ledger) -> float:
    """Seconds that sorting the times and copying all arrays once take on this machine."""
    wall = time.perf_counter()
    np.argsort(ledger.at[np.random.default_rng(0).permutation(len(ledger))], kind="stable")
    for each in (ledger.payer, ledger.payee, ledger.at, ledger.amount, ledger.payer_before, ledger.payee_before, ledger.gone_before, ledger.come_before):
        each.copy()
    return time.perf_counter() - wall


def _timed(call: Callable[[int], object], places: Ints) -> dict[str, float]:
    call(int(places[0]))
    seconds = np.empty(len(places))
    for i, place in enumerate(places.tolist()):
        started = time.perf_counter()
        call(place)
        seconds[i] = time.perf_counter() - started
    told = {"mean_us": seconds.mean(), "p50_us": np.percentile(seconds, 50), "p95_us": np.percentile(seconds, 95)}
    return {name: round(float(value) * 1e6, 1) for name, value in told.items()}


def _method(ledger: Ledger, method: Method, starts: Ints) -> dict[str, Any]:
    origins = [Origin(int(each), int(ledger.amount[each])) for each in starts[:1000]]
    alone = _timed(lambda start: trace(ledger, [Origin(start, int(ledger.amount[start]))], method, LIMITS), starts)
    started = time.perf_counter()
    found = trace(ledger, origins, method, LIMITS)
    seconds = time.perf_counter() - started
    conserved = int(found.rests[:, 1].sum()) == sum(each.fen for each in origins)
    return alone | {"victims": len(origins), "together_ms": round(seconds * 1e3, 2), "flows": len(found.flows), "conserved": conserved}


def _queries(ledger: Ledger, starts: Ints, ends: Flags, rng: np.random.Generator) -> Iterator[tuple[str, dict[str, float]]]:
    blocked = (rng.random(ledger.accounts) < 0.01).astype(np.int8)
    incoming = queries.Incoming(ledger)
    day = timedelta(days=1)
    yield "downstream", _timed(lambda start: queries.downstream(ledger, start, LIMITS), starts)
    yield "cycle", _timed(lambda start: queries.cycle(ledger, start, LIMITS), starts)
    yield "blocked_medium", _timed(lambda start: queries.through_blocked(ledger, start, LIMITS, blocked), starts)
    yield "many_in_then_withdraw", _timed(lambda start: incoming.gathered(int(ledger.payee[start]), int(ledger.at[start]), day, ends), starts)
    yield "loan", _timed(lambda start: queries.loan(ledger, start, LIMITS), starts)


def _peer(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _duckdb(ledger: Ledger, starts: Ints, ours_us: float, most: int = 20) -> dict[str, Any]:
    duckdb = _peer("duckdb")
    if duckdb is None:
        return {"absent": "install the extra `bench`"}
    table = pl.DataFrame({"rank": np.arange(len(ledger)), "payer": ledger.payer, "payee": ledger.payee, "at": ledger.at}).to_arrow()
    connection = duckdb.connect()
    started = time.perf_counter()
    connection.register("given", table)
    connection.execute("CREATE TABLE transfers AS SELECT * FROM given; CREATE INDEX by_payer ON transfers (payer); CREATE INDEX by_rank ON transfers (rank)")
    built = time.perf_counter() - started

    def ask(start: int) -> set[int]:
        until = int(ledger.at[start]) + DAY
        rows = connection.execute(WALK, {"start": start, "until": until, "hops": LIMITS.hops}).fetchall()
        return {row[0] for row in rows}

    return _beside(ledger, starts[:most], ask, ours_us) | {"build_s": round(built, 2)}


def _igraph(ledger: Ledger, starts: Ints, ours_us: float, most: int = 200) -> dict[str, Any]:
    igraph = _peer("igraph")
    if igraph is None:
        return {"absent": "install the extra `bench`"}
    started = time.perf_counter()
    graph = igraph.Graph(n=ledger.accounts, edges=np.column_stack([ledger.payer, ledger.payee]), directed=True)
    built = time.perf_counter() - started

    def ask(start: int) -> set[int]:
        """igraph knows no time: breadth first over its edges, with the time held against each."""
        until = int(ledger.at[start]) + DAY
        best = {int(ledger.payee[start]): start}
        frontier = dict(best)
        for _ in range(LIMITS.hops - 1):
            reached: dict[int, int] = {}
            for account, arrival in frontier.items():
                for edge in graph.incident(account, mode="out"):
                    if edge > arrival and ledger.at[edge] <= until:
                        other = int(ledger.payee[edge])
                        if edge < best.get(other, len(ledger)):
                            best[other] = reached[other] = edge
            frontier = reached
        return set(best)

    return _beside(ledger, starts[:most], ask, ours_us) | {"build_s": round(built, 2)}


def _beside(ledger: Ledger, starts: Ints, ask: Callable[[int], set[int]], ours_us: float) -> dict[str, Any]:
    equal = all(ask(start) == set(reachable(ledger, start, LIMITS).accounts.tolist()) for start in starts.tolist())
    timed = _timed(ask, starts)
    return {"ratio": round(timed["mean_us"] / ours_us, 1), "equal_reach_sets": equal, "asked": len(starts)} | timed
