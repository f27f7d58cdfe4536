"""Accounts with their columns, their place in a graph and the labels around them: the material and the model of kind `graph`.

A folder remembers the training accounts under salted hashes: label, fold and columns, so that a later prediction sees them as neighbours.
Telephone numbers can be guessed one by one: the hashes keep identifiers out of sight, the folder stays as confidential as the data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanzha.engine.models.boosting import Boosters
from fanzha.engine.models.calibration import Calibration
from fanzha.engine.models.edges import EdgeFile, account_features, read_graph
from fanzha.engine.models.errors import NoFeatures, UnfitEdges
from fanzha.engine.models.features import Encoder, Features, Matrix
from fanzha.engine.models.folds import deal
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.neighbours import NO_FOLD, label_features, neighbour_features
from fanzha.engine.models.reading import BLANK, Ints, as_keys, need_columns
from fanzha.engine.models.trusting import trusted

INNER_FOLDS = 10
SHARE_FOLDS = 4
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9)
_HASH_LETTERS = 32
_STORE = "accounts.npz"


@dataclass(frozen=True)
class Known:
    """Accounts of the training table: hashed key, columns, class number and fold (`BLANK`, `NO_FOLD` where not learned from)."""

    hashes: npt.NDArray[np.str_]
    columns: Matrix
    labels: Ints
    folds: Ints


class Network:
    """The rows of a table as accounts of a graph."""

    def __init__(self, table: Features, keys: pl.Series, edges: pl.DataFrame, form: EdgeFile | None, salt: str, known: Known | None = None) -> None:
        if keys.null_count():
            raise UnfitEdges(f"{keys.null_count()} rows have no id.")
        if keys.n_unique() < keys.len():
            raise UnfitEdges(f"{keys.len() - keys.n_unique()} rows repeat the id of another row.", remedy="Give one row an account.")
        self.table, self.salt = table, salt
        self.graph = read_graph(edges, [keys], form)
        self.accounts = self.graph.number_of(keys)
        self.own = self._own_features(known)

    def __len__(self) -> int:
        return len(self.accounts)

    @cached_property
    def groups(self) -> Ints:
        return np.arange(len(self), dtype=np.int64)

    @cached_property
    def place_of_hash(self) -> dict[str, int]:
        """The account number behind each salted hash."""
        return {hashed: number for number, hashed in enumerate(hash_keys(self.graph.keys, self.salt))}

    @cached_property
    def around(self) -> Features:
        """Everything about the rows that needs no label: own columns, edges, neighbours."""
        own = Features(self.own.names, self.own.values[self.accounts])
        return Features.beside([own, neighbour_features(self.graph, self.own, self.accounts)])

    def find(self, hashes: npt.NDArray[np.str_]) -> Ints:
        """Account numbers of remembered accounts, -1 where this graph has none such."""
        return np.array([self.place_of_hash.get(str(each), -1) for each in hashes], dtype=np.int64)

    def _own_features(self, known: Known | None) -> Features:
        """Columns and edge features of all accounts; the table's own rows come before what is remembered."""
        columns = np.full((len(self.graph), len(self.table.names)), np.nan, dtype=np.float32)
        if known is not None:
            places = self.find(known.hashes)
            columns[places[places >= 0]] = known.columns[places >= 0]
        columns[self.accounts] = self.table.values
        own = Features.beside([Features(self.table.names, columns), account_features(self.graph)])
        if np.isnan(own.values).all():
            raise NoFeatures("Neither the table nor the edges say anything of the accounts.")
        return own


def hash_keys(keys: pl.Series, salt: str) -> list[str]:
    """Salted SHA-256 of each key, cut to 128 bits."""
    return [hashlib.sha256(f"{salt}\0{key}".encode()).hexdigest()[:_HASH_LETTERS] for key in keys]


def guess_id(frame: pl.DataFrame, edges: pl.DataFrame) -> str:
    """The column whose values are most often ends of edges, for who does not name one."""
    ends = read_graph(edges).keys
    shares = {series.name: int(as_keys(series).is_in(ends.implode()).sum()) for series in frame if not series.dtype.is_nested()}
    best = max(sorted(shares), key=lambda name: shares[name])
    if not shares[best]:
        raise UnfitEdges("No column of the data file holds ids that occur in the edge file.")
    return best


def need_ends(keys: pl.Series, edges: pl.DataFrame) -> None:
    """Raise UnfitEdges where no row of the table is the end of an edge: such a graph teaches nothing."""
    if not as_keys(keys).is_in(read_graph(edges).keys.implode()).any():
        raise UnfitEdges(f"No id of the column {keys.name!r} occurs in the edge file.")


