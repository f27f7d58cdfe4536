"""snapml's GraphFeaturePreprocessor over a transfer graph, on one thread: PYTHON snapml_patterns.py GRAPH.npz ANSWER.npz WINDOW BATCH.

GRAPH holds at, source and target; ANSWER gets the CPU seconds and, an event a row, histograms of scatter-gathers and of temporal cycles by size 2 to 7
and more. Runs under any Python with numpy and snapml.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from snapml import GraphFeaturePreprocessor

SIZES = [2, 3, 4, 5, 6, 7]


def main(graph: str, answer: str, window: int, batch: int) -> None:
    given = np.load(graph)
    edges = np.column_stack([np.arange(len(given["at"])), given["source"], given["target"], given["at"]]).astype(np.float64)
    peer = GraphFeaturePreprocessor()
    peer.set_params(_settings(window))
    began = time.process_time()
    parts = [peer.transform(edges[row : row + batch])[:, 4:] for row in range(0, len(edges), batch)]
    cpu = time.process_time() - began
    found = np.vstack(parts).astype(np.int32)
    np.savez(answer, cpu_s=cpu, scatter=found[:, : len(SIZES)], cycles=found[:, len(SIZES) :])


def _settings(window: int) -> dict[str, Any]:
    patterns = {"scatter-gather": True, "temp-cycle": True}
    spans = {f"{name}_tw": window for name in patterns} | {"time_window": window}
    bins = {f"{name}_bins": SIZES for name in patterns}
    return {"num_threads": 1, "vertex_stats": False, "fan": False, "degree": False, "lc-cycle": False} | patterns | spans | bins


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
