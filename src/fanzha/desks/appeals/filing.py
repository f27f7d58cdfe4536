"""How an appeal comes in, and what the appellant may do afterwards: withdraw it, add documents, ask the unit above once. Each takes a unit of work first."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from sqlalchemy.exc import IntegrityError

from fanzha.desks import identity
from fanzha.desks.appeals import recording, repository, units
from fanzha.desks.appeals.domain import FINAL, OPEN, Origin, State, resumed
from fanzha.desks.appeals.errors import (
    AppealNotFound,
    AppealUnderWay,
    AppealWrongState,
    BadAppeal,
    BadDocument,
    NoReconsideration,
    NoUnitAbove,
    TooManyDocuments,
)
from fanzha.desks.appeals.events import AppealFiled
from fanzha.desks.appeals.model import Appeal, AppealDocument
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.appeals.targets import Measure
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import InvalidIdentifier, Kind
from fanzha.vocab.notice_numbers import grouped, new_receipt

_SIGNS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))
"""What a document may be, by its first bytes: what it is called does not count. None of these is ever run or shown inside a page."""
_LONGEST_REASON = 4000
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Filed:
    """What the appellant says. `contact` is where the answer is announced; `key`: the same key of the same actor again gives the same appeal."""

    origin: Origin
    reason: str
    contact: str
    key: str
    appellant: str = ""
    by_holder: bool = True


def file(work: Work, measure: Measure, filed: Filed) -> Appeal:
    """Take an appeal in: receipt, clocks, the unit that answers it; the appellant is told by text message. The same key again changes nothing.

    Raises:
        BadAppeal with `fields`; AppealUnderWay; NothingToAppeal: no unit answers for the area.
    """
    there = repository.by_request_key(work, work.actor, filed.key)
    if there is not None:
        return there
    contact = _checked(measure, filed)
    unit = units.answering(work, measure.org_id, measure.region)
    return _insert(work, _made(work, measure, filed, contact, unit))


def _checked(measure: Measure, filed: Filed) -> str:
    faults: dict[str, str] = {}
    contact = ""
    if not 4 <= len(filed.reason.strip()) <= _LONGEST_REASON:
        faults["reason"] = "reason_missing"
    try:
        contact = identifiers.clean(Kind.PHONE, filed.contact).value
    except InvalidIdentifier:
        faults["contact"] = "not_a_phone"
    if len(filed.appellant) > _LONGEST_NAME:
        faults["appellant"] = "too_long"
    if not measure.subject_no:
        faults["target"] = "nobody_known"
    if faults:
        raise BadAppeal(fields=faults)
    return contact


def _made(work: Work, measure: Measure, filed: Filed, contact: str, unit: identity.Organisation) -> Appeal:
    now, numbers = clock.now(), Numbers(work, measure.region)
    return Appeal(
        id=new_id(), receipt=new_receipt(), target=measure.target.value, target_id=measure.id, measure=measure.kind, track=measure.track.value,
        origin=filed.origin.value, instance=1, previous_id=None, state=State.FILED.value, region=measure.region or unit.region, unit_org_id=unit.id,
        unit_name=unit.name, measure_org_id=measure.org_id, measure_org_name=measure.org_name, basis=measure.basis, report_id=measure.report_id,
        case_number=measure.case_number, fraud_type=measure.fraud_type, measured_at=measure.began, subject_kind=measure.subject_kind,
        subject_no=measure.subject_no, subject_index=measure.subject_index, subject_token=measure.subject_token, involved=list(measure.involved),
        detectors=list(measure.detectors), by_holder=filed.by_holder, appellant=filed.appellant.strip() or None, contact=contact,
        reason=filed.reason.strip(), filed_by=work.actor, filed_at=now, request_key=filed.key or new_id(),
        accept_by=now + timedelta(hours=numbers.whole("accept_hours")), answer_by=now + numbers.answer_within(measure.track), paused_seconds=0,
    )  # fmt: skip


def _insert(work: Work, appeal: Appeal) -> Appeal:
    """Raises AppealUnderWay: also for one that row security hides from the asker."""
    while repository.by_receipt(work, appeal.receipt) is not None:
        appeal.receipt = new_receipt()
    try:
        with work.session.begin_nested():
            work.session.add(appeal)
            work.session.flush()
    except IntegrityError as taken:
        if "uq_appeals_under_way" in str(taken.orig):
            raise AppealUnderWay from taken
        if "uq_appeals_previous" in str(taken.orig):
            raise NoReconsideration from taken
        raise
    recording.note(work, appeal, "filed", detail={"origin": appeal.origin, "instance": appeal.instance}, public=True)
    work.publish(AppealFiled(appeal.id, appeal.target, appeal.target_id, appeal.filed_at))
    work.notify("appeals", {"appeal": appeal.id, "region": appeal.region, "state": appeal.state})
    due = clock.to_local(appeal.answer_by).strftime("%Y-%m-%d %H:%M")
    recording.say(work, appeal.contact, f"【反诈申诉】您的申诉已收到，回执号 {grouped(appeal.receipt)}，最迟 {due} 前答复您。办理申诉不收费，也不会要您转账。")
    return appeal


def get(work: Work, appeal_id: str, *, lock: bool = False) -> Appeal:
    """Raises AppealNotFound."""
    found = repository.by_id(work, appeal_id, lock=lock)
    if found is None:
        raise AppealNotFound(appeal=appeal_id)
    return found


def withdraw(work: Work, appeal_id: str, reason: str = "") -> Appeal:
    """The appellant does not want an answer any more. Twice changes nothing.

    Raises:
        AppealNotFound, AppealWrongState: it has been answered.
    """
    appeal = get(work, appeal_id, lock=True)
    if appeal.state_now is State.WITHDRAWN:
        return appeal
    appeal.paused_at = appeal.paused_until = None
    appeal.closed_at = clock.now()
    recording.move(work, appeal, State.WITHDRAWN, "withdrawn", reason=reason.strip()[:_LONGEST_REASON] or None)
    return appeal


def add_document(work: Work, appeal_id: str, file_name: str, content: bytes) -> AppealDocument:
    """Keep a file with the appeal, sealed. The same content again gives what is there. Documents that were asked for let the clock run on.

    Raises:
        AppealNotFound, AppealWrongState, BadDocument, TooManyDocuments.
    """
    appeal = get(work, appeal_id, lock=True)
    if appeal.state_now not in OPEN:
        raise AppealWrongState(appeal=appeal.id, before=appeal.state, after="documents")
    numbers = Numbers(work, appeal.region)
    name, media = _taken(file_name, content, numbers.document_bytes())
    digest = hashlib.sha256(content).hexdigest()
    held = repository.documents(work, appeal.id)
    same = next((one for one in held if one.sha256 == digest), None)
    if same is not None:
        return same
    if len(held) >= numbers.whole("documents"):
        raise TooManyDocuments(most=numbers.whole("documents"))
    one = AppealDocument(
        id=new_id(), appeal_id=appeal.id, at=clock.now(), added_by=work.actor, file_name=name, media=media, bytes=len(content), sha256=digest,
        content=base64.b64encode(content).decode(),
    )  # fmt: skip
    work.session.add(one)
    work.session.flush()
    if appeal.is_paused:
        run_on(work, appeal)
    recording.note(work, appeal, "document_added", detail={"document": one.id, "bytes": one.bytes}, public=True)
    return one


def _taken(file_name: str, content: bytes, most: int) -> tuple[str, str]:
    """(name, media type). Raises BadDocument."""
    if not content:
        raise BadDocument("The file is empty.")
    if len(content) > most:
        raise BadDocument("The file is too large.", most_mb=most // 2**20)
    media = next((media for sign, media in _SIGNS if content.startswith(sign)), None)
    if media is None:
        raise BadDocument("Only photos (JPG, PNG) and PDF files are taken.")
    name = "".join(one for one in PurePath(file_name.replace("\\", "/")).name if one.isprintable()).strip()[:120]
    return name or "file", media


def run_on(work: Work, appeal: Appeal) -> None:
    """The answer's clock runs again; its end moves by as long as it stood still."""
    if appeal.paused_at is None or appeal.paused_until is None:
        return
    answer_by, stood = resumed(appeal.answer_by, appeal.paused_at, appeal.paused_until, clock.now())
    appeal.answer_by, appeal.paused_seconds = answer_by, stood
    appeal.paused_at = appeal.paused_until = None
    work.session.flush()
    recording.note(work, appeal, "clock_runs", detail={"seconds": stood, "answer_by": answer_by.isoformat()}, public=True)


