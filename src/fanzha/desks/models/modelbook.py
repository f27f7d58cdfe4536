"""Where models lie: those of the package, trained when it was built, and those trained here, `HOME/models/NAME/VERSION`.

A version is trained once and never changes, so what is loaded stays valid; the newest version of a name is the highest number.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from threading import Lock

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
    _told.forget()


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
    """The rules with their models. One whose model cannot be loaded is left out: the others must not wait for it.

    The log is told once in the life of the process: of models that are not there in one warning, of each that cannot be read in one error. The pages of
    detectors show the same at any time (`readiness`).
    """
    found, missing = [], []
    for rule in rules:
        try:
            found.append(ready(rule))
        except ModelNotFound:
            missing.append(rule)
        except FanzhaError as wrong:
            if _told.is_new(f"{rule.id} {rule.version}"):
                _log.error("The detector %s does not run: %s", rule.id, wrong)
    untold = [f"{rule.id} ({rule.model})" for rule in missing if _told.is_new(f"{rule.id} {rule.model}")]
    if untold:
        _log.warning("Models that are not built keep %d detectors from running: %s. %s", len(untold), ", ".join(untold), ModelNotFound.remedy)
    return tuple(found)


class Readiness(StrEnum):
    """Whether a detector's model can be asked."""

    READY = "ready"
    NOT_BUILT = "not_built"  # there is no folder of this name and version: `make models` was not run, or the folder was taken away
    UNREADABLE = "unreadable"


def readiness(reference: str | None) -> Readiness:
    """Of the model of a detector version; one without a model is ready."""
    if reference is None:
        return Readiness.READY
    try:
        scorer(reference)
    except ModelNotFound:
        return Readiness.NOT_BUILT
    except FanzhaError:
        return Readiness.UNREADABLE
    return Readiness.READY


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


class _Told:
    """What this process has said in its log. Detection binds its rules every few minutes, and saying it again tells nobody anything."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._lock = Lock()

    def is_new(self, what: str) -> bool:
        with self._lock:
            before = len(self._said)
            self._said.add(what)
            return len(self._said) > before

    def forget(self) -> None:
        with self._lock:
            self._said.clear()


_told = _Told()


def _in(folder: Path, shipped: bool) -> Iterator[ModelFile]:
    for manifest in folder.glob(f"*/*/{MANIFEST}"):
        version, name = manifest.parent.name, manifest.parent.parent.name
        if REFERENCE.fullmatch(f"{name}@{version}"):
            yield ModelFile(name, int(version), manifest.parent, shipped)
