"""`fanzha audit verify|tail|export`: for whoever runs the installation."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fanzha.desks import identity
from fanzha.desks.identity.trail import TrailFilter
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit.clock import to_local
from fanzha.kit.paging import LARGEST_PAGE, PageRequest
from fanzha.store import Scope
from fanzha.store.audit import Entry

audit = typer.Typer(no_args_is_help=True, help="The audit log.")
_CLI = Scope.system("cli")
_COLUMNS = ("number", "at", "actor", "org_id", "action", "subject", "detail", "previous", "hash")

Actor = Annotated[str, typer.Option(help="User name or id.")]
Action = Annotated[str, typer.Option(help="How the action begins, such as `session.`.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(audit, name="audit")


@audit.command()
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Walk the whole chain: exit code 0 and its length, or 1 and the first entry that does not fit."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        count = identity.trail.verify_trail(work)
    if as_json:
        print_json({"entries": count, "whole": True})
    else:
        say(f"The audit log is whole: {count} entries.")


@audit.command()
def tail(
    context: typer.Context,
    lines: Annotated[int, typer.Option("-n", min=1, max=LARGEST_PAGE, help="How many.")] = 20,
    actor: Actor = "",
    action: Action = "",
    as_json: Json = False,
) -> None:
    """Print the last entries, the newest last."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = identity.trail.search_trail(work, TrailFilter(actor=actor, action=action), PageRequest(1, lines)).rows[::-1]
    if as_json:
        print_json([_document(entry) for entry in found])
        return
    for entry in found:
        say(f"{entry.number:>8} {to_local(entry.at):%Y-%m-%d %H:%M:%S} {entry.actor} {entry.action} {entry.subject} {entry.detail}")


@audit.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="File to write; without it, standard output.")] = None,
    actor: Actor = "",
    action: Action = "",
) -> None:
    """Write every entry as CSV, the oldest first, with the hashes, so that the chain can be checked elsewhere."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        stream = out.open("w", encoding="utf-8", newline="") if out else sys.stdout
        try:
            writer = csv.writer(stream)
            writer.writerow(_COLUMNS)
            for entry in identity.trail.walk_trail(work, TrailFilter(actor=actor, action=action)):
                writer.writerow([_document(entry)[name] if name != "detail" else entry.detail for name in _COLUMNS])
        finally:
            if out:
                stream.close()
        work.audit("audit.exported", "audit_log", {"actor": actor, "action": action})


def _document(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _COLUMNS} | {"at": entry.at.isoformat(), "detail": json.loads(entry.detail)}