def reconsider(work: Work, appeal_id: str, filed: Filed) -> Appeal:
    """Ask the unit above to look again, once, within the time that is set. Those who gave the first answer are involved in the second.

    Raises:
        AppealNotFound, NoReconsideration, NoUnitAbove, BadAppeal.
    """
    first = get(work, appeal_id, lock=True)
    there = repository.following(work, first.id)
    if there is not None and there.request_key == filed.key:
        return there
    open_to_it = first.verdict in ("rejected", "partly", "inadmissible") and first.state_now not in FINAL
    if not open_to_it or first.instance != 1 or first.reconsider_by is None or first.reconsider_by < clock.now():
        raise NoReconsideration
    unit = units.above(work, first.unit_org_id, first.region)
    if unit is None:
        raise NoUnitAbove
    if not 4 <= len(filed.reason.strip()) <= _LONGEST_REASON:
        raise BadAppeal(fields={"reason": "reason_missing"})
    return _insert(work, _again(work, first, filed, unit))


def _again(work: Work, first: Appeal, filed: Filed, unit: identity.Organisation) -> Appeal:
    now, numbers = clock.now(), Numbers(work, first.region)
    took_part = [*first.involved, *(one for one in (first.handler_id, first.proposed_by, first.decider_id) if one)]
    return Appeal(
        id=new_id(), receipt=new_receipt(), target=first.target, target_id=first.target_id, measure=first.measure, track=first.track,
        origin=filed.origin.value, instance=2, previous_id=first.id, state=State.FILED.value, region=first.region, unit_org_id=unit.id, unit_name=unit.name,
        measure_org_id=first.measure_org_id, measure_org_name=first.measure_org_name, basis=first.basis, report_id=first.report_id,
        case_number=first.case_number, fraud_type=first.fraud_type, measured_at=first.measured_at, subject_kind=first.subject_kind,
        subject_no=first.subject_no, subject_index=first.subject_index, subject_token=first.subject_token, involved=list(dict.fromkeys(took_part)),
        detectors=list(first.detectors), by_holder=first.by_holder, appellant=first.appellant, contact=first.contact, reason=filed.reason.strip(),
        filed_by=work.actor, filed_at=now, request_key=filed.key or new_id(), accept_by=now + timedelta(hours=numbers.whole("accept_hours")),
        answer_by=now + numbers.answer_within(first.of_track), paused_seconds=0,
    )  # fmt: skip
