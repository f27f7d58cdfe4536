"""Take reports and cases in: what each can be linked by is computed once, and stored as keyed hashes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from fanzha.desks.cases import Report
from fanzha.desks.series import linkables, slips, value_queries
from fanzha.desks.series.domain import SharedLink
from fanzha.desks.series.keys import linking_texts, script_keys, sketches, value_key
from fanzha.desks.series.linkables import NamedBy
from fanzha.engine.linking.kinds import Shared
from fanzha.store import Work

OWN = "report"
"""The source of what the report or case itself tells."""
BATCH = 2_000


def take_waiting(work: Work, most: int = BATCH, *, since: datetime | None = None) -> list[str]:
    """Take in the reports and cases that have not been, the oldest first; returns their linkables. `since`: only what came into the platform from then on.
    Repeatable: what is taken stays."""
    reports = linkables.waiting_reports(work, most, since)
    linkables.add_reports(work, [report.id for report in reports])
    _take_reports(work, reports)
    own = take_cases(work, linkables.waiting_cases(work, most, since))
    return list(dict.fromkeys([*(report.id for report in reports), *own]))


def take_cases(work: Work, case_ids: Collection[str]) -> list[str]:
    """Read cases anew with all that are seen together with one of them; returns their linkables. A case that came from a report takes its place: what was
    removed from the case links no more, though the report names it."""
    if not case_ids:
        return []
    own = linkables.settle(work, case_ids)
    told = linkables.told_by_cases(work, own)
    quiet = value_queries.quiet_values(work, list(own.values()))
    value_queries.forget_values(work, list(own.values()), OWN)
    _add(work, linkables.named_by_cases(work, own), {own[case]: words for case, words in told.items()})
    value_queries.make_quiet(work, quiet)
    return list(dict.fromkeys(own.values()))


def take_again(work: Work, ids: Sequence[str]) -> None:
    """Read reports and cases (their ids) anew whose identifiers or narrative have changed; what analysts have made quiet stays so, what other desks have added
    stays too."""
    of_reports = linkables.reports(work, ids)
    quiet = value_queries.quiet_values(work, ids)
    value_queries.forget_values(work, [report.id for report in of_reports], OWN)
    _take_reports(work, of_reports)
    value_queries.make_quiet(work, quiet)
    take_cases(work, [*ids, *linkables.cases_of(work, [report.id for report in of_reports])])


def add_links(work: Work, links: Iterable[SharedLink]) -> int:
    """Take in what other desks have found (money that reached an account, a device); returns how many were new. Idempotent.

    A link of what has not been taken in yet is left out: whoever adds it runs after the report, and again.
    """
    told = list(links)
    known = value_queries.taken(work, {each.of for each in told})
    rows = [
        {"linkable_id": known[each.of], "value": value_key(each.kind, each.value), "kind": int(each.kind), "source": each.source, "shown": each.value, "is_quiet": False}
        for each in told
        if each.of in known
    ]
    return _add_values(work, rows)


def replace_links(work: Work, source: str, links: Iterable[SharedLink]) -> int:
    """As `add_links`, in place of everything that this source has said before; what analysts have made quiet stays so. Returns how many it says now
    and nobody else does."""
    quiet = value_queries.quiet_of(work, source)
    value_queries.forget_source(work, source)
    added = add_links(work, links)
    value_queries.make_quiet(work, quiet)
    return added


def _take_reports(work: Work, reports: Sequence[Report]) -> None:
    ids = [report.id for report in reports]
    _add(work, linkables.named_by_reports(work, ids), {report.id: report.narrative for report in reports})


def _add(work: Work, named: Sequence[NamedBy], told: dict[str, str]) -> None:
    """Values of identifiers (`named`) and of narratives (`told`: linkable → words)."""
    texts = linking_texts([(each.kind, each.value) for each in named])
    rows = [_of(each.linkable_id, shared[0], value_key(*shared)) for each, shared in zip(named, texts, strict=True) if shared is not None]
    ids = list(told)
    rows += [_of(ids[place], Shared.SCRIPT, key) for place, key in script_keys(list(told.values()))]
    _add_values(work, rows)
    slips.keep(work, [shared[1] for shared in texts if shared is not None and shared[0] is Shared.ACCOUNT])
    value_queries.put_sketches(work, ids, {ids[place]: sketch for place, sketch in sketches(list(told.values()))})


def _add_values(work: Work, rows: Sequence[dict[str, Any]]) -> int:
    """An account that the money of one reached and another names is one and the same: both have it as an account then, and it counts once."""
    reached = {row["value"] for row in rows if row["kind"] == int(Shared.MONEY)}
    named = value_queries.named_accounts(work, reached) | {row["value"] for row in rows if row["kind"] == int(Shared.ACCOUNT)}
    value_queries.name_reached(work, named)
    told = [row | {"kind": int(Shared.ACCOUNT)} if row["kind"] == int(Shared.MONEY) and row["value"] in named else row for row in rows]
    return value_queries.add_values(work, told)


def _of(linkable_id: str, kind: Shared, key: int) -> dict[str, Any]:
    return {"linkable_id": linkable_id, "value": key, "kind": int(kind), "source": OWN, "shown": None, "is_quiet": False}
