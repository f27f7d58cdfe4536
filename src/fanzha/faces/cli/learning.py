"""`fanzha learn labels|drift|lag|retrain`: what became known, how good each detector is, what has moved, and this night's challengers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from fanzha.desks.learning import DetectorFigures, Figure, Lag, service
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope

learn = typer.Typer(no_args_is_help=True, help="Labels, figures of detectors, drift, detection lag, challengers.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_CLI = Scope.system("cli")


def register(app: typer.Typer) -> None:
    app.add_typer(learn, name="learn")


@learn.command()
def labels(context: typer.Context, days: Annotated[int, typer.Option(min=0, help="Window in days (0: as set).")] = 0, as_json: Json = False) -> None:
    """Gather labels from what has become known, and print every detector's figures with what they cannot see."""
    from fanzha.desks.learning import tasks  # loads the numeric libraries, which other commands need not wait for

    with cli(context).platform() as platform:
        gathered = tasks.gathered(platform)
        with platform.database.work(_CLI) as work:
            today = clock.local_day(clock.now())
            window = service.window(work, today - timedelta(days=days - 1) if days else None)
            quality, figures = service.quality(work, window), service.figures(work, window)
            counts = {f"{source} {verdict}": number for (source, verdict), number in sorted(service.counts(work).items())}
    if as_json:
        print_json({"gathered": [asdict(each) for each in gathered], "labels": counts, "quality": asdict(quality), "figures": [_figures(each) for each in figures]})
        return
    for each in gathered:
        say(f"{each.source:<15}{each.read:>8} read {each.fresh:>7} new {each.corrected:>7} corrected")
    for found in figures:
        say(f"{found.detector} v{found.version}: " + "  ".join(_short(figure) for figure in found.figures.values()))
    say(quality.caveat[1])


@learn.command()
def drift(context: typer.Context, as_json: Json = False) -> None:
    """Compare the newest days with what each model detector was made on, and with the days before for each live rule; store it, and print what has moved."""
    from fanzha.desks.learning import tasks  # loads the numeric libraries, which other commands need not wait for

    with cli(context).platform() as platform:
        done = tasks.drifts(platform)
        with platform.database.work(_CLI) as work:
            rows = [
                {"detector": row.detector_id, "version": row.version, "quantity": row.quantity, "psi": row.psi, "noise": row.noise, "state": row.state,
                 "reference": row.reference, "rows": row.rows_present, "bins": row.bins}
                for row in service.drift(work, clock.local_day(clock.now()))
            ]  # fmt: skip
    skipped = {f"{each.detector} v{each.version}": each.skipped for each in done if each.skipped}
    if as_json:
        print_json({"drift": rows, "skipped": skipped})
        return
    for row in rows:
        say(f"{row['state']:<6} {row['psi']:.3f} (noise {row['noise']:.3f})  {row['detector']} v{row['version']} {row['quantity']}  against {row['reference']}")
    for name, reason in skipped.items():
        say(f"skipped {name}: {reason}")
    if not done:
        say("No detector is live, or the lake is too young to compare.")


@learn.command()
def lag(context: typer.Context, as_json: Json = False) -> None:
    """Group reports into tricks, find the first warning for each, and print the lag by fraud type and the share of victims nobody had warned."""
    from fanzha.desks.learning import tasks  # loads the numeric libraries, which other commands need not wait for

    with cli(context).platform() as platform:
        tasks.watch(platform)
        document = _lag_document(platform)
    if as_json:
        print_json(document)
        return
    for each in document["lags"]:
        say(
            f"{each['fraud_type']:<18}{each['tricks']:>4} tricks: {each['ahead']} warned before the first case, {each['caught']} after, {each['open']} not yet;"
            f" half within {_hours(each['half_hours'])}, nine in ten within {_hours(each['ninety_hours'])}"
        )
    for row in document["missed"]:
        say(f"week of {row['week']}  {row['fraud_type']:<18}{row['never_warned']} of {row['victims']} victims had never been warned")


@learn.command()
def retrain(context: typer.Context, as_json: Json = False) -> None:
    """Train this night's challengers from the labels known by midnight. A better one becomes a shadow; none goes live by itself."""
    from fanzha.desks.learning import tasks  # loads the numeric libraries, which other commands need not wait for

    settled = cli(context)
    with settled.platform() as platform:
        done = tasks.retrain(platform, settled.progress)
        with platform.database.work(_CLI) as work:
            night = clock.local_day(clock.now())
            rows = [_challenger(row) for row in service.challengers(work) if row.night == night]
    if as_json:
        print_json({"night": str(night), "new": [each.detector for each in done], "challengers": rows})
        return
    for row in rows:
        say(f"{row['state']:<10}{row['detector']} (champion v{row['champion']}): {row['reason']}")
    if not rows:
        say("No detector with a model is live or runs as a shadow.")


def _figures(each: DetectorFigures) -> dict[str, Any]:
    return {"detector": each.detector, "version": each.version, "figures": {name: asdict(one) | {"value": one.value} for name, one in each.figures.items()}}


def _short(figure: Figure) -> str:
    value = "–" if figure.value is None else f"{figure.value:.1f}" if figure.name == "load" else f"{figure.value:.0%}"
    return f"{figure.name} {value} ({figure.numerator:g}/{figure.denominator:.3g})"


def _lag_document(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    with platform.database.work(_CLI) as work:
        lags = [_lag(each) for each in service.lags(work)]
        missed = [{"week": str(row.week), "fraud_type": row.fraud_type, "victims": row.victims, "never_warned": row.never_warned} for row in service.missed(work)]
        waiting = [
            {"id": row.id, "fraud_type": row.fraud_type, "cases": row.cases, "first_known_at": row.first_known_at.isoformat()}
            for row in service.tricks(work) if row.first_warned_at is None
        ]  # fmt: skip
    return {"lags": lags, "open": waiting, "missed": missed}


def _lag(each: Lag) -> dict[str, Any]:
    in_hours: Mapping[str, timedelta | None] = {"half_hours": each.half, "ninety_hours": each.ninety, "longest_open_hours": each.longest_open}
    told = {name: length / timedelta(hours=1) if length is not None else None for name, length in in_hours.items()}
    return {"fraud_type": each.fraud_type, "tricks": each.tricks, "caught": each.caught, "ahead": each.ahead, "open": each.open_} | told


def _hours(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} h"


def _challenger(row: Any) -> dict[str, Any]:
    told = ("state", "reason", "positives", "negatives", "champion", "challenger", "figures")
    return {"detector": row.detector_id} | {name: getattr(row, name) for name in told}
