"""`fanzha bench series`: what a new report costs at a million cases, on PostgreSQL; and linking all of them anew."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.settings import Settings

if TYPE_CHECKING:
    from fanzha.engine.linking.made_up import City
    from fanzha.store import Work

GOAL_MS = 100.0
_CHUNK = 20_000
_REPORTS = """
INSERT INTO reports (id, source, report_no, region, state, fraud_type, loss_fen, received_at, narrative, doubts, row_hash, imported_at, imported_by)
SELECT id, 'bench', id, '350302', 'received', fraud_type, 0, TIMESTAMPTZ '2025-01-01 00:00+08' + day * INTERVAL '1 day', ''::bytea, '{}', id, now(), 'bench'
FROM unnest(CAST(:ids AS text[]), CAST(:types AS text[]), CAST(:days AS int[])) AS given (id, fraud_type, day)
"""
_TAKEN = "INSERT INTO linkables (id, report_id, taken_at) SELECT id, id, now() FROM unnest(CAST(:ids AS text[])) AS given (id)"
_VALUES = """
INSERT INTO linked_values (linkable_id, value, kind, source, is_quiet)
SELECT id, value, kind, 'report', false FROM unnest(CAST(:ids AS text[]), CAST(:values AS bigint[]), CAST(:kinds AS smallint[])) AS given (id, value, kind)
ON CONFLICT DO NOTHING
"""


def register(app: typer.Typer) -> None:
    bench_group(app).command("series")(series)


def series(
    context: typer.Context,
    cases: Annotated[int, typer.Option(min=1_000, help="Made-up cases.")] = 1_000_000,
    asked: Annotated[int, typer.Option(min=10, help="New reports whose candidates are looked up.")] = 300,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fill an installation of its own, link it, and look up the candidates of reports as if they came anew: p50 and p95 beside the bound."""
    from fanzha.desks.series.relinking import relink  # loads the numeric libraries, which other commands need not wait for
    from fanzha.engine.linking.made_up import city
    from fanzha.store import Scope

    scope, made = Scope.system("bench"), city(cases)
    with tempfile.TemporaryDirectory(prefix="fz-bench-series-") as folder, cli(context).opener(Settings(home=Path(folder) / "home")) as platform:
        started = time.perf_counter()
        with platform.database.work(scope) as work:
            _fill(work, made)
        filled = time.perf_counter() - started
        cpu, wall = time.process_time(), time.perf_counter()
        done = relink(platform.database)
        relinked = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}
        with platform.database.work(scope) as work:
            looked = _look_up(work, made, asked)
    result = {"cases": cases, "fill_s": round(filled, 1), "relink": relinked | {"series": done.series}, "candidates": looked, "goal_ms": GOAL_MS}
    if json:
        print_json(result)
        return
    say(f"a new report's candidates at {cases:,} cases: p50 {looked['p50_ms']} ms, p95 {looked['p95_ms']} ms (goal {GOAL_MS:.0f} ms, × {looked['ratio']} below)")
    say(f"  its own series is first in {looked['own_series_first']:.1%}")
    say(f"linked anew from the database into {done.series:,} series: {relinked['wall_s']} s, {relinked['cpu_s']} CPU-seconds outside PostgreSQL")


def _fill(work: Work, made: City) -> None:
    from sqlalchemy import text

    from fanzha.engine.linking.made_up import COLUMNS
    from fanzha.lake.digests import keys

    types = ["loan", "rebate_tasks", "investment", "romance", "authority", "logistics_agent", "shopping", "game_trade", "credit_record", "other"]
    for start in range(0, made.table.height, _CHUNK):
        chunk = made.table[start : start + _CHUNK]
        ids = chunk["case_id"].to_list()
        names = [types[code % len(types)] for code in chunk["fraud_type"]]
        work.session.execute(text(_REPORTS), {"ids": ids, "types": names, "days": chunk["day"].to_list()})
        work.session.execute(text(_TAKEN), {"ids": ids})
        for name, kind in COLUMNS.items():
            told = chunk.filter(chunk[name].is_not_null())
            given = {"ids": told["case_id"].to_list(), "values": keys(b"bench", told[name]).to_list(), "kinds": [int(kind)] * told.height}
            work.session.execute(text(_VALUES), given)
    for table in ("reports", "linkables", "linked_values"):
        work.session.execute(text(f"ANALYZE {table}"))


def _look_up(work: Work, made: City, asked: int) -> dict[str, Any]:
    import numpy as np
    from sqlalchemy import text

    from fanzha.desks.series.candidates import consider

    rows = np.random.default_rng(1).choice(made.table.height, asked + 20, replace=False).tolist()
    seconds, right, grouped = [], 0, 0
    for place, row in enumerate(rows):
        report = made.table["case_id"][row]
        started = time.perf_counter()
        found = consider(work, report)
        if place >= asked // 10:  # what comes before fills the caches
            seconds.append(time.perf_counter() - started)
        mine = work.session.scalar(text("SELECT series_id FROM series_members WHERE linkable_id = :id"), {"id": report})
        grouped += mine is not None
        right += mine is not None and bool(found) and found[0]["series_id"] == mine
    p50, p95 = (round(float(np.percentile(seconds, share)) * 1e3, 2) for share in (50, 95))
    return {"p50_ms": p50, "p95_ms": p95, "ratio": round(GOAL_MS / p95, 1), "own_series_first": round(right / max(1, grouped), 4)}
