"""How good a detector version was over a window, and what the figures cannot see.

A subject counts once, however often it was named. Its verdict: positive where any current label says so (a report outweighs an answer of "mismatch"), else
negative where any does, else not known. Everything is as known now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text

from fanzha.desks.learning import words
from fanzha.desks.learning.domain import Delay, Figure, Selection, Stratum, Window, interval, reweighted
from fanzha.store import Work

ROWS = "learning/labels?"
_VICTIM_ROWS = "source=report&verdict=positive"

_LATEST = "latest AS (SELECT DISTINCT ON (source, source_id) * FROM labels ORDER BY source, source_id, revision DESC)"
_SAYING = """saying AS (
    SELECT rule_id, rule_version, subject_token, target, fraud_type, at, state = 'standing' AS stands FROM findings WHERE at >= :since AND at < :until
    UNION ALL SELECT s.detector_id, s.version, s.subject_token, s.target, v.fraud_type, s.at, true
    FROM shadow_findings s JOIN detector_versions v ON v.detector_id = s.detector_id AND v.version = s.version WHERE s.at >= :since AND s.at < :until)"""
_JUDGED = """judged AS (
    SELECT d.detector_id, d.version, token.value AS token,
           CASE WHEN bool_or(l.verdict = 'positive') THEN 'positive' WHEN bool_or(l.verdict = 'negative') THEN 'negative' ELSE 'unknown' END AS verdict
    FROM latest l JOIN label_detectors d ON d.label_id = l.id AND d.said_at >= :since AND d.said_at < :until
    CROSS JOIN LATERAL (VALUES (l.subject_token), (l.phone_token)) AS token (value)
    WHERE token.value IS NOT NULL GROUP BY d.detector_id, d.version, token.value)"""
"""What is known of each subject that a version first named in the window."""

# What it hit in the window, subject by subject, with the verdict where a label tells one.
_HITS = text(f"""
WITH {_LATEST}, {_JUDGED}, {_SAYING},
hit AS (SELECT rule_id, rule_version, subject_token, bool_or(stands) AS stands FROM saying GROUP BY rule_id, rule_version, subject_token)
SELECT h.rule_id, h.rule_version, count(*) FILTER (WHERE stands) AS subjects, count(*) FILTER (WHERE NOT stands) AS withdrawn,
       count(*) FILTER (WHERE stands AND j.verdict = 'positive') AS positive, count(*) FILTER (WHERE stands AND j.verdict = 'negative') AS negative,
       count(*) FILTER (WHERE stands AND j.verdict = 'unknown') AS unknown
FROM hit h LEFT JOIN judged j ON j.detector_id = h.rule_id AND j.version = h.rule_version AND j.token = h.subject_token
GROUP BY h.rule_id, h.rule_version ORDER BY h.rule_id, h.rule_version
""")  # noqa: S608 — constant parts of the query

# Of the victims who reported a loss in the window, those whom it had named before the loss.
_VICTIMS = text(f"""
WITH {_LATEST}, {_SAYING},
victim AS (SELECT l.id, l.subject_token, l.fraud_type, l.happened_at FROM latest l
           WHERE l.source = 'report' AND l.verdict = 'positive' AND l.happened_at >= :since AND l.happened_at < :until),
type AS (SELECT DISTINCT rule_id, rule_version, fraud_type FROM saying WHERE target = 'victim')
SELECT t.rule_id, t.rule_version, count(*) AS victims, count(*) FILTER (WHERE d.said_at <= v.happened_at) AS named,
       count(*) FILTER (WHERE d.recorded_at <= v.happened_at) AS in_time
FROM (SELECT rule_id, rule_version FROM type GROUP BY rule_id, rule_version) t
JOIN victim v ON v.fraud_type IN (SELECT fraud_type FROM type WHERE type.rule_id = t.rule_id AND type.rule_version = t.rule_version)
LEFT JOIN label_detectors d ON d.label_id = v.id AND d.detector_id = t.rule_id AND d.version = t.rule_version
GROUP BY t.rule_id, t.rule_version
""")  # noqa: S608 — constant parts of the query

_LOAD = text("""
SELECT f.rule_id, f.rule_version, count(DISTINCT w.id) AS warnings
FROM warning_findings f JOIN warnings w ON w.id = f.warning_id
WHERE w.issued_at >= :since AND w.issued_at < :until GROUP BY f.rule_id, f.rule_version
""")

# Warnings by level, each with the verdict on its person.
_STRATA = text(f"""
WITH {_LATEST}, {_JUDGED},
warned AS (SELECT DISTINCT f.rule_id, f.rule_version, w.id, w.level, fi.subject_token
           FROM warning_findings f JOIN warnings w ON w.id = f.warning_id JOIN findings fi ON fi.id = f.finding_id
           WHERE w.issued_at >= :since AND w.issued_at < :until)
SELECT o.rule_id, o.rule_version, o.level, count(DISTINCT o.id) AS issued,
       count(DISTINCT o.id) FILTER (WHERE j.verdict = 'positive') AS positive, count(DISTINCT o.id) FILTER (WHERE j.verdict = 'negative') AS negative
FROM warned o LEFT JOIN judged j ON j.detector_id = o.rule_id AND j.version = o.rule_version AND j.token = o.subject_token
GROUP BY o.rule_id, o.rule_version, o.level ORDER BY o.level
""")  # noqa: S608 — constant parts of the query

_DELAYS = text(f"""
WITH {_LATEST}
SELECT source, count(*) AS labels,
       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM known_at - happened_at)) AS seconds
