"""`fanzha trace`: follow stolen money through a file of transfers, or through the lake."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.kit.money import format_yuan
from fanzha.lake import EventKind, Lake, Tokens
from fanzha.store import Scope
from fanzha.vocab.identifiers import Kind, clean, mask

if TYPE_CHECKING:
    import polars as pl

    from fanzha.engine.tracing.answer import Answer
    from fanzha.engine.tracing.reading import Sought

Names: TypeAlias = Callable[[str], str]
SHOWN = 20  # lines of each table that people are shown; --out and --json give all


class MethodName(StrEnum):
    """How stolen money is told from the rest."""

    fifo = "fifo"
    lifo = "lifo"
    haircut = "haircut"
    poison = "poison"
    largest = "largest"


class Side(StrEnum):
    """Which side of the transfer the account is."""

    payer = "payer"
    payee = "payee"


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    context: typer.Context,
    account: Annotated[str, typer.Option(help="The account that received the stolen money, or the victim's that paid it.")],
    at: Annotated[str, typer.Option(help="When: 2026-03-01 14:05:00 (Chinese time), or with a zone.")],
    amount: Annotated[int, typer.Option(min=1, max=2**52, help="How much, in fen.")],
    transfers: Annotated[Path | None, typer.Option(help="CSV or Parquet: time, payer, payee, amount_fen. Without it: the lake.")] = None,
    method: Annotated[MethodName, typer.Option(help="Named beside every result; no law fixes one.")] = MethodName.fifo,
    hops: Annotated[int, typer.Option(min=1, max=1_000_000, help="Transfers to follow; the victim's own is the first.")] = 6,
    within: Annotated[float, typer.Option(min=0, max=876_600, help="Hours after the victim's transfer.")] = 24.0,
    least: Annotated[int, typer.Option(min=1, max=2**52, help="Parts below this many fen are not followed.")] = 1,
    side: Annotated[Side | None, typer.Option(help="Whether the account paid or received, where both fit.")] = None,
    ends: Annotated[Path | None, typer.Option(help="CSV of account, kind where following stops: cash, merchant, payment, unreported.")] = None,
    openings: Annotated[Path | None, typer.Option(help="CSV of account, opening_fen: known balances before the first transfer.")] = None,
    purpose: Annotated[str | None, typer.Option(help="For the lake: why account numbers are opened (audited); without it they are masked.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the fund-flow table (资金流向表) to this .csv or .parquet file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say where stolen money is, where it left, and by which transfers; to the fen."""
    from fanzha.engine.tracing.reading import Sought, read_time  # loads the numeric libraries, which other commands need not wait for

    sought = Sought(account, read_time(at), amount, side.value if side else None)
    how = _How(method.value, hops, within, least, ends, openings)
    answer, names, seconds = _in_lake(context, sought, how, purpose) if transfers is None else _in_file(transfers, sought, how)
    result = _result(answer, names, how, seconds)
    if out:
        _write(result["flows"], out)
    if json:
        print_json(result)
    else:
        _say(result)


@dataclass(frozen=True)
class _How:
    """The options of a trace, as they were given."""

    method: str
    hops: int
    within: float
    least: int
    ends: Path | None
    openings: Path | None

    def ask(self, table: pl.DataFrame, sought: Sought) -> Answer:
        from fanzha.engine.tracing.answer import ask, read_ends, read_openings
        from fanzha.engine.tracing.trace import Limits, Method

        ends = read_ends(self.ends) if self.ends else None
        openings = read_openings(self.openings) if self.openings else None
        return ask(table, sought, Method(self.method), Limits(self.hops, timedelta(hours=self.within), self.least), ends=ends, openings=openings)


def _in_file(path: Path, sought: Sought, how: _How) -> tuple[Answer, Names, float]:
    from fanzha.engine.tracing.reading import read_transfers

    table = read_transfers(path)
    started = time.perf_counter()
    return how.ask(table, sought), str, time.perf_counter() - started


