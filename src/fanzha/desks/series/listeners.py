"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from weakref import WeakSet

from fanzha.desks.cases import CaseChanged, CaseFiled, OperationUndone, ReportMoved, ReportReceived, ReportState
from fanzha.desks.funds import TraceComputed
from fanzha.kit.events import Events
from fanzha.store import Work

_NO_MATTER = frozenset({"task", "note", "evidence", "victim", "unit", "number", "first_order_at"})
"""Fields of a case that neither link it nor count in its series."""

_SIGHT = frozenset({"declined", "offer_withdrawn"})
"""Actions that change no field but who sees the case, and so its series."""


def listen(events: Events) -> None:
    """New reports and cases are taken in by a job as soon as their transaction is there: a list of 100,000 asks once. What was done with a case — edited, merged,
    split, handed over, withdrawn — has it read anew; money that was followed links by where it went."""
    asked: WeakSet[Work] = WeakSet()

    def on_new(work: Work, event: ReportReceived | CaseFiled) -> None:
        del event
        if work not in asked:
            asked.add(work)
            work.defer("series.take", once="series.take")

    events.on(ReportReceived, on_new)
    events.on(CaseFiled, on_new)
    events.on(CaseChanged, _on_change)
    events.on(OperationUndone, _on_undone)
    events.on(ReportMoved, _on_report_moved)
    events.on(TraceComputed, _on_trace)


def _on_change(work: Work, event: CaseChanged) -> None:
    if event.action in _SIGHT or not _NO_MATTER.issuperset(event.fields):
        _again(work, event.case_id)


def _on_undone(work: Work, event: OperationUndone) -> None:
    _again(work, event.source_id)
    _again(work, event.target_id)


def _on_report_moved(work: Work, event: ReportMoved) -> None:
    if ReportState.NOT_A_CASE.value in (event.before, event.after):
        work.defer("series.relink", once="series.relink")


def _again(work: Work, case_id: str) -> None:
    work.defer("series.again", once=f"series.again:{case_id}", case_id=case_id)


def _on_trace(work: Work, event: TraceComputed) -> None:
    work.defer("series.money", once=f"series.money:{event.trace_id}", trace_id=event.trace_id)
