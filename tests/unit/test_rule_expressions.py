"""The expression language: both back ends agree on random expressions and rows, and what is not on the list is refused with its place."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanzha.engine.rules.columns import to_polars
from fanzha.engine.rules.expression import InvalidExpression, Type, names, parse
from fanzha.engine.rules.single import to_python

FEATURES = {
    "a": Type.NUMBER,
    "b": Type.NUMBER,
    "c": Type.NUMBER,
    "yes": Type.BOOLEAN,
    "no": Type.BOOLEAN,
    "word": Type.TEXT,
    "other": Type.TEXT,
}
SCHEMA = {"a": pl.Int64, "b": pl.Float64, "c": pl.Float64, "yes": pl.Boolean, "no": pl.Boolean, "word": pl.String, "other": pl.String}

WHOLE = st.one_of(st.integers(-3, 3), st.integers(-(2**53), 2**53))
REAL = st.one_of(st.sampled_from([0.0, 1.0, -1.5, 1e300]), st.floats(allow_nan=False, allow_infinity=False))
ROW = st.fixed_dictionaries(
    {
        "a": st.none() | WHOLE,
        "b": st.none() | REAL,
        "c": st.none() | st.integers(-3, 3).map(float),
        "yes": st.none() | st.booleans(),
        "no": st.none() | st.booleans(),
        "word": st.none() | st.sampled_from(["x", "y'", "字"]),
        "other": st.none() | st.sampled_from(["x", "z"]),
    }
)


def number_literals() -> st.SearchStrategy[str]:
    return st.one_of(st.integers(-4, 4).map(str), st.sampled_from(["0.5", "2.25", "1000000"]))


def text_literals() -> st.SearchStrategy[str]:
    return st.sampled_from(["'x'", "'y'''", "'字'", "''"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    base = st.one_of(st.sampled_from(["a", "b", "c"]), number_literals())
    if depth == 0:
        return base
    below = numbers(depth - 1)
    return st.one_of(
        base,
        st.tuples(below, st.sampled_from("+-*/"), below).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        below.map(lambda each: f"ABS({each})"),
        below.map(lambda each: f"(- {each})"),
        st.tuples(below, below).map(lambda each: f"COALESCE({each[0]}, {each[1]})"),
    )


def texts() -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(["word", "other"]), text_literals())


def conditions(depth: int) -> st.SearchStrategy[str]:
    base = st.one_of(
        st.sampled_from(["yes", "no", "TRUE", "FALSE"]),
        st.tuples(numbers(1), st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), numbers(1)).map(" ".join),
        st.tuples(texts(), st.sampled_from(["=", "<>"]), texts()).map(" ".join),
        st.tuples(numbers(1), numbers(1), numbers(1)).map(lambda each: f"{each[0]} BETWEEN {each[1]} AND {each[2]}"),
        st.tuples(st.sampled_from("abc"), st.lists(number_literals(), min_size=1, max_size=3)).map(
            lambda each: f"{each[0]} IN ({', '.join(each[1])})"
        ),
        st.lists(text_literals(), min_size=1, max_size=3).map(lambda each: f"word NOT IN ({', '.join(each)})"),
        st.sampled_from(["a", "b", "yes", "word"]).map(lambda each: f"{each} IS NULL"),
        numbers(2).map(lambda each: f"{each} IS NOT NULL"),
    )
    if depth == 0:
        return base
    below = conditions(depth - 1)
    return st.one_of(
        base,
        st.lists(below, min_size=2, max_size=4).map(lambda each: "(" + " AND ".join(each) + ")"),
        st.lists(below, min_size=2, max_size=4).map(lambda each: "(" + " OR ".join(each) + ")"),
        below.map(lambda each: f"NOT ({each})"),
        st.tuples(below, below).map(lambda each: f"COALESCE({each[0]}, {each[1]})"),
        st.tuples(below, below).map(lambda each: f"(({each[0]}) = ({each[1]}))"),
    )


_NOTHING = dict.fromkeys(SCHEMA)


@given(conditions(3), st.lists(ROW, min_size=1, max_size=8))
@example("(0 IS NOT NULL) = (ABS(a + a) IS NOT NULL)", [_NOTHING, _NOTHING])
@example("(COALESCE(1, 2) > 0) = (a IS NULL)", [_NOTHING, _NOTHING])
@example("NOT (0 BETWEEN 0 AND COALESCE(a, 0))", [_NOTHING, _NOTHING])
@settings(max_examples=300, deadline=None)
def test_columns_and_single_rows_agree(text: str, rows: list[dict[str, Any]]) -> None:
    node = parse(text, FEATURES)
    table = pl.DataFrame(rows, schema=SCHEMA).with_columns(answer=to_polars(node))
    single = to_python(node)
    assert [single(row) for row in rows] == table["answer"].to_list()


@given(numbers(4), st.lists(ROW, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_numbers_agree(text: str, rows: list[dict[str, Any]]) -> None:
    node = parse(text, FEATURES, Type.NUMBER)
    table = pl.DataFrame(rows, schema=SCHEMA).with_columns(answer=to_polars(node))
    single = to_python(node)
    assert [single(row) for row in rows] == table["answer"].to_list()


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("a / 0 > 1", {"a": 1}, None),
        ("a / 0 > 1 OR TRUE", {"a": 1}, True),
        ("a > 1 AND b > 1", {"a": None, "b": 0}, False),
        ("a > 1 AND b > 1", {"a": None, "b": 2}, None),
        ("NOT (a > 1)", {"a": None}, None),
        ("a IN (1, 2)", {"a": None}, None),
        ("b * b IS NULL", {"b": 1e300}, True),
        ("word = 'x'", {"word": "x"}, True),
    ],
)
def test_null_rules(text: str, row: dict[str, Any], expected: bool | None) -> None:
    node = parse(text, FEATURES)
    assert to_python(node)(row) is expected
    schema = {name: SCHEMA[name] for name in row}
    assert pl.DataFrame([row], schema=schema).with_columns(answer=to_polars(node))["answer"].to_list() == [expected]


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "empty"),
        ("a >", 1, 3, "not an SQL"),
        ("a > 'x", 1, 1, "not an SQL"),
        ("a > 1 AND\n  nothing = 2", 2, 3, "no feature named nothing"),
        ("a > 1 AND\nsleep(3) > 1", 2, 1, "function"),
        ("(SELECT 1) > 2", 1, 9, "not allowed"),
        ("a; b", 1, 1, "not allowed"),
        ("word LIKE 'x%'", 1, 1, "LIKE is not allowed"),
        ("CASE WHEN yes THEN no END", 1, 11, "not allowed"),
        ("a::text = 'x'", 1, 1, "not allowed"),
        ("t.a > 1", 1, 1, "no dot"),
        ("a = 'x'", 1, 1, "cannot be compared"),
        ("word > 'x'", 1, 1, "Only numbers"),
        ("yes AND a", 1, 9, "boolean is needed"),
        ("a + word > 1", 1, 5, "number is needed"),
        ("a + 1", 1, 1, "must be a boolean"),
        ("a IN (1, 'x')", 1, 1, "one type"),
        ("a IN (SELECT 1)", 1, 1, "list of literals"),
        ("a = NULL", 1, 1, "NULL outside"),
        ("a > 1e400", 1, 5, "too large"),
        ("yes IS TRUE", 1, 1, "not allowed"),
        ("a > " + "ABS(" * 27 + "1" + ")" * 27, 1, 97, "nests deeper"),
        ("yes AND " * 600 + "yes", 1, 1, "longer than"),
    ],
)
def test_refused(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        parse(text, FEATURES)
    assert reason in refused.value.reason
    assert (refused.value.line, refused.value.column) == (line, column)


@example("0E")
@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidExpression):
        assert names(parse(text, FEATURES)) <= set(FEATURES)


def test_names_are_those_read() -> None:
    assert names(parse("a > 1 AND (word = 'b' OR ABS(c) < 2)", FEATURES)) == {"a", "word", "c"}


def test_a_long_chain_is_read_flat() -> None:
    node = parse(" OR ".join(["a > 1"] * 400), FEATURES)
    assert to_python(node)({"a": 2}) is True
