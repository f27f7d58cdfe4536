"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.cases import ReportReceived
from fanzha.desks.detection import FindingsRecorded, FindingsWithdrawn
from fanzha.desks.warnings import merging
from fanzha.desks.warnings.aftermath import mark_later_victims
from fanzha.desks.warnings.directory import RegisterDirectory
from fanzha.kit.events import Events
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Work


def listen(events: Events, lake: Lake, tokens: Tokens, home_region: str) -> None:
    """Findings open and raise warnings; withdrawn findings are marked; a report of a warned person marks the earlier warnings."""
    directory = RegisterDirectory(lake, tokens)

    def on_recorded(work: Work, event: FindingsRecorded) -> None:
        merging.Merger(work, directory, home_region).take(event.findings)

    def on_withdrawn(work: Work, event: FindingsWithdrawn) -> None:
        merging.withdraw(work, event.finding_ids)

    def on_report(work: Work, event: ReportReceived) -> None:
        mark_later_victims(work, event, tokens)

    events.on(FindingsRecorded, on_recorded)
    events.on(FindingsWithdrawn, on_withdrawn)
    events.on(ReportReceived, on_report)
