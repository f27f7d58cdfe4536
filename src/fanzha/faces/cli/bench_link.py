"""`fanzha bench link`: a million made-up cases linked, beside Splink on the same cases and the same truth."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say
from fanzha.faces.cli.peers import __path__ as peers
from fanzha.kit.errors import FanzhaError

if TYPE_CHECKING:
    from fanzha.engine.linking.made_up import City

GOALS = {"cpu_s": 60.0, "f1": 0.95, "candidates_ms": 100.0}


_GOAL_FROM = 0.6
_WAYS = {"identifiers": "identifiers alone", "same_words": "and the same words", "other_words": "and other words"}


class PeerFailed(FanzhaError):
    """The peer did not run."""

    code = "link_peer_failed"
    remedy = "--peer-python must name a Python with splink 5 and duckdb."


def register(app: typer.Typer) -> None:
    bench_group(app).command("link")(link)


def link(
    cases: Annotated[int, typer.Option(min=1_000, help="Made-up cases.")] = 1_000_000,
    sharing: Annotated[float, typer.Option(help="Share of a gang's cases that name its values of a kind.")] = 0.6,
    peer_python: Annotated[Path | None, typer.Option(help="A Python that has splink 5: the same cases are linked by it.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Relink everything; pairwise F1, the curve as sharing falls, what narratives add, a new report's candidates; ratios to the peer first."""
    from fanzha.engine.linking.benchmark import curve, measure, scripts, with_narratives  # loads what others need not wait for
    from fanzha.engine.linking.made_up import city

    made = city(cases, sharing=sharing)
    told, _ = measure(made)
    result: dict[str, Any] = {"ours": told, "goals": GOALS, "curve": curve(min(cases, 100_000)), "scripts": scripts(min(cases, 100_000))}
    if peer_python:
        result["peer"] = _peer(made, peer_python, told)
    result["with_narratives"] = with_narratives(made)
    if json:
        print_json(result)
    else:
        _say(result)


def _peer(made: City, python: Path, ours: dict[str, Any]) -> dict[str, Any]:
    """The peer at the threshold that suits it best."""
    import polars as pl

    from fanzha.engine.linking.made_up import pairwise

    with tempfile.TemporaryDirectory() as folder:
        given, answer, report = (Path(folder) / name for name in ("cases.parquet", "answer.parquet", "report.json"))
        made.table.write_parquet(given)
        script = Path(next(iter(peers))) / "splink_cases.py"
        done = subprocess.run([str(python), str(script), str(given), str(answer), str(report)], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise PeerFailed(f"The peer ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
        told = orjson.loads(report.read_bytes())
        clusters = made.table.select("case_id").join(pl.read_parquet(answer), on="case_id", how="left", maintain_order="left")
    figures = {name: pairwise(clusters[name].rank("dense").cast(pl.Int64).to_numpy(), made.truth) for name in clusters.columns[1:]}
    best = max(figures, key=lambda name: figures[name]["f1"])
    cpu = told["predicted_cpu_s"] + told[best]
    seconds = {"cpu_s": round(cpu, 2), "wall_s": round(told["wall_s"], 1)}
    return {"ratio": round(cpu / ours["cpu_s"], 1), "name": "splink", "threshold": float(best), **seconds, **figures[best]}


def _say(result: dict[str, Any]) -> None:
    ours, peer = result["ours"], result.get("peer")
    if peer:
        say(f"{peer['ratio']} × faster than {peer['name']} ({peer['cpu_s']} CPU-seconds); its best F1 {peer['f1']} (at {peer['threshold']}), ours {ours['f1']}")
    else:
        say("no peer: --peer-python names a Python that has splink")
    say(f"{ours['cases']:,} cases in {ours['cpu_s']} CPU-seconds ({ours['wall_s']} s; goal {GOALS['cpu_s']:.0f} s)")
    say(f"  precision {ours['precision']}, recall {ours['recall']}; {ours['series']:,} series, the largest of {ours['largest']:,} cases")
    whole = result["with_narratives"]
    spent = f"{whole['link_cpu_s']} CPU-seconds ({whole['link_wall_s']} s), {whole['prepare_cpu_s']} before, once a case"
    say(f"  with narratives, which the peer does not compare: {spent}; F1 {whole['f1']}, precision {whole['precision']}")
    found = ours["candidates"]
    say(f"  a new report's series: p50 {found['p50_ms']} ms, p95 {found['p95_ms']} ms; its own first in {found['own_series_first']:.1%}")
    for row in result["curve"]:
        goal = f" (goal {GOALS['f1']})" if row["sharing"] >= _GOAL_FROM else ""
        say(f"  sharing {row['sharing']:.0%}: F1 {row['f1']}{goal}  {'▇' * round(row['f1'] * 40)}")
    told = result["scripts"]
    say(f"with narratives, {told['cases']:,} cases of which {told['sharing']:.0%} of a gang's share its values:")
    for name, words in _WAYS.items():
        row = told[name]
        say(f"  {words}: F1 {row['f1']}, precision {row['precision']}; {row['apart_found']:.2%} of pairs with no value in common ({row['cpu_s']} CPU-seconds)")
