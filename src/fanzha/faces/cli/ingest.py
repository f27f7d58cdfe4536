"""`fanzha ingest`: files into the lake and the registers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.desks.intake import IntakeKind, Receipt, RowFilter, read_mapping, service
from fanzha.desks.intake.exporting import explained
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.kit.errors import FanzhaError
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

SCOPE = Scope.system("cli")


def register(app: typer.Typer) -> None:
    app.command()(ingest)


def ingest(
    context: typer.Context,
    kind: Annotated[IntakeKind, typer.Argument(help="What the files hold.")],
    files: Annotated[list[Path], typer.Argument(help="CSV (UTF-8, GB18030), JSON lines, Parquet or xlsx.")],
    source: Annotated[str, typer.Option(help="Who the data come from; event ids are unique within a source.")],
    mapping: Annotated[Path | None, typer.Option(help="YAML file that names columns, units and constants.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Take files in. The same file twice changes nothing; received = accepted + duplicates + quarantined. Exit 1 where a file could not be taken."""
    given = read_mapping(mapping) if mapping else None
    outcomes: list[dict[str, Any]] = []
    with cli(context).platform() as platform:
        for file in files:
            try:
                receipt = service.take(platform, SCOPE, file, kind, source, given=given, progress=cli(context).progress)
            except FanzhaError as error:
                outcomes.append({"file": str(file), "error": error.code, "message": error.message, "remedy": error.what_to_do})
                if not json:
                    say(f"{file}: not taken. {error}")
            else:
                outcomes.append({"file": str(file)} | asdict(receipt))
                if not json:
                    _print(platform, receipt)
    if json:
        print_json({"files": outcomes, **_sums(outcomes)})
    if any("error" in outcome for outcome in outcomes):
        raise typer.Exit(1)


def in_words(receipt: Receipt) -> str:
    """`received 10 = accepted 7 + duplicates 2 + quarantined 1`."""
    counts = f"accepted {receipt.accepted:,} + duplicates {receipt.duplicates:,} + quarantined {receipt.quarantined:,}"
    return f"received {receipt.received:,} = {counts}"


def _print(platform: Platform, receipt: Receipt) -> None:
    again = " (taken before; nothing changed)" if receipt.repeated else ""
    say(f"{receipt.file_name}: {in_words(receipt)}{again}  batch {receipt.batch_id}")
    for code, count in receipt.reasons.items():
        say(f"  {count:>8,} × {code}, {_first(platform, receipt.batch_id, code)}")
    if receipt.quarantined:
        say(f"  kept, to be mended and replayed: fanzha quarantine list --batch {receipt.batch_id}")
    if receipt.ignored_columns:
        say(f"  columns not used: {', '.join(receipt.ignored_columns)}")


def _first(platform: Platform, batch_id: str, code: str) -> str:
    """`first in row 7: The payee …`."""
    with platform.database.work(SCOPE) as work:
        row = service.rows(work, RowFilter(batch_id=batch_id, reason=code), PageRequest(1, 1)).rows[0]
        return f"first in row {row.row_number}: {explained(row, 'en')}"


def _sums(outcomes: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(outcome.get(name, 0) for outcome in outcomes) for name in ("received", "accepted", "duplicates", "quarantined")}
