"""Rules that come with the package become detectors. A decision of the staff outranks the package."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks.detectors import repository
from fanzha.desks.detectors.domain import MoveKind, MoveState, Origin, State, live_version
from fanzha.desks.detectors.model import DetectorVersion, Move, Shipment
from fanzha.desks.detectors.moving import carry_out
from fanzha.desks.detectors.texts import rule_of
from fanzha.desks.detectors.writing import Author, add_version, known_version
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

PACKAGE = Author("system:package", "Fanzha")
_REASON = "随产品发布 (shipped with the product)"


def register_shipped(work: Work, texts: Sequence[str], region: str, shadows: Sequence[str] = ()) -> int:
    """Make the package's rules detectors; returns how many versions are new. The same texts again change nothing and cost one query.

    A rule never seen before goes live. A new text of a rule whose live version came with the package takes its place. Where the live version was
    written here, or the staff has retired the detector, the new text becomes a draft and waits. A rule that the package no longer holds stays as it is.
    `shadows` are texts that the package does not vouch for on this city's events: they start as shadows, and a new text takes the old shadow's place.
    `region` is the platform's own. The very first set is told to nobody: nothing ran before it, so nothing has changed; the shipment records it.
    """
    digest = hashlib.sha256("\x1f".join([region, *sorted(texts), "shadows", *sorted(shadows)]).encode()).hexdigest()[:32]
    if _is_newest(work, digest):
        return 0
    repository.lock_shipments(work)
    if _is_newest(work, digest):
        return 0
    now, tell = clock.now(), repository.newest_shipment(work) is not None
    start = _Start(work, region, now, tell)
    fresh = sum(start.live(text) for text in texts) + sum(start.shadow(text) for text in shadows)
    work.session.merge(Shipment(digest=digest, region=region, registered_at=now))
    work.session.flush()
    if tell:
        work.audit("detector.shipped", "detectors", {"rules": len(texts), "shadows": len(shadows), "new_versions": fresh})
    return fresh


def _is_newest(work: Work, digest: str) -> bool:
    newest = repository.newest_shipment(work)
    return newest is not None and newest.digest == digest


@dataclass(frozen=True)
class _Start:
    """Brings the package's texts to where they start. `tell`: whether the others hear of it."""

    work: Work
    region: str
    now: datetime
    tell: bool

    def live(self, text: str) -> bool:
        """Returns whether the text is new."""
        held, known, version = self._take(text)
        live = live_version(repository.line_of(held))
        ours = next((each for each in held if each.version == live), None)
        if not held or (ours is not None and ours.came_from is Origin.SHIPPED and live != version.version):
            self._move(version, MoveKind.GO_LIVE)
        return known is None

    def shadow(self, text: str) -> bool:
        """Returns whether the text is new."""
        held, known, version = self._take(text)
        running = [each for each in held if each.came_from is Origin.SHIPPED and each.state_now is State.SHADOW and each.version != version.version]
        for each in running:
            self._move(each, MoveKind.RETIRE)
        if not held or running:
            self._move(version, MoveKind.SHADOW)
        return known is None

    def _take(self, text: str) -> tuple[Sequence[DetectorVersion], DetectorVersion | None, DetectorVersion]:
        rule = rule_of(text)
        held = repository.versions(self.work, rule.id)
        known = known_version(held, text)
        return held, known, known or add_version(self.work, rule, PACKAGE, "", Origin.SHIPPED, self.region)

    def _move(self, version: DetectorVersion, kind: MoveKind) -> None:
        """Installing the package is the decision: whoever runs the installation made it, and no second person is asked."""
        repository.detector(self.work, version.detector_id, lock=True)
        move = Move(
            id=new_id(), detector_id=version.detector_id, version=version.version, kind=kind.value, state=MoveState.APPROVED.value, second_needed=False,
            reason=_REASON, requested_by=PACKAGE.id, requested_name=PACKAGE.name, requested_at=self.now,
        )  # fmt: skip
        self.work.session.add(move)
        self.work.session.flush()
        carry_out(self.work, move, self.now, tell=self.tell)
