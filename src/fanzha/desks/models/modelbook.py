"""Where models lie: those of the package, trained when it was built, and those trained here, `HOME/models/NAME/VERSION`.

A version is trained once and never changes, so what is loaded stays valid; the newest version of a name is the highest number.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fanzha.engine.models.card import ModelCard
from fanzha.engine.models.folder import MANIFEST
from fanzha.engine.models.scoring import ModelScorer, scorer_of
from fanzha.engine.rules.model import Rule, bind
from fanzha.engine.rules.scorer import REFERENCE, ModelNotFound, Scorer
from fanzha.kit.errors import FanzhaError

PACKAGE = Path(__file__).parent / "built"
"""Written by `make models`; not part of the source."""

_log = logging.getLogger(__name__)
_local: Path | None = None


@dataclass(frozen=True)
class ModelFile:
    """One version of one model. `shipped`: it came with the package."""

    name: str
    version: int
    folder: Path
    shipped: bool

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.version}"


def install_at(folder: Path) -> None:
    """Where this installation keeps the models that it trains; bootstrap says it once."""
    global _local
    _local = folder


def all_models() -> tuple[ModelFile, ...]:
    """Every version that there is, by name and number; a version trained here hides the package's of that number."""
    found = {each.reference: each for each in (*_in(PACKAGE, shipped=True), *(_in(_local, shipped=False) if _local else ()))}
    return tuple(sorted(found.values(), key=lambda each: (each.name, each.version)))


def folder_of(reference: str) -> Path:
    """The folder of `name@version`.

    Raises:
        ModelNotFound.
    """
    for each in all_models():
        if each.reference == reference:
            return each.folder
    raise ModelNotFound(f"There is no model {reference} in this installation.", model=reference)


def next_version(name: str) -> tuple[int, Path]:
    """The number and the folder for the next version of this model to be trained here.

    Raises:
        ModelNotFound: this installation keeps no models of its own.
    """
    if _local is None:
        raise ModelNotFound("This installation has no folder for models.", model=name)
    version = max((each.version for each in all_models() if each.name == name), default=0) + 1
    return version, _local / name / str(version)


def scorer(reference: str) -> Scorer:
    """The model, loaded once.

    Raises:
        ModelNotFound, InvalidFolder.
    """
    folder = folder_of(reference)
    return _loaded(folder, (folder / MANIFEST).stat().st_mtime_ns)


def ready(rule: Rule) -> Rule:
    """The rule with its model, ready to run; a rule without one as it is.

    Raises:
        ModelNotFound, InvalidFolder: it cannot be loaded.
        InvalidRule: it scores other events.
    """
    return bind(rule, _Book())


def bound(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with their models. One whose model cannot be loaded is left out and told in the log: the others must not wait for it."""
    return tuple(_bound(rules))


def card_of(reference: str) -> ModelCard:
    """What is known of a model.

    Raises:
        ModelNotFound.
    """
    return ModelCard.of(json.loads((folder_of(reference) / MANIFEST).read_text("utf-8")))


@lru_cache(maxsize=64)
def _loaded(folder: Path, written: int) -> ModelScorer:
    del written  # a model of the package is built anew under its number while the package is being developed
    return scorer_of(folder)


class _Book:
    def scorer(self, reference: str) -> Scorer:
        return scorer(reference)


def _bound(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        try:
            yield ready(rule)
        except FanzhaError as wrong:
            _log.error("The detector %s does not run: %s", rule.id, wrong)


def _in(folder: Path, shipped: bool) -> Iterator[ModelFile]:
    for manifest in folder.glob(f"*/*/{MANIFEST}"):
        version, name = manifest.parent.name, manifest.parent.parent.name
        if REFERENCE.fullmatch(f"{name}@{version}"):
            yield ModelFile(name, int(version), manifest.parent, shipped)
