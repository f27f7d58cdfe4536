"""`fanzha settings list|set`: the numbers that the law or a city may change, by region and effective date."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.store import Scope, Work, dated

settings = typer.Typer(no_args_is_help=True, help="Numbers with a source and an effective date, by region.")
_CLI = Scope.system("cli")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(settings, name="settings")


@settings.command("list")
def list_settings(
    context: typer.Context, region: Annotated[str, typer.Option(help="GB/T 2260 code; default: the platform's own region.")] = "", as_json: Json = False
) -> None:  # fmt: skip
    """The value in force today for a region, the default, its source, and every override."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        wanted = region or platform.settings.region
        rows = [_document(work, number, wanted) for number in dated.registered()]
    if as_json:
        print_json({"region": wanted, "settings": rows})
        return
    for row in rows:
        say(f"{row['key']:<36} {row['value']!s:<14} {row['unit']:<10} {row['meaning']} ({row['source']})")


@settings.command("set")
def set_value(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="As `fanzha settings list` shows it.")],
    value: Annotated[str, typer.Argument(help="In the unit that the list shows.")],
    source: Annotated[str, typer.Option(help="The document or decision that the value comes from.")],
    region: Annotated[str, typer.Option(help="GB/T 2260 code of the area it holds for, all below included; default: everywhere.")] = "",
    effective: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day in force; default: today.")] = None,
    as_json: Json = False,
) -> None:
    """Set a value from a day on. Nothing is overwritten: the same day again makes a new version. Audited."""
    first = effective.date() if effective else clock.local_day(clock.now())
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        made = dated.decide(work, key, value, region=region, effective_from=first, source=source)
    if as_json:
        print_json(asdict(made))
    else:
        say(f"{made.key} = {made.value} in {made.region or 'every region'} from {made.effective_from} (version {made.version})")


def _document(work: Work, number: dated.DatedNumber, region: str) -> dict[str, object]:
    told = {name: getattr(number, name) for name in ("key", "unit", "meaning", "source", "effective_from")}
    overrides = [asdict(decision) for decision in dated.decisions(work, number.key)]
    return told | {"value": dated.value(work, number.key, region=region), "default": number.value, "overrides": overrides}
