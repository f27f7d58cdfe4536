"""Cases as arrays, ready to be linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.engine.kernels import Codes, Ints, grouped
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.meaning import Samples
from fanzha.engine.linking.near import Holes
from fanzha.engine.linking.weights import UNKNOWN

MENTIONS = {"case": pl.Int32, "kind": pl.Int8, "value": pl.String}


@dataclass(frozen=True)
class Cases:
    """`ids`: case → its id. `types`, `days`: int32 codes, UNKNOWN where not told. Value v is `texts[v]` of kind `kinds[v]`; the cases
    `known_by[start[v]:start[v + 1]]` name it."""

    ids: pl.Series
    types: Codes
    days: Codes
    kinds: Codes
    texts: pl.Series
    start: Ints
    known_by: Codes
    told: Samples | None = None
    """Samples of the cases' narratives (`meaning.samples`), where their likeness counts."""
    narratives: Sequence[str | None] | None = None
    """The narratives themselves, where they may be quoted."""
    holes: Holes | None = None
    """Of the accounts, by value; None: worked out from `texts`, which then are in clear."""

    def __len__(self) -> int:
        return len(self.ids)

    @staticmethod
    def build(ids: pl.Series, types: Codes, days: Codes, mentions: pl.DataFrame) -> Cases:
        """From one row a case and mentions of `case` (its row), `kind` (of `Shared`), `value` (clean text); a value that a case names twice counts once."""
        distinct = mentions.drop_nulls().unique(["case", "kind", "value"])
        values = distinct.select("kind", "value").unique().sort("kind", "value").with_row_index("code")
        coded = distinct.join(values, on=["kind", "value"], how="left").sort("case")
        codes = coded["code"].cast(pl.Int32).to_numpy()
        places = grouped(codes, values.height)
        start = np.zeros(values.height + 1, np.int64)
        np.cumsum(np.bincount(codes, minlength=values.height), out=start[1:])
        known_by = coded["case"].cast(pl.Int32).to_numpy()[places]
        return Cases(ids, types, days, values["kind"].cast(pl.Int32).to_numpy(), values["value"], start, np.ascontiguousarray(known_by))


def type_codes(names: Sequence[str | None]) -> Codes:
    """A number for each name; UNKNOWN for none and for `other`."""
    codes: dict[str, int] = {}
    told = (UNKNOWN if not name or name == "other" else codes.setdefault(name, len(codes) % 64) for name in names)
    return np.fromiter(told, np.int32, len(names))


def clean(mentions: pl.DataFrame) -> pl.DataFrame:
    """Values as they compare: full-width letters and digits made plain, small letters, no blanks or dashes inside numbers, a site by its host, a Chinese
    mobile number without its country code. Empty values go."""
    plain = pl.col("value").str.normalize("NFKC").str.to_lowercase().str.strip_chars()
    digits = plain.str.replace_all(r"[\s\-()（）]", "").str.replace(r"^(?:\+|00)?86(1\d{10})$", "$1")
    host = plain.str.replace(r"^[a-z][a-z0-9+.-]*://", "").str.replace(r"[/?#].*$", "").str.replace(r"^www\.", "").str.strip_chars(".")
    kind = pl.col("kind")
    numbers = kind.is_in([Shared.ACCOUNT, Shared.PHONE, Shared.CRYPTO, Shared.DEVICE, Shared.MONEY])
    value = pl.when(numbers).then(digits).when(kind == Shared.SITE).then(host).otherwise(plain.str.replace_all(r"\s+", " "))
    return mentions.with_columns(value=value).filter(pl.col("value").str.len_chars() > 1)


def known_good(mentions: pl.DataFrame, harmless: Mapping[Shared, Sequence[str]]) -> pl.DataFrame:
    """Without what everybody may name: hotlines, banks' sites."""
    for kind, values in harmless.items():
        mentions = mentions.filter(~((pl.col("kind") == kind) & pl.col("value").is_in(list(values))))
    return mentions
