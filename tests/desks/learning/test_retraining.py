"""A night of the challenger: trained from what was known by then, compared on the same days, a shadow at most; and drift of the models that run."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text
from tests.desks.learning.learning_kit import HOUR, NOON, SYSTEM, phone, report, sweep

from fanzha.desks import detectors, models
from fanzha.desks.detectors import MoveKind, State
from fanzha.desks.learning import repository, service
from fanzha.desks.learning.drift_records import Drifted
from fanzha.desks.learning.drifting import Drifting
from fanzha.desks.learning.past import Past, Surroundings
from fanzha.desks.learning.retraining import Outcome, Retraining
from fanzha.engine.models.detectors import Provenance, Training, train_detector
from fanzha.engine.models.recipes import Recipe
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Labels
from fanzha.engine.rules.model import Target
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.store import dated

FIRST, NIGHT = date(2026, 2, 16), date(2026, 3, 2)
SCAM = tuple(range(900, 908))
QUICK = Training(rounds=5, rows=5_000)
RECIPE = Recipe(
    "night_callers", EventKind.CALLS, "caller", Target.NUMBER, ("hour", "seconds", "caller_calls_24h", "caller_callees_24h"), "测试", "A test.",
)  # fmt: skip
TEXT = """
id: model_night_callers
version: 1
model: night_callers@1
on: calls
subject: caller
target: number
fraud_type: other
level: blue
owner: 测试
title: {zh: 模型：测试, en: "Model: test"}
when: |
  model_score >= 0.65
reason:
  zh: 模型（仅用模拟城市训练）评分{model_score:percent}。
  en: "The model (trained on the simulated city alone) scores it {model_score:percent}."
