"""Amounts as text or numbers → integer fen, without binary fractions: digits are moved, never multiplied as floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import polars as pl

LARGEST_FEN: Final = 10**17
"""Above a thousand trillion yuan a figure is a mistake, and sums could leave 64 bits."""

_DIGITS_TO_LEFT: Final = {"yuan": 2, "wan": 6, "fen": 0}
_MARKS: Final = r"人民币|CNY|RMB|[¥$元\s'\"=]"
_THOUSANDS: Final = r"^([+-]?\d{1,3})((?:,\d{3})+)(\.|万|$)"
_SHAPE: Final = r"^(?<sign>[+-])?(?<whole>\d*)(?:\.(?<part>\d*?)0*)?(?<wan>万)?$"


def parse(values: pl.Series, unit: str = "") -> pl.Series:
    """Fen (Int64), signs kept; null for what is null or blank or no amount. `unit` is yuan (also ''), wan (万元) or fen.

    Allowed around the digits: ¥ 元 RMB CNY 人民币, thousands separators, blanks, full-width forms, 万 behind, brackets for a negative amount.
    More decimals than a fen holds make it no amount.
    """
    shift = _DIGITS_TO_LEFT.get(unit or "yuan", 2)
    if values.dtype.is_integer():
        whole = values.cast(pl.Int64)
        fits = (whole.abs() <= LARGEST_FEN // 10**shift).fill_null(value=False)
        return pl.select(pl.when(fits).then(whole * 10**shift)).to_series().rename(values.name)
    return _texts(values.cast(pl.String), shift).rename(values.name)


def _texts(values: pl.Series, shift: int) -> pl.Series:
    fast = _plain(values, shift)
    left = fast.is_null() & values.is_not_null()
    if not left.any():
        return fast
    return fast.scatter(left.arg_true(), _closely(values.filter(left), shift))


def _plain(values: pl.Series, shift: int) -> pl.Series:
    """The common form, digits with an optional point and at most two decimals, over the whole column at once."""
    if shift != 2:
        return pl.Series([None] * len(values), dtype=pl.Int64)
    parts = values.str.splitn(".", 2).struct.unnest()
    whole, part = parts.to_series(0), parts.to_series(1)
    decimals = part.str.len_bytes()
    good = (whole.str.len_bytes().is_between(1, 15) & decimals.fill_null(0).is_between(0, 2)).fill_null(value=False)
    yuan = pl.select(pl.when(good).then(whole)).to_series().cast(pl.UInt64, strict=False).cast(pl.Int64)
    cents = pl.select(pl.when(part.is_null()).then(pl.lit("00")).when(good).then(part.str.pad_end(2, "0"))).to_series().cast(pl.UInt8, strict=False)
    return yuan * 100 + cents.cast(pl.Int64)


def _closely(values: pl.Series, shift: int) -> pl.Series:
    plain = values.str.normalize("NFKC").str.to_uppercase().str.replace_all(_MARKS, "")
    plain = plain.str.replace(r"^\((.*)\)$", "-${1}").str.replace_all("−", "-", literal=True)
    grouped = plain.str.contains(_THOUSANDS).fill_null(value=False)
    plain = pl.select(pl.when(grouped).then(plain.str.replace_all(",", "", literal=True)).otherwise(plain)).to_series()
    parts = _expand_exponent(plain).str.extract_groups(_SHAPE).struct.unnest()
    wan = parts["wan"].is_not_null()
    places = pl.select(pl.when(wan).then(shift + 4).otherwise(shift)).to_series()
    whole, part = parts["whole"].fill_null(""), parts["part"].fill_null("")
    decimals = part.str.len_chars().cast(pl.Int32)
    digits = pl.select((whole + part).str.pad_end(1)).to_series()
    good = ((whole.str.len_chars() + decimals) > 0) & (decimals <= places) & parts["whole"].is_not_null() & (whole.str.len_chars() <= 16)
    zeros = pl.Series(["0" * max(0, count) for count in (places - decimals).to_list()], dtype=pl.String)
    fen = pl.select(pl.when(good).then(digits.str.strip_chars() + zeros)).to_series().cast(pl.Int64, strict=False)
    signed = pl.select(pl.when(parts["sign"] == "-").then(-fen).otherwise(fen)).to_series()
    return pl.select(pl.when(signed.abs() <= LARGEST_FEN).then(signed)).to_series()


def _expand_exponent(values: pl.Series) -> pl.Series:
    """1.2E+7, as spreadsheets and JSON write large numbers, in full digits."""
    scientific = values.str.contains(r"^[+-]?\d+(?:\.\d+)?E[+-]?\d{1,2}$").fill_null(value=False)
    if not scientific.any():
        return values
    full = [format(Decimal(text), "f") for text in values.filter(scientific).to_list()]
    return values.scatter(scientific.arg_true(), pl.Series(full, dtype=pl.String))
