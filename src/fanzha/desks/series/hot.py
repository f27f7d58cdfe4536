"""Which suspect identifiers many reports of a region name: what a briefing warns of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from fanzha.store import Work, crypto
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

_HOT = text("""
WITH named AS (
    SELECT s.value_index, s.kind, s.value, r.id, r.region, r.fraud_type, r.received_at FROM report_suspects s JOIN reports r ON r.id = s.report_id
    WHERE r.received_at >= :since AND r.received_at < :until AND starts_with(r.region, :region) AND r.state <> 'not_a_case' AND s.value_index IS NOT NULL
        AND s.kind <> 'id_card'
)
SELECT (array_agg(kind ORDER BY received_at, id))[1] AS kind, (array_agg(value ORDER BY received_at, id))[1] AS value, count(DISTINCT id) AS reports,
    count(DISTINCT left(region, 6)) AS counties, mode() WITHIN GROUP (ORDER BY fraud_type) AS fraud_type
FROM named GROUP BY value_index HAVING count(DISTINCT id) >= :least ORDER BY 3 DESC, max(received_at) DESC, value_index LIMIT :most
""")


@dataclass(frozen=True)
class HotValue:
    """An identifier in clear (for the pipeline, never for a page), with how many reports of how many counties name it."""

    kind: Kind
    value: str
    reports: int
    counties: int
    fraud_type: str

    @property
    def host(self) -> str:
        """Of a site; '' of anything else."""
        if self.kind is Kind.URL:
            return str(identifiers.clean(Kind.URL, self.value).facts["host"])
        return self.value if self.kind is Kind.DOMAIN else ""


def hot(work: Work, region: str, since: datetime, until: datetime, *, least: int, most: int) -> list[HotValue]:
    """Named by at least `least` reports received in [since, until), those of most reports first. Who is named by an identity card is a person and stays out."""
    given = {"region": region, "since": since, "until": until, "least": least, "most": most}
    rows = work.session.execute(_HOT, given)
    return [
        HotValue(Kind(row.kind), crypto.current().open("report_suspects.value", bytes(row.value)), row.reports, row.counties, row.fraud_type) for row in rows
    ]
