"""Phone cards going into use (入网). Year of birth and sex follow from the identity card where the file does not say them."""

from __future__ import annotations

from typing import Final

import polars as pl

from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.vocab.identifiers import Kind

IDENTITY = ("phone", "holder", "state")

_SEXES: Final = dict.fromkeys(("男", "男性", "m", "male", "1"), "male") | dict.fromkeys(("女", "女性", "f", "female", "2"), "female")


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `sims`; `sex` is male, female or null."""
    phone = subjects.phones(sheet, "phone", sheet.text("phone"))
    card = sheet.text("holder")
    holder = subjects.others(sheet, Kind.ID_CARD, "holder", card, strict=False)
    known = pl.select(pl.when(holder.is_not_null()).then(card.str.strip_chars())).to_series()
    said = sheet.text("sex").str.to_lowercase().replace_strict(_SEXES, default=None, return_dtype=pl.String)
    return {
        "phone": phone.token,
        "holder": holder,
        "holder_name": subjects.sealed("name", sheet.text("holder_name")),
        "imsi": subjects.others(sheet, Kind.IMSI, "imsi", sheet.text("imsi"), strict=False),
        "imei": subjects.others(sheet, Kind.IMEI, "imei", sheet.text("imei"), strict=False),
        "carrier": sheet.text("carrier"),
        "outlet": sheet.text("outlet"),
        "region": sheet.text("region"),
        "address": subjects.sealed("address", sheet.text("address")),
        "birth_year": pl.select(pl.coalesce(sheet.count("birth_year", pl.Int32), _birth_year(known))).to_series(),
        "sex": pl.select(pl.coalesce(said, _sex(known))).to_series(),
        "occupation": sheet.text("occupation"),
        "state": sheet.text("state"),
    }


def _birth_year(cards: pl.Series) -> pl.Series:
    """Digits 7–10 of an 18-digit card (GB 11643)."""
    return cards.str.extract(r"^\d{6}(\d{4})\d{7}[\dXx]$").cast(pl.Int32, strict=False)


def _sex(cards: pl.Series) -> pl.Series:
    """The 17th digit is odd for a man (GB 11643)."""
    sequence = cards.str.extract(r"^\d{16}(\d)[\dXx]$").cast(pl.Int32, strict=False)
    return pl.select(pl.when(sequence % 2 == 1).then(pl.lit("male")).when(sequence % 2 == 0).then(pl.lit("female"))).to_series()
