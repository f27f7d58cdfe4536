"""Who stands on which side, where a file is told from one side: flags of statements and of subscribers' call lists.

借 (debit) is money leaving the holder's account and 贷 (credit) money coming in, as on the statement a bank gives its customer; 0 and 1 are the
police platform's debit and credit signs.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.sheet import Sheet

OUTWARD: Final = frozenset(
    (
        "借", "借方", "借记", "出", "支出", "支", "付", "付款", "付出", "转出", "汇出", "支取", "取", "流出",
        "d", "dr", "debit", "out", "0", "主叫", "呼出", "去电", "拨出", "主", "calling", "outgoing", "mo",
    )
)
INWARD: Final = frozenset(
    (
        "贷", "贷方", "贷记", "进", "入", "收入", "收", "收款", "转入", "汇入", "存入", "存", "流入", "c",
        "cr", "credit", "in", "1", "被叫", "呼入", "来电", "接听", "被", "called", "incoming", "mt",
    )
)


def outward(flags: pl.Series) -> pl.Series:
    """True where the flag says 'from the holder', False for 'to the holder', null where it says neither."""
    plain = flags.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s'\"]|\(.*\)", "")
    known = pl.when(plain.is_in(list(OUTWARD))).then(pl.lit(value=True)).when(plain.is_in(list(INWARD))).then(pl.lit(value=False))
    return pl.select(known.otherwise(None)).to_series()


def directed(sheet: Sheet, own: pl.Series, other: pl.Series, flags: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(from, to) of each row; rows whose flag is missing or unknown are rejected."""
    out = outward(flags)
    sheet.reject(flags.is_null(), Reason.MISSING, "direction")
    sheet.reject(out.is_null() & flags.is_not_null(), Reason.BAD_DIRECTION, "direction")
    return sides(out, own, other)


def sides(out: pl.Series, own: pl.Series, other: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(own, other) where outward, (other, own) where not."""
    both = pl.select(pl.when(out).then(own).otherwise(other).alias("from"), pl.when(out).then(other).otherwise(own).alias("to"))
    return both["from"], both["to"]
