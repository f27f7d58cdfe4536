"""The series that a new report may belong to, by table look-up: what it shares, with whom, and the bits that speak for it.

O(values of the report × cases that are looked at of each), whatever the number of cases: every step goes through an index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fanzha.desks.series import candidate_queries
from fanzha.engine.linking.kinds import Settings, Shared
from fanzha.kit import clock
from fanzha.store import Work

MOST_CASES = 500
"""Cases of one value that are looked at."""
MOST = 5
"""Candidates of a report that are kept."""


def consider(work: Work, linkable_id: str, settings: Settings | None = None) -> list[dict[str, Any]]:
    """Find the candidates of a report or case and keep them in place of earlier ones; returns them, the likeliest first."""
    chosen = settings or Settings()
    shared: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in candidate_queries.sharing(work, linkable_id, chosen, MOST_CASES):
        shared[row["series_id"]].append(row)
    rows = []
    for series_id, values in shared.items():
        bits, first = sum(each["bits"] for each in values), values[0]
        number, cases, by_region = first["number"], first["of_series"], first["by_region"]
        if not series_id:
            keys = [(each["value"], each["kind"]) for each in values]
            by_region = candidate_queries.regions_of_single(work, first["family"], keys, MOST_CASES)
            cases = sum(by_region.values())
        if cases:
            rows.append({
                "linkable_id": linkable_id, "series_id": series_id, "bits": round(bits, 1), "is_likely": bits >= chosen.threshold, "number": number,
                "cases": cases, "by_region": by_region, "reasons": _reasons(values), "found_at": clock.now(),
            })  # fmt: skip
    rows = sorted(rows, key=lambda row: (-row["bits"], row["series_id"]))[:MOST]
    candidate_queries.replace_candidates(work, linkable_id, rows)
    return rows


def _reasons(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One for each value, the most telling first; the places of a script together, `cases` being how many of eight agree at most."""
    told = [
        {"kind": each["kind"], "value": str(each["value"]), "cases": each["cases"], "known_by": each["known_by"], "bits": round(each["bits"], 1)}
        for each in values if each["kind"] != Shared.SCRIPT
    ]  # fmt: skip
    places = [each for each in values if each["kind"] == Shared.SCRIPT]
    if places:
        most = max(each["cases"] for each in places)
        bits = round(sum(each["bits"] for each in places), 1)
        told.append({"kind": int(Shared.SCRIPT), "value": "", "cases": most, "known_by": len(places), "bits": bits})
    return sorted(told, key=lambda each: -each["bits"])
