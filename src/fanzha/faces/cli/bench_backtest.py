"""`fanzha bench backtest`: how long a detector takes to be tried on a month of a city's events, beside reading alone and beside DuckDB."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from fanzha.desks.detection.backtesting import Facts, evaluate
from fanzha.desks.detection.outcomes import Fate, KnownFlag
from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.engine.rules.model import Rule
from fanzha.engine.trial import columns, reach
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit.clock import local_midnight
from fanzha.kit.progress import Progress
from fanzha.lake import EventKind, Lake, Tokens
from fanzha.lake.schemas import SCHEMAS
from fanzha.vocab.fraud_types import FraudType

TARGET_S = 60
RULES = ("account_fan_in_fast_out", "caller_burst_short_calls", "on_flagged_call_and_pays")
"""Shipped rules: an account by its payments, a number by its calls (the largest table), a person by calls, messages, visits and payments together."""
SHARES = {EventKind.CALLS: 0.55, EventKind.MESSAGES: 0.2, EventKind.VISITS: 0.15, EventKind.TRANSFERS: 0.1}
_LAST = date(2026, 3, 31)
_BEFORE = 8
_PEER_DAYS = 2
_PEOPLE = 200_000
_FLAGGED = 2_000
_PEER_RULE = "caller_burst_short_calls"
_PEER = """
SELECT count(DISTINCT caller) FROM (
    SELECT caller, count(*) OVER hour AS calls, count(DISTINCT callee) OVER hour AS callees,
        avg(CASE WHEN seconds < 15 THEN 1 ELSE 0 END) OVER day AS short
    FROM calls WHERE caller IS NOT NULL
    WINDOW hour AS (PARTITION BY caller ORDER BY "at" RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW),
        day AS (PARTITION BY caller ORDER BY "at" RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND CURRENT ROW)
) WHERE calls >= 25 AND callees >= 20 AND short >= 0.5"""
"""What the rule asks of the caller's own calls; what the caller received is left out."""


def register(app: typer.Typer) -> None:
    bench_group(app).command("backtest")(backtest)


