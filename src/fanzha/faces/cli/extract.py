"""`fanzha extract`: what narratives say — identifiers, money, times, fraud type. Nothing leaves the machine and nothing is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from typer.core import TyperGroup

from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import format_yuan

if TYPE_CHECKING:
    from fanzha.engine.reading import Reading

READ = "read"
_TEXTS = ("narrative", "text", "案情描述", "简要案情")
_TIMES = ("reported_at", "received_at", "报警时间", "接警时间")
_IDS = ("id", "case_id", "report_no", "案件编号")


class UnreadableNarratives(InvalidInput):
    """The narratives cannot be read."""

    code = "unreadable_narratives"
    remedy = "Give a text in UTF-8, or JSON lines with a field narrative or text."


class ReadByDefault(TyperGroup):
    """`fanzha extract FILE` is `fanzha extract read FILE`: whoever names no command wants to read."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer names the type of `ctx` in a private module
        named = next((argument for argument in args if not argument.startswith("-")), None)
        return super().parse_args(ctx, args if named in self.commands or "--help" in args[:1] else [READ, *args])


@dataclass(frozen=True)
class _Narrative:
    """One text to read. `id` is None for a plain text."""

    id: str | None
    text: str
    reported_at: datetime | None


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=ReadByDefault, help="Read narratives: identifiers, money, times, fraud type.")
    group.command(READ)(read)
    group.command("train-types")(train_types)
    app.add_typer(group, name="extract")


def read(
    file: Annotated[Path | None, typer.Argument(help="A text, or JSON lines with a field narrative or text; '-' or none: standard input.")] = None,
    reported_at: Annotated[str | None, typer.Option(help="When it was reported, for dates without a year: 2026-03-06 or 2026-03-06 10:00 (Chinese time).")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Every line of a text is a narrative of its own.")] = False,
    human_below: Annotated[float, typer.Option(min=0.0, max=1.0, help="Confidence in the type under which a person must look.")] = 0.6,
    types: Annotated[Path | None, typer.Option(help="A folder that train-types wrote: it names the type instead of the shipped phrases.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON: one document for a text, one line a narrative for JSON lines and --lines.")] = False,
) -> None:
    """Say what narratives hold: phones, accounts, cards, sites, chat accounts, apps, amounts, times, the fraud type and its stage."""
    from fanzha.engine.reading import as_document, read_narrative  # loads what other commands need not wait for

    reported = _time(reported_at) if reported_at else None
    judge = _judge(types, human_below)
    for narrative in _narratives(_input(file), lines=lines):
        reading = read_narrative(narrative.text, narrative.reported_at or reported, human_below=human_below)
        reading = judge(narrative.text, reading)
        if json and narrative.id is None:
            print_json(as_document(reading))
        elif json:
            sys.stdout.write(orjson.dumps({"id": narrative.id} | as_document(reading), default=str).decode() + "\n")
        else:
            _say(narrative, reading)


def _judge(folder: Path | None, human_below: float) -> Callable[[str, Reading], Reading]:
    """Types by a trained model, or as they were read."""
    if folder is None:
        return lambda _, reading: reading
    from fanzha.engine.reading.trained import Typist  # loads the numeric libraries

    return Typist(folder, human_below).judged


def train_types(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="JSON list or JSON lines with 案情描述 and 案件类别 (the public task of twelve classes, or your own cases).")],
    out: Annotated[Path, typer.Option(help="The folder of the model; an earlier model there is replaced.")],
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 20_260_101,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Learn fraud types from labelled narratives of your own, measured by cross-validation beside the shipped phrases on the same narratives."""
    from fanzha.engine.reading.public_task import read_task  # loads the numeric libraries, which other commands need not wait for
    from fanzha.engine.reading.trained import train

    task = read_task(data)
    told = train(task, out, folds=folds, seed=seed, progress=cli(context).progress)
    if json:
        print_json(told)
        return
    say(f"{told['narratives']:,} narratives of {told['classes']} types → {out}")
    for label, count in task.unknown.items():
        say(f"  label {label!r} is of no known type ({count} times): read as other")
    say(f"macro-F1 by cross-validation {told['macro_f1']:.4f}; the shipped phrases on the same narratives {told['phrases_macro_f1']:.4f}")


def _input(file: Path | None) -> str:
    try:
        raw = sys.stdin.buffer.read() if file is None or str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UnreadableNarratives(f"{file} cannot be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableNarratives(f"Byte {error.start} is not UTF-8.") from error


def _narratives(text: str, *, lines: bool) -> Iterator[_Narrative]:
    if text.lstrip().startswith("{"):
        yield from (_of_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    elif lines:
        yield from (_Narrative(str(number), line, None) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    else:
        yield _Narrative(None, text, None)


def _of_line(number: int, line: str) -> _Narrative:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableNarratives(f"Line {number} is no JSON.") from error
    text = next((row[name] for name in _TEXTS if isinstance(row.get(name), str)), None) if isinstance(row, dict) else None
    if text is None:
        raise UnreadableNarratives(f"Line {number} has no field narrative or text.")
    at = next((str(row[name]) for name in _TIMES if row.get(name)), None)
    identity = next((str(row[name]) for name in _IDS if row.get(name) is not None), str(number))
    return _Narrative(identity, text, _time(at) if at else None)


def _time(text: str) -> datetime:
    """A time without a zone is Chinese time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableNarratives(f"{text!r} is no time.", remedy="Write it as 2026-03-06 10:00.") from error
    return at if at.tzinfo else at.replace(tzinfo=clock.SHANGHAI)


def _say(narrative: _Narrative, reading: Reading) -> None:
    judged = reading.judgement
    name = f"{narrative.id}: " if narrative.id else ""
    human = "  (needs a human)" if judged.needs_human else ""
    say(f"{name}{judged.type.value} {judged.confidence:.2f}, {judged.stage.value}{human}: {'、'.join(judged.reasons) or '-'}")
    for mention in reading.mentions:
        doubts = f"  [{', '.join(mention.warnings)}]" if mention.warnings else ""
        say(f"  {mention.kind.value:<13}{mention.role.value:<9}{mention.confidence:.2f}  {mention.value}{doubts}")
    for amount in reading.amounts:
        marks = f"{'~' if amount.approximate else ''}{' total' if amount.is_total else ''}"
        say(f"  {'amount':<13}{amount.role.value:<9}{amount.confidence:.2f}  {format_yuan(amount.fen)}{marks}  ({amount.raw})")
    for moment in reading.times:
        say(f"  {'time':<22}{moment.confidence:.2f}  {f'{clock.to_local(moment.at):%Y-%m-%d %H:%M}' if moment.at else '?'}  ({moment.raw})")
    if reading.platforms:
        say(f"  platforms: {', '.join(dict.fromkeys(platform.value for platform in reading.platforms))}")
    if reading.loss_fen:
        say(f"  loss: {format_yuan(reading.loss_fen)}")