def build_network(
    frame: pl.DataFrame, identity: str, edges: pl.DataFrame, encoder: Encoder, form: EdgeFile | None, salt: str, known: Known | None = None
) -> Network:
    """The material of one table and one edge file."""
    need_columns(frame, [identity])
    return Network(encoder.encode(frame), as_keys(frame[identity]), edges, form, salt, known)


@dataclass(frozen=True)
class GraphModel:
    """Boosters on the table alone (where it has columns) and boosters on everything around; `share` is the weight of the former's log scores."""

    alone: Boosters | None
    around: Boosters
    known: Known
    share: float

    @staticmethod
    def fit(network: Network, rows: Ints, labels: Ints, classes: int, seed: int) -> GraphModel:
        known = _remember(network, rows, labels, seed)
        table = Features(network.table.names, network.table.values[rows])
        around = _with_labels(network, known, rows, classes)
        share = _share_of(table, around, labels, classes, seed) if table.names else 0.0
        kept = trusted(table if table.names else around, labels, classes, seed)
        table, around, labels = table.of(kept), around.of(kept), labels[kept]
        alone = Boosters.fit(table, labels, classes, seed) if share > 0 else None
        return GraphModel(alone, Boosters.fit(around, labels, classes, seed), known, share)

    def margins(self, network: Network, rows: Ints) -> Floats:
        """Log scores (rows, classes)."""
        around = self.around.margins(_with_labels(network, self.known, rows, self.around.classes).values)
        if self.alone is None:
            return around
        return (1 - self.share) * around + self.share * self.alone.margins(network.table.values[rows])

    def importances(self) -> dict[str, float]:
        return self.around.importances()

    def save(self, folder: Path) -> dict[str, Any]:
        np.savez_compressed(
            folder / _STORE, hashes=self.known.hashes, columns=self.known.columns, labels=self.known.labels, folds=self.known.folds
        )
        alone = self.alone.save(folder, "alone") if self.alone else None
        return {"alone": alone, "around": self.around.save(folder, "around"), "share": self.share}

    @staticmethod
    def load(folder: Path, document: dict[str, Any]) -> GraphModel:
        """Read JSON, LightGBM text and plain arrays; numpy is told to refuse pickles."""
        with np.load(folder / _STORE, allow_pickle=False) as arrays:
            known = Known(arrays["hashes"], arrays["columns"], arrays["labels"], arrays["folds"])
        alone = Boosters.load(folder, document["alone"]) if document["alone"] else None
        return GraphModel(alone, Boosters.load(folder, document["around"]), known, float(document["share"]))


def _share_of(table: Features, around: Features, labels: Ints, classes: int, seed: int) -> float:
    """The weight of the table alone with least log loss on held-out training rows: where the graph says nothing new, its columns only add noise."""
    fold = deal(labels, np.arange(len(labels), dtype=np.int64), SHARE_FOLDS, seed)
    margins = np.zeros((2, len(labels), classes))
    for number in range(SHARE_FOLDS):
        inside, out = fold != number, fold == number
        for place, features in enumerate((table, around)):
            sketch = Boosters.sketch(Features(features.names, features.values[inside]), labels[inside], classes, seed)
            margins[place, out] = sketch.margins(features.values[out])
    blends = [(share, share * margins[0] + (1 - share) * margins[1]) for share in SHARES]
    return min(blends, key=lambda blend: Calibration.fit(blend[1], labels).loss(blend[1], labels))[0]


def _remember(network: Network, rows: Ints, labels: Ints, seed: int) -> Known:
    keys = network.graph.keys.gather(network.accounts)
    numbers, folds = (np.full(len(network), value, dtype=np.int64) for value in (BLANK, NO_FOLD))
    numbers[rows] = labels
    folds[rows] = deal(labels, np.arange(len(rows), dtype=np.int64), INNER_FOLDS, seed)
    return Known(np.array(hash_keys(keys, network.salt)), network.table.values, numbers, folds)


def _with_labels(network: Network, known: Known, rows: Ints, classes: int) -> Features:
    """The rows' features with the label rates around them; a row that was learned from does not see its own fold, now or later."""
    places = network.find(known.hashes)
    here = places >= 0
    labels, folds = (np.full(len(network.graph), value, dtype=np.int64) for value in (BLANK, NO_FOLD))
    labels[places[here]], folds[places[here]] = known.labels[here], known.folds[here]
    rates = label_features(network.graph, labels, folds, network.accounts[rows], classes)
    around = Features(network.around.names, network.around.values[rows])
    return Features.beside([around, rates])
