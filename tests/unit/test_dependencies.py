"""What ships: no forbidden licence, no address of a registry, no trace of a machine."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
_FORBIDDEN = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|Affero|General Public License|Proprietary|Business Source|SSPL)", re.IGNORECASE)


def _closure(name: str, seen: set[str]) -> set[str]:
    try:
        needs = requires(name) or []
    except PackageNotFoundError:  # needed only on another platform or Python
        return seen
    for line in needs:
        need = Requirement(line)
        if need.name.lower() not in seen and (need.marker is None or need.marker.evaluate({"extra": ""})):
            seen.add(need.name.lower())
            _closure(need.name, seen)
    return seen


def test_no_runtime_dependency_has_a_forbidden_licence() -> None:
    found = {}
    names = _closure("fanzha", set())
    assert len(names) > 30
    for name in names:
        try:
            about = distribution(name).metadata
        except PackageNotFoundError:
            continue
        licence = " ".join([about.get("License-Expression") or "", (about.get("License") or "").split("\n")[0], *(about.get_all("Classifier") or [])])
        if _FORBIDDEN.search(licence.replace("LGPL", "").replace("Lesser General Public License", "")):
            found[name] = licence
    assert found == {}


def test_no_lock_file_names_a_registry() -> None:
    for name in ("requirements.lock", "frontend/package-lock.json"):
        assert not re.search(r"https?://[^\"\s]*(registry|pypi|pythonhosted|npmjs|mirror)", (ROOT / name).read_text()), name
