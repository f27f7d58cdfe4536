"""`fanzha bench patterns` on a small graph; the peer is a script that answers as the real one would."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from fanzha.engine.patterns import cycles
from fanzha.faces.cli import bench_patterns
from fanzha.faces.cli.bench_patterns import PeerFailed, compare, measure, transfer_graph

DAY = 86_400


def test_the_made_up_graph_is_the_same_each_time_and_holds_its_gangs() -> None:
    one, two = transfer_graph(2000), transfer_graph(2000)
    assert (one.source == two.source).all()
    assert (one.at == two.at).all()
    assert (np.diff(one.at) > 0).all(), "no two at once, so that every tool's order is the same"
    assert (one.source != one.target).all()


def test_measure_tells_each_kernel_beside_its_bound() -> None:
    report = measure(transfer_graph(1500), DAY, 1)
    assert report["transfers"] == 1500
    assert {"count_cycles", "scatter_gather", "pass_through", "bound_read_adjacent_edges_once"} <= report["each_per_cpu_s"].keys()
    assert all(rate > 0 for rate in report["each_per_cpu_s"].values())


PEER = """\
import sys, numpy as np
rows = len(np.load(sys.argv[1])["at"])
np.savez(sys.argv[2], cpu_s=2.0, scatter=np.zeros((rows, 6), np.int32), cycles=np.zeros((rows, 6), np.int32))
"""


def test_a_peer_is_run_under_its_own_python_and_its_counts_are_held_against_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "snapml_patterns.py").write_text(PEER)
    monkeypatch.setattr(bench_patterns, "peers", [str(tmp_path)])
    graph = transfer_graph(1000)
    found = compare(graph, DAY, Path(sys.executable), {"cycles_and_scatter_gather_per_cpu_s": 10_000})
    assert found["transfers_per_cpu_s"] == {1: 500, 128: 500}
    assert found["ratio"] == {1: 20.0, 128: 20.0}
    assert found["met"] is True
    whole = bench_patterns._graph(graph)
    closed = int((cycles.shortest_cycle(whole.events, DAY, 0, 1000) > 0).sum())
    assert found["agreement"]["cycles_equal_rows"] == 1000 - closed


def test_a_peer_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PeerFailed, match="give a Python that has snapml"):
        compare(transfer_graph(1000), DAY, tmp_path / "python", {"cycles_and_scatter_gather_per_cpu_s": 1})
    (tmp_path / "snapml_patterns.py").write_text("raise SystemExit('no snapml')")
    with pytest.raises(PeerFailed, match="install snapml"):
        compare(transfer_graph(1000), DAY, Path(sys.executable), {"cycles_and_scatter_gather_per_cpu_s": 1})
