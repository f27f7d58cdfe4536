"""`fanzha bench series`: what a new report costs at a million cases, on PostgreSQL; and linking all of them anew."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fanzha.faces.cli.bench_steps import Steps, server_of
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from fanzha.store import Database, Work

GOAL_MS, GOAL_S = 100.0, 60.0


def register(app: typer.Typer) -> None:
    bench_group(app).command("series")(series)


def series(
    context: typer.Context,
    cases: Annotated[int, typer.Option(min=1_000, help="Made-up cases.")] = 1_000_000,
    asked: Annotated[int, typer.Option(min=10, help="New reports whose candidates are looked up.")] = 300,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fill an installation of its own and link it, step by step; again after one case in a hundred is new, and after none; then the candidates of new reports."""
    from fanzha.engine.linking.made_up import city  # loads the numeric libraries, which other commands need not wait for
    from fanzha.faces.cli.bench_series_fill import Filling, fill
    from fanzha.store import Scope

    given, settled = Filling.of(city(cases)), cases - cases // 100
    with tempfile.TemporaryDirectory(prefix="fz-bench-series-") as folder, cli(context).opener(Settings(home=Path(folder) / "home")) as platform:
        database = platform.database
        started = time.perf_counter()
        fill(database, given, 0, settled)
        result: dict[str, Any] = {"cases": cases, "fill_s": round(time.perf_counter() - started, 1), "goal_s": GOAL_S, "goal_ms": GOAL_MS}
        result["bound"] = _bound(database)
        result["first"] = _relinked(database)
        fill(database, given, settled, cases)
        result["after_1_percent_new"] = _relinked(database)
        result["after_none_new"] = _relinked(database)
        with database.work(Scope.system("bench")) as work:
            result["candidates"] = _look_up(work, given.ids, asked)
    if json:
        print_json(result)
    else:
        _say(result)


def _relinked(database: Database) -> dict[str, Any]:
    from fanzha.desks.series.relinking import relink

    steps = Steps(server_of(database))
    load, done = os.getloadavg()[0], relink(database, step=steps)
    total = steps.total()
    cpu = round(total["cpu_s"] + total["postgres_cpu_s"], 1)
    return {"wall_s": total["wall_s"], "all_cpu_s": cpu, "load": round(load, 1), "series": done.series, "moved": done.moved, "total": total, "steps": steps.rows}


def _bound(database: Database) -> dict[str, Any]:
    """What no linking can spare PostgreSQL: to read each value, sketch and case once, and to write a row for each member without any index or check."""
    from sqlalchemy import text

    from fanzha.store import Scope

    steps = Steps(server_of(database))
    with database.work(Scope.system("bench")) as work:
        for name, query in _BOUNDS.items():
            with steps(name):
                work.session.execute(text(query))
    return steps.total() | {"steps": steps.rows}


_BOUNDS = {
    "read": """SELECT (SELECT sum(value) FROM linked_values WHERE NOT is_quiet), (SELECT sum(length(sketch)) FROM linked_sketches),
        (SELECT count(fraud_type) FROM reports)""",
    "write": "CREATE TEMP TABLE bound ON COMMIT DROP AS SELECT id AS linkable_id, id AS series_id, false AS is_pinned, now() AS since FROM linkables",
}


def _say(result: dict[str, Any]) -> None:
    looked, bound = result["candidates"], result["bound"]
    say(f"linking {result['cases']:,} cases anew: {result['first']['wall_s']:.0f} s (goal {GOAL_S:.0f} s)")
    for name in ("first", "after_1_percent_new", "after_none_new"):
        told, total = result[name], result[name]["total"]
        spent = f"{total['cpu_s']:.1f} CPU-seconds of ours, {total['postgres_cpu_s']:.1f} of PostgreSQL"
        say(f"{name.replace('_', ' ')}: {told['wall_s']:.1f} s; {spent} (load {told['load']})")
        for step, row in told["steps"].items():
            say(f"  {step:<28}{row['wall_s']:>8.1f} s {row['cpu_s']:>8.1f} {row['postgres_cpu_s']:>8.1f}")
    say(f"bound (every row read once, every member written without a check): {bound['postgres_cpu_s']:.1f} CPU-seconds of PostgreSQL")
    say(f"a new report's candidates: p50 {looked['p50_ms']} ms, p95 {looked['p95_ms']} ms (goal {GOAL_MS:.0f} ms, × {looked['ratio']} below)")
    say(f"  its own series is first in {looked['own_series_first']:.1%}")


def _look_up(work: Work, ids: pl.Series, asked: int) -> dict[str, Any]:
    import numpy as np
    from sqlalchemy import text

    from fanzha.desks.series.candidates import consider

    rows = np.random.default_rng(1).choice(len(ids), asked + 20, replace=False).tolist()
    seconds, right, grouped = [], 0, 0
    for place, row in enumerate(rows):
        report = ids[row]
        started = time.perf_counter()
        found = consider(work, report)
        if place >= asked // 10:  # what comes before fills the caches
            seconds.append(time.perf_counter() - started)
        mine = work.session.scalar(text("SELECT series_id FROM series_members WHERE linkable_id = :id"), {"id": report})
        grouped += mine is not None
        right += mine is not None and bool(found) and found[0]["series_id"] == mine
    p50, p95 = (round(float(np.percentile(seconds, share)) * 1e3, 2) for share in (50, 95))
    return {"p50_ms": p50, "p95_ms": p95, "ratio": round(GOAL_MS / p95, 1), "own_series_first": round(right / max(1, grouped), 4)}
