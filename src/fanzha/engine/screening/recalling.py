"""When everybody was seen long ago, taken in a table at a time: of a million events a day no event is made that would be forgotten at once."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from fanzha.engine.screening.events import SIDES
from fanzha.engine.screening.routes import SEEN
from fanzha.engine.screening.state import State
from fanzha.engine.screening.times import Archive, Keys, Numbers, key_of, pairs_of
from fanzha.lake.schemas import EventKind


class Recalling:
    """Gathers the sides and times of lake rows, kind by kind in the order of time, and gives them to a state once."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Keys, Numbers, Numbers]]] = defaultdict(list)

    def add(self, kind: EventKind, rows: pl.DataFrame) -> None:
        """Rows that stand by (at, event_key), no earlier than those added before."""
        at, order = rows["at"].cast(pl.Int64).to_numpy(), rows["event_key"].to_numpy()
        (first, is_first), (second, is_second) = (_keys(rows[column]) for column in SIDES[kind])
        by_first, by_second, together = SEEN[kind]
        for source, keys, known in ((by_first, first, is_first), (by_second, second, is_second), (together, pairs_of(first, second), is_first & is_second)):
            if source is not None:
                self._rows[source].append((keys[known], at[known], order[known]))

    def into(self, state: State) -> None:
        for source, pieces in self._rows.items():
            keys, at, order = (np.concatenate(column) for column in zip(*pieces, strict=True))
            state.recall(source, Archive.of(keys, at, order))
        self._rows.clear()


def _keys(subjects: pl.Series) -> tuple[Keys, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The key of each subject, and which are there. Each different one is hashed once."""
    words = subjects.drop_nulls().unique()
    places, known = subjects.cast(pl.Enum(words)).to_physical().fill_null(0).to_numpy(), subjects.is_not_null().to_numpy()
    hashed = np.array([key_of(word) for word in words] or [0], dtype=np.uint64)
    return hashed[np.where(known, places, 0)], known
