"""A graph from an edge file, and what the edges alone say of each account.

Columns `src,dst`, `from,to`, `source,target` (any case) or else the first two columns are the ends. Where no edge runs from a later id to
an earlier one the file lists unordered pairs, and direction means nothing. Of every other column with numbers or times the features are taken
by direction: count, sum, mean, spread, extremes, entropy over counterparties; of times also span, night share and regularity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import polars as pl

from fanzha.engine.models.errors import UnfitEdges
from fanzha.engine.models.features import Features
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.reading import Ints, as_keys

# SciPy is imported where used: loading it takes longer than most commands run.

_ENDS = (("src", "dst"), ("from", "to"), ("source", "target"), ("nameorig", "namedest"))
_TIME_WORDS = ("time", "date")
_DAY, _NIGHT = 86_400, 6  # local night: before six o'clock
_SHANGHAI = 8 * 3600
_DAMPING, _TURNS = 0.85, 30


@dataclass(frozen=True)
class Graph:
    """Accounts by number, edges by their ends' numbers, and the edges' other columns (numbers; times in seconds)."""

    keys: pl.Series
    source: Ints
    target: Ints
    directed: bool
    amounts: dict[str, Floats]
    times: dict[str, Floats]

    def __len__(self) -> int:
        return self.keys.len()

    def number_of(self, keys: pl.Series) -> Ints:
        """The account number of each key; -1 where the graph does not know it."""
        known = pl.DataFrame({"key": self.keys, "number": np.arange(len(self), dtype=np.int64)})
        found = keys.rename("key").to_frame().join(known, on="key", how="left", maintain_order="left")
        return found["number"].fill_null(-1).to_numpy()

    @cached_property
    def out(self) -> Any:
        """Who points to whom, once each (accounts, accounts)."""
        return self._matrix(self.source, self.target)

    @cached_property
    def both(self) -> Any:
        """Neighbours in either direction, without oneself."""
        apart = self.source != self.target
        source, target = self.source[apart], self.target[apart]
        return self._matrix(np.r_[source, target], np.r_[target, source])

    @cached_property
    def directions(self) -> dict[str, Any]:
        """The adjacencies that features are taken over, by name."""
        return {"out": self.out, "in": self.out.T.tocsr(), "all": self.both} if self.directed else {"all": self.both}

    @cached_property
    def degree(self) -> Floats:
        return np.asarray(self.both.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def walk(self) -> Any:
        """`both`, each entry over the root of the two degrees: symmetric, and no account's mass grows."""
        import scipy.sparse as sp

        scale = sp.diags(1 / np.sqrt(np.maximum(self.degree, 1)))
        return (scale @ self.both @ scale).tocsr()

    def _matrix(self, source: Ints, target: Ints) -> Any:
        import scipy.sparse as sp

        found = sp.coo_matrix((np.ones(len(source)), (source, target)), shape=(len(self), len(self))).tocsr()
        found.data[:] = 1.0
        return found


@dataclass(frozen=True)
class EdgeFile:
    """How a file of edges is read: whether direction means something, and the other columns that are used."""

    directed: bool
    columns: tuple[str, ...]

    @staticmethod
    def learn(edges: pl.DataFrame, left_out: Sequence[str] = ()) -> EdgeFile:
        """Look at a training file; `left_out` are columns not to be used, the label's name among them."""
        source, target = _ends(edges)
        used = [series.name for series in edges.drop(source, target) if _role(series) and series.name not in left_out]
        return EdgeFile(not _unordered(edges[source], edges[target]), tuple(used))


