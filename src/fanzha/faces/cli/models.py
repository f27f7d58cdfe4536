"""`fanzha models`: train on a labelled file, predict with what was learned; with `detector_models`, the models of detectors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fanzha.faces.cli import detector_models
from fanzha.faces.cli.context import cli, print_json, say

Data = Annotated[Path, typer.Option(help="A .csv, .csv.gz, .parquet or .jsonl file.")]
Edges = Annotated[Path | None, typer.Option(help="For graph: an edge file (src,dst or from,to, and columns of numbers or times).")]


class KindName(StrEnum):
    """The kinds of model."""

    tabular = "tabular"
    text = "text"
    graph = "graph"


def register(app: typer.Typer) -> None:
    models = typer.Typer(no_args_is_help=True, help="Models: train on labelled tables, texts and graphs; predict; the models of detectors.")
    models.command()(train)
    models.command()(predict)
    detector_models.add(models)
    app.add_typer(models, name="models")


def train(
    context: typer.Context,
    kind: Annotated[KindName, typer.Argument(help="What the rows are.")],
    data: Data,
    label: Annotated[str, typer.Option(help="The column to learn; a row where it is empty is not learned from.")],
    out: Annotated[Path, typer.Option(help="The folder of the model; an earlier model there is replaced.")],
    identity: Annotated[str | None, typer.Option("--id", help="The column that names a row, never learned from.")] = None,
    text: Annotated[str | None, typer.Option(help="For text: the column of texts (default: the longest texts).")] = None,
    edges: Edges = None,
    drop: Annotated[list[str] | None, typer.Option(help="A column to leave out; may be repeated.")] = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(min=0, max=2_000_000_000, help="Same seed, same model.")] = 20_260_101,
    precision: Annotated[float, typer.Option(min=0.0, max=1.0, help="The precision that the desk can staff.")] = 0.9,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Cross-validate, learn from all labelled rows, write the folder with its manifest and report."""
    from fanzha.engine.models.kinds import Asked  # loads the numeric libraries, which other commands need not wait for
    from fanzha.engine.models.training import Plan, Source
    from fanzha.engine.models.training import train as train_model

    asked = Asked(label, identity, text, tuple(drop or ()))
    plan = Plan(folds=folds, seed=seed, precision=precision)
    manifest = train_model(kind.value, Source(data, edges), asked, out, plan, cli(context).progress)
    if json:
        shown = {name: manifest[name] for name in ("kind", "classes", "data", "metrics", "seconds")}
        spec = manifest["spec"]
        read_as = {"id": spec["identity"], "text": spec["text"], "left_out": spec["encoder"]["skipped"]}
        print_json({**shown, **read_as, "folder": str(out), "report": str(out / "report.html")})
        return
    for name, found in manifest["metrics"].items():
        if name != "by_class":
            say(f"{name:<22}{found['value']:.4f}  [{found['low']:.4f}, {found['high']:.4f}]")
    say(f"{out / 'report.html'}")


def predict(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of a trained model.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="The .csv, .parquet or .jsonl file to write: id, label, score of each class.")],
    edges: Edges = None,
) -> None:
    """Score every row of a file."""
    from fanzha.engine.models.prediction import predict as predict_file  # loads the numeric libraries

    say(f"{predict_file(folder, data, edges, out, cli(context).progress)} rows → {out}")
