"""Rules with a model: reading, scoring one and many alike, scoring no more than needed, finding, explaining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.detection import Known, detect
from fanzha.engine.features.history import History
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.rules.columns import to_polars
from fanzha.engine.rules.explain import in_words
from fanzha.engine.rules.expression import Scalar
from fanzha.engine.rules.model import InvalidRule, Rule, Stage, bind, read_rule
from fanzha.engine.rules.reasons import Language
from fanzha.engine.rules.scorer import MODEL_SCORE, Contribution, ModelNotFound, Scorer
from fanzha.engine.rules.single import to_python
from fanzha.engine.scores import condition_of, with_scores
from fanzha.lake.schemas import INSTANT, SCHEMAS, EventKind

RULE = """
id: model_test
version: 1
model: test_model@1
on: transfers
subject: payee
target: account
fraud_type: other
level: blue
owner: desk
title: {zh: 模型, en: Model}
when: |
  WHEN
reason:
  zh: 评分{model_score:percent}：{model_reasons}
  en: "scored {model_score:percent}: {model_reasons}"
"""
NOBODY = pl.DataFrame(schema=PERSONS_SCHEMA)


@dataclass
class Fake:
    """Scores by the amount and the payers; counts how many rows it was asked for."""

    features: tuple[str, ...] = ("amount_fen", "payee_payers_24h")
    on: EventKind = EventKind.TRANSFERS
    subject: str = "payee"
    reference: str = "test_model@1"
    asked: int = 0

    def batch(self, table: pl.DataFrame) -> pl.Series:
        self.asked += table.height
        return pl.Series([self.single(row) for row in table.iter_rows(named=True)], dtype=pl.Float64)

    def single(self, row: Mapping[str, object]) -> float:
        amount, payers = (float(row[name] or 0) for name in self.features)  # type: ignore[arg-type]
        return min(1.0, (amount / 100 + payers) / 20)

    def explain(self, row: Mapping[str, Scalar], most: int = 3) -> Sequence[Contribution]:
        return [Contribution(name, row[name], 1.0) for name in self.features][:most]

    def scorer(self, reference: str) -> Scorer:
        if reference != self.reference:
            raise ModelNotFound(model=reference)
        return self


def rule(when: str, model: Fake | None = None) -> Rule:
    return bind(read_rule(RULE.replace("WHEN", when)), model or Fake())


# ---- reading


def test_a_model_detector_reads_its_score_and_the_models_features() -> None:
    unbound = read_rule(RULE.replace("WHEN", "model_score >= 0.9 AND hour > 3"))
    assert unbound.model == "test_model@1"
    assert unbound.inputs == {"hour"}
    bound = bind(unbound, Fake())
    assert bound.inputs == {"hour", "amount_fen", "payee_payers_24h"}
    assert bound == unbound
    assert bound.stage() is Stage.SUSPECTS
    assert bind(unbound, Fake(features=("other_flagged",))).stage() is Stage.AFTERMATH


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("model: test_model@1", "model: test_model", "name@version"),
        ("model: test_model@1", "model: 7", "name@version"),
        ("model: test_model@1\n", "", "model_score"),
        ("WHEN", "hour > 3", "reads model_score"),
        ("WHEN", "model_score = 'high'", "line 13, column 3"),
        ("owner: desk", "owner: desk\ntests: []", "has no examples"),
        ("{model_score:percent}：", "{model_score:type}：", "not a fraud type"),
    ],
)
def test_a_wrong_one_is_refused_with_the_reason(before: str, after: str, reason: str) -> None:
    text = RULE.replace(before, after).replace("WHEN", "model_score > 0.5")
    with pytest.raises(InvalidRule, match=reason):
        read_rule(text)


def test_a_rule_without_a_model_knows_no_score_in_its_reasons() -> None:
    text = RULE.replace("model: test_model@1\n", "").replace("WHEN", "hour > 3")
    with pytest.raises(InvalidRule, match="model_reasons"):
        read_rule(text)


def test_binding_refuses_a_model_of_other_events_and_one_that_is_not_there() -> None:
    unbound = read_rule(RULE.replace("WHEN", "model_score > 0.5"))
    with pytest.raises(InvalidRule, match="line 4, column 1: test_model@1 scores the payer of transfers"):
        bind(unbound, Fake(subject="payer"))
    with pytest.raises(ModelNotFound):
        bind(unbound, Fake(reference="other@1"))


# ---- scoring

WHENS = (
    "model_score >= 0.5 AND hour > 11",
    "model_score < 0.2 OR same_bank",
    "NOT (model_score >= 0.5) AND hour > 3",
    "COALESCE(model_score, 0) < 0.5 AND same_bank",
    "model_score IS NULL OR hour = 2",
    "hour = 2 OR amount_fen / model_score > 400",
    "model_score BETWEEN 0.2 AND 0.4 AND ABS(model_score - 0.3) < 0.05 AND NOT same_bank",
    "model_score IN (1, 0) AND amount_fen > 5",
)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    def column(values: st.SearchStrategy[object]) -> list[object]:
        return [draw(st.none() | values) for _ in range(rows)]

    rows = draw(st.integers(0, 8))
    made = {
        "hour": column(st.integers(0, 23)),
        "same_bank": column(st.booleans()),
        "amount_fen": column(st.sampled_from([0, 100, 500, 900, 2000])),
        "payee_payers_24h": column(st.integers(0, 12)),
    }
    kinds = {"hour": pl.Int64, "same_bank": pl.Boolean, "amount_fen": pl.Int64, "payee_payers_24h": pl.Int64}
    return pl.DataFrame(made, schema=kinds, strict=False)


@settings(max_examples=30)
@given(tables(), st.lists(st.sampled_from(WHENS), min_size=1, max_size=3))
def test_scoring_only_where_it_matters_gives_the_answers_of_scoring_all_and_of_one_at_a_time(table: pl.DataFrame, whens: list[str]) -> None:
    rules = [rule(when) for when in whens]
    scored = with_scores(table, rules)
    everything = table.with_columns(Fake().batch(table).alias(MODEL_SCORE))
    for each in rules:
        some = scored.select(condition_of(each).fill_null(value=False)).to_series().to_list()
        assert some == everything.select(to_polars(each.condition).fill_null(value=False)).to_series().to_list()
        single = to_python(each.condition)
        assert some == [single(each.scored(row)) is True for row in table.iter_rows(named=True)]


def test_events_that_cannot_fire_are_not_scored() -> None:
    model = Fake()
    table = pl.DataFrame({"hour": [1, 12, None], "amount_fen": [5, 5, 5], "payee_payers_24h": [1, 1, 1]})
    scored = with_scores(table, [rule("model_score >= 0.5 AND hour > 11", model)])
    assert model.asked == 2
    assert scored["model_score:test_model@1"].is_null().to_list() == [True, False, False]


# ---- finding


def _transfers(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    start = datetime(2026, 3, 1, 2, tzinfo=UTC)
    events = pl.DataFrame(
        {
            "event_key": range(len(rows)),
            "event_id": [f"t{place}" for place in range(len(rows))],
            "at": [start + timedelta(minutes=5 * place) for place in range(len(rows))],
            "payer": [payer for payer, _, _ in rows],
            "payee": [payee for _, payee, _ in rows],
            "amount_fen": [amount for _, _, amount in rows],
        },
        schema_overrides={"at": INSTANT},
    )
    return pl.concat([pl.DataFrame(schema=SCHEMAS[EventKind.TRANSFERS]), events], how="diagonal")


def test_it_finds_with_the_score_of_the_one_event_and_says_why() -> None:
    each = rule("model_score >= 0.35 AND amount_fen > 100")
    history = History({EventKind.TRANSFERS: _transfers([("a", "m", 300), ("b", "m", 300), ("c", "m", 100), ("c", "m", 600), ("d", "shop", 100)])}, NOBODY)
    (found,), _ = detect(history, [each], {}, Known.nothing(), date(2026, 3, 1), date(2026, 3, 1))
    assert (found.subject, found.event_id) == ("m", "t3")
    assert found.values[MODEL_SCORE] == Fake().single(found.values)
    assert found.score == 0.45
    assert each.reason(found.values, Language.EN).startswith("scored 45%: amount of the transfer: 6.00 yuan; different payers of the receiving account")
    assert each.reason(found.values, Language.ZH) == "评分45%：转账金额：6.00 元；前24小时收款账户的不同付款方数：3"


def test_reasons_speak_of_every_kind_of_value() -> None:
    told = [Contribution(*each, 1.0) for each in (("new_payee", True), ("seconds", 75), ("amount_ratio_30d", None), ("caller_short_share_24h", 0.25))]
    assert in_words(told, Language.ZH).split("；")[0].endswith("：是")
    assert in_words(told, Language.EN).endswith("under 15 s: 25%") or "25%" in in_words(told, Language.EN)
    assert "1 min" in in_words(told, Language.EN)
    assert "none" in in_words(told, Language.EN)
    assert in_words([], Language.EN) == "—"