def backtest(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="Days tried.")] = 30,
    events_per_day: Annotated[int, typer.Option(min=1000, help="Events a day, of all four kinds together.")] = 1_000_000,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try three shipped rules on made-up days in a lake of its own under /tmp; needs 100 MB of disk for a million events."""
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder:
        city = _City(Path(folder), days, events_per_day)
        city.build(cli(context).progress)
        rules = {rule.id: rule for rule in shipped_rules()}
        results = [_measure(city, rules[name]) for name in RULES]
        report: dict[str, Any] = {"days": days, "events_per_day": events_per_day, "target_s": TARGET_S, "rules": results, "peer": _beside_duckdb(city, results)}
    if json:
        print_json(report)
        return
    for result in results:
        _print(result)
    say(str(report["peer"]["sentence"]))


class _City:
    """A lake of random events between people of whom few are flagged; `_BEFORE` days come before those that are tried, for the windows."""

    def __init__(self, folder: Path, days: int, events_per_day: int) -> None:
        self.tokens = Tokens(bytes(range(64)))
        self.lake = Lake(folder / "lake")
        self.first, self.last = _LAST - timedelta(days=days - 1), _LAST
        self._events = events_per_day
        numbers = pl.int_range(_PEOPLE, eager=True).cast(pl.String)
        self.phones = self.tokens.seal_distinct("phone", "+86130" + numbers.str.zfill(8))
        self._accounts = self.tokens.seal_distinct("bank_account", "62" + numbers.str.zfill(14))
        self._domains = self.tokens.seal_distinct("domain", "site" + numbers.head(5_000) + ".example")

    def build(self, progress: Progress) -> None:
        days = [self.first + timedelta(days=number) for number in range(-_BEFORE, (self.last - self.first).days + 1)]
        with progress.step("make events", len(SHARES)) as step:
            for kind, share in SHARES.items():
                self.lake.append(kind, self._frames(kind, days, round(self._events * share)), f"bench {kind.value}", days=len(days))
                step.advance()

    def _frames(self, kind: EventKind, days: list[date], rows: int) -> Iterator[pl.DataFrame]:
        for day in days:
            yield self._frame(kind, day, rows, np.random.default_rng(day.toordinal()))

    def _frame(self, kind: EventKind, day: date, rows: int, chance: np.random.Generator) -> pl.DataFrame:
        """Sorted by time, as intake leaves a day; who is busy is so on most days, as in life."""
        at = np.sort(chance.integers(0, 86_400_000_000, rows)) + int(local_midnight(day).timestamp()) * 1_000_000
        made: dict[str, Any] = {
            "at": pl.Series(at).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), "day": pl.repeat(day, rows, eager=True),
            "event_key": chance.integers(0, 2**62, rows), "event_id": pl.int_range(rows, eager=True).cast(pl.String),
        }  # fmt: skip
        one, other = (self.phones.gather(_skewed(chance, rows)) for _ in range(2))
        match kind:
            case EventKind.CALLS:
                made |= {"caller": one, "callee": other, "seconds": chance.integers(0, 600, rows).astype(np.int32)}
                made |= {"caller_kind": pl.repeat("mobile", rows, eager=True), "caller_foreign": pl.repeat(value=False, n=rows, eager=True)}
            case EventKind.MESSAGES:
                made |= {"sender": one, "receiver": other}
            case EventKind.VISITS:
                made |= {"visitor": one, "domain": self._domains.gather(chance.integers(0, 5_000, rows))}
            case _:
                payer, payee = (self._accounts.gather(_skewed(chance, rows)) for _ in range(2))
                made |= {"payer": payer, "payee": payee, "amount_fen": chance.integers(100, 5_000_000, rows)}
        missing = {name: pl.repeat(None, rows, dtype=dtype, eager=True) for name, dtype in SCHEMAS[kind].items() if name not in made}
        return pl.DataFrame(made | missing).select(SCHEMAS[kind].keys())

    def facts(self) -> Facts:
        """Flagged numbers, half of them confirmed."""
        since = local_midnight(self.first - timedelta(days=_BEFORE))
        flags = [KnownFlag(token, FraudType.OTHER, since) for token in self.phones.tail(_FLAGGED)]
        fates = {flag.token: (Fate(flag.token, True, since, since, "indicator"),) for flag in flags[::2]}
        return Facts(flags=flags, fates=fates, capacity=200)


def _skewed(chance: np.random.Generator, rows: int) -> Any:
    """Places among the people, the first ones far more often."""
    return (chance.random(rows) ** 2 * _PEOPLE).astype(np.int64)


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def _measure(city: _City, rule: Rule) -> dict[str, Any]:
    facts = city.facts()
    (measured, _), wall, cpu = _timed(lambda: evaluate(city.lake, city.tokens, rule, city.first, city.last, facts, lambda percent: None))
    read, bound, bound_cpu = _timed(lambda: _read_alone(city, rule))
    return {
        "rule": rule.id, "wall_s": round(wall, 1), "cpu_s": round(cpu, 1), "rows_read": read, "rows_per_cpu_s": round(read / cpu),
        "bound_wall_s": round(bound, 1), "bound_cpu_s": round(bound_cpu, 1), "share_of_bound": round(bound_cpu / cpu, 2), "findings": measured.findings,
        "target_s": TARGET_S, "met": wall <= TARGET_S,
    }  # fmt: skip


def _read_alone(city: _City, rule: Rule) -> int:
    """Reads each row and column that the rule needs once, a day at a time; returns how many rows."""
    found = 0
    for kind, names in columns([rule]).items():
        day = city.first - reach(rule, kind)
        while day <= city.last:
            found += city.lake.scan(kind, day, day).select(names).collect().height
            day += timedelta(days=1)
    return found


def _beside_duckdb(city: _City, results: list[dict[str, Any]]) -> dict[str, Any]:
    """The windows of one of the rules in SQL, on `_PEER_DAYS` days whose calls lie in memory already."""
    try:
        duckdb = import_module("duckdb")
    except ImportError:
        return {"sentence": "peer: DuckDB is not installed here (extra `bench`); nothing is compared."}
    first = city.last - timedelta(days=_PEER_DAYS - 1)
    calls = city.lake.scan(EventKind.CALLS, first, city.last).select("caller", "callee", "at", "seconds").collect().to_arrow()
    connection = duckdb.connect()
    connection.register("calls", calls)
    _, wall, cpu = _timed(lambda: connection.execute(_PEER).fetchall())
    rate, ours = calls.num_rows / cpu, next(each["rows_per_cpu_s"] for each in results if each["rule"] == _PEER_RULE)
    sentence = (
        f"peer: DuckDB {rate:,.0f} calls a CPU second for the windows of {_PEER_RULE}, its input already in memory;"
        f" the whole backtest, reading and measuring included, does {ours / rate:.1f} times that"
    )
    timing = {"rows": calls.num_rows, "wall_s": round(wall, 1), "cpu_s": round(cpu, 1), "rows_per_cpu_s": round(rate)}
    return timing | {"ratio": round(ours / rate, 2), "sentence": sentence}


def _print(result: dict[str, Any]) -> None:
    met = "met" if result["met"] else "missed"
    time_taken = f"{result['wall_s']} s, {result['cpu_s']} CPU s (target {TARGET_S} s: {met})"
    say(f"{result['rule']}: {time_taken}; {result['rows_read']:,} rows, {result['findings']:,} findings")
    bound = f"reading the same columns alone takes {result['bound_cpu_s']} CPU s, {result['share_of_bound']:.0%} of it"
    say(f"  {result['rows_per_cpu_s']:,} rows a CPU second; bound: {bound}")
