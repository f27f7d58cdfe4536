"""Who is responsible where: the ladder from the station to the city centre."""

from __future__ import annotations

from dataclasses import dataclass, field

from fanzha.desks import identity
from fanzha.store import Work
from fanzha.vocab.organisations import OrgKind

LADDER = (OrgKind.POLICE_STATION, OrgKind.POLICE_COUNTY, OrgKind.POLICE_CITY, OrgKind.POLICE_PROVINCE)
TOP_RUNG = 2
"""Escalation ends at the city centre."""


@dataclass(frozen=True)
class OrgRef:
    """An organisation as far as this desk needs it."""

    id: str
    name: str
    kind: OrgKind


@dataclass
class Responsible:
    """Looks organisations up, each (region, kind) once in this unit of work."""

    work: Work
    _known: dict[tuple[str, OrgKind], OrgRef | None] = field(default_factory=dict)

    def nearest(self, region: str, kind: OrgKind) -> OrgRef | None:
        """The organisation of this kind with the narrowest region that holds the given one."""
        key = (region, kind)
        if key not in self._known:
            found = identity.service.find_org_for(self.work, region, kind)
            self._known[key] = OrgRef(found.id, found.name, OrgKind(found.kind)) if found is not None else None
        return self._known[key]

    def lead(self, region: str) -> OrgRef | None:
        """The lowest police body responsible for the region: its station, else the county, else the city."""
        return next((org for kind in LADDER if (org := self.nearest(region, kind)) is not None), None)

    def above(self, region: str, rung: int) -> OrgRef | None:
        """The police body `rung` levels above a station; where there is none, the next one up."""
        return next((org for kind in LADDER[rung:] if (org := self.nearest(region, kind)) is not None), None)

    def grid(self, region: str) -> OrgRef | None:
        return self.nearest(region, OrgKind.GRID)
