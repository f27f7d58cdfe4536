"""One question asked of a table of transfers, and its answer: what the command line, the trace desk and the bench share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from fanzha.engine.tracing.errors import UnreadableTransfers
from fanzha.engine.tracing.kernels import Flags
from fanzha.engine.tracing.ledger import Named, refuse_unfit
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.reading import Sought, locate, transfer_of
from fanzha.engine.tracing.trace import Limits, Method, Origin, Trace, trace

END_KINDS = {"cash": Rest.CASH, "merchant": Rest.MERCHANT, "payment": Rest.PAYMENT, "unreported": Rest.UNREPORTED}


@dataclass(frozen=True)
class Answer:
    """`known`: the stolen transfer was among the rows; else it was added as coming from outside."""

    named: Named
    found: Trace
    known: bool


def ask(
    transfers: pl.DataFrame,
    sought: Sought,
    method: Method,
    limits: Limits,
    *,
    ends: pl.DataFrame | None = None,
    openings: pl.DataFrame | None = None,
) -> Answer:
    """Follow the sought money through `transfers` (see `reading.read_transfers`). `ends`: account, kind (of `END_KINDS`); `openings`: account, opening_fen.

    Raises:
        OriginNotFound, AmbiguousOrigin, UnfitTransfer, UnfitLimits.
    """
    refuse_unfit(transfers)
    table, row, known = locate(transfers, sought)
    named = Named.build(table, openings)
    fen = min(sought.fen, int(table["amount_fen"][row]))
    found = trace(named.ledger, [Origin(transfer_of(named, row), fen)], method, limits, None if ends is None else stops(named, ends))
    return Answer(named, found, known)


def stops(named: Named, ends: pl.DataFrame) -> Flags:
    """The ends as the kernels want them; accounts that no transfer names are left out."""
    flags = np.zeros(named.ledger.accounts, np.int8)
    for account, kind in ends.select("account", "kind").iter_rows():
        code = named.code(account)
        if code is not None:
            flags[code] = END_KINDS[kind]
    return flags


def read_ends(path: Path) -> pl.DataFrame:
    """`account`, `kind` from a CSV.

    Raises:
        UnreadableTransfers: not such a file, or another kind.
    """
    table = _small(path, ("account", "kind"))
    wrong = table.filter(~pl.col("kind").is_in(list(END_KINDS)).fill_null(value=False))
    if wrong.height:
        raise UnreadableTransfers(f"{path.name}: {wrong['kind'][0]!r} is no kind of end.", remedy=f"Use one of {', '.join(END_KINDS)}.")
    return table


def read_openings(path: Path) -> pl.DataFrame:
    """`account`, `opening_fen` from a CSV.

    Raises:
        UnreadableTransfers: not such a file, or a balance that is no whole number of fen, zero or more.
    """
    table = _small(path, ("account", "opening_fen"))
    told = table.with_columns(pl.col("opening_fen").cast(pl.Int64, strict=False))
    wrong = (told["opening_fen"].is_null() | (told["opening_fen"] < 0)).arg_true()
    if len(wrong):
        raise UnreadableTransfers(f"{path.name}: {table['opening_fen'][wrong[0]]!r} in row {wrong[0] + 1} is no balance in fen.", remedy="Zero or more, whole.")
    return told


def _small(path: Path, columns: tuple[str, str]) -> pl.DataFrame:
    remedy = f"Give a CSV file with the columns {', '.join(columns)}."
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableTransfers(f"{path.name} cannot be read: {str(error).splitlines()[0].rstrip('.')}.", remedy=remedy) from error
    if not set(columns) <= set(table.columns):
        raise UnreadableTransfers(f"{path.name} has the columns {', '.join(table.columns)}.", remedy=remedy)
    return table.select(pl.col(columns).str.strip_chars())
