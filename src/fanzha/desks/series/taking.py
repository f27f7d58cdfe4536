"""Take reports in: what each can be linked by is computed once, and stored as keyed hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fanzha.desks.cases import Report
from fanzha.desks.series import repository
from fanzha.desks.series.domain import SharedLink
from fanzha.desks.series.keys import linking_texts, script_keys, value_key
from fanzha.engine.linking.kinds import Shared
from fanzha.store import Work

REPORT = "report"
"""The source of what the report itself tells."""
BATCH = 2_000


def take_waiting(work: Work, most: int = BATCH) -> list[str]:
    """Take in the reports that have not been, the oldest first; returns their ids. Repeatable: what is taken stays."""
    reports = repository.waiting(work, most)
    _take(work, reports)
    return [report.id for report in reports]


def take_again(work: Work, report_ids: Sequence[str]) -> None:
    """Read reports anew whose identifiers or narrative have changed; what analysts have made quiet stays so, what other desks have added stays too."""
    quiet = repository.quiet_values(work, report_ids)
    repository.forget_values(work, report_ids, REPORT)
    _take(work, repository.reports(work, report_ids))
    repository.make_quiet(work, quiet)


def add_links(work: Work, links: Iterable[SharedLink]) -> int:
    """Take in what other desks have found (money that reached an account, a device); returns how many were new. Idempotent.

    A link of a report that has not been taken in yet is left out: whoever adds it runs after the report, and again.
    """
    told = list(links)
    known = repository.taken(work, {each.report_id for each in told})
    rows = [
        {"report_id": each.report_id, "value": value_key(each.kind, each.value), "kind": int(each.kind), "source": each.source, "shown": each.value, "is_quiet": False}
        for each in told
        if each.report_id in known
    ]
    return repository.add_values(work, rows)


def _take(work: Work, reports: Sequence[Report]) -> None:
    if not reports:
        return
    ids = [report.id for report in reports]
    repository.add_reports(work, ids)
    suspects = repository.suspects(work, ids)
    texts = linking_texts([(each.kind, each.value) for each in suspects])
    rows = [_row(each.report_id, *shared) for each, shared in zip(suspects, texts, strict=True) if shared is not None]
    scripts = script_keys([report.narrative for report in reports])
    rows += [_of(ids[place], Shared.SCRIPT, key) for place, key in scripts]
    repository.add_values(work, rows)


def _row(report_id: str, kind: Shared, text: str) -> dict[str, Any]:
    return _of(report_id, kind, value_key(kind, text))


def _of(report_id: str, kind: Shared, key: int) -> dict[str, Any]:
    return {"report_id": report_id, "value": key, "kind": int(kind), "source": REPORT, "shown": None, "is_quiet": False}
