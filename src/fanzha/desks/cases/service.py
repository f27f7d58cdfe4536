"""Use cases of the cases desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fanzha.desks.cases import repository
from fanzha.desks.cases.domain import Imported, Refused, ReportRow, ReportState, may_become, next_states
from fanzha.desks.cases.errors import NothingToReveal, PurposeNeeded, ReasonNeeded, ReportNotFound, WrongState
from fanzha.desks.cases.events import ReportMoved, ReportReceived
from fanzha.desks.cases.model import Report, Step, Suspect
from fanzha.desks.cases.reading import Read, index_of, read, suspect_index
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

SHORTEST_REASON = 4
Field = Literal["victim_name", "victim_phone", "victim_id_card", "narrative", "suspects"]
FIELDS: tuple[Field, ...] = ("victim_name", "victim_phone", "victim_id_card", "narrative", "suspects")


@dataclass(frozen=True)
class Detail:
    """A report with what it names and what was done with it."""

    report: Report
    suspects: Sequence[Suspect]
    steps: Sequence[Step]
    next_states: tuple[ReportState, ...]


@dataclass(frozen=True)
class Totals:
    """Reports and money (fen) of one calendar day in China, and of the day before."""

    day: date
    reports: int
    loss_fen: int
    reports_before: int
    loss_fen_before: int


@dataclass(frozen=True)
class Count:
    """Reports and money (fen) of one fraud type, region or day."""

    key: str
    reports: int
    loss_fen: int


def import_many(work: Work, rows: Iterable[ReportRow], tokens: Tokens) -> Imported:
    """Take reports in. Idempotent by (source, number): the same row again is a duplicate; another content under a number that is held is refused, so that
    it is seen and not lost."""
    refused: list[Refused] = []
    reads: dict[str, Read] = {}
    seen: list[tuple[int, Read]] = []
    for row in rows:
        got = read(row, tokens, work.actor)
        if isinstance(got, Refused):
            refused.append(got)
            continue
        seen.append((row.row_number, got))
        reads.setdefault(got.report.id, got)
    held = repository.hashes(work, list(reads))
    inserted = repository.insert_new(work, [got for report_id, got in reads.items() if report_id not in held])
    first = {report_id: got.report.row_hash for report_id, got in reads.items()} | held
    differing = [_conflict(number) for number, got in seen if got.report.row_hash != first[got.report.id]]
    refused.extend(differing)
    imported = Imported(len(inserted), len(seen) - len(inserted) - len(differing), tuple(sorted(refused, key=lambda one: one.row_number)))
    for report_id in (report_id for report_id in reads if report_id in inserted):
        work.publish(_received(reads[report_id].report))
    work.audit("reports.imported", "reports", {"accepted": imported.accepted, "duplicates": imported.duplicates, "refused": len(refused)})
    return imported


def _conflict(row_number: int) -> Refused:
    return Refused(row_number, "conflicting_duplicate", "同一编号已有内容不同的警情", "a report with this number is held with other content")


def _received(report: Report) -> ReportReceived:
    return ReportReceived(
        report.id, report.region, FraudType(report.fraud_type), report.loss_fen, report.received_at, report.happened_at, report.victim_phone_token,
        report.victim_person_token,
    )  # fmt: skip


def advance(work: Work, report_id: str, state: ReportState, reason: str) -> Report:
    """Accept, transfer, or find that it is no case. The same step twice is refused, not repeated.

    Raises:
        ReportNotFound, ReasonNeeded, WrongState.
    """
    why = reason.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded
    report = repository.by_id(work, report_id, lock=True)
    if report is None:
        raise ReportNotFound(report=report_id)
    before = ReportState(report.state)
    if not may_become(before, state):
        raise WrongState(before=before, after=state)
    report.state = state.value
    actor_name = work.scope.principal.name if work.scope.principal else work.actor
    work.session.add(
        Step(
            id=new_id(), report_id=report_id, at=clock.now(), actor=work.actor, actor_name=actor_name, state_before=before.value, state_after=state.value,
            reason=why,
        )
    )  # fmt: skip
    work.session.flush()
    work.audit("report.advanced", f"report:{report_id}", {"before": before, "after": state})
    work.publish(ReportMoved(report_id, before.value, state.value))
    return report


def get(work: Work, report_id: str) -> Detail:
    """Raises ReportNotFound."""
    report = repository.by_id(work, report_id)
    if report is None:
        raise ReportNotFound(report=report_id)
    return Detail(report, repository.suspects(work, report_id), repository.steps(work, report_id), next_states(ReportState(report.state)))


def reveal(work: Work, report_id: str, field: Field, purpose: str) -> str:
    """One field in clear, for a stated purpose that goes into the audit log.

    Raises:
        ReportNotFound, PurposeNeeded, NothingToReveal.
    """
    why = purpose.strip()
    if len(why) < SHORTEST_REASON:
        raise PurposeNeeded
    detail = get(work, report_id)
    clear = "\n".join(one.value for one in detail.suspects) if field == "suspects" else getattr(detail.report, field)
    if not clear:
        raise NothingToReveal(field=field)
    work.audit("report.revealed", f"report:{report_id}", {"field": field, "purpose": why[:200]})
    return str(clear)


def search(
    work: Work, *, words: str = "", state: ReportState | None = None, fraud_type: FraudType | None = None, region: str = "", since: date | None = None,
    until: date | None = None, page: PageRequest | None = None,
) -> Page[Report]:  # fmt: skip
    """The newest first. `words`: a whole report number, a victim's name, phone or identity card, or an identifier the victim named. Days are inclusive."""
    text = words.strip()
    victims, named = indexes_of(text) if text else ((), ())
    filters = repository.Filters(
        state, fraud_type, region, clock.local_midnight(since) if since else None, clock.local_midnight(until + timedelta(days=1)) if until else None,
        text, victims, named,
    )  # fmt: skip
    return repository.search(work, filters, page or PageRequest())


