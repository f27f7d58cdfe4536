"""Filing a case (立案): by hand, from a report, or from a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import cleaning, policy, record, service
from fanzha.desks.cases import repository as reports
from fanzha.desks.cases.case_model import Case, CaseReport, CaseSuspect, Loss, Victim
from fanzha.desks.cases.cleaning import NewLoss, NewSuspect, NewVictim
from fanzha.desks.cases.domain import CaseState, Imported, Refused, ReportState, may_become
from fanzha.desks.cases.errors import AlreadyFiled, BadPart, NumberTaken, ReportNotFound
from fanzha.desks.cases.events import CaseFiled
from fanzha.desks.cases.model import Report
from fanzha.desks.cases.words import blinded
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab import regions
from fanzha.vocab.fraud_types import FraudType

CLOCK_SKEW = timedelta(days=1)
LONGEST_NUMBER = 60
LONGEST_NARRATIVE = 50_000


@dataclass(frozen=True)
class NewCase:
    """A case as typed or as read from a list. `region` is a GB/T 2260 code or a name; times are aware; `number` may be empty until the police give one."""

    narrative: str
    reported_at: datetime
    region: str = ""
    number: str = ""
    fraud_type: FraudType = FraudType.OTHER
    happened_at: datetime | None = None
    filed_at: datetime | None = None
    first_order_at: datetime | None = None
    victims: tuple[NewVictim, ...] = ()
    losses: tuple[NewLoss, ...] = ()
    suspects: tuple[NewSuspect, ...] = ()
    source: str = ""
    row_number: int = 0


def file(work: Work, given: NewCase, tokens: Tokens, *, key: str) -> Case:
    """File a case by hand. The same `key` from the same person again gives the case that was filed, and changes nothing.

    Raises:
        Forbidden, BadPart, NumberTaken.
    """
    record.require(work, policy.WRITE)
    case_id = stable_id("case", work.actor, key)
    held = repository.by_id(work, case_id)
    return held if held is not None else _filed(work, case_id, given, tokens, "")


def file_report(work: Work, report_id: str, tokens: Tokens, reason: str, number: str = "") -> Case:
    """File a case from a report (警情转案件): its victim, loss, suspects and narrative become the case's. A report just received is accepted by it.

    Raises:
        Forbidden, ReportNotFound, AlreadyFiled, ReasonNeeded, WrongState, NumberTaken.
    """
    record.require(work, policy.WRITE)
    report = reports.by_id(work, report_id, lock=True)
    if report is None:
        raise ReportNotFound(report=report_id)
    if repository.report_of(work, report_id) is not None:
        raise AlreadyFiled(report=report_id)
    why = record.reason_of(reason)
    if ReportState(report.state) is not ReportState.ACCEPTED:
        service.advance(work, report_id, ReportState.ACCEPTED, why)
    case = _filed(work, stable_id("case of report", report_id), _from_report(work, report, number), tokens, why)
    work.session.add(CaseReport(report_id=report_id, case_id=case.id))
    work.session.flush()
    return case


def case_of(work: Work, report_id: str) -> str | None:
    """The live case that the report is in, if there is one within sight."""
    link = repository.report_of(work, report_id)
    case = repository.by_id(work, link.case_id) if link is not None else None
    return case.root_id if case is not None else None


def can_file(report: Report) -> bool:
    """Whether a report in this state can become a case."""
    state = ReportState(report.state)
    return state is ReportState.ACCEPTED or may_become(state, ReportState.ACCEPTED)


def import_many(work: Work, rows: Iterable[NewCase], tokens: Tokens) -> Imported:
    """Take a list of cases in. Idempotent by (source, number); another content under a number that is held is refused, so that it is seen and not lost."""
    refused: list[Refused] = []
    accepted = duplicates = 0
    for row in rows:
        wrong = _refusal(work, row)
        taken = _taken(work, row) if wrong is None else None
        if wrong is not None:
            refused.append(Refused(row.row_number, *wrong))
        elif taken is None:
            _filed(work, _import_id(row), row, tokens, "", row_hash=_hash(row))
            accepted += 1
        elif taken:
            duplicates += 1
        else:
            refused.append(Refused(row.row_number, "conflicting_duplicate", "同一编号已有内容不同的案件", "a case with this number is held with other content"))
    work.audit("cases.imported", "cases", {"accepted": accepted, "duplicates": duplicates, "refused": len(refused)})
    return Imported(accepted, duplicates, tuple(refused))


def _filed(work: Work, case_id: str, given: NewCase, tokens: Tokens, reason: str, *, row_hash: str | None = None) -> Case:
    now, principal = clock.now(), work.scope.principal
    region = _region(work, given.region)
    _check(given, now)
    number = given.number.strip() or None
    if number and repository.by_number(work, number) is not None:
        raise NumberTaken(number=number)
    filed_at = given.filed_at or now
    case = Case(
        id=case_id, ref=repository.next_ref(work, clock.local_day(now).year), number=number, state=CaseState.FILED.value, version=1, merged_into=None,
        root_id=case_id, region=region, handed_regions=[], shared_regions=[], unit_id=work.scope.org_id, unit_name=principal.org_name if principal else "",
        fraud_type=given.fraud_type.value, narrative=given.narrative.strip(), loss_fen=0, victims=0, happened_at=given.happened_at,
        reported_at=given.reported_at, first_order_at=given.first_order_at, filed_at=filed_at, source=given.source, row_hash=row_hash, created_at=now,
        created_by=work.actor,
    )  # fmt: skip
    work.session.add(case)
    work.session.flush()
    work.session.add_all(_parts(work, case_id, given, tokens))
    repository.put_words(work, case_id, filed_at, blinded(case.narrative))
    repository.refresh_totals(work, case)
    work.session.add(record.entry(work, case_id, "filed", [record.Change("number", None, number)] if number else [], reason))
    work.audit("case.filed", f"case:{case_id}", {"region": region, "source": given.source})
    work.publish(CaseFiled(case_id, region, given.fraud_type, filed_at))
    return case


def _parts(work: Work, case_id: str, given: NewCase, tokens: Tokens) -> list[Victim | Loss | CaseSuspect]:
    suspects = list({one.value.strip(): one for one in given.suspects if one.value.strip()}.values())
    return [
        *(cleaning.victim(work, case_id, stable_id("victim", case_id, place), one, tokens) for place, one in enumerate(given.victims)),
        *(cleaning.loss(work, case_id, stable_id("loss", case_id, place), one) for place, one in enumerate(given.losses)),
        *(cleaning.suspect(work, case_id, stable_id("suspect", case_id, place), one) for place, one in enumerate(suspects)),
    ]


def _region(work: Work, text: str) -> str:
    """Raises BadPart: no such region, or outside the actor's area."""
    own = work.scope.principal.region if work.scope.principal else ""
    region = regions.resolve(text) if text.strip() else own
    if region is None:
        raise BadPart("The region does not exist, or several have its name.", region=text)
    if not record.holds_region(work, region):
        raise BadPart("The region lies outside your area.", remedy="File it in your own area and hand it over.")
    return region


