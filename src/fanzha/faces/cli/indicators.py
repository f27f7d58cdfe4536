"""`fanzha indicators`: check a file, find near forms, see what others must take back."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from fanzha.desks import indicators as desk
from fanzha.desks.indicators import bulk, nearby
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.downloads import harmless
from fanzha.kit.errors import InvalidInput
from fanzha.store import Scope
from fanzha.vocab.identifiers import Kind

_CLI = Scope.system("cli")
HEADS = ("line", "answer", "kind", "masked", "fraud_type")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class CannotRead(InvalidInput):
    """The file cannot be read."""

    code = "cannot_read"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Suspect identifiers.")
    group.command("check")(check)
    group.command("near")(near)
    group.command("retractions")(retractions)
    app.add_typer(group, name="indicators")


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="One identifier a line, first column; '-' for standard input.")],
    out: Annotated[Path | None, typer.Option(help="Write the answers as CSV here.")] = None,
    json: Json = False,
) -> None:
    """Whether the identifiers of a list are known. What is asked is kept nowhere; the audit log has counts."""
    asked = bulk.read_list(_bytes(file))
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        checked = bulk.check_many(work, asked.questions)
    rows = [
        (line, each.answer, each.kind or "", each.masked, each.fraud_type or "") for line, each in zip(asked.lines, checked.verdicts, strict=True)
    ]
    if out is not None:
        with _opened(out) as file_out:
            writer = csv.writer(file_out)
            writer.writerow(HEADS)
            writer.writerows([harmless(str(cell)) for cell in row] for row in rows)
    counts = {answer.value: checked.counts.get(answer, 0) for answer in desk.Answer}
    if json:
        items = [] if out else [dict(zip(HEADS, row, strict=True)) for row in rows]
        print_json({"asked": len(asked.questions), "counts": counts, "items": items})
        return
    say(f"{len(asked.questions)} asked: " + ", ".join(f"{answer} {count}" for answer, count in counts.items()))


def near(
    context: typer.Context,
    values: Annotated[list[str], typer.Argument(help="Sites, numbers, accounts.")],
    kind: Annotated[Kind | None, typer.Option(help="What they are; recognised where left out.")] = None,
    json: Json = False,
) -> None:
    """What listed or well-known identifiers the values look like, and in what they differ."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = nearby.near_many(work, [(value, kind) for value in values])
    if json:
        print_json([{"asked": value, "near": [vars(one) for one in some]} for value, some in zip(values, found, strict=True)])
        return
    for value, some in zip(values, found, strict=True):
        say(f"{value}: " + ("; ".join(one.sentence_en for one in some) if some else "near nothing that is known"))


def retractions(context: typer.Context, json: Json = False) -> None:
    """Entries that were handed over and are flagged no more, as long as the receiver has not acknowledged that."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        rows = [
            {"organisation": one.org_id, "export": one.export_id, "indicator": one.indicator.id, "masked": one.indicator.masked, "state": one.state, "at": one.at}
            for one in desk.sharing.retractions(work, open_only=True)
        ]
    if json:
        print_json(rows)
        return
    for row in rows:
        say(f"{row['at']:%Y-%m-%d %H:%M} {row['organisation']} {row['masked']} {row['state']}")
    say(f"{len(rows)} to take back.")


def _bytes(file: Path) -> bytes:
    """Raises CannotRead."""
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotRead(f"{file} cannot be read: {error.strerror}.", file=str(file)) from error


@contextmanager
def _opened(out: Path) -> Iterator[IO[str]]:
    """Raises CannotRead where the file cannot be written."""
    try:
        file = out.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CannotRead(f"{out} cannot be written: {error.strerror}.", file=str(out)) from error
    with file:
        yield file
