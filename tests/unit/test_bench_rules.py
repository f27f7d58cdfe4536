"""The benchmark of rules compares equals: its two writings of one table find the same, and a missing peer is said plainly."""

from __future__ import annotations

import pytest

from fanzha.faces.cli import bench_rules


def test_the_table_is_the_same_at_every_call() -> None:
    assert bench_rules.table(40) == bench_rules.table(40)
    assert {len(cells) for cells in bench_rules.table(40)} == {3, 4, 5}


def test_the_same_hits_as_the_peer() -> None:
    pytest.importorskip("zen")
    found = bench_rules.measure(bench_rules.table(40), bench_rules.rows(60), 1)
    assert found["same_hits"]
    assert found["hits"] > 0


def test_a_missing_peer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: object) -> None:
        raise ImportError

    monkeypatch.setattr(bench_rules, "_zen", absent)
    found = bench_rules.measure(bench_rules.table(5), bench_rules.rows(5), 1)
    assert found["zen_us"] is None
    assert found["times_faster"] is None
    assert found["same_hits"]
