"""Rules that come with the package become detectors. A decision of the staff outranks the package."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from fanzha.desks.detectors import repository
from fanzha.desks.detectors.domain import MoveKind, MoveState, Origin, live_version
from fanzha.desks.detectors.model import DetectorVersion, Move, Shipment
from fanzha.desks.detectors.moving import carry_out
from fanzha.desks.detectors.texts import rule_of
from fanzha.desks.detectors.writing import Author, add_version, known_version
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

PACKAGE = Author("system:package", "Fanzha")
_REASON = "随产品发布 (shipped with the product)"


def register_shipped(work: Work, texts: Sequence[str], region: str) -> int:
    """Make the package's rules detectors; returns how many versions are new. The same texts again change nothing and cost one query.

    A rule never seen before goes live. A new text of a rule whose live version came with the package takes its place. Where the live version was
    written here, or the staff has retired the detector, the new text becomes a draft and waits. A rule that the package no longer holds stays as it is.
    `region` is the platform's own. The very first set is told to nobody: nothing ran before it, so nothing has changed; the shipment records it.
    """
    digest = hashlib.sha256("\x1f".join([region, *sorted(texts)]).encode()).hexdigest()[:32]
    if _is_newest(work, digest):
        return 0
    repository.lock_shipments(work)
    if _is_newest(work, digest):
        return 0
    now, tell = clock.now(), repository.newest_shipment(work) is not None
    fresh = sum(_take(work, text, region, now, tell=tell) for text in texts)
    work.session.merge(Shipment(digest=digest, region=region, registered_at=now))
    work.session.flush()
    if tell:
        work.audit("detector.shipped", "detectors", {"rules": len(texts), "new_versions": fresh})
    return fresh


def _is_newest(work: Work, digest: str) -> bool:
    newest = repository.newest_shipment(work)
    return newest is not None and newest.digest == digest


def _take(work: Work, text: str, region: str, now: datetime, *, tell: bool) -> bool:
    rule = rule_of(text)
    held = repository.versions(work, rule.id)
    known = known_version(held, text)
    version = known or add_version(work, rule, PACKAGE, "", Origin.SHIPPED, region)
    live = live_version(repository.line_of(held))
    ours = next((each for each in held if each.version == live), None)
    if not held or (ours is not None and ours.came_from is Origin.SHIPPED and live != version.version):
        _go_live(work, version, now, tell=tell)
    return known is None


def _go_live(work: Work, version: DetectorVersion, now: datetime, *, tell: bool) -> None:
    """Installing the package is the decision: whoever runs the installation made it, and no second person is asked."""
    repository.detector(work, version.detector_id, lock=True)
    move = Move(
        id=new_id(), detector_id=version.detector_id, version=version.version, kind=MoveKind.GO_LIVE.value, state=MoveState.APPROVED.value,
        second_needed=False, reason=_REASON, requested_by=PACKAGE.id, requested_name=PACKAGE.name, requested_at=now,
    )  # fmt: skip
    work.session.add(move)
    work.session.flush()
    carry_out(work, move, now, tell=tell)
