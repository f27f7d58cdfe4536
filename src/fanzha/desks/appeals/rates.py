"""The wrongly-hit rate (误伤率): of what was appealed and decided how much was wrong, and of all measures how many were found wrong; by detector and by unit.

A measure counts once, by the last answer about it. It counts for every detector that had spoken of its subject before; for `people` where none had. Counted
are measures that began in the window, so that numerator and denominator are the same measures; the intervals are 95 % score intervals (Wilson, 1927).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text

from fanzha.desks.learning import Figure, Window
from fanzha.desks.learning.domain import interval
from fanzha.store import Work

By = Literal["detector", "unit", "target"]
PEOPLE = "people"
"""In place of a detector where people alone decided on the measure."""

NOTE_ZH = "没有申诉的误伤看不到：第二个比率是下限，第一个只说明申诉的人。按措施开始的时间归入窗口，还没有答复的以后会变。"
NOTE_EN = (
    "Wrong hits that nobody appealed against are not seen: the second rate is a lower bound, the first speaks of those who appealed. A measure belongs to the"
    " window in which it began; what is not answered yet will change."
)


@dataclass(frozen=True)
class Row:
    """One detector, unit or kind of measure. `decided`: wrong among the decided appeals; `overall`: wrong among all measures."""

    key: str
    name: str
    decided: Figure
    overall: Figure
    open: int


@dataclass(frozen=True)
class Rates:
    """All rows of one grouping, the most measures first, and the total over measures (each once)."""

    by: By
    window: Window
    rows: Sequence[Row]
    total: Row


# The last answer about a measure counts; an appeal that is open, withdrawn or inadmissible says nothing about it. `:region` narrows to an area: the query runs
# for readers of aggregates, too, who may see no row.
_MEASURES = """
WITH measures AS (
    SELECT 'order' AS target, o.id, o.org_id AS unit_id, o.org_name AS unit_name, o.region, o.starts_at AS at, m.detectors
    FROM orders o JOIN appeal_measures m ON m.order_id = o.id
    UNION ALL
    SELECT 'decision', d.id, d.org_id, coalesce(g.name, ''), coalesce(d.region, ''), d.decided_at,
           ARRAY(SELECT DISTINCT coalesce(s ->> 'rule', s ->> 'signal') || coalesce('@' || (s ->> 'version'), '') FROM jsonb_array_elements(d.signals) s)
    FROM screening_decisions d LEFT JOIN organisations g ON g.id = d.org_id WHERE d.answer IN ('hold', 'block') AND NOT d.conflicting
    UNION ALL
    SELECT 'warning', w.id, coalesce(w.lead_org_id, ''), coalesce(g.name, ''), w.region, w.issued_at,
           ARRAY(SELECT DISTINCT f.rule_id || '@' || f.rule_version FROM warning_findings f WHERE f.warning_id = w.id)
    FROM warnings w LEFT JOIN organisations g ON g.id = w.lead_org_id
), judged AS (
    SELECT m.*, a.verdict, a.is_open FROM measures m LEFT JOIN LATERAL (
        SELECT (array_agg(verdict ORDER BY decided_at DESC) FILTER (WHERE verdict IN ('upheld', 'partly', 'rejected')))[1] AS verdict,
               bool_or(state IN ('filed', 'accepted', 'reviewing', 'proposed')) AS is_open,
               count(*) FILTER (WHERE verdict = 'inadmissible') AS inadmissible
        FROM appeals WHERE target_id = m.id AND target = m.target) a ON true
    WHERE m.at >= :since AND m.at < :until AND starts_with(m.region, :region)
)
"""
_COUNTS = "count(*), count(*) FILTER (WHERE verdict IS NOT NULL), count(*) FILTER (WHERE verdict IN ('upheld', 'partly')), count(*) FILTER (WHERE is_open)"
_GROUPED: Mapping[By, Any] = {
    "detector": text(
        f"{_MEASURES} SELECT key, '' AS name, {_COUNTS} FROM (SELECT DISTINCT j.target, j.id, j.verdict, j.is_open, split_part(d, '@', 1) AS key FROM judged j"  # noqa: S608 — constants
        f" CROSS JOIN LATERAL unnest(CASE WHEN cardinality(j.detectors) = 0 THEN ARRAY['{PEOPLE}'] ELSE j.detectors END) d) said GROUP BY key"
    ),
    "unit": text(f"{_MEASURES} SELECT unit_id, max(unit_name), {_COUNTS} FROM judged GROUP BY unit_id"),  # noqa: S608 — constants
    "target": text(f"{_MEASURES} SELECT target, '', {_COUNTS} FROM judged GROUP BY target"),  # noqa: S608 — constants
}


def rates(work: Work, by: By, since: datetime, until: datetime, region: str) -> Rates:
    """The rates of measures that began in [since, until) within a region ('' is everywhere). Runs in a system scope: only counts leave it."""
    window, given = Window(since, until), {"since": since, "until": until, "region": region}
    rows = [_row(found, window) for found in work.session.execute(_GROUPED[by], given)]
    sums = [tuple(found)[2:] for found in work.session.execute(_GROUPED["target"], given)]
    whole = [sum(each[place] for each in sums) for place in range(4)]
    return Rates(by, window, sorted(rows, key=lambda row: (-row.overall.denominator, row.key)), _row(("", "", *whole), window))


def _row(found: Any, window: Window) -> Row:
    key, name, measures, decided, wrong, waiting = found
    return Row(
        key, name, _figure("wrong_of_decided", wrong, decided, window, {"open": waiting}), _figure("wrong_of_all", wrong, measures, window, {}), waiting
    )  # fmt: skip


def _figure(name: str, wrong: int, of: int, window: Window, exclusions: Mapping[str, int]) -> Figure:
    return Figure(name, wrong, of, window, interval(wrong, of), exclusions, "", NOTE_ZH, NOTE_EN)


def of_figure(figure: Figure) -> dict[str, Any]:
    """As JSON says it; `value` and the bounds None where there is nothing to divide by."""
    bounds = figure.interval
    return {
        "numerator": int(figure.numerator), "denominator": int(figure.denominator), "value": figure.value, "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
    }  # fmt: skip
