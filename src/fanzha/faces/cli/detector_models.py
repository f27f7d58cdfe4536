"""`fanzha models list|card|ship|evaluate`: the models of detectors."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.faces.cli.context import cli, print_json, say
from fanzha.simulator import Plan

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = 12


def add(models: typer.Typer) -> None:
    """Put these commands beside those for files."""
    models.command("list")(list_models)
    models.command()(card)
    models.command()(ship)
    models.command()(evaluate)


def list_models(context: typer.Context, as_json: Json = False) -> None:
    """The models of detectors: those of the package and those trained here."""
    from fanzha.desks import models  # loads the numeric libraries, which other commands need not wait for

    models.install_at(cli(context).settings.home / "models")
    found = models.all_models()
    if as_json:
        print_json([{"reference": each.reference, "shipped": each.shipped, "folder": str(each.folder)} for each in found])
        return
    for each in found:
        known = models.card_of(each.reference)
        say(f"{each.reference:<24}{'shipped' if each.shipped else 'here':<9}{known.first_day} – {known.last_day}  {known.source_en}")
    if not found:
        say("There are none; `make models` trains those of the package.")


def card(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="name@version, or a name: its newest version.")],
    as_json: Json = False,
) -> None:
    """What is known of a model: purpose, data, figures with intervals, features, limits."""
    from fanzha.desks import models  # loads the numeric libraries

    models.install_at(cli(context).settings.home / "models")
    wanted = next((each.reference for each in reversed(models.all_models()) if each.name == reference), reference)
    known = models.card_of(wanted)
    if as_json:
        print_json(asdict(known))
        return
    say(f"{known.reference}: {known.recipe.purpose_en}\n{known.source_en}")
    say(f"{known.rows:,} events of {known.first_day} – {known.last_day}, {known.positive_rows:,} positive of {known.positive_subjects} subjects")
    say(f"Measured on the days from {known.measured_from} on; a row is a subject and day:")
    for name, figure in known.figures.items():
        say(f"  {name:<22}{figure.value:.4f}  [{figure.low:.4f}, {figure.high:.4f}]")
    for point in known.points:
        say(f"  precision ≥ {point.asked:.2f}: score ≥ {point.threshold:.4f} finds {point.recall:.1%}, {point.found_a_day:.1f} a day")
    for use in known.features[:_SHOWN]:
        say(f"  {use.share:6.1%}  {use.name}: {use.en}")
    for limit in known.limits_en:
        say(f"Limit: {limit}")


def ship(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: the package's own).")] = None,
    again: Annotated[bool, typer.Option("--again", help="Train even where nothing has changed.")] = False,
) -> None:
    """Train the shipped models from the simulator alone, where the code they depend on has changed. `make models` calls it."""
    from fanzha.desks.detection import default_models  # loads the numeric libraries

    trained = default_models.ship(out, cli(context).progress, again=again)
    say(f"trained {', '.join(trained)}" if trained else "up to date")


def evaluate(
    context: typer.Context,
    people: Annotated[int | None, typer.Option(help="Residents.")] = None,
    days: Annotated[int | None, typer.Option(help="Days.")] = None,
    seed: Annotated[int | None, typer.Option(help="The city's seed.")] = None,
    fraud_rate: Annotated[float | None, typer.Option(help="Multiple of the realistic rate.")] = None,
    as_json: Json = False,
) -> None:
    """Precision and recall of the shipped model detectors beside the shipped rules, in a simulated city that was not trained on."""
    from fanzha.desks.detection import default_models  # loads the numeric libraries

    other = default_models.OTHER
    plan = Plan(people or other.people, days or other.days, other.seed if seed is None else seed, other.start, fraud_rate or other.fraud_rate)
    found = default_models.evaluate(plan, cli(context).progress)
    if as_json:
        print_json(found)
        return
    say(f"{'':<26}{'findings':>9}{'a day':>8}{'precision':>32}{'recall':>34}")
    for row in found["detectors"]:
        say(f"{row['detector']:<26}{row['findings']:>9,}{row['findings_a_day']:>8.1f}{_share(row['precision'], row['right'], row['findings']):>32}"
            f"{_share(row['recall'], row['found'], row['positives']):>34}")  # fmt: skip


def _share(figure: dict[str, Any] | None, numerator: int, denominator: int) -> str:
    if figure is None:
        return "—"
    return f"{figure['value']:.1%} [{figure['low']:.1%}, {figure['high']:.1%}] {numerator}/{denominator}"