def _check(given: NewCase, now: datetime) -> None:
    """Raises BadPart."""
    if not given.narrative.strip() or len(given.narrative) > LONGEST_NARRATIVE:
        raise BadPart("The narrative is empty or longer than 50,000 characters.")
    if len(given.number.strip()) > LONGEST_NUMBER:
        raise BadPart("The case number is longer than 60 characters.")
    latest = now + CLOCK_SKEW
    if any(at is not None and at > latest for at in (given.reported_at, given.happened_at, given.filed_at, given.first_order_at)):
        raise BadPart("A time lies in the future.")
    cleaning.check_years(given.reported_at, given.happened_at, given.filed_at, given.first_order_at)
    if given.happened_at is not None and given.happened_at > given.reported_at:
        raise BadPart("The fraud cannot have happened after it was reported.")
    if any(not 0 <= one.fen <= cleaning.MOST_FEN for one in given.losses):
        raise BadPart("A sum cannot be negative or above ten trillion yuan.")
    if any(len(one.value.strip()) > cleaning.LONGEST_VALUE for one in given.suspects):
        raise BadPart("Give the number, account or address, up to 300 characters.")


def _from_report(work: Work, report: Report, number: str) -> NewCase:
    named = any((report.victim_name, report.victim_phone, report.victim_id_card))
    victim = NewVictim(report.victim_name or "", report.victim_phone or "", report.victim_id_card or "")
    happened = report.happened_at if report.happened_at is not None and report.happened_at <= report.received_at else None
    return NewCase(
        report.narrative or report.report_no, report.received_at, report.region, number, FraudType(report.fraud_type), happened,
        victims=(victim,) if named else (), losses=(NewLoss(report.loss_fen),) if report.loss_fen else (),
        suspects=tuple(NewSuspect(one.value) for one in reports.suspects(work, report.id)), source=report.source,
    )  # fmt: skip


def _import_id(row: NewCase) -> str:
    return stable_id("imported case", row.source, row.number.strip())


def _taken(work: Work, row: NewCase) -> bool | None:
    """None: not held. True: held with the same content. False: held with other content, or filed under this number by somebody else."""
    held = repository.held(work, [_import_id(row)])
    if held:
        return held[_import_id(row)] == _hash(row)
    return False if repository.by_number(work, row.number.strip()) is not None else None


def _refusal(work: Work, row: NewCase) -> tuple[str, str, str] | None:
    if not row.number.strip():
        return "no_case_number", "缺少案件编号", "the case has no number"
    if row.region.strip() and regions.resolve(row.region) is None:
        return "unknown_region", "行政区划不存在，或同名不止一处", "the region does not exist, or several have its name"
    if not record.holds_region(work, regions.resolve(row.region) or ""):
        return "region_outside", "行政区划不在您的辖区", "the region lies outside your area"
    try:
        _check(row, clock.now())
    except BadPart as error:
        return "bad_case", "案情为空、编号过长或时间不可能", error.message
    return None


def _hash(row: NewCase) -> str:
    """Of everything that the list says; blinded, for it holds personal data."""
    said: Sequence[object] = (row.narrative, row.region, row.fraud_type, row.reported_at, row.happened_at, row.filed_at, row.victims, row.losses, row.suspects)
    return blind_index("case:row", stable_id(*said))


__all__ = ["NewCase", "can_file", "case_of", "file", "file_report", "import_many"]
