"""`fanzha link`: which cases the same gang did, and why."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from fanzha.faces.cli.context import print_json, say


def register(app: typer.Typer) -> None:
    app.command()(link)


def link(
    cases: Annotated[Path, typer.Option(help="JSON lines, one case each: case_id, reported_at, fraud_type, identifiers (kind, value), narrative.")],
    out: Annotated[Path, typer.Option(help="JSON lines to write: case_id, series_id, size, reasons.")],
    threshold: Annotated[float, typer.Option(help="Bits of evidence from which on two cases are one series.")] = 8.0,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Link cases into series; a case that is like no other is a series of its own."""
    from fanzha.engine.linking.kinds import Settings  # loads the numeric libraries, which other commands need not wait for
    from fanzha.engine.linking.link import Linked
    from fanzha.engine.linking.link import link as link_cases
    from fanzha.engine.linking.reading import read_cases

    started = time.perf_counter()
    linked: Linked = link_cases(read_cases(cases), Settings(threshold=threshold))
    sizes = linked.sizes()
    reasons: dict[int, list[dict[str, object]]] = {}
    for row in linked.reasons().iter_rows(named=True):
        reasons.setdefault(row.pop("case"), []).append(row)
    names = linked.cases.ids
    with out.open("wb") as file:
        for case, (series, size) in enumerate(zip(linked.series.tolist(), sizes.tolist(), strict=True)):
            file.write(orjson.dumps({"case_id": names[case], "series_id": names[series], "size": size, "reasons": reasons.get(case, [])}) + b"\n")
    linked_cases = int((sizes > 1).sum())
    series_count = len({series for series, size in zip(linked.series.tolist(), sizes.tolist(), strict=True) if size > 1})
    told = {"cases": len(names), "series": series_count, "linked_cases": linked_cases, "largest": int(sizes.max()), "seconds": round(time.perf_counter() - started, 2)}
    if json:
        print_json(told | {"out": str(out)})
    else:
        say(f"{told['cases']:,} cases: {linked_cases:,} in {series_count:,} series, the largest of {told['largest']:,} ({told['seconds']} s) → {out}")
