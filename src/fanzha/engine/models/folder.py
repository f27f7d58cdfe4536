"""The folder of a model: `manifest.json` (versioned), `report.html`, and the learned parts as LightGBM text, JSON and plain arrays.

Nothing in it is ever unpickled. The manifest holds the SHA-256 of every part and loading checks them, so a damaged or exchanged part is
refused. The folder appears whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fanzha.engine.models.calibration import Calibration
from fanzha.engine.models.errors import InvalidFolder
from fanzha.engine.models.kinds import KINDS, Model, Spec
from fanzha.engine.models.reading import digest, need_place
from fanzha.kit.errors import Conflict
from fanzha.kit.ids import new_id

FORMAT = "fanzha-model"
VERSION = 1
MANIFEST = "manifest.json"
REPORT = "report.html"


@dataclass(frozen=True)
class Kept:
    """A model ready to score: what it reads, what it learned, how its margins become scores, and its manifest."""

    spec: Spec
    classes: tuple[str, ...]
    model: Model
    calibration: Calibration
    manifest: dict[str, Any]


def save(out: Path, kept: Kept, report: str) -> dict[str, Any]:
    """Write the folder and return its manifest. Training again into a model's folder replaces it; any other content is left alone.

    Raises:
        Conflict, UnwritableOutput: see `need_folder_place`.
    """
    need_folder_place(out)
    fresh = out.with_name(f".{out.name}-{new_id()}")
    fresh.mkdir(parents=True)
    try:
        manifest = _write(fresh, kept, report)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


def need_folder_place(out: Path) -> None:
    """Refuse a folder that `save` could not write; asked before training, so that no training is in vain.

    Raises:
        Conflict: the folder holds something else.
        UnwritableOutput: what is above it cannot be written to.
    """
    if out.exists() and not _replaceable(out):
        raise Conflict(f"{out} exists and is not the folder of a model.", remedy="Give an empty or a new folder with --out.")
    need_place(out)


def load(folder: Path) -> Kept:
    """Read a folder that `save` wrote.

    Raises:
        InvalidFolder: no manifest, another format or version, a part missing, changed or unreadable.
    """
    from lightgbm.basic import LightGBMError  # a second of loading, for those alone who open a model

    manifest = _read_manifest(folder)
    _check_parts(folder, manifest["parts"])
    try:
        spec = Spec.from_json(manifest["spec"])
        model = KINDS[spec.kind].load(folder, manifest["model"])
        return Kept(spec, tuple(manifest["classes"]), model, Calibration(**manifest["calibration"]), manifest)
    except (KeyError, TypeError, ValueError, OSError, LightGBMError) as error:
        raise InvalidFolder(f"{folder} does not hold a readable model: {error!r}") from error


def _write(folder: Path, kept: Kept, report: str) -> dict[str, Any]:
    learned = kept.model.save(folder)
    (folder / REPORT).write_text(report, "utf-8")
    parts = {path.name: digest(path) for path in sorted(folder.iterdir())}
    head = {"format": FORMAT, "version": VERSION, **kept.manifest}
    manifest = {
        **head,
        "spec": kept.spec.as_json(),
        "classes": list(kept.classes),
        "calibration": asdict(kept.calibration),
        "model": learned,
        "parts": parts,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    return manifest


def _replaceable(out: Path) -> bool:
    if not out.is_dir():
        return False
    if not any(out.iterdir()):
        return True
    try:
        _read_manifest(out)
    except InvalidFolder:
        return False
    return True


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFolder(f"{folder} has no readable {MANIFEST}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(manifest.get("parts"), dict):
        raise InvalidFolder(f"{folder / MANIFEST} is not the manifest of a model.")
    if manifest.get("version") != VERSION:
        raise InvalidFolder(f"{folder} is of format version {manifest.get('version')}; this program reads version {VERSION}.")
    return manifest


def _check_parts(folder: Path, parts: dict[str, str]) -> None:
    for name, expected in parts.items():
        path = folder / Path(name).name
        if not path.is_file() or digest(path) != expected:
            raise InvalidFolder(f"{path} is missing or was changed after training.")
