"""Splink on DuckDB over a table of cases: PYTHON splink_cases.py CASES.parquet ANSWER.parquet REPORT.json.

A usual set-up: one row a case, exact comparisons with term-frequency adjustment on every shared value and on the fraud type, blocking on each value,
values of more than 500 cases left out first (every pair of
them would be compared), `u` by random sampling, `m` by expectation maximisation; clusters at several thresholds, so that the best one can be taken.
Runs under any Python with splink 5.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

VALUES = ("account", "phone", "site", "chat", "app")
THRESHOLDS = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99)
MOST = 500


def without_popular(cases: str) -> object:
    """The table with the values of more than `MOST` cases emptied."""
    columns = ", ".join(f"CASE WHEN count(*) OVER (PARTITION BY {name}) <= {MOST} THEN {name} END AS {name}" for name in VALUES)
    told = duckdb.sql(f"SELECT case_id, fraud_type, {columns} FROM read_parquet('{cases}')")  # noqa: S608 - names of this module and a file of the caller's
    return told.to_arrow_table()


def main(cases: str, answer: str, report: str) -> None:
    began, wall = time.process_time(), time.perf_counter()
    api = DuckDBAPI()
    table = api.register(without_popular(cases))
    exact = [cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in VALUES]
    rules = [block_on(name) for name in VALUES]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="case_id",
        comparisons=[*exact, cl.ExactMatch("fraud_type")],
        blocking_rules_to_generate_predictions=rules,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    linker = Linker(table, settings)
    linker.training.estimate_probability_two_random_records_match([block_on("account"), block_on("phone")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for name in ("account", "phone"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    told = {"predicted_cpu_s": time.process_time() - began}
    columns: dict[str, object] = {}
    for threshold in THRESHOLDS:
        started = time.process_time()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=threshold)
        found = clusters.as_duckdbpyrelation().select("case_id", "cluster_id").order("case_id").to_arrow_table()
        columns["case_id"] = found["case_id"]
        columns[str(threshold)] = found["cluster_id"].cast(pa.string())
        told[str(threshold)] = time.process_time() - started
    pq.write_table(pa.table(columns), answer)
    Path(report).write_text(json.dumps(told | {"wall_s": time.perf_counter() - wall}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
