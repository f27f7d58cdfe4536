"""The page about features is the registry."""

from __future__ import annotations

from pathlib import Path

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.document import table
from fanzha.engine.features.model import ALL_KINDS

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_page_holds_the_registry() -> None:
    page = PAGE.read_text("utf-8")
    printed = page.partition("<!-- registry -->\n")[2].partition("\n<!-- end -->")[0]
    assert printed == table(), "run python -m fanzha.engine.features.document and paste it into docs/features.md"


def test_every_feature_says_what_it_is() -> None:
    for name, feature in FEATURES.features.items():
        assert feature.zh, name
        assert feature.en, name
        assert feature.null_rule, name
        assert FEATURES.kinds(name), name
        assert set(FEATURES.kinds(name)) <= set(ALL_KINDS), name