def read_graph(edges: pl.DataFrame, more: Sequence[pl.Series] = (), form: EdgeFile | None = None) -> Graph:
    """The graph of an edge table, with the accounts of `more` (keys) in it even where no edge touches them.

    Raises:
        UnfitEdges: fewer than two columns, an edge without an end, or a column of the training file lacks or is of another type.
    """
    source, target = _ends(edges)
    form = form or EdgeFile.learn(edges)
    lacking = [name for name in form.columns if name not in edges.columns or not _role(edges[name])]
    if lacking:
        raise UnfitEdges(f"The edges lack columns of the training edges, or hold text in them: {', '.join(lacking)}.", columns=lacking)
    left, right = as_keys(edges[source]), as_keys(edges[target])
    if left.null_count() or right.null_count():
        raise UnfitEdges(f"{left.null_count() + right.null_count()} ends of edges are empty.")
    keys = pl.concat([series.rename("key") for series in (left, right, *more)]).drop_nulls().unique().sort()
    graph = Graph(keys, *_numbers(keys, left, right), directed=form.directed, amounts={}, times={})
    for name in form.columns:
        _add_column(graph, edges[name])
    return graph


def account_features(graph: Graph) -> Features:
    """What the edges alone say of each account, in the accounts' order."""
    names: list[str] = []
    columns: list[Floats] = []
    parts = _directed_parts(graph) if graph.directed else {"all": (np.r_[graph.source, graph.target], np.r_[graph.target, graph.source], 2)}
    for direction, (mine, other, copies) in parts.items():
        table = _by_account(graph, mine, other, copies)
        names += [f"{direction}_{name}" for name in table.columns]
        columns += [table[name].cast(pl.Float64).to_numpy() for name in table.columns]
    contrast = _contrasts(names, columns, graph) if graph.directed else {}
    shape = {"pagerank": _pagerank(graph), "core": _core_numbers(graph), "neighbours": graph.degree}
    for name, values in {**contrast, **shape}.items():
        names.append(name)
        columns.append(values)
    return Features(tuple(f"edges: {name}" for name in names), np.column_stack(columns).astype(np.float32))


def _ends(edges: pl.DataFrame) -> tuple[str, str]:
    names = {name.lower(): name for name in edges.columns}
    for first, second in _ENDS:
        if first in names and second in names:
            return names[first], names[second]
    if edges.width < 2:
        raise UnfitEdges(f"The edge file has {edges.width} column(s).")
    return edges.columns[0], edges.columns[1]


def _numbers(keys: pl.Series, left: pl.Series, right: pl.Series) -> tuple[Ints, Ints]:
    known = pl.DataFrame({"key": keys, "number": np.arange(keys.len(), dtype=np.int64)})
    found = [
        end.rename("key").to_frame().join(known, on="key", how="left", maintain_order="left")["number"].to_numpy() for end in (left, right)
    ]
    return found[0], found[1]


def _unordered(left: pl.Series, right: pl.Series) -> bool:
    return left.dtype == right.dtype and bool((left <= right).all())


def _role(series: pl.Series) -> str:
    """`time`, `amount`, or empty for a column that says nothing that can be summed."""
    if series.dtype.is_temporal() and series.dtype not in (pl.Time, pl.Duration):
        return "time"
    if not series.dtype.is_numeric():
        return ""
    return "time" if any(word in series.name.lower() for word in _TIME_WORDS) else "amount"


def _add_column(graph: Graph, series: pl.Series) -> None:
    values = series.cast(pl.Datetime("us")).dt.epoch("us") / 1e6 if series.dtype.is_temporal() else series
    kept = graph.times if _role(series) == "time" else graph.amounts
    kept[series.name] = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _directed_parts(graph: Graph) -> dict[str, tuple[Ints, Ints, int]]:
    return {"out": (graph.source, graph.target, 1), "in": (graph.target, graph.source, 1)}


def _by_account(graph: Graph, mine: Ints, other: Ints, copies: int) -> pl.DataFrame:
    """One row an account: the figures of its edges in one direction; null without edges."""
    columns = {name: np.tile(values, copies) for name, values in {**graph.amounts, **graph.times}.items()}
    table = pl.DataFrame({"mine": mine, "other": other, **{f"column {name}": values for name, values in columns.items()}})
    figures = [pl.len().alias("edges"), pl.col("other").n_unique().alias("counterparties")]
    figures += [figure for name in graph.amounts for figure in _amount_figures(name)]
    figures += [figure for name in graph.times for figure in _time_figures(name)]
    found = table.group_by("mine").agg(figures)
    everyone = pl.DataFrame({"mine": np.arange(len(graph), dtype=np.int64)})
    return everyone.join(found, on="mine", how="left", maintain_order="left").drop("mine")


