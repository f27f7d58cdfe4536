"""The benchmark of windows compares what it times."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanzha.engine.features.catalogue import FEATURES
from fanzha.faces.cli import bench_windows
from fanzha.faces.cli.bench_windows import MEASURES, REGISTRY, measure, transfers
from fanzha.lake.schemas import EventKind


def test_everybody_finds_the_same_numbers() -> None:
    result = measure(transfers(3000), 1)
    assert result["registry"]["same"] is True
    assert result["polars"]["same"] is True
    assert result["duckdb"].get("same", True) is True
    assert list(result)[:3] == ["times_duckdb", "times_polars", "share_of_one_pass"], "ratios first"


def test_a_peer_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(bench_windows, "import_module", absent)
    result = measure(transfers(1000), 1)
    assert "not installed" in result["duckdb"]["absent"]
    assert result["times_duckdb"] is None


def test_no_two_transfers_have_one_time_and_the_features_exist() -> None:
    table = transfers(5000)
    assert table["at"].is_unique().all()
    assert table["at"].is_sorted()
    assert {*REGISTRY, *MEASURES} <= set(FEATURES.on(EventKind.TRANSFERS))


def test_other_numbers_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_windows, "_polars", lambda table: pl.DataFrame({name: [0] * table.height for name in bench_windows._TOLD}))
    assert measure(transfers(1000), 1)["polars"]["same"] is False
