"""`fanzha simulate`: a city that never was, written as files that operators and banks would send."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.cli.simulated_bank import bank
from fanzha.faces.cli.simulated_operator import operator
from fanzha.kit import clock
from fanzha.kit.errors import InvalidInput
from fanzha.simulator import Plan, Summary
from fanzha.simulator import simulate as simulate_city


class OutIsAFile(InvalidInput):
    """The place to write to is a file."""

    code = "out_is_a_file"
    remedy = "Give --out a folder; it is made where it is absent."


class OutIsMissing(InvalidInput):
    """The simulation needs a folder to write to."""

    code = "out_is_missing"
    remedy = "Give --out a folder, or name what to simulate: `fanzha simulate bank`."


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True, help="Simulate a city, a bank, or an operator.")
    group.callback()(simulate)
    group.command("bank")(bank)
    group.command("operator")(operator)
    app.add_typer(group, name="simulate")


def simulate(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; files of an earlier simulation are overwritten.")] = None,
    people: Annotated[int, typer.Option(help="Residents.")] = 20_000,
    days: Annotated[int, typer.Option(help="Calendar days.")] = 7,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
    fraud_rate: Annotated[float, typer.Option(help="Multiple of the realistic rate, which is one fraud for 3,000 people and month.")] = 1.0,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; by default the span ends with yesterday.")
    ] = None,
    new_trick: Annotated[int, typer.Option(help="People defrauded by a trick that the shipped rules do not know.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Simulate a prefecture: people, phones, accounts, ordinary life, gangs of ten kinds, case reports, and the truth in OUT/truth."""
    if context.invoked_subcommand is not None:
        return
    if out is None:
        raise OutIsMissing
    if out.is_file():
        raise OutIsAFile(out=str(out))
    first = start.date() if start else clock.local_day(clock.now()) - timedelta(days=days)
    summary = simulate_city(Plan(people, days, seed, first, fraud_rate, new_trick=new_trick), out, cli(context).progress)
    if json:
        print_json(asdict(summary))
    else:
        _print(summary, out)


def _print(summary: Summary, out: Path) -> None:
    say(f"{summary.people:,} people, {summary.days} days from {summary.begins} → {out}")
    for name, count in summary.rows.items():
        say(f"  {name:<12}{count:>12,}")
    say(f"  {sum(summary.frauds.values())} frauds by {summary.gangs} gangs; {summary.victims_with_loss} victims lost money")
