"""Detectors: the list, one detector with its versions, and the steps of its life. The pages show the steps they are given and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from fanzha.desks import detectors
from fanzha.desks.detection import policy as detection_policy
from fanzha.desks.detection import service as detection
from fanzha.desks.detection.repository import Filters as FindingFilters
from fanzha.desks.detectors import DetectorVersion, MoveKind, policy, service
from fanzha.desks.detectors.errors import WrongTime
from fanzha.desks.detectors.service import Detail
from fanzha.desks.learning import service as learning
from fanzha.desks.learning.policy import SEE as SEE_LABELS
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.model import Feature
from fanzha.engine.rules.model import Rule
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import moment_in_china
from fanzha.faces.common.downloads import csv_response
from fanzha.faces.common.i18n import N_
from fanzha.faces.console import detector_figures, detector_views
from fanzha.faces.console.detector_running import running
from fanzha.faces.console.detector_views import Decision, Filters, Row
from fanzha.kit.clock import to_local
from fanzha.kit.paging import PageRequest
from fanzha.store import Work

router = APIRouter()
NAV = NavEntry("detectors", "检测模型", "Detectors", "/detectors", "adjustments", policy.READ, order=70)

Reader = Annotated[PageContext, Depends(signed_in(policy.READ))]
Reason = Annotated[str, Form(max_length=1000)]
LAST_FINDINGS = 10
HEADS = (
    "id", "title", "state", "version", "newest_version", "kind", "level", "fraud_type", "target", "owner", "findings", "subjects", "precision", "precision_low",
    "precision_high", "precision_hits", "precision_of", "warnings_per_day", "lag_hours", "drift_psi", "drift_state", "model_state", "in_flight",
    "changed_at",
)  # fmt: skip
_DONE = {Decision.APPROVE: N_("已批准"), Decision.REFUSE: N_("已驳回"), Decision.WITHDRAW: N_("已撤回申请")}


def filters(q: str = "", state: str = "", kind: str = "", level: str = "", fraud_type: str = "", drift: str = "", sort: str = "") -> Filters:
    return Filters(q.strip()[:200], state, kind, level, fraud_type, drift, sort)


Asked = Annotated[Filters, Depends(filters)]


@router.get("/detectors")
def listing(page: Reader, asked: Asked) -> Response:
    with page.work() as work:
        rows = _rows(work)
        waiting = _waiting(work, page)
        runs = detection.last_runs(work)
    found = detector_views.narrowed(rows, asked)
    return page.render(
        "console/detectors/list.html", found=found, total=len(rows), waiting=waiting, runs=runs, asked=asked, may_edit=page.may(policy.EDIT),
        may_see=page.may(detection_policy.SEE), may_see_labels=page.may(SEE_LABELS),
    )  # fmt: skip


@router.get("/detectors/list.csv")
def export(page: Reader, asked: Asked) -> Response:
    """The same rows as the list."""
    with page.work() as work:
        found = detector_views.narrowed(_rows(work), asked)
    return csv_response("detectors.csv", HEADS, map(_cells, found))


@router.get("/detectors/{detector_id}")
def one(page: Reader, detector_id: str, version: int | None = None) -> Response:
    """The detector by one of its versions: the one asked for, else the live one, else the newest."""
    with page.work() as work:
        detail = service.get(work, detector_id)
        chosen = service.version_of(work, detector_id, version) if version is not None else detail.live or detail.versions[0]
        values = _shown(page, work, detail, chosen)
    return page.render("console/detectors/page.html", **values)


@router.post("/detectors/{detector_id}/moves")
def move(
    page: Reader, detector_id: str, version: Annotated[int, Form()], kind: Annotated[MoveKind, Form()], reason: Reason = "", effective_at: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Ask for a step; what needs no second person is done at once."""
    at = _moment(effective_at)
    with page.work() as work:
        back = kind is MoveKind.ROLLBACK
        asked = service.rollback(work, detector_id, reason, version) if back else service.request(work, detector_id, version, kind, reason, at)
        waits = asked.second_needed
    said = page.say("已提交，等待另一人审批。") if waits else page.say("已办理。")
    return page.redirect(f"/detectors/{detector_id}?version={version}", said)


