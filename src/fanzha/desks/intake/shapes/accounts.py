"""Account openings (开户). A firm's account has a name and no identity card."""

from __future__ import annotations

from typing import Final

import polars as pl

from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.vocab.identifiers import Kind

IDENTITY = ("account", "holder", "phone", "state")

_ENTITY: Final = r"对公|单位|企业|公司|机构|entity|^2$|^02$"
_PERSON: Final = r"个人|对私|私人|person|^1$|^01$"


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `accounts`. A holder without a valid identity card (a passport, a firm's code) has no person token."""
    holder = subjects.others(sheet, Kind.ID_CARD, "holder", sheet.text("holder"), strict=False)
    return {
        "account": subjects.accounts(sheet, "account", sheet.text("account")),
        "holder": holder,
        "holder_name": subjects.sealed("name", sheet.text("holder_name")),
        "phone": subjects.others(sheet, Kind.PHONE, "phone", sheet.text("phone"), strict=False),
        "bank": sheet.text("bank"),
        "branch": sheet.text("branch"),
        "holder_kind": _holder_kind(sheet.text("holder_kind"), holder),
        "region": sheet.text("region"),
        "state": sheet.text("state"),
    }


def _holder_kind(said: pl.Series, holder: pl.Series) -> pl.Series:
    plain = said.str.to_lowercase()
    kind = pl.when(plain.str.contains(_ENTITY)).then(pl.lit("entity")).when(plain.str.contains(_PERSON) | holder.is_not_null()).then(pl.lit("person"))
    return pl.select(kind).to_series()
