"""A bank's statement for the tracing of one case: directed transfers with the side that told each.

Headers, units and reasons are those of the intake of transfers; nothing goes to the lake. Unlike there, a row without counterparty counts: cash drawn at a machine has
none, and where the money left is what a trace asks. Such a row goes to or comes from one of `NAMELESS`.
Invariant: every row of the file that is not blank is in `rows` or in `set_aside`, in exactly one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from fanzha.desks.intake import times
from fanzha.desks.intake.columns import Columns, Given, IntakeKind, match, require
from fanzha.desks.intake.parsing import SetAside, set_aside
from fanzha.desks.intake.readers import ROW, Chunk, open_source
from fanzha.desks.intake.shapes import transfers
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens

NAMELESS: Final[Mapping[str, str]] = {"cash": "0000000001", "merchant": "0000000002", "payment": "0000000003", "unreported": "0000000004"}
"""Stand-ins for counterparties that a statement does not name, by what the row says of its channel; no bank gives such numbers."""

_WORDS: Final = {"cash": r"现金|取现|取款|ATM|atm|存现|柜员机", "merchant": r"消费|POS|pos|商户|扫码付", "payment": r"第三方|财付通|支付宝|网联|快捷支付|银联在线"}

_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    ROW: pl.Int64, "at": pl.Datetime("us", "UTC"), "payer": pl.String, "payee": pl.String, "amount_fen": pl.Int64, "serial": pl.String, "side": pl.String,
    "payer_balance_fen": pl.Int64, "payee_balance_fen": pl.Int64, "payer_bank": pl.String, "payee_bank": pl.String, "channel": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """`rows`: the columns of `_SCHEMA`, accounts as tokens, in the file's order; `side` is `payer` or `payee` (who told the row) or `both` (a list of transfers)."""

    rows: pl.DataFrame
    set_aside: list[SetAside]

    @property
    def received(self) -> int:
        return self.rows.height + len(self.set_aside)


class _StatementSheet(Sheet):
    """Names what a statement leaves nameless."""

    def text(self, name: str) -> pl.Series:
        told = super().text(name)
        if name != "counterparty" or not told.null_count():
            return told
        channel = super().text("channel").fill_null("")
        guess = pl.lit(NAMELESS["unreported"])
        for kind, words in _WORDS.items():
            guess = pl.when(channel.str.contains(words)).then(pl.lit(NAMELESS[kind])).otherwise(guess)
        return pl.select(pl.coalesce(told, guess)).to_series()


def read_statement(path: Path, tokens: Tokens, given: Given | None = None) -> Statement:
    """Read a statement or list of transfers of any format the intake takes.

    Raises:
        UnreadableFile: the file as a whole cannot be read, or lacks columns (its subclasses say which); BadMapping.
    """
    subjects = Subjects(tokens)
    frames, aside = [pl.DataFrame(schema=_SCHEMA)], list[SetAside]()
    for rows, wrong in _chunks(path, subjects, given):
        frames.append(rows)
        aside += wrong
    return Statement(pl.concat(frames), aside)


def _chunks(path: Path, subjects: Subjects, given: Given | None) -> Iterator[tuple[pl.DataFrame, list[SetAside]]]:
    source = open_source(path, IntakeKind.TRANSFERS, given)
    require(IntakeKind.TRANSFERS, source.header, given, source.note)
    for chunk in source.chunks():
        aside = [SetAside(failure.row, failure.raw, None, failure.reason) for failure in chunk.failures]
        if chunk.frame.height:
            rows, wrong = _rows(chunk, subjects, given)
            yield rows, aside + wrong
        else:
            yield pl.DataFrame(schema=_SCHEMA), aside


def _rows(chunk: Chunk, subjects: Subjects, given: Given | None) -> tuple[pl.DataFrame, list[SetAside]]:
    columns: Columns = match(IntakeKind.TRANSFERS, [name for name in chunk.frame.columns if name != ROW], given)
    sheet = _StatementSheet(chunk.frame, columns)
    at = sheet.instant(latest=pl.Series([clock.now() + times.CLOCK_SKEW]))
    shaped = transfers.shape(sheet, subjects) | {ROW: sheet.numbers, "at": at, "serial": sheet.text("event_id")}
    frame = pl.DataFrame([series.rename(name) for name, series in shaped.items()]).with_columns(_side(sheet, subjects, shaped["payer"]))
    texts = pl.col("serial", "payer_bank", "payee_bank", "channel").cast(pl.String).fill_null("")
    rows = frame.with_columns(texts).select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    if not sheet.rejections:
        return rows, []
    verdicts = sheet.verdicts()
    return rows.filter(verdicts.is_null()), set_aside(chunk, sheet, verdicts)


def _side(sheet: Sheet, subjects: Subjects, payer: pl.Series) -> pl.Series:
    if sheet.has("payer", "payee"):
        return pl.repeat("both", sheet.height, dtype=pl.String, eager=True).alias("side")
    own = subjects.accounts(sheet, "own", sheet.text("own"))
    return pl.select(pl.when(payer == own).then(pl.lit("payer")).otherwise(pl.lit("payee")).alias("side")).to_series()
