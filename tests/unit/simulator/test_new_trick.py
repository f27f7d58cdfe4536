"""The trick that no shipped rule knows: it happens, nobody knows the gang, and the rest of the city stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fanzha.simulator import ImpossiblePlan, Plan, simulate

PLAN = Plan(people=600, days=3, seed=3, start=date(2026, 3, 2), fraud_rate=200, new_trick=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("trick")
    simulate(PLAN, made)
    return made


def test_its_victims_pay_new_accounts_within_minutes_and_the_centre_knows_nothing_of_the_gang(folder: Path) -> None:
    frauds = pl.read_parquet(folder / "truth" / "frauds.parquet")
    gang = frauds["gang"].max()
    mine = frauds.filter(pl.col("gang") == gang)
    assert mine.height == PLAN.new_trick
    events = pl.read_parquet(folder / "truth" / "events.parquet").filter(pl.col("gang") == gang)
    assert set(events["kind"]) == {"calls", "transfers"}
    assert not events["fraud_id"].null_count()  # no lures, and no money of victims elsewhere
    known = pl.read_csv(folder / "indicators.csv", infer_schema=False)["value"]
    owned = pl.read_parquet(folder / "truth" / "suspects.parquet").filter(pl.col("gang") == gang)["value"]
    assert owned.len() > 0
    assert not set(known) & set(owned)
    completed = mine.filter(pl.col("outcome") == "completed")
    assert (completed["last_loss_at"] - completed["first_loss_at"]).dt.total_minutes().max() < 60  # type: ignore[operator]


def test_without_it_the_city_is_the_same(folder: Path, tmp_path: Path) -> None:
    simulate(replace(PLAN, new_trick=0), tmp_path)
    before, after = (pl.read_parquet(where / "truth" / "frauds.parquet").filter(pl.col("gang") != "none") for where in (tmp_path, folder))
    others = after.filter(pl.col("gang").is_in(before["gang"].implode()))
    columns = ["type", "gang", "victim", "planned_fen", "lead_in_at"]
    assert others.select(columns).equals(before.select(columns))


def test_it_is_not_for_everybody() -> None:
    with pytest.raises(ImpossiblePlan):
        replace(PLAN, new_trick=13)
