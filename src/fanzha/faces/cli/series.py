"""`fanzha series relink` and `fanzha series brief`: link all reports anew; make the briefings that are due."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from fanzha.faces.cli.context import cli, print_json, say

series = typer.Typer(no_args_is_help=True, help="Series of cases, and briefings.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(series, name="series")


@series.command()
def relink(context: typer.Context, as_json: Json = False) -> None:
    """Take in the reports that wait and link all of them anew; what analysts have decided stays. Repeatable."""
    from fanzha.desks.series import tasks  # loads the numeric libraries, which other commands need not wait for

    with cli(context).platform() as platform:
        done = tasks.relinked(platform)
    if as_json:
        print_json(asdict(done))
        return
    say(f"{done.cases:,} reports, {done.series:,} series: {done.made:,} new, {done.gone:,} gone, {done.moved:,} cases moved")


@series.command()
def brief(context: typer.Context, as_json: Json = False) -> None:
    """Make the briefings that are due and missing, and send them to the units. Repeatable."""
    from fanzha.desks.sharing import tasks  # loads the numeric libraries, which other commands need not wait for

    with cli(context).platform() as platform:
        made = tasks.due(platform)
    if as_json:
        print_json({"made": made})
        return
    say(f"{len(made)} briefings made and sent." if made else "No briefing is due.")
