"""The demonstration's own rules: its ledger, its moments, its slices of a city, and the habits of its people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.faces.cli.demonstration import ledger, slices, tempers
from fanzha.simulator import Plan, simulate
from fanzha.vocab.risk import RiskLevel

ENDS = datetime(2026, 3, 5, 3, 20, tzinfo=UTC)
PLAN = Plan(400, 3, 2, date(2026, 3, 3), 400, until=ENDS)
DEFAULTS = ledger.City(400, 3, 2, 400.0, ENDS)


def test_a_ledger_survives_and_refuses_another_city(tmp_path: Path) -> None:
    file = tmp_path / "home" / "demo.json"
    first = ledger.open_ledger(file, None, None, None, None, DEFAULTS)
    first.lived_until, first.summary = ENDS, {"people": 400}
    first.save()
    again = ledger.open_ledger(file, 400, None, None, None, DEFAULTS)
    assert (again.city, again.lived_until, again.summary) == (first.city, ENDS, {"people": 400})
    with pytest.raises(ledger.AnotherCity, match="Another city"):
        ledger.open_ledger(file, 401, None, None, None, DEFAULTS)


def test_moments_end_with_the_city_and_grow_denser() -> None:
    found = slices.moments(PLAN, near=(1, 4, 12), apart=24)
    assert found == sorted(found)
    assert found[-1] == PLAN.ends
    assert found[0] > PLAN.begins
    assert found[-1] - found[-2] == timedelta(hours=1)


def test_slices_hold_every_row_once(tmp_path: Path) -> None:
    simulate(PLAN, tmp_path / "city")
    since, rows = None, dict.fromkeys(slices.KINDS, 0)
    for moment in slices.moments(PLAN, near=(6,), apart=12):
        for cut in slices.cut(tmp_path / "city", tmp_path / "cut", since, moment):
            frame = pl.read_parquet(cut.file) if cut.file.suffix == ".parquet" else pl.read_csv(cut.file, infer_schema=False)
            rows[cut.kind] += frame.height
            if cut.kind in slices.EVENTS:
                assert frame["at"].max() <= moment
                assert since is None or frame["at"].min() > since
        since = moment
    whole = {kind: pl.read_parquet(tmp_path / "city" / f"{kind}.parquet").height for kind in (*slices.OWNED, *slices.EVENTS)}
    tables = {kind: pl.read_csv(tmp_path / "city" / f"{kind}.csv", infer_schema=False).height for kind in ("indicators", "reports")}
    assert rows == whole | tables


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 99_999), st.sampled_from(RiskLevel))
def test_habits_follow_from_the_warning_alone_and_go_forward(number: int, level: RiskLevel) -> None:
    first = list(tempers.moves(f"YJ{number}", level, ENDS, "authority"))
    again = list(tempers.moves(f"YJ{number}", level, ENDS, "authority"))
    assert [(move.at, move.key) for move in first] == [(move.at, move.key) for move in again]
    assert [move.at for move in first] == sorted(move.at for move in first)
    assert all(move.at > ENDS for move in first)
    assert len({move.key for move in first}) == len(first)
    if level is RiskLevel.GREEN:
        assert first == []
