"""`fanzha quarantine`: rows that were set aside."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fanzha.desks.intake import IntakeKind, Reason, RowFilter, RowState, read_mapping, service
from fanzha.desks.intake.exporting import as_csv, explained
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.cli.ingest import SCOPE, in_words
from fanzha.kit.paging import PageRequest

_app = typer.Typer(no_args_is_help=True, help="Rows that were set aside: list, export, replay.")

_PAGE = 50

Batch = Annotated[str, typer.Option("--batch", help="Only this batch.")]
Kind = Annotated[IntakeKind | None, typer.Option("--kind", help="Only this kind.")]
Why = Annotated[Reason | None, typer.Option("--reason", help="Only this reason.")]
State = Annotated[RowState | None, typer.Option("--state", help="Only rows in this state; open by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(_app, name="quarantine")


@_app.command("list")
def list_rows(
    context: typer.Context,
    batch: Batch = "",
    kind: Kind = None,
    reason: Why = None,
    state: State = RowState.OPEN,
    page: Annotated[int, typer.Option(min=1, help=f"Page of {_PAGE} rows.")] = 1,
    json: Json = False,
) -> None:
    """List rows by batch and row number, without their contents."""
    wanted = _filter(batch, kind, reason, state)
    with cli(context).platform() as platform, platform.database.work(SCOPE) as work:
        found = service.rows(work, wanted, PageRequest(page, _PAGE))
        rows = [
            {"id": row.id, "batch": row.batch_id, "row": row.row_number, "reason": row.reason, "state": row.state, "sentence": explained(row, "en")}
            for row in found.rows
        ]
    if json:
        print_json({"total": found.total, "page": page, "rows": rows})
        return
    for row in rows:
        say(f"{row['id']}  batch {row['batch']}  row {row['row']}  {row['state']}  {row['reason']}: {row['sentence']}")
    say(f"{found.total:,} rows in all; page {page} of {found.pages}")


@_app.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="CSV file to write; it holds personal data and is readable by you alone.")],
    purpose: Annotated[str, typer.Option(help="Why; written to the audit log.")],
    batch: Batch = "",
    kind: Kind = None,
    reason: Why = None,
    state: State = RowState.OPEN,
) -> None:
    """Write rows with their cells to a CSV file. Cells that a spreadsheet would run as a formula get an apostrophe."""
    wanted = _filter(batch, kind, reason, state)
    with cli(context).platform() as platform, platform.database.work(SCOPE) as work:
        header = service.header_of(work, wanted)
        out.touch(mode=0o600)
        with out.open("w", encoding="utf-8", newline="") as file:
            count = sum(file.write(line) > 0 for line in as_csv(service.export_rows(work, wanted, purpose), header, "zh"))
    say(f"{count - 1:,} rows → {out}")


@_app.command()
def replay(
    context: typer.Context,
    batch: Annotated[str, typer.Argument(help="The batch whose open rows are taken again.")],
    row: Annotated[list[str] | None, typer.Option("--row", help="Only this row (its id); may be given several times.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Another mapping file than the batch came with.")] = None,
    json: Json = False,
) -> None:
    """Take open rows of a batch again, mended or as they came. A row that fails again waits in the new batch's quarantine."""
    given = read_mapping(mapping) if mapping else None
    with cli(context).platform() as platform:
        receipt = service.replay(platform, SCOPE, batch, row or None, given=given)
    if json:
        print_json(asdict(receipt))
    else:
        say(f"{in_words(receipt)}  batch {receipt.batch_id}")


def _filter(batch: str, kind: IntakeKind | None, reason: Reason | None, state: RowState | None) -> RowFilter:
    return RowFilter(batch, kind.value if kind else "", reason.value if reason else "", state.value if state else "")
