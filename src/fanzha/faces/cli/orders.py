"""`fanzha orders`: endpoints of receivers, the list of first-tier accounts, messages that were given up, the clock."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from fanzha.desks import identity
from fanzha.desks.controls import delivering, first_tier
from fanzha.desks.controls import tasks as jobs
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.store import Scope


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Orders on accounts and their receivers.")
    group.command("endpoint")(endpoint)
    group.command("first-tier")(first_tier_list)
    group.command("retry")(retry)
    group.command("tick")(tick)
    app.add_typer(group, name="orders")


def endpoint(
    context: typer.Context,
    organisation: Annotated[str, typer.Argument(help="Code of the bank's organisation.")],
    url: Annotated[str, typer.Argument(help="Where messages are pushed to: https, or http on this machine.")],
    off: Annotated[bool, typer.Option("--off", help="Keep the address, push nothing.")] = False,
) -> None:
    """Push a bank's messages to its address, signed with a new secret that is shown once; from then on its answers must be signed with it, too."""
    secret = secrets.token_urlsafe(32)
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        org = identity.service.organisation_by_code(work, organisation)
        delivering.set_endpoint(work, org.id, url, secret, active=not off)
    say(f"Secret (shown once): {secret}")


def first_tier_list(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="File to write: .csv or .json.")],
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day (default: yesterday).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day (default: today).")] = None,
) -> None:
    """Write the accounts that victims paid into, for the banks' head offices (总对总). Numbers and names are in clear; the export is audited."""
    today = clock.local_day(clock.now())
    begin = since.date() if since else today - timedelta(days=1)
    end = until.date() if until else today
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        form: first_tier.Form = "json" if out.suffix == ".json" else "csv"
        serial, body = first_tier.batch(work, clock.local_midnight(begin), clock.local_midnight(end + timedelta(days=1)), form)
        out.touch(mode=0o600)
        out.write_bytes(body)
    say(f"Batch {serial} → {out}")


def retry(context: typer.Context, order: Annotated[str, typer.Argument(help="Id of the order.")]) -> None:
    """Push the messages of an order again that were given up."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        say(f"{delivering.push_again(work, order)} messages are pushed again.")


def tick(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Do now what the worker does every minute: end what has expired, raise alarms, push messages."""
    with cli(context).platform() as platform:
        runs, pushed = jobs.let_time_pass(platform), jobs.deliver(platform)
    done = {name: sum(vars(run)[name] for run in runs) for name in ("expired", "lapsed", "alarms")} | vars(pushed)
    if json:
        print_json(done)
    else:
        say(" ".join(f"{name}={count}" for name, count in done.items()))
