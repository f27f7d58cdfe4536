"""`fanzha bench models`: the models on the development data sets, beside plain baselines measured in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say


def register(app: typer.Typer) -> None:
    bench_group(app).command("models")(models)


def models(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="The folder of data sets (default: FANZHA_DATA, then ../shared/data); an absent set is skipped.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A set by name; may be repeated (default: all).")] = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(min=0, max=2_000_000_000, help="Of the deal of rows over folds: another seed tells what chance does.")] = 20_260_101,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Cross-validate every set, copies in one fold and plain; print metrics with 95 % intervals, baselines and goals."""
    from fanzha.engine.models.benchmark import run  # loads the numeric libraries, which other commands need not wait for
    from fanzha.engine.models.training import Plan

    folder = data or cli(context).settings.data or Path("../shared/data")
    results = []
    for result in run(folder, frozenset(only or ()), Plan(folds=folds, seed=seed), cli(context).progress):
        results.append(result)
        if not json:
            _print(result)
    if json:
        print_json({"folds": folds, "seed": seed, "sets": results})


def _print(result: dict[str, Any]) -> None:
    if "skipped" in result:
        say(f"{result['set']}: skipped, {result['skipped']}")
        return
    say(f"{result['set']}: {result['rows']} rows, {result['classes']} classes, read in {result['reading_seconds']} s")
    for folds in ("copies_together", "plain"):
        _print_folds(folds.replace("_", " "), result[folds])


def _print_folds(title: str, result: dict[str, Any]) -> None:
    say(f"  folds: {title}, {result['seconds']} s")
    for name, (value, low, high) in result["metrics"].items():
        goal = result["goals"].get(name)
        wanted = f"  goal {goal['goal']} {'reached' if goal['reached'] else 'not reached'}" if goal else ""
        beside = f"  baseline {result['baseline'][name]:.4f}" if name in result["baseline"] else ""
        say(f"    {name:<22}{value:.4f}  [{low:.4f}, {high:.4f}]{beside}{wanted}")