def _amount_figures(name: str) -> list[pl.Expr]:
    values = pl.col(f"column {name}").fill_nan(None)
    share = values.abs() / (values.abs().sum() + 1e-12)
    return [
        values.sum().alias(f"{name} sum"),
        values.mean().alias(f"{name} mean"),
        values.median().alias(f"{name} median"),
        values.max().alias(f"{name} max"),
        values.min().alias(f"{name} min"),
        values.std().alias(f"{name} spread"),
        (values.abs() + 1e-12).log().mean().alias(f"{name} log mean"),
        (values.abs() + 1e-12).log().std().alias(f"{name} log spread"),
        (-(share * (share + 1e-12).log()).sum()).alias(f"{name} entropy"),
        share.max().alias(f"{name} biggest share"),
        (values == values.round(1)).mean().alias(f"{name} round share"),
    ]


def _time_figures(name: str) -> list[pl.Expr]:
    """Of seconds since 1970; steps counted otherwise have a night share that says nothing."""
    moment = pl.col(f"column {name}").fill_nan(None)
    gaps = moment.sort().diff()
    return [
        moment.min().alias(f"{name} first"),
        moment.max().alias(f"{name} last"),
        moment.median().alias(f"{name} middle"),
        (moment.max() - moment.min()).alias(f"{name} span"),
        moment.std().alias(f"{name} spread"),
        gaps.mean().alias(f"{name} gap mean"),
        gaps.median().alias(f"{name} gap median"),
        gaps.std().alias(f"{name} gap spread"),
        (((moment + _SHANGHAI) % _DAY) < _NIGHT * 3600).mean().alias(f"{name} night share"),
    ]


def _contrasts(names: list[str], columns: list[Floats], graph: Graph) -> dict[str, Floats]:
    """In against out: of counts and sums the balance in [-1, 1], of times who came first."""
    by_name = dict(zip(names, columns, strict=True))
    found: dict[str, Floats] = {}
    for figure in ["edges", "counterparties", *(f"{name} sum" for name in graph.amounts)]:
        gone, come = np.nan_to_num(by_name[f"out_{figure}"]), np.nan_to_num(by_name[f"in_{figure}"])
        found[f"balance of {figure}"] = (come - gone) / (np.abs(come) + np.abs(gone) + 1e-9)
    for name in graph.times:
        for figure in (f"{name} first", f"{name} last", f"{name} middle"):
            found[f"in before out, {figure}"] = by_name[f"out_{figure}"] - by_name[f"in_{figure}"]
    mutual = np.asarray(graph.out.multiply(graph.out.T).sum(axis=1)).ravel()
    found["mutual share"] = mutual / np.maximum(graph.degree, 1)
    return found


def _pagerank(graph: Graph) -> Floats:
    """PageRank (Brin & Page 1998) along the edges, times the number of accounts."""
    import scipy.sparse as sp

    flow = graph.out if graph.directed else graph.both
    leaving = np.asarray(flow.sum(axis=1)).ravel()
    step = (sp.diags(1 / np.maximum(leaving, 1)) @ flow).T.tocsr()
    rank = np.ones(len(graph))
    for _ in range(_TURNS):
        rank = (1 - _DAMPING) + _DAMPING * (step @ rank + rank[leaving == 0].sum() / len(graph))
    return rank


def _core_numbers(graph: Graph) -> Floats:
    """The k-core number of each account (Batagelj & Zaversnik 2003): peel the account with fewest remaining neighbours."""
    starts, ends = graph.both.indptr.tolist(), graph.both.indices.tolist()
    left = graph.degree.astype(int).tolist()
    core = [-1] * len(left)
    queue = [(count, number) for number, count in enumerate(left)]
    heapify(queue)
    level = 0
    while queue:
        count, number = heappop(queue)
        if core[number] >= 0:
            continue
        level = core[number] = max(level, count)
        for other in ends[starts[number] : starts[number + 1]]:
            if core[other] < 0:
                left[other] -= 1
                heappush(queue, (left[other], other))
    return np.array(core, dtype=np.float64)
