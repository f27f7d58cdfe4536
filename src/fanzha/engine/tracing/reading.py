"""Read transfers from a file, and find in them the money to be followed.

A time without a zone is Chinese time, as banks write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from fanzha.engine.tracing.errors import AmbiguousOrigin, OriginNotFound, UnfitTransfer, UnreadableTransfers
from fanzha.engine.tracing.ledger import Named
from fanzha.kit.clock import SHANGHAI

COLUMNS = ("time", "payer", "payee", "amount_fen")
OUTSIDE = "(outside)"  # the payer of money that came from where no transfer tells
INSTANT = pl.Datetime("us", "UTC")
_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S")


def read_transfers(path: Path) -> pl.DataFrame:
    """`time` (UTC), `payer`, `payee` (text), `amount_fen` (int64) of every row of a CSV or Parquet file, in the file's order; other columns are left out.

    Raises:
        UnreadableTransfers: no such file, another format, or a column is missing.
        UnfitTransfer: a value that is no time, or no whole number of fen; the row is named (the first below the header is 1).
    """
    table = _columns(path)
    times = _times(table["time"])
    _refuse_new_nulls(table["time"], times, "no time that can be read")
    amounts = table["amount_fen"].cast(pl.Int64, strict=False) if not table["amount_fen"].dtype.is_float() else _whole(table["amount_fen"])
    _refuse_new_nulls(table["amount_fen"], amounts, "no whole number of fen")
    return table.with_columns(times.alias("time"), amounts.alias("amount_fen"), pl.col("payer", "payee").cast(pl.String).str.strip_chars().replace("", None))


def _columns(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise UnreadableTransfers(f"There is no file {path}.")
    try:
        if path.name.endswith((".csv", ".csv.gz")):
            texts = dict.fromkeys(COLUMNS, pl.String)
            found = pl.read_csv(path, schema_overrides=texts, infer_schema=False)
        elif path.name.endswith(".parquet"):
            found = pl.read_parquet(path)
        else:
            raise UnreadableTransfers(f"{path.name} is of no known format.")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableTransfers(f"{path.name} cannot be read: {str(error).splitlines()[0].rstrip('.')}.") from error
    lacking = [name for name in COLUMNS if name not in found.columns]
    if lacking:
        raise UnreadableTransfers(f"{path.name} has no column {', '.join(lacking)}; it has {', '.join(found.columns)}.", columns=lacking)
    return found.select(COLUMNS)


def _times(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        aware = column.dt.replace_time_zone(str(SHANGHAI)) if column.dtype.time_zone is None else column
        return aware.dt.convert_time_zone("UTC").cast(INSTANT)
    texts = column.cast(pl.String).str.strip_chars()
    zoned = texts.str.to_datetime("%+", time_zone="UTC", time_unit="us", strict=False)
    local = [texts.str.to_datetime(each, time_unit="us", strict=False).dt.replace_time_zone(str(SHANGHAI)).dt.convert_time_zone("UTC") for each in _FORMATS]
    return pl.select(pl.coalesce(zoned, *local)).to_series().cast(INSTANT)


def _whole(column: pl.Series) -> pl.Series:
    return column.set(column != column.floor(), None).cast(pl.Int64, strict=False)


def _refuse_new_nulls(given: pl.Series, read: pl.Series, what: str) -> None:
    wrong = (read.is_null() & given.is_not_null()).arg_true()
    if len(wrong):
        raise UnfitTransfer(f"{str(given[wrong[0]])[:40]!r} in row {wrong[0] + 1} is {what} ({len(wrong)} such rows).", row=wrong[0] + 1, rows=len(wrong))


def read_time(text: str) -> datetime:
    """A moment as people write it.

    Raises:
        OriginNotFound: it is none.
    """
    read = _times(pl.Series([text]))
    found = read.filter(read.dt.year().is_between(1900, 9000)).first()  # a moment that Python's calendar holds in every zone
    if found is None:
        raise OriginNotFound(f"{text[:40]!r} is no time.", remedy="Write it as 2026-03-01 14:05:00 (Chinese time) or 2026-03-01T06:05:00Z.")
    assert isinstance(found, datetime)
    return found


@dataclass(frozen=True)
class Sought:
    """The money to be followed as a victim or bank tells it. `side`: whether the account paid it or received it, where that is known."""

    account: str
    at: datetime
    fen: int
    side: str | None = None


def find_origin(transfers: pl.DataFrame, sought: Sought) -> int | None:
    """The row of the transfer: same account, same second, same amount, else the only larger one of that second. None where there is none.

    Raises:
        AmbiguousOrigin: transfers of the account on both sides fit.
        OriginNotFound: no transfer names the account at all.
    """
    payer, payee = pl.col("payer") == sought.account, pl.col("payee") == sought.account
    mine = transfers.with_row_index("row").filter({"payer": payer, "payee": payee}.get(sought.side or "", payer | payee))
    if mine.is_empty():
        raise OriginNotFound(f"No transfer names the account {sought.account}.")
    second = sought.at.astimezone(UTC).replace(microsecond=0)
    then = mine.filter(pl.col("time").is_between(second, second + timedelta(seconds=1), closed="left"))
    exact = then.filter(pl.col("amount_fen") == sought.fen)
    fitting = exact if exact.height else then.filter(pl.col("amount_fen") > sought.fen)
    if fitting["payer"].n_unique() > 1 or fitting["payee"].n_unique() > 1:
        raise AmbiguousOrigin(f"{fitting.height} transfers of {sought.account} fit.")
    return int(fitting["row"][0]) if fitting.height and (exact.height or fitting.height == 1) else None


def with_outside(transfers: pl.DataFrame, sought: Sought) -> pl.DataFrame:
    """The transfers with one more in front: the money came to the account from outside the data."""
    row = pl.DataFrame({"time": [sought.at], "payer": [OUTSIDE], "payee": [sought.account], "amount_fen": [sought.fen]}, schema=transfers.schema)
    return pl.concat([row, transfers])


def locate(transfers: pl.DataFrame, sought: Sought) -> tuple[pl.DataFrame, int, bool]:
    """The transfers, the row of the money to be followed, and whether it was among them; where it was not, it is put in front as coming from outside."""
    row = find_origin(transfers, sought)
    if row is not None:
        return transfers, row, True
    return with_outside(transfers, sought), 0, False


def transfer_of(named: Named, row: int) -> int:
    """The number in the ledger of a row of its input.

    Raises:
        OriginNotFound: the row moved nothing: payer and payee are the same.
    """
    places = (named.ledger.rows == row).nonzero()[0]
    if not len(places):
        raise OriginNotFound("The transfer goes from an account to itself.")
    return int(places[0])
