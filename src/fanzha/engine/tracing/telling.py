"""A trace in tables: where the money rests, and the fund-flow table (资金流向表) of one row a transfer."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.tracing.ledger import Named
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.trace import Trace

WITHDRAWN = (Rest.CASH, Rest.MERCHANT, Rest.PAYMENT)
LEFT = (Rest.UNREPORTED, Rest.MOVED_ON, Rest.SMALL)


def rests(named: Named, found: Trace) -> pl.DataFrame:
    """`account`, `kind` (of `Rest`), `fen`, `hop` (the first by which it came), `uncertain`: the most first."""
    kinds = {int(kind): kind.name.lower() for kind in Rest}
    table = pl.DataFrame(found.rests[:, :4], schema=["code", "fen", "hop", "kind"])
    summed = table.group_by("code", "kind").agg(pl.col("fen").sum(), pl.col("hop").min())
    return (
        summed.with_columns(
            account=named.names.gather(summed["code"]),
            kind=summed["kind"].replace_strict(kinds, return_dtype=pl.String),
            uncertain=pl.Series(_uncertain(named, found)[summed["code"].to_numpy()]),
        )
        .select("account", "kind", "fen", "hop", "uncertain")
        .sort("fen", "account", descending=[True, False])
    )


def flows(named: Named, found: Trace) -> pl.DataFrame:
    """`time`, `hop`, `payer`, `payee`, `fen` (stolen money in it), `of_fen` (the transfer's amount): in the order of time."""
    ledger = named.ledger
    table = pl.DataFrame(found.flows[:, :3], schema=["transfer", "fen", "hop"])
    summed = table.group_by("transfer", "hop").agg(pl.col("fen").sum()).sort("transfer", "hop")
    places = summed["transfer"].to_numpy()
    return summed.select(
        pl.Series("time", ledger.at[places]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        pl.col("hop"),
        named.names.gather(ledger.payer[places]).alias("payer"),
        named.names.gather(ledger.payee[places]).alias("payee"),
        pl.col("fen"),
        pl.Series("of_fen", ledger.amount[places]),
    )


def _uncertain(named: Named, found: Trace) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Accounts whose share depends on an opening balance that nobody told: those that passed stolen money on with a guessed one, and all below them."""
    ledger, doubtful = named.ledger, np.zeros(named.ledger.accounts, np.bool_)
    for transfer in np.unique(found.flows[:, 0]):
        payer, payee = ledger.payer[transfer], ledger.payee[transfer]
        began = any(each.transfer == transfer for each in found.origins)
        if not began and (doubtful[payer] or ledger.guessed[payer]):
            doubtful[payer] = doubtful[payee] = True
    return doubtful


def summary(named: Named, found: Trace) -> dict[str, Any]:
    """Totals in fen; `stolen` = `still_there` + `withdrawn` + `left_the_data`, and how much of it rests on guessed opening balances."""
    table = rests(named, found)
    return {
        "method": found.method.value,
        "stolen_fen": sum(each.fen for each in found.origins),
        "still_there_fen": found.total(Rest.HELD),
        "withdrawn_fen": found.total(*WITHDRAWN),
        "left_the_data_fen": found.total(*LEFT),
        "of_it": {kind.name.lower(): found.total(kind) for kind in Rest if found.total(kind)},
        "uncertain_fen": int(table.filter("uncertain")["fen"].sum()),
        "accounts": table["account"].n_unique(),
        "transfers": len(np.unique(found.flows[:, 0])),
    }