"""


def _token(platform: Platform, number: int) -> str:
    return platform.tokens.seal("phone", f"+86{phone(number)}")


def _fill(platform: Platform, first: date, last: date, *, busy: int = 6, batch: str = "first") -> None:
    """Twenty honest callers with a few long calls a day, and eight that call `busy` strangers a day, briefly."""
    chance, rows = random.Random(f"{first}"), []
    day = first
    while day <= last:
        for caller in (*range(20), *SCAM):
            scams = caller in SCAM
            for _ in range(busy if scams else chance.randrange(1, 4)):
                at = clock.local_midnight(day) + timedelta(seconds=chance.randrange(8 * 3600, 20 * 3600))
                callee = chance.randrange(1_000, 9_000) if scams else chance.randrange(20)
                seconds = chance.randrange(20, 90) if scams else chance.randrange(20, 900)
                parties = {"caller": _token(platform, caller), "callee": _token(platform, callee), "caller_kind": "mobile", "caller_foreign": False}
                rows.append({"event_id": f"{day}-{len(rows)}", "at": at, "seconds": seconds} | parties)
        day += timedelta(days=1)
    _append(platform, rows, batch)


def _append(platform: Platform, rows: list[dict[str, Any]], batch: str) -> None:
    keyed = [
        dict.fromkeys(SCHEMAS[EventKind.CALLS]) | row | {"event_key": key, "source": "test", "batch_id": batch, "day": clock.local_day(row["at"])}
        for row, key in zip(rows, (random.Random(row["event_id"]).getrandbits(62) for row in rows), strict=True)
    ]
    platform.lake.append(EventKind.CALLS, [pl.DataFrame(keyed, schema=SCHEMAS[EventKind.CALLS])], batch)


def _champion(platform: Platform, wrong: bool = True, source: str = "simulator") -> None:
    """The only detector: a shadow whose model learned from the first days; with wrong labels it is no good."""
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE detector_versions SET state = 'retired'"))
    with platform.database.work(SYSTEM) as work:
        around = Surroundings.now(work, platform.lake, platform.tokens)
    whom = range(8) if wrong else SCAM
    told = _frame([_token(platform, number) for number in whom])
    past = Past(platform.lake, around, FIRST, FIRST + timedelta(days=3), [])
    number, folder = models.next_version(RECIPE.name)
    train_detector(past, Labels(told), RECIPE, number, folder, Provenance(source, "测试", "test"), QUICK)
    with clock.frozen(NOON - timedelta(days=5)), platform.database.work(SYSTEM) as work:
        version = detectors.service.submit(work, TEXT)
        detectors.service.request(work, version.detector_id, version.version, MoveKind.SHADOW, "测试影子")


def _frame(tokens: list[str]) -> pl.DataFrame:
    told = [{"subject": token, "event_id": None, "day": None, "label": 1, "known_at": NOON} for token in tokens]
    return pl.DataFrame(told, schema=LABELS_SCHEMA)


def _know(platform: Platform, at: Any) -> None:
    report(platform, "J1", 1, at - HOUR, after=HOUR, suspects=tuple(phone(number) for number in SCAM))
    sweep(platform, at + HOUR)


def _set(platform: Platform, **numbers: int) -> None:
    with platform.database.work(SYSTEM) as work:
        for key, value in numbers.items():
            dated.decide(work, f"learning.{key}", str(value), region="", effective_from=date(2026, 1, 1), source="测试")


def _run(platform: Platform, night: date = NIGHT, trainer: Any = None) -> list[Outcome]:
    def quick(past: Any, labels: Any, recipe: Any, number: int, folder: Any, told: Any, training: Training, progress: Any) -> dict[str, Any]:
        return train_detector(past, labels, recipe, number, folder, told, Training(rounds=5, rows=5_000, later=training.later), progress)

    with clock.frozen(clock.local_midnight(night) + 3 * HOUR):
        return Retraining(platform.database, platform.lake, platform.tokens, trainer=trainer or quick).run()


@pytest.fixture
def city(platform: Platform) -> Platform:
    _fill(platform, FIRST, NIGHT - timedelta(days=1))
    _set(platform, train_positives=5, held_out_days=4)
    _champion(platform)
    return platform


def test_a_better_challenger_becomes_a_shadow_and_a_second_run_finds_the_night_done(city: Platform) -> None:
    _know(city, clock.local_midnight(NIGHT) - timedelta(days=1))
    trained: list[int] = []

    def dies_once(past: Any, labels: Any, recipe: Any, number: int, folder: Any, told: Any, training: Training, progress: Any) -> dict[str, Any]:
        trained.append(number)
        train_detector(past, labels, recipe, number, folder, told, Training(rounds=5, rows=5_000, later=training.later), progress)
        raise KeyboardInterrupt  # the worker is stopped after the folder was written and before anything was submitted

    with pytest.raises(KeyboardInterrupt):
        _run(city, trainer=dies_once)
    (outcome,) = _run(city, trainer=dies_once)
    assert trained == [2], "what was trained this night is taken up, not trained again"
    assert (outcome.state, outcome.champion, outcome.challenger, outcome.positives) == ("submitted", 1, 2, 8)
    figures = outcome.figures or {}
    assert figures["challenger"]["average_precision"]["value"] > figures["champion"]["average_precision"]["value"]
    assert figures["held_out_from"] == "2026-02-26"
    assert figures["champion_had_seen_some"] is False
    assert _run(city) == []
    with city.database.work(SYSTEM) as work:
        detail = detectors.service.get(work, "model_night_callers")
        (row,) = service.challengers(work)
    assert {each.version: each.state_now for each in detail.versions} == {1: State.SHADOW, 2: State.SHADOW}, "nothing goes live by itself"
    assert detail.versions[0].author == "system:learning"
    assert "night_callers@2" in detail.versions[0].text
    assert "用本地结果训练" in detail.versions[0].text
    assert (row.state, row.challenger, row.cut_off) == ("submitted", 2, clock.local_midnight(NIGHT))
    manifest = models.card_of("night_callers@2")
    assert (manifest.source, manifest.last_day, manifest.facts["night"]) == ("lake", "2026-03-01", "2026-03-02")


def test_what_became_known_after_midnight_does_not_count(city: Platform) -> None:
    _know(city, clock.local_midnight(NIGHT) + HOUR)
    (outcome,) = _run(city)
    assert (outcome.state, outcome.positives) == ("skipped", 0)
    assert outcome.reason == "only 0 subjects have a positive label; 5 are needed"


def test_a_weaker_challenger_is_told_and_thrown_away(platform: Platform) -> None:
    _fill(platform, FIRST, NIGHT - timedelta(days=1))
    _set(platform, train_positives=5, held_out_days=4)
    _champion(platform, wrong=False, source="lake")
    _know(platform, clock.local_midnight(NIGHT) - timedelta(days=1))
    (outcome,) = _run(platform)
    assert (outcome.state, outcome.challenger) == ("weaker", None), outcome
    assert [each.version for each in models.all_models() if each.name == RECIPE.name] == [1]
    with platform.database.work(SYSTEM) as work:
        assert len(detectors.service.get(work, "model_night_callers").versions) == 1


def _drift(platform: Platform, day: date) -> Drifted:
    with clock.frozen(clock.local_midnight(day) + 3 * HOUR):
        return next(each for each in Drifting(platform.database, platform.lake, platform.tokens).run() if each.detector == "model_night_callers")


def test_drift_is_compared_stored_and_told_once(platform: Platform) -> None:
    _fill(platform, FIRST, NIGHT - timedelta(days=1))
    _champion(platform, wrong=False, source="lake")
    _set(platform, drift_days=3, drift_reference_days=6)
    calm = _drift(platform, NIGHT)
    assert calm.reference == "training 2026-02-16 – 2026-02-19"
    assert set(calm.quantities) >= {"score", "feature:caller_callees_24h"}
    _fill(platform, NIGHT, NIGHT + timedelta(days=2), busy=60, batch="later")
    later = NIGHT + timedelta(days=3)
    moved, again = _drift(platform, later), _drift(platform, later)
    assert moved.quantities.keys() == again.quantities.keys()
    assert moved.quantities["feature:caller_callees_24h"].psi > 0.25 > calm.quantities["feature:hour"].psi
    with platform.database.work(SYSTEM) as work:
        stored = {row.quantity: row.state for row in service.drift(work, later)}
        alarms = [alarm for alarm in service.alarms(work) if alarm.kind == "drift" and alarm.day == later]
        history = service.drift_history(work, "model_night_callers", 1)
    assert stored["feature:caller_callees_24h"] == "alarm"
    assert len(alarms) == 1
    assert {row.day for row in history} == {NIGHT, later}


def test_a_model_of_a_simulated_city_is_compared_with_the_days_before(city: Platform) -> None:
    _set(city, drift_days=3, drift_reference_days=6)
    found = _drift(city, NIGHT)
    assert found.reference == "2026-02-21 – 2026-02-26"
    assert not found.skipped


def test_labels_as_they_stood_at_the_cut_off(platform: Platform) -> None:
    _know(platform, NOON)
    with platform.database.work(SYSTEM) as work:
        assert repository.known_by(work, "number", NOON) == []
        assert len(repository.known_by(work, "number", NOON + timedelta(seconds=1))) == len(SCAM)
