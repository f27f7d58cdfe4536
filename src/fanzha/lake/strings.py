"""A column of text as the bytes and offsets that a compiled loop reads and writes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


def to_bytes(values: pl.Series) -> tuple[Bytes, Offsets]:
    """(UTF-8 of all values end to end, where each begins and, last, where the column ends). Null counts as empty."""
    array = values.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    _, places, content = array.buffers()
    offsets = np.frombuffer(places, dtype=np.int64)[array.offset : array.offset + len(array) + 1] if len(array) else np.zeros(1, dtype=np.int64)
    data = np.frombuffer(content, dtype=np.uint8) if content is not None else np.zeros(0, dtype=np.uint8)
    return data, offsets


def from_bytes(name: str, data: Bytes, offsets: Offsets) -> pl.Series:
    """The column again. `data` must be UTF-8 with every value whole."""
    array = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    return pl.Series(name, array, dtype=pl.String)
