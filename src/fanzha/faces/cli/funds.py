"""`fanzha funds`: take a bank's statement into the trail of a report, and see where the money is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.desks import cases
from fanzha.desks.cases.errors import ReportNotFound
from fanzha.desks.funds import File, proposals, service, sheets
from fanzha.desks.funds.numbers import Numbers
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.money import format_yuan
from fanzha.store import Scope, Work

_CLI = Scope.system("cli")
Report = Annotated[str, typer.Argument(help="The report's number.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Money trails (资金穿透).")
    app.add_typer(group, name="funds")
    group.command("statement")(statement)
    group.command("show")(show)


def statement(
    context: typer.Context, report: Report, file: Annotated[Path, typer.Argument(help="CSV, xlsx, JSONL or Parquet.")],
    bank: Annotated[str, typer.Option(help="Who sent it.")] = "", json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Take a bank's statement in; the money is followed again. The same file twice changes nothing."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        trace_id = _trail(work, platform, report)
        made, repeated = service.take_statement(work, trace_id, File(file, file.name, bank), platform.tokens)
        counts = {"received": made.received, "accepted": made.accepted, "duplicates": made.duplicates, "quarantined": made.quarantined, "repeated": repeated}
    if json:
        print_json({"trail": trace_id, **counts})
        return
    say(", ".join(f"{name} {value}" for name, value in counts.items()))


def show(context: typer.Context, report: Report, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Where the money of a report is, and what to stop next; account numbers masked."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        told = _told(work, platform, _trail(work, platform, report))
    if json:
        print_json(told)
        return
    for name in ("stolen_fen", "still_there_fen", "withdrawn_fen", "left_the_data_fen"):
        say(f"{name.removesuffix('_fen').replace('_', ' '):<16} {format_yuan(told['summary'].get(name, 0)):>18}")
    for one in told["proposals"]:
        say(f"stop {one['account']}  {one['bank']}  tier {one['tier']}  {format_yuan(one['fen'])}  expected {format_yuan(one['expected_fen'])}")


def _trail(work: Work, platform: Platform, number: str) -> str:
    found = [report for report in cases.service.search(work, words=number).rows if report.report_no == number]
    if not found:
        raise ReportNotFound(report=number)
    return service.open_trace(work, platform.tokens, report_id=found[0].id).id


def _told(work: Work, platform: Platform, trace_id: str) -> dict[str, Any]:
    shown, name = service.view(work, trace_id), sheets.naming(platform.tokens)
    found, decay = shown.found, Numbers(work, shown.trace.region).decay
    made = proposals.proposals(found, clock.now(), decay, frozenset(service.nameless(platform.tokens))) if found else []
    rows = [{"account": name(one.account), "bank": one.bank, "tier": one.tier, "fen": one.fen, "chance": one.chance, "expected_fen": one.expected_fen} for one in made]
    return {"trail": trace_id, "version": shown.trace.version, "method": shown.trace.method, "summary": dict(found.summary) if found else {}, "proposals": rows}
