"""What the rules have found: the list, and one finding with its reasons and the events behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks import detectors
from fanzha.desks.detection import FindingState, Target, policy, service
from fanzha.desks.detection.repository import Filters
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import narrowing
from fanzha.faces.common.i18n import Locale
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

router = APIRouter()
NAV = NavEntry("findings", "监测发现", "Findings", "/findings", "radar", policy.SEE, order=50)
Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]

E = TypeVar("E", bound=StrEnum)
ALL = "all"


@dataclass(frozen=True)
class Wanted:
    """Filters from the address, and which state the page shows as chosen: what stands, unless another is asked for."""

    filters: Filters
    shown_state: str


def wanted(
    rule: str = "",
    target: str = "",
    level: str = "",
    fraud_type: str = "",
    state: str = "",
    region: str = "",
    since: str = "",
    until: str = "",
) -> Wanted:
    """What is no word of its family, or no day, does not narrow."""
    shown = state if state in {*FindingState, ALL} else FindingState.STANDING.value
    filters = Filters(
        rule_id=rule.strip(),
        target=_word(Target, target),
        level=_word(RiskLevel, level),
        fraud_type=_word(FraudType, fraud_type),
        state=_word(FindingState, shown),
        region=region.strip() if region.strip().isdecimal() else "",
        since=narrowing(since),
        until=narrowing(until),
    )
    return Wanted(filters, shown)


@router.get("/findings")
def listing(page: Reader, asked: Annotated[Wanted, Depends(wanted)], number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = service.search(work, asked.filters, PageRequest(number))
        names = detector_names(work, page.locale)
    return page.render("console/findings/list.html", found=found, asked=asked, rules=names)


@router.get("/findings/{finding_id}")
def one(page: Reader, finding_id: str) -> Response:
    with page.work() as work:
        row = service.get(work, finding_id)
        others = service.same_subject(work, row)
        names = dict(detector_names(work, page.locale))
    return page.render("console/findings/page.html", finding=row, view=service.read_back(row), others=others, names=names)


def detector_names(work: Work, locale: Locale) -> list[tuple[str, str]]:
    """(id, title) of every detector, for a select."""
    shown = [(each.id, each.live or each.newest) for each in detectors.service.summaries(work)]
    return [(identity, version.title_zh if locale is Locale.ZH else version.title_en) for identity, version in shown]


def _word(family: type[E], value: str) -> E | None:
    return family(value) if value in set(family) else None