FROM latest WHERE verdict <> 'unknown' AND happened_at >= :since AND happened_at < :until GROUP BY source ORDER BY source
""")  # noqa: S608 — constant parts of the query

_SELECTION = text(f"""
WITH {_LATEST},
person AS (SELECT * FROM latest WHERE subject_kind = 'person' AND happened_at >= :since AND happened_at < :until)
SELECT (SELECT count(*) FROM warnings WHERE issued_at >= :since AND issued_at < :until) AS issued,
       (SELECT count(*) FROM latest l JOIN warnings w ON w.id = l.source_id WHERE l.source = 'warning' AND l.verdict <> 'unknown'
               AND w.issued_at >= :since AND w.issued_at < :until) AS answered,
       (SELECT count(DISTINCT subject_token) FROM person WHERE verdict = 'positive' AND warned) AS positives_warned,
       (SELECT count(DISTINCT subject_token) FROM person WHERE verdict = 'positive' AND NOT warned
               AND subject_token NOT IN (SELECT subject_token FROM person WHERE verdict = 'positive' AND warned)) AS positives_unwarned,
       (SELECT count(DISTINCT subject_token) FROM person WHERE verdict = 'negative') AS negatives,
       (SELECT count(DISTINCT subject_token) FROM person WHERE verdict = 'unknown') AS unknown
""")  # noqa: S608 — constant parts of the query


@dataclass(frozen=True)
class DetectorFigures:
    """A detector version's figures over a window, by name: `precision`, `precision_reweighted`, `recall`, `recall_in_time`, `load`, `wrongly_hit`."""

    detector: str
    version: int
    figures: Mapping[str, Figure]


def delays(work: Work, window: Window) -> tuple[Delay, ...]:
    """Of what happened in the window and is known by now; what is still to become known is missing, so recent windows look quicker than they are."""
    rows = work.session.execute(_DELAYS, vars(window)).all()
    return tuple(Delay(row.source, row.labels, *(timedelta(seconds=round(float(each))) for each in row.seconds)) for row in rows)


def selection(work: Work, window: Window) -> Selection:
    row = work.session.execute(_SELECTION, vars(window)).one()
    return Selection(row.issued, row.answered, row.positives_warned, row.positives_unwarned, row.negatives, row.unknown)


def by_detector(work: Work, window: Window) -> list[DetectorFigures]:
    """Of every version that found or warned anything in the window, by detector and version."""
    parts = {name: _by_version(work, query, window) for name, query in (("hits", _HITS), ("victims", _VICTIMS), ("load", _LOAD))}
    strata: dict[tuple[str, int], list[Stratum]] = defaultdict(list)
    for row in work.session.execute(_STRATA, vars(window)):
        strata[row.rule_id, row.rule_version].append(Stratum(row.level, row.issued, row.positive, row.negative))
    note = words.caveat(delays(work, window), selection(work, window))
    found = []
    for detector, version in sorted(parts["hits"].keys() | parts["load"].keys()):
        own = {name: part.get((detector, version), {}) for name, part in parts.items()}
        maker = _Maker(detector, version, window, note)
        found.append(DetectorFigures(detector, version, {each.name: each for each in maker.all(own, strata[detector, version])}))
    return found


def _by_version(work: Work, query: Any, window: Window) -> dict[tuple[str, int], Mapping[str, Any]]:
    return {(row["rule_id"], row["rule_version"]): row for row in map(dict, work.session.execute(query, vars(window)).mappings())}


@dataclass(frozen=True)
class _Maker:
    detector: str
    version: int
    window: Window
    note: words.Pair

    def all(self, row: Mapping[str, Mapping[str, Any]], strata: Sequence[Stratum]) -> list[Figure]:
        hits, victims, load = row["hits"], row["victims"], row["load"]
        subjects, positive, negative = (int(hits.get(name, 0)) for name in ("subjects", "positive", "negative"))
        left_out = {"withdrawn": int(hits.get("withdrawn", 0)), "outcome_unknown": int(hits.get("unknown", 0))}
        unlabelled = {"no_label": subjects - positive - negative - left_out["outcome_unknown"]}
        weighed = reweighted(strata) or (0.0, 0.0)
        silent = {f"level_without_outcome:{each.level}": each.issued for each in strata if not each.positive + each.negative}
        number, warnings = int(victims.get("victims", 0)), int(load.get("warnings", 0))
        return [
            self._share("precision", positive, positive + negative, left_out | unlabelled, "verdict=positive"),
            Figure("precision_reweighted", *weighed, self.window, None, silent, self._link(""), *words.joined(words.REWEIGHTED, self.note)),
            self._share("recall", int(victims.get("named", 0)), number, {}, _VICTIM_ROWS, words.RECALL),
            self._share("recall_in_time", int(victims.get("in_time", 0)), number, {}, _VICTIM_ROWS, words.RECALL),
            Figure("load", warnings, self.window.days, self.window, None, {}, self._link(""), *words.joined(words.LOAD, self.note)),
            self._share("wrongly_hit", negative, subjects, {"withdrawn": left_out["withdrawn"]}, "verdict=negative", words.WRONGLY_HIT),
        ]

    def _share(self, name: str, hits: int, of: int, left_out: Mapping[str, int], rows: str, own: words.Pair = words.NOTHING) -> Figure:
        said = words.joined(own, self.note)
        return Figure(name, hits, of, self.window, interval(hits, of), {why: rows for why, rows in left_out.items() if rows}, self._link(rows), *said)

    def _link(self, more: str) -> str:
        """The labels of the subjects it named in the window; for victims, of those whose loss fell into it, named or not."""
        window = {"since": self.window.since.isoformat(), "until": self.window.until.isoformat()}
        whose = {} if more == _VICTIM_ROWS else {"detector": self.detector, "version": str(self.version)}
        return ROWS + urlencode(whose | window) + (f"&{more}" if more else "")
