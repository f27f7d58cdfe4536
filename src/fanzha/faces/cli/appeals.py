"""`fanzha appeals`: the wrongly-hit rate, what waits, the outbox of text messages, the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, get_args

import typer

from fanzha.desks.appeals import Filters, reading, repository, tasks
from fanzha.desks.appeals.rates import By, of_figure, rates
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.vocab.notice_numbers import grouped

_BY: tuple[By, ...] = get_args(By)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Appeals against measures, and their relief.")
    group.command("list")(listing)
    group.command("rates")(show_rates)
    group.command("outbox")(outbox)
    group.command("tick")(tick)
    app.add_typer(group, name="appeals")


def listing(
    context: typer.Context,
    late: Annotated[bool, typer.Option("--late", help="Only those whose clock has run out.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the appeals that wait for an answer, the most urgent first."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = reading.search(work, Filters(state="open", late=late), PageRequest(1, 200)).rows
        rows = [
            {"receipt": one.receipt, "measure": one.measure, "state": one.state, "unit": one.unit_name, "due_at": one.due_at.isoformat() if one.due_at else None}
            for one in found
        ]
    if json:
        print_json({"appeals": rows})
        return
    for row in rows:
        say(f"{grouped(str(row['receipt']))}  {row['state']:<10}{row['measure']:<14}{row['unit']}  {row['due_at'] or 'clock stands still'}")
    say(f"{len(rows)} appeals wait.")


def show_rates(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="detector, unit or target.")] = "detector",
    days: Annotated[int, typer.Option(help="Measures that began in so many days before now.", min=1)] = 90,
    region: Annotated[str, typer.Option(help="Area (GB/T 2260); empty is everywhere.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the wrongly-hit rate: wrong of what was appealed and answered, and wrong of all measures, with 95 % intervals."""
    chosen = next((one for one in _BY if one == by), None)
    if chosen is None:
        raise typer.BadParameter(f"choose one of {', '.join(_BY)}", param_hint="--by")
    until = clock.now()
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = rates(work, chosen, until - timedelta(days=days), until, region)
    shown = (*found.rows, found.total)
    rows = [{"key": row.key, "name": row.name, "open": row.open, "decided": of_figure(row.decided), "overall": of_figure(row.overall)} for row in shown]
    if json:
        print_json({"by": chosen, "days": days, "rows": rows[:-1], "total": rows[-1]})
        return
    for row in rows:
        say(f"{row['key'] or row['name'] or 'total':<32} of decided {_share(row['decided'])}   of all {_share(row['overall'])}")


def _share(figure: object) -> str:
    assert isinstance(figure, dict)
    if figure["value"] is None:
        return f"{'–':<24}"
    return f"{figure['numerator']}/{figure['denominator']} = {figure['value']:.1%} [{figure['low']:.1%}, {figure['high']:.1%}]"


def outbox(context: typer.Context, newest: Annotated[int, typer.Option(help="How many.", min=1)] = 10) -> None:
    """Print the newest text messages to appellants, in clear: what an operator's gateway would take from here."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = [(one.at, one.recipient, one.body) for one in repository.texts(work, newest)]
        work.audit("appeal.outbox_read", "appeals", {"messages": len(found)})
    for at, recipient, body in found:
        say(f"{at.isoformat(timespec='seconds')}  {recipient}  {body}")


def tick(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Do now what the worker does every minute: alarms, escalation, proofs of release, closing."""
    with cli(context).platform() as platform:
        done = vars(tasks.let_time_pass(platform))
    if json:
        print_json(done)
    else:
        say(" ".join(f"{name}={count}" for name, count in done.items()))