def indexes_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Blind indexes under which what was typed may stand: of a victim's name, phone or identity card, and of a suspect's identifier."""
    victims = [index_of("name", text)]
    for kind in (Kind.PHONE, Kind.ID_CARD):
        try:
            victims.append(index_of(kind, identifiers.clean(kind, text).value))
        except InvalidIdentifier:
            continue  # the words are something else
    kind_of = identifiers.guess(text)
    return tuple(victims), (suspect_index(kind_of, identifiers.clean(kind_of, text).value),) if kind_of else ()


def today(work: Work, region: str = "", day: date | None = None) -> Totals:
    """Reports received on a calendar day in China (today where none is named) and on the day before; what was found to be no case is left out."""
    on = day or clock.local_day(clock.now())
    midnight, next_midnight = clock.local_midnight(on), clock.local_midnight(on + timedelta(days=1))
    reports, loss = repository.totals(work, midnight, next_midnight, region)
    before, loss_before = repository.totals(work, clock.local_midnight(on - timedelta(days=1)), midnight, region)
    return Totals(on, reports, loss, before, loss_before)


def by_type(work: Work, since: datetime, until: datetime, region: str = "") -> list[Count]:
    """Received in [since, until), by fraud type, the most frequent first."""
    return [Count(*row) for row in repository.by_column(work, Report.fraud_type, since, until, region)]


def by_region(work: Work, since: datetime, until: datetime, region: str = "") -> list[Count]:
    """Received in [since, until), by the region they are filed in, the most frequent first."""
    return [Count(*row) for row in repository.by_column(work, Report.region, since, until, region)]


def by_day(work: Work, since: date, until: date, region: str = "") -> list[Count]:
    """Every calendar day from `since` to `until`, both included, days without a report too; `key` is the day in ISO form."""
    found = {row[0]: row for row in repository.by_day(work, clock.local_midnight(since), clock.local_midnight(until + timedelta(days=1)), region)}
    days = [since + timedelta(days=offset) for offset in range((until - since).days + 1)]
    return [Count(day.isoformat(), *(found[day][1:] if day in found else (0, 0))) for day in days]
