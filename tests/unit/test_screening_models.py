"""A model's score in flight: asked for where a condition comes to it, over the features in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from fanzha.engine.rules.expression import Scalar
from fanzha.engine.rules.model import bind, read_rule
from fanzha.engine.rules.scorer import Contribution, Scorer
from fanzha.engine.screening.events import event_of
from fanzha.engine.screening.state import State
from fanzha.engine.screening.watch import Watch
from fanzha.lake.schemas import EventKind

RULE = """id: model_trial
version: 1
model: trial@1
on: transfers
subject: payee
target: account
fraud_type: other
level: yellow
owner: test
title: {zh: 试验, en: Trial}
when: |
  amount_fen >= 100000 AND model_score >= 0.5
reason: {zh: "模型评分偏高", en: "a high score"}
"""


@dataclass
class Trial:
    """Scores by how many paid before."""

    features: tuple[str, ...] = ("payee_payers_24h",)
    reference: str = "trial@1"
    on: EventKind = EventKind.TRANSFERS
    subject: str = "payee"
    asked: list[Mapping[str, object]] = field(default_factory=list)

    def single(self, row: Mapping[str, object]) -> float:
        self.asked.append(row)
        (payers,) = row.values()
        assert isinstance(payers, int)
        return payers / 4

    def batch(self, table: pl.DataFrame) -> pl.Series:
        return pl.Series([self.single(row) for row in table.iter_rows(named=True)], dtype=pl.Float64)

    def explain(self, row: Mapping[str, Scalar], most: int = 3) -> Sequence[Contribution]:
        del row, most
        return ()

    def scorer(self, reference: str) -> Scorer:
        assert reference == self.reference
        return self


def transfer(number: int, fen: int) -> dict[str, object]:
    return {"event_key": number, "at": number * 60_000_000, "payer": f"a{number}", "payee": "shop", "amount_fen": fen}


def fired(trial: Trial, amounts: Sequence[int]) -> list[list[float]]:
    watch = Watch([bind(read_rule(RULE), trial)])
    state, found = State(watch.wanted()), list[list[float]]()
    for number, fen in enumerate(amounts, 1):
        columns = transfer(number, fen)
        event = event_of(EventKind.TRANSFERS, columns)
        found.append([each.score for each in watch.fire(state, event, columns)])
        state.add(event)
    return found


def test_the_score_decides_and_is_told() -> None:
    assert fired(Trial(), [200_000] * 4) == [[], [], [0.5], [0.75]]


def test_no_event_is_scored_that_the_condition_settles_without() -> None:
    trial = Trial()
    assert fired(trial, [5, 5, 5, 200_000]) == [[], [], [], [0.75]]
    assert len(trial.asked) == 1


def test_a_model_that_is_not_there_or_reads_more_is_left_out() -> None:
    rule = read_rule(RULE)
    assert [left.why for left in Watch([rule]).left] == ["the model trial@1 is not loaded"]
    wider = bind(rule, Trial(features=("cycle_length_24h",)))
    assert [left.why for left in Watch([wider]).left] == ["cycle_length_24h is found on the whole graph, in batch only"]
