"""The pages that say where each promise is kept name nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = "\n".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("first-light.md", "data-modelling.md", "cases-and-series.md", "money-and-measures.md"))
PROOFS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))
PLACES = sorted(set(re.findall(r"`((?:bootstrap|settings|vocab|store|desks|engine|faces|simulator)[\w/]*(?:\.\w+)?)`", PAGE)))


@pytest.mark.parametrize(("file", "name"), PROOFS, ids=[name for _, name in PROOFS])
def test_every_proof_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_place_exists() -> None:
    assert len(PLACES) > 50
    assert [place for place in PLACES if not (ROOT / "src" / "fanzha" / place).exists()] == []
