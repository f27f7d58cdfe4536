"""Warnings whose findings were withdrawn: whoever holds one is told, and its history says so. For whoever follows a withdrawn indicator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from fanzha.desks.warnings import domain, repository, steps
from fanzha.desks.warnings.model import Assignment, History, WarningFinding, WarningOrder
from fanzha.store import Work

BASIS_WITHDRAWN = "basis_withdrawn"
"""The history's line."""


@dataclass(frozen=True)
class Resting:
    """A warning that has one of the findings asked about. `supported`: another finding still stands; `holder`: who signed, or None; `orgs`: who is assigned."""

    warning_id: str
    number: str
    region: str
    state: domain.State
    supported: bool
    holder: str | None
    orgs: tuple[tuple[str, str], ...]

    @property
    def is_over(self) -> bool:
        return self.state in domain.FINAL


def of_findings(work: Work, finding_ids: Collection[str]) -> list[Resting]:
    """The warnings that these findings are in, by number."""
    query = select(WarningOrder).where(WarningOrder.id.in_(select(WarningFinding.warning_id).where(WarningFinding.finding_id.in_(finding_ids))))
    found = work.session.scalars(query.order_by(WarningOrder.number)).all()
    supported = repository.supported(work, [each.id for each in found])
    return [
        Resting(each.id, each.number, each.region, each.state_now, each.id in supported, each.signed_by, _assigned(work, each.id)) for each in found
    ]  # fmt: skip


def note_withdrawn(work: Work, warning_id: str, masked: str) -> None:
    """Say in the history that what the warning rests on was withdrawn, once an identifier."""
    (warning,) = repository.lock(work, [warning_id])
    lines = work.session.scalars(select(History).where(History.warning_id == warning_id, History.action == BASIS_WITHDRAWN))
    if not any(line.detail.get("indicator") == masked for line in lines):
        steps.note(work, warning, BASIS_WITHDRAWN, warning.state_now, detail={"indicator": masked})
        work.session.flush()


def _assigned(work: Work, warning_id: str) -> tuple[tuple[str, str], ...]:
    query = select(Assignment.assignee_org_id, Assignment.assignee_org_name).where(Assignment.warning_id == warning_id, Assignment.released_at.is_(None))
    return tuple(dict.fromkeys((row[0], row[1]) for row in work.session.execute(query)))
