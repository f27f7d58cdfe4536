"""One small city with many frauds, simulated once for the tests that only read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fanzha.simulator import Plan, Summary, simulate

PLAN = Plan(people=2_000, days=6, seed=7, start=date(2026, 3, 2), fraud_rate=400)


@dataclass(frozen=True)
class Written:
    plan: Plan
    folder: Path
    summary: Summary

    def read(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / f"{name}.parquet")

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.folder / f"{name}.csv", infer_schema=False)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("city")
    return Written(PLAN, folder, simulate(PLAN, folder))