@router.post("/detector-moves/{move_id}/{decision}")
def decide(page: Reader, move_id: str, decision: Decision, reason: Reason = "") -> Response:
    with page.work() as work:
        match decision:
            case Decision.APPROVE:
                decided = service.approve(work, move_id, reason)
            case Decision.REFUSE:
                decided = service.refuse(work, move_id, reason)
            case Decision.WITHDRAW:
                decided = service.withdraw(work, move_id)
        address = f"/detectors/{decided.detector_id}?version={decided.version}"
    return page.redirect(address, page.say(_DONE[decision]))


@router.get("/rules")
def old_list(page: Reader) -> Response:
    """Where the list of rules stood before."""
    del page
    return RedirectResponse("/detectors", 301)


@router.get("/rules/{rule_id}")
def old_page(page: Reader, rule_id: str) -> Response:
    """Where a rule's page stood before."""
    del page
    return RedirectResponse(f"/detectors/{rule_id}", 301)


def _rows(work: Work) -> list[Row]:
    counts, figures = detection.rule_counts(work), detector_figures.known(work)
    return [detector_views.row_of(each, counts.get(each.id, detector_views.NO_COUNT), figures) for each in service.summaries(work)]


def _waiting(work: Work, page: PageContext) -> list[tuple[detectors.Move, DetectorVersion, tuple[Decision, ...]]]:
    """What waits for approval or for its time, with what this reader may decide."""
    found = []
    for each in service.waiting(work):
        region = service.get(work, each.detector_id).detector.region
        version = service.version_of(work, each.detector_id, each.version)
        found.append((each, version, detector_views.decisions(each, version, region, page.me)))
    return found


def _shown(page: PageContext, work: Work, detail: Detail, chosen: DetectorVersion) -> dict[str, Any]:
    rule, identity = detectors.rule_of(chosen.text), detail.detector.id
    earlier = detector_views.before(detail.versions, chosen.version)
    sees = page.may(detection_policy.SEE)
    by_number = {each.version: each for each in detail.versions}
    return {
        "detail": detail, "chosen": chosen, "rule": rule, "features": features_of(rule), "outcomes": service.check(chosen.text).outcomes,
        "steps": detector_views.steps(detail, page.me), "approvals": detector_views.approvals(detail.moves), "earlier": earlier,
        "changes": detector_views.difference(earlier.text, chosen.text) if earlier is not None else [],
        "waiting": [(each, detector_views.decisions(each, by_number[each.version], detail.detector.region, page.me)) for each in detail.waiting],
        "count": detection.rule_counts(work).get(identity, detector_views.NO_COUNT),
        "figures": detector_figures.known(work).get((identity, chosen.version), detector_figures.NOTHING),
        "runs": running(chosen), "drifts": learning.drift_of(work, identity, chosen.version),
        "last": detection.search(work, FindingFilters(rule_id=identity), PageRequest(1, LAST_FINDINGS)) if sees else None,
        "may_edit": page.may(policy.EDIT), "may_compare": sees, "may_see_labels": page.may(SEE_LABELS),
    }  # fmt: skip


def features_of(rule: Rule) -> list[Feature]:
    """The features a rule reads, by name."""
    return [FEATURES[name] for name in sorted(rule.inputs) if name in FEATURES.features]


def _cells(row: Row) -> tuple[object, ...]:
    shown, figures, precision = row.shown, row.figures, row.figures.by_name.get("precision")
    interval = precision.interval if precision is not None else None
    return (
        row.id, shown.title_zh, row.state, shown.version, row.newest.version, shown.kind, shown.level, shown.fraud_type, shown.target, row.owner,
        row.count.findings, row.count.subjects, figures.value("precision"), interval and interval.low, interval and interval.high,
        precision and precision.numerator, precision and precision.denominator, figures.value("load"), figures.lag, figures.drift, figures.drift_state,
        row.runs.readiness.value, row.runs.in_flight, to_local(row.changed_at).isoformat(),
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return moment_in_china(text)
    except ValueError as wrong:
        raise WrongTime(effective_at=text) from wrong
