"""A register of numbered things (phone lines, bank accounts): events name them by index, and the names are looked up once, when files are written."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.dice import Ints

Schema = dict[str, pl.DataType | type[pl.DataType]]


class Register:
    """Blocks of rows under one schema; the index of a row never changes."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._blocks: list[pl.DataFrame] = []
        self._size = 0

    def add(self, block: pl.DataFrame) -> Ints:
        """Append rows (missing columns become null); returns their indices."""
        columns = [
            pl.col(name).cast(kind) if name in block.columns else pl.lit(None, kind).alias(name) for name, kind in self._schema.items()
        ]
        self._blocks.append(block.select(columns))
        first, self._size = self._size, self._size + block.height
        return np.arange(first, self._size, dtype=np.int64)

    def frame(self) -> pl.DataFrame:
        """Every row, in index order."""
        return pl.concat(self._blocks, rechunk=True) if self._blocks else pl.DataFrame(schema=self._schema)

    def __len__(self) -> int:
        return self._size
