"""The kinds of model, each as what training and prediction need of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from fanzha.engine.models.edges import EdgeFile
from fanzha.engine.models.errors import NoFeatures, UnfitEdges
from fanzha.engine.models.features import Encoder
from fanzha.engine.models.metrics import Floats
from fanzha.engine.models.network import GraphModel, build_network, guess_id, need_ends
from fanzha.engine.models.reading import Ints, need_columns
from fanzha.engine.models.table import Table, TableModel
from fanzha.engine.models.text import TextModel, guess_column, read_texts
from fanzha.kit.progress import Progress


class Material(Protocol):
    """Rows ready to learn from or to score."""

    @property
    def groups(self) -> Ints: ...

    def __len__(self) -> int: ...


class Model(Protocol):
    """What was learned. `margins` are (rows, classes), greater for likelier, or several such blocks side by side; a model reads its own kind of material."""

    def margins(self, material: Any, rows: Ints) -> Floats: ...

    def importances(self) -> dict[str, float]: ...

    def save(self, folder: Path) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Spec:
    """What of the file is what: kept in the manifest, so prediction reads a file as training did."""

    kind: str
    label: str
    identity: str | None
    text: str | None
    encoder: Encoder
    salt: str
    edges: EdgeFile | None = None

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "encoder": self.encoder.as_json(), "edges": asdict(self.edges) if self.edges else None}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Spec:
        found = document["edges"]
        edges = EdgeFile(bool(found["directed"]), tuple(found["columns"])) if found else None
        return Spec(**{**document, "encoder": Encoder.from_json(document["encoder"]), "edges": edges})


@dataclass(frozen=True)
class Kind:
    """Learn and load."""

    fit: Callable[[Any, Ints, Ints, int, int], Model]
    load: Callable[[Path, dict[str, Any]], Model]


KINDS: dict[str, Kind] = {
    "tabular": Kind(TableModel.fit, TableModel.load),
    "text": Kind(TextModel.fit, TextModel.load),
    "graph": Kind(GraphModel.fit, GraphModel.load),
}


@dataclass(frozen=True)
class Asked:
    """What the caller named. Columns of `drop` are left out of the data and of the edges; so is an edge column with the label's name."""

    label: str
    identity: str | None = None
    text: str | None = None
    drop: tuple[str, ...] = ()


def specify(kind: str, frame: pl.DataFrame, edges: pl.DataFrame | None, asked: Asked, salt: str) -> Spec:
    """Decide what each column is for; columns not named are found where only one answer makes sense.

    Raises:
        UnknownColumn: a named column is not there.
        UnfitEdges: a graph model without edges.
        NoFeatures: nothing to learn from.
    """
    need_columns(frame, [name for name in (asked.label, asked.identity, asked.text) if name is not None])
    need_columns(frame, [name for name in asked.drop if edges is None or name not in edges.columns])
    left_out = {asked.label, *asked.drop, *([asked.identity] if asked.identity else [])}
    used = frame.drop(left_out & set(frame.columns))
    if kind == "text":
        text = asked.text or guess_column(used)
        if frame[text].dtype.is_nested() or not frame[text].cast(pl.String).str.strip_chars().fill_null("").str.len_bytes().sum():
            raise NoFeatures(f"The column {text!r} holds no text.")
        return Spec(kind, asked.label, asked.identity, text, Encoder(()), salt)
    if kind == "tabular":
        return Spec(kind, asked.label, asked.identity, None, Encoder.learn(used), salt)
    needed = _needed(edges)
    identity = asked.identity or guess_id(used, needed)
    if asked.identity:  # a guessed one has ends
        need_ends(frame[identity], needed)
    encoder = Encoder.learn(used.drop(identity, strict=False), allow_none=True)
    return Spec(kind, asked.label, identity, None, encoder, salt, EdgeFile.learn(needed, sorted(left_out)))


def prepare(spec: Spec, frame: pl.DataFrame, edges: pl.DataFrame | None, model: Model | None = None, progress: Progress | None = None) -> Material:
    """The rows of a table as the kind reads them; `model` brings the accounts it remembers. Without one the rows are to be learned from."""
    if spec.kind == "text":
        assert spec.text is not None
        texts = read_texts(frame, spec.text)
        if model.meaning if isinstance(model, TextModel) else texts.short:
            texts.meanings(progress)
        return texts
    if spec.kind == "tabular":
        return Table(spec.encoder.encode(frame))
    assert spec.identity is not None
    known = model.known if isinstance(model, GraphModel) else None
    return build_network(frame, spec.identity, _needed(edges), spec.encoder, spec.edges, spec.salt, known)


def need_no_edges(kind: str) -> None:
    """Raise UnfitEdges for a kind that would silently leave the edges unread."""
    if kind != "graph":
        raise UnfitEdges(f"A {kind} model reads no edges.", remedy="Leave --edges out, or train a graph model.")


def _needed(edges: pl.DataFrame | None) -> pl.DataFrame:
    if edges is None:
        raise UnfitEdges("A graph model needs edges.", remedy="Give the edge file with --edges.")
    return edges