def _in_lake(context: typer.Context, sought: Sought, how: _How, purpose: str | None) -> tuple[Answer, Names, float]:
    """The lake knows accounts by tokens. They are shown masked; with a purpose they are opened, and that is written into the audit log."""
    with cli(context).platform() as platform:
        token = platform.tokens.seal(Kind.BANK_ACCOUNT, clean(Kind.BANK_ACCOUNT, sought.account).value)
        table = _lake_transfers(platform.lake, sought, how)
        started = time.perf_counter()
        answer = how.ask(table, replace(sought, account=token))
        seconds = time.perf_counter() - started
        if purpose:
            with platform.database.work(Scope.system("cli")) as work:
                work.audit("trace.opened", token, {"purpose": purpose, "accounts": int(answer.named.ledger.accounts)})
        return answer, lambda name: _shown(platform.tokens, name, opened=purpose is not None), seconds


def _lake_transfers(lake: Lake, sought: Sought, how: _How) -> pl.DataFrame:
    """All transfers up to the end of the window: earlier ones make the balances. Equal times by event key, as everywhere."""
    import polars as pl

    last = clock.local_day(sought.at + timedelta(hours=how.within))
    rows = lake.scan(EventKind.TRANSFERS, until=last).filter(pl.col("payer").is_not_null() & pl.col("payee").is_not_null() & (pl.col("amount_fen") > 0))
    return rows.sort("at", "event_key").select(pl.col("at").alias("time"), "payer", "payee", "amount_fen").collect()


def _shown(tokens: Tokens, name: str, *, opened: bool) -> str:
    from fanzha.engine.tracing.reading import OUTSIDE

    if name == OUTSIDE:
        return name
    kind, value = tokens.open(name)
    return value if opened else mask(Kind(kind), value)


def _result(answer: Answer, names: Names, how: _How, seconds: float) -> dict[str, Any]:
    from fanzha.engine.tracing import telling

    rests, flows = telling.rests(answer.named, answer.found), telling.flows(answer.named, answer.found)
    began = flows.row(0, named=True)
    return {
        **telling.summary(answer.named, answer.found),
        "limits": {"hops": how.hops, "within_hours": how.within, "least_fen": how.least},
        "origin": {"time": began["time"], "payer": names(began["payer"]), "payee": names(began["payee"]), "in_data": answer.known},
        "rests": [row | {"account": names(row["account"])} for row in rests.iter_rows(named=True)],
        "flows": [row | {"payer": names(row["payer"]), "payee": names(row["payee"])} for row in flows.iter_rows(named=True)],
        "seconds": round(seconds, 6),
    }


def _write(flows: list[dict[str, Any]], out: Path) -> None:
    import polars as pl

    from fanzha.engine.models.reading import write_table

    write_table(pl.DataFrame(flows), out)


def _say(result: dict[str, Any]) -> None:
    origin = result["origin"]
    if not origin["in_data"]:
        say("No such transfer is among the rows: the money is taken to have come in from outside.")
    say(f"{format_yuan(result['stolen_fen'])} yuan, {_clock(origin['time'])}, {origin['payer']} → {origin['payee']}, by {result['method']}:")
    for name in ("still_there", "withdrawn", "left_the_data"):
        say(f"  {name.replace('_', ' '):<16}{format_yuan(result[f'{name}_fen']):>18}")
    if result["uncertain_fen"]:
        say(f"  {'of it uncertain':<16}{format_yuan(result['uncertain_fen']):>18}  (rests on opening balances that nobody told)")
    say(f"{len(result['rests'])} places:")
    for row in result["rests"][:SHOWN]:
        say(f"  {format_yuan(row['fen']):>16}  {row['account']:<24} {row['kind']}, hop {row['hop']}")
    say(f"{len(result['flows'])} transfers:")
    for row in result["flows"][:SHOWN]:
        say(f"  {_clock(row['time'])}  {row['hop']}  {row['payer']} → {row['payee']}  {format_yuan(row['fen'])} of {format_yuan(row['of_fen'])}")
    if len(result["flows"]) > SHOWN:
        say(f"  … {len(result['flows']) - SHOWN} more; --out writes all.")


def _clock(at: Any) -> str:
    return f"{clock.to_local(at):%Y-%m-%d %H:%M:%S}"
