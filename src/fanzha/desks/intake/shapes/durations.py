"""Lengths of calls and visits → whole seconds."""

from __future__ import annotations

from typing import Final

import polars as pl

from fanzha.desks.intake import times
from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.sheet import Sheet

_CLOCK: Final = r"^(?:(?<h>\d{1,3})[:：])?(?<m>\d{1,2})[:：](?<s>\d{1,2})$"
_WORDS: Final = r"^(?:(?<h>\d{1,3})(?:小时|时))?(?:(?<m>\d{1,4})(?:分钟|分))?(?:(?<s>\d{1,6})秒)?$"
_SCALE: Final = {"min": 60.0, "ms": 0.001}


def seconds(sheet: Sheet, name: str = "seconds") -> pl.Series:
    """Seconds from a number (unit by the header), 1:02:03, 1小时2分3秒, or an end time; null where nothing is said."""
    raw = sheet.text(name)
    if raw.null_count() == len(raw) and sheet.has("ended"):
        return _between(sheet)
    scale = _SCALE.get(sheet.unit(name))
    number = raw.cast(pl.Int32, strict=False) if scale is None else (raw.cast(pl.Float64, strict=False) * scale).round().cast(pl.Int32, strict=False)
    left = number.is_null() & raw.is_not_null()
    if left.any():
        number = number.scatter(left.arg_true(), _words(raw.filter(left)))
    bad = raw.is_not_null() & (number.is_null() | (number < 0))
    sheet.reject(bad, Reason.BAD_NUMBER, name)
    return number


def _words(raw: pl.Series) -> pl.Series:
    plain = raw.str.replace(r"\.0+$", "").str.replace_all(r"\s", "")
    parts = [plain.str.extract_groups(shape).struct.unnest() for shape in (_CLOCK, _WORDS)]
    sums = [_total(part) for part in parts]
    return pl.select(pl.coalesce(plain.cast(pl.Int32, strict=False), *sums)).to_series()


def _total(part: pl.DataFrame) -> pl.Series:
    given = pl.any_horizontal(pl.col("h", "m", "s").is_not_null())
    number = pl.col("h", "m", "s").cast(pl.Int32, strict=False).fill_null(0)
    counted = part.select(number, given.alias("given"))
    return counted.select(pl.when("given").then(pl.col("h") * 3600 + pl.col("m") * 60 + pl.col("s"))).to_series()


def _between(sheet: Sheet) -> pl.Series:
    """From the start of the row to its end time."""
    started, ended = times.parse(sheet.cell("at")), sheet.instant("ended", required=False)
    length = (ended - started).dt.total_seconds().cast(pl.Int32, strict=False)
    sheet.reject(length < 0, Reason.BAD_NUMBER, "ended")
    return length
