"""Every command of `fanzha`, the module that holds it, and what it is for: known without importing any of them.

A command starts in the time of the one module that it needs. tests/faces/test_commands.py holds the table equal to what the modules register.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """`module`: of this package, whose `register(app)` adds the command. `about`: the first sentence of its help."""

    module: str
    about: str


COMMANDS: dict[str, Entry] = {
    "appeals": Entry("appeals", "Appeals against measures, and their relief."),
    "audit": Entry("audit", "The audit log."),
    "bench backtest": Entry(
        "bench_backtest",
        "Try three shipped rules on made-up days in a lake of its own under /tmp; needs 100 MB of disk for a million events.",
    ),
    "bench cases": Entry(
        "bench_cases",
        "Search by number, identifier and words as a city's officer and as a county's, in a database of its own that is thrown away.",
    ),
    "bench extract": Entry(
        "bench_extract",
        "Narratives a processor second, and with --labelled how much of what is marked is found, kind by kind, beside the usual expressions.",
    ),
    "bench indicators": Entry("bench_indicators", "Check a list against a registry of made-up entries, and look near forms up."),
    "bench ingest": Entry(
        "bench_ingest",
        "Take made-up transfers in from Parquet and CSV, tokens, duplicates check and quarantine included, in an installation of its own under /tmp.",
    ),
    "bench link": Entry(
        "bench_link",
        "Relink everything; pairwise F1, the curve as sharing falls, what narratives add, a new report's candidates; ratios to the peer first.",
    ),
    "bench models": Entry(
        "bench_models",
        "Cross-validate every set, copies in one fold and plain; print metrics with 95 % intervals, baselines and goals.",
    ),
    "bench patterns": Entry(
        "bench_patterns",
        "Find cycles, scatter-gathers and the other account patterns in a made-up transfer graph, each on one thread; compare counts and speed.",
    ),
    "bench rescue": Entry(
        "bench_rescue",
        "Play frauds to the end of a day in installations of their own: once with the platform, once with handwork in "
        "place of its steps; people's and banks' delays are assumptions and are printed.",
    ),
    "bench rules": Entry(
        "bench_rules",
        "Microseconds of processor time an event: all rules in one function, each rule a function, and zen-engine; the hits are compared.",
    ),
    "bench screen": Entry(
        "bench_screen",
        "Light, even and full load on 33 rules, every answer durable; what bounds them; then a server killed outright.",
    ),
    "bench series": Entry(
        "bench_series",
        "Fill an installation of its own and link it, step by step; again after one case in a hundred is new, and after none; "
        "then the candidates of new reports.",
    ),
    "bench trace": Entry("bench_trace", "Build, trace by every method, ask the five shapes of question; ratios to the peers first."),
    "bench windows": Entry(
        "bench_windows",
        "Count, sum and distinct counterparties of the hour, day and week before each transfer: ours, DuckDB and Polars, results compared.",
    ),
    "cases": Entry("cases", "Cases (案件)."),
    "demo": Entry("demo", "Simulate a city, live through its days on this installation, and serve."),
    "detect": Entry("detect", "Run the rules over every day that may have changed since the last run; findings become warnings."),
    "detectors": Entry("detectors", "Detectors: rules and models, their versions, and which of them run."),
    "extract": Entry("extract", "Read narratives: identifiers, money, times, fraud type."),
    "funds": Entry("funds", "Money trails (资金穿透)."),
    "indicators": Entry("indicators", "Suspect identifiers."),
    "ingest": Entry("ingest", "Take files in."),
    "learn": Entry("learning", "Labels, figures of detectors, drift, detection lag, challengers."),
    "lines": Entry("lines", "Suspect numbers and the outlets that opened cards and accounts."),
    "link": Entry("link", "Link cases into series; a case that is like no other is a series of its own."),
    "migrate": Entry("serve", "Bring the database to the newest version and stop."),
    "models": Entry("models", "Models: train on labelled tables, texts and graphs; predict; the models of detectors."),
    "orders": Entry("orders", "Orders on accounts and their receivers."),
    "quarantine": Entry("quarantine", "Rows that were set aside: list, export, replay."),
    "rules": Entry("rules_cmd", "Detection rules."),
    "screen": Entry("screen", "In-flight decisions."),
    "series": Entry("series", "Series of cases, and briefings."),
    "serve": Entry("serve", "Serve the pages and the API, with a worker beside them, and print the address once it answers."),
    "settings": Entry("settings_cmd", "Numbers with a source and an effective date, by region."),
    "simulate": Entry("simulate", "Simulate a city, a bank, or an operator."),
    "trace": Entry("trace", "Say where stolen money is, where it left, and by which transfers; to the fen."),
    "users": Entry("users", "Users of the platform."),
    "version": Entry("version", "Print the version."),
    "worker": Entry("serve", "Run the job worker alone."),
}
