"""`fanzha cases`: look for a case from the command line. Lists of cases come in with `fanzha ingest cases`."""

from __future__ import annotations

from typing import Annotated

import typer

from fanzha.desks.cases import CaseFilters, Vault, evidence, searching
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit.money import format_yuan
from fanzha.store import Scope


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Cases (案件).")
    app.add_typer(group, name="cases")
    group.callback()(_group)
    group.command("search")(search)
    group.command("seal-evidence")(seal_evidence)


def _group() -> None:
    """Cases (案件)."""


def search(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help="A number, an identifier, a victim's name, or words of the narrative.")],
    region: Annotated[str, typer.Option(help="GB/T 2260 code of the area.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find cases, newest first, personal data masked; the search is audited."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = searching.search(work, words, CaseFilters(region=region))
    rows = [
        {
            "id": hit.case.id, "case": hit.case.name, "state": hit.case.state, "region": hit.case.region, "fraud_type": hit.case.fraud_type,
            "loss_fen": hit.case.loss_fen, "filed_at": hit.case.filed_at, "where": hit.where, "line": "".join(piece.text for piece in hit.pieces),
        }
        for hit in found.hits
    ]  # fmt: skip
    if json:
        print_json({"hits": rows, "is_cut": found.is_cut})
        return
    for row, hit in zip(rows, found.hits, strict=True):
        say(f"{row['case']}  {row['state']}  {format_yuan(hit.case.loss_fen)}  {row['where']}: {row['line']}")
    say(f"{len(rows)} cases" + ("; there are more" if found.is_cut else ""))


def seal_evidence(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Seal evidence files that an earlier release kept in clear; files whose content is not what was taken in are named and left as they are."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        swept = evidence.seal_all(work, Vault(platform.settings.home / "evidence"))
    if json:
        print_json(swept)
        return
    say(f"{swept.sealed} files sealed, {swept.already} were sealed before, {len(swept.damaged)} are not what was taken in")
    for name in swept.damaged:
        say(f"  {name}")
