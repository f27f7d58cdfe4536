"""Which unit answers an appeal, which stands above it, and who may act for it."""

from __future__ import annotations

from fanzha.desks import identity
from fanzha.desks.appeals import policy
from fanzha.desks.appeals.errors import Involved, NothingToAppeal, NotYourAppeal
from fanzha.desks.appeals.model import Appeal
from fanzha.kit.errors import Forbidden, NotFound
from fanzha.store import Principal, Work
from fanzha.vocab.organisations import OrgKind

_LADDER = (OrgKind.POLICE_COUNTY, OrgKind.POLICE_CITY, OrgKind.POLICE_PROVINCE)


def answering(work: Work, org_id: str, region: str) -> identity.Organisation:
    """The police unit at county level or above that decided the measure; else the one of its region. Raises NothingToAppeal where there is none."""
    try:
        own = identity.service.organisation(work, org_id)
    except NotFound:
        own = None
    if own is not None and own.org_kind in _LADDER:
        return own
    for kind in _LADDER:
        found = identity.service.find_org_for(work, region, kind)
        if found is not None:
            return found
    raise NothingToAppeal("There is no police unit for this area.")


def above(work: Work, unit_org_id: str, region: str) -> identity.Organisation | None:
    """The next police unit up."""
    unit = identity.service.organisation(work, unit_org_id)
    place = _LADDER.index(unit.org_kind) + 1 if unit.org_kind in _LADDER else 0
    for kind in _LADDER[place:]:
        found = identity.service.find_org_for(work, region, kind)
        if found is not None and found.id != unit_org_id:
            return found
    return None


def officer(work: Work) -> Principal:
    """Raises Forbidden: the actor is no police officer."""
    me = work.scope.principal
    if me is None or me.org_kind not in policy.POLICE:
        raise Forbidden("Only the police answer appeals.")
    return me


def may_act(appeal: Appeal, me: Principal, unit_region: str) -> bool:
    """The unit that answers, the one it was escalated to, and those above: never one below or beside."""
    return me.org_id in (appeal.unit_org_id, appeal.escalated_org_id) or (me.region != unit_region and unit_region.startswith(me.region))


def acting(work: Work, appeal: Appeal, *, uninvolved: bool = True) -> Principal:
    """Who acts on an appeal now.

    Raises:
        Forbidden, NotYourAppeal; Involved: the actor took part in the measure or in the first answer.
    """
    me = officer(work)
    if not may_act(appeal, me, identity.service.organisation(work, appeal.unit_org_id).region):
        raise NotYourAppeal(unit=appeal.unit_name)
    if uninvolved and me.user_id in appeal.involved:
        raise Involved
    return me
