"""Score a file with a kept model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from fanzha.engine.models.folder import Kept, load
from fanzha.engine.models.kinds import need_no_edges, prepare
from fanzha.engine.models.reading import as_keys, need_columns, need_table_place, read_table, write_table
from fanzha.kit.progress import Progress


def predict(folder: Path, data: Path, edges: Path | None, out: Path, progress: Progress | None = None) -> int:
    """Write one row a row of `data`, in its order, and return how many. Writing again replaces the file.

    Raises:
        InvalidInput: the folder, the data, the edges or the output cannot be used (see `errors`).
    """
    need_table_place(out)
    kept = load(folder)
    if edges:
        need_no_edges(kept.spec.kind)
    found = score(kept, read_table(data), read_table(edges) if edges else None, progress)
    write_table(found, out)
    return found.height


def score(kept: Kept, frame: pl.DataFrame, edges: pl.DataFrame | None = None, progress: Progress | None = None) -> pl.DataFrame:
    """Columns `id` (the row's number from 0 where the model was trained without one), `label`, and `score_<class>` for each class."""
    identity = kept.spec.identity
    if identity is not None:
        need_columns(frame, [identity])
    material = prepare(kept.spec, frame, edges, kept.model, progress)
    margins = kept.model.margins(material, np.arange(frame.height, dtype=np.int64))
    scores = kept.calibration.scores(margins)
    said = kept.calibration.decide(scores)
    ids = as_keys(frame[identity]) if identity is not None else pl.Series(range(frame.height), dtype=pl.Int64)
    labels = pl.Series([kept.classes[number] for number in said], dtype=pl.String)
    columns = {f"score_{name}": scores[:, number] for number, name in enumerate(kept.classes)}
    return pl.DataFrame({"id": ids, "label": labels, **columns})
