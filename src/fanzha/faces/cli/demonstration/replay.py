"""Lives through the simulated days on a real installation (see docs/decisions/0051): moment by moment, as it would have happened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fanzha.desks import intake
from fanzha.desks.detection import tasks as detection_tasks
from fanzha.desks.warnings import tasks as warning_tasks
from fanzha.faces.cli.demonstration import answering, slices
from fanzha.faces.cli.demonstration.ledger import Ledger
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.progress import Progress, Quiet
from fanzha.simulator import Plan
from fanzha.store import Scope

NEAR_THE_END = (2.0, 8.0, 24.0, 48.0)
APART = 72.0
"""Hours between two moments, and those close to the end."""

_COUNTED = ("received", "accepted", "duplicates", "quarantined")


def moments(plan: Plan) -> list[datetime]:
    """When the demonstration looks, oldest first."""
    return slices.moments(plan, NEAR_THE_END, APART)


def live(platform: Platform, staff: Staff, ledger: Ledger, plan: Plan, city: Path, progress: Progress) -> None:
    """Go from the last moment noted in the ledger to the end of the city."""
    ahead = [moment for moment in moments(plan) if ledger.lived_until is None or moment > ledger.lived_until]
    with progress.step("Living through the days", total=len(ahead)) as step:
        for moment in ahead:
            _one(platform, staff, ledger, city, moment)
            step.advance()


def _one(platform: Platform, staff: Staff, ledger: Ledger, city: Path, moment: datetime) -> None:
    since = ledger.lived_until
    if since is not None:
        answering.answer(platform, staff, since, moment)
    counts = {kind: dict(row) for kind, row in ledger.counts.items()}
    with clock.frozen(moment):
        warning_tasks.pass_time(platform)
        for part in slices.cut(city, city / "sent", since, moment):
            _send(platform, part, counts)
        detection_tasks.detect(platform, progress=Quiet())
    ledger.counts, ledger.lived_until = counts, moment
    ledger.save()


def _send(platform: Platform, part: slices.Slice, counts: dict[str, dict[str, int]]) -> None:
    receipt = intake.service.take(platform, Scope.system("demo"), part.file, intake.IntakeKind(part.kind), part.source)
    row = counts.setdefault(part.kind, dict.fromkeys(_COUNTED, 0))
    for name in _COUNTED:
        row[name] += getattr(receipt, name)
    part.file.unlink()
