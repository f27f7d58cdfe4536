"""Work done once per distinct value instead of once per row."""

from __future__ import annotations

import polars as pl
import pyarrow as pa


def split(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(distinct values without null in order of first appearance, for every row its place among them or null).

    `distinct.gather(places)` gives `values` back, so a function need only see `distinct`.
    """
    encoded = values.rename("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    array = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    distinct = pl.Series(array.dictionary, dtype=values.dtype)
    return distinct, pl.Series(array.indices).cast(pl.UInt32)
