"""`fanzha detect`: run the rules over what is new."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from fanzha.desks.detection import tasks
from fanzha.desks.detection.domain import Cause, RunSummary
from fanzha.faces.cli.context import cli, print_json, say


def register(app: typer.Typer) -> None:
    app.command()(detect)


def detect(
    context: typer.Context,
    full: Annotated[bool, typer.Option(help="Start on the first day of the lake, not where something changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run the rules over every day that may have changed since the last run; findings become warnings."""
    settled = cli(context)
    with settled.platform() as platform:
        summary = tasks.detect(platform, full=full, progress=settled.progress)
    if as_json:
        print_json(asdict(summary))
    else:
        say(_sentence(summary))


def _sentence(summary: RunSummary) -> str:
    if summary.cause is Cause.NOTHING:
        return "Nothing is new."
    return (
        f"{summary.first_day} to {summary.last_day}: {summary.events:,} events, {summary.found:,} findings stand;"
        f" {summary.fresh:,} new, {summary.changed:,} changed, {summary.withdrawn:,} withdrawn ({summary.seconds:.1f} s)."
    )
