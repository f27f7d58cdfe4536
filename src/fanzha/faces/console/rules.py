"""The rules in force: what each looks for, in its own words, and how often it has fired."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from fanzha.desks.detection import policy, service
from fanzha.desks.detection.repository import Filters
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Feature
from fanzha.engine.rules.examples import Outcome, run_tests
from fanzha.engine.rules.model import Rule
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.kit.paging import PageRequest

router = APIRouter()
NAV = NavEntry("rules", "规则", "Rules", "/rules", "filter", policy.READ_RULES, order=70)
Reader = Annotated[PageContext, Depends(signed_in(policy.READ_RULES))]
LAST_FINDINGS = 10


@router.get("/rules")
def listing(page: Reader) -> Response:
    with page.work() as work:
        counts = service.rule_counts(work)
        runs = service.last_runs(work)
    return page.render("console/rules/list.html", rules=service.rules(), counts=counts, runs=runs)


@router.get("/rules/{rule_id}")
def one(page: Reader, rule_id: str) -> Response:
    rule = service.rule(rule_id)
    with page.work() as work:
        count = service.rule_counts(work).get(rule_id)
        last = service.search(work, Filters(rule_id=rule_id), PageRequest(1, LAST_FINDINGS)) if page.may(policy.SEE) else None
    return page.render("console/rules/page.html", rule=rule, count=count, last=last, features=features_of(rule), outcomes=_outcomes(rule))


def features_of(rule: Rule) -> list[Feature]:
    """The features a rule reads, by name."""
    return [FEATURES[name] for name in sorted(rule.inputs)]


@cache
def _outcomes(rule: Rule) -> tuple[Outcome, ...]:
    """The file's own tests, run once a process: a rule does not change while it is loaded."""
    return tuple(run_tests(rule))
