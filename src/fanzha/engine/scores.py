"""Scores of models beside the features of a table, before rules fire.

A model is costly beside a rule, so an event is scored only where a rule's answer can depend on it: where the condition, with the score unknown, is not
false. SQL's three-valued logic makes that exact, as long as the condition does not itself ask whether the score is null.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from fanzha.engine.rules.columns import to_polars
from fanzha.engine.rules.expression import Absolute, Arithmetic, Coalesce, Compare, IsNull, Logic, Name, Node, Not, Within, names, walk
from fanzha.engine.rules.model import Rule
from fanzha.engine.rules.scorer import MODEL_SCORE


def score_column(rule: Rule) -> str:
    """The table's column with the scores of the rule's model."""
    return f"{MODEL_SCORE}:{rule.model}"


def condition_of(rule: Rule) -> pl.Expr:
    """The rule's condition over a table that `with_scores` made."""
    return to_polars(rule.condition if rule.model is None else _reading(rule.condition, score_column(rule)))


def with_scores(table: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The table with one more column for each model of the rules: the score, null where no rule's answer depends on it."""
    asking: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.model is not None:
            asking[score_column(rule)].append(rule)
    return table.with_columns(_scores(table, mine).alias(column) for column, mine in asking.items())


def _scores(table: pl.DataFrame, rules: Sequence[Rule]) -> pl.Series:
    scorer = rules[0].scorer
    assert scorer is not None, f"{rules[0].id} is run without its model; bind it first"
    wanted = _wanted(table, rules)
    found = scorer.batch(table.filter(wanted))
    return pl.repeat(None, table.height, dtype=pl.Float64, eager=True).scatter(wanted.arg_true(), found)


def _wanted(table: pl.DataFrame, rules: Sequence[Rule]) -> pl.Series:
    if any(_asks_for_null(rule.condition) for rule in rules):
        return pl.repeat(True, table.height, eager=True)
    blank = table.with_columns(pl.lit(None, pl.Float64).alias(score_column(rule)) for rule in rules[:1])
    return blank.select(pl.any_horizontal(condition_of(rule).fill_null(value=True) for rule in rules)).to_series()


def _asks_for_null(condition: Node) -> bool:
    return any(isinstance(node, IsNull | Coalesce) and MODEL_SCORE in names(node) for node in walk(condition))


def _reading(node: Node, column: str) -> Node:
    """The tree with the score under another name."""
    match node:
        case Name():
            return replace(node, name=column) if node.name == MODEL_SCORE else node
        case Logic() | Coalesce():
            return replace(node, items=tuple(_reading(item, column) for item in node.items))
        case Compare() | Arithmetic():
            return replace(node, left=_reading(node.left, column), right=_reading(node.right, column))
        case Not() | Within() | IsNull() | Absolute():
            return replace(node, item=_reading(node.item, column))
        case _:
            return node
