"""Many conditions in one generated function say exactly what each says alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.test_rule_expressions import FEATURES, ROW, conditions

from fanzha.engine.rules.expression import parse
from fanzha.engine.rules.single import to_python
from fanzha.engine.rules.together import compile_together


@given(st.lists(conditions(3), min_size=1, max_size=5), st.lists(ROW, min_size=1, max_size=6), st.booleans())
@settings(max_examples=200, deadline=None)
def test_together_as_alone(texts: list[str], rows: list[dict[str, Any]], lazy: bool) -> None:
    nodes = [parse(text, FEATURES) for text in texts]
    together, alone = compile_together(nodes, lazy=lazy), [to_python(node) for node in nodes]
    for row in rows:
        assert together(row) == [place for place, condition in enumerate(alone) if condition(row) is True]


def test_lazy_reads_no_more_than_it_must() -> None:
    asked: list[str] = []

    class Row(dict[str, object]):
        def __missing__(self, name: str) -> object:
            asked.append(name)
            return 1 if name == "a" else None

    assert compile_together([parse("a > 1 AND b > 1", FEATURES), parse("a = 1 OR c = 1", FEATURES)], lazy=True)(Row()) == [1]
    assert set(asked) == {"a"}


@pytest.mark.parametrize("text", ["word = '__import__(\"os\")'", "word IN ('\\', 'x')"])
def test_literals_stay_literals(text: str) -> None:
    assert compile_together([parse(text, FEATURES)])({"word": "x"}) in ([], [0])
