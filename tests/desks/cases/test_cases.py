"""Cases on PostgreSQL: filing, changing, moving, handing over, merging and splitting. Every person and number is made up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.desks.cases.kit import CARD, NOON, NUMBER, PHONE, STORY, SUSPECT, new, put, staff

from fanzha.desks import cases
from fanzha.desks.cases import (
    Action,
    CaseFiled,
    CaseFilters,
    CaseMerged,
    CaseStep,
    Facts,
    NewLoss,
    NewSuspect,
    NewTask,
    NewVictim,
    ReportRow,
    assigning,
    editing,
    filing,
    joining,
    linkable,
    moving,
    service,
    viewing,
)  # fmt: skip
from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases.errors import (
    AboveYou,
    AlreadyFiled,
    BadPart,
    CannotSplit,
    CannotUndo,
    CaseChanged,
    CaseNotFound,
    NumberTaken,
    PartNotFound,
    PurposeNeeded,
    ReasonNeeded,
    StepNotOpen,
)  # fmt: skip
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

WORKER = Scope.system("test")
WHY = "按规定办理"


def facts(**more: Any) -> Facts:
    return Facts(**({"number": NUMBER, "fraud_type": FraudType.LOAN, "happened_at": None, "reported_at": NOON} | more))


def test_filing_once_with_its_parts_and_minutes(platform: Platform) -> None:
    heard: list[CaseFiled] = []
    platform.database.events.on(CaseFiled, lambda _, event: heard.append(event))
    case = put(platform, key="k1", number=NUMBER)
    assert put(platform, key="k1").id == case.id
    assert [event.case_id for event in heard] == [case.id]
    with platform.database.work(staff()) as work:
        view = viewing.get(work, case.id)
        assert (view.case.loss_fen, view.case.victims, view.case.name, view.case.unit_name) == (123_000, 1, NUMBER, "反诈中心3503")
        assert (view.minutes_to_report, view.minutes_to_order) == (95, None)
        assert {one.masked for one in view.parts.suspects} == {"170****0001", "made-up.example/***"}
        editing.note_first_order(work, case.id, NOON + timedelta(minutes=12))
        editing.note_first_order(work, case.id, NOON + timedelta(minutes=40))
        assert viewing.get(work, case.id).minutes_to_order == 12
        assert viewing.reveal(work, case.id, f"victim.phone:{view.parts.victims[0].id}", "联系被害人") == f"+86{PHONE}"
        assert viewing.reveal(work, case.id, "narrative", "研判案情") == STORY
        with pytest.raises(PurposeNeeded):
            viewing.reveal(work, case.id, "narrative", "看")
        for field in ("victim.phone_token:x", "victim.phone:nobody", "loss.fen:x"):
            with pytest.raises(PartNotFound):
                viewing.reveal(work, case.id, field, "研判案情")
    with platform.database.work(WORKER) as work:
        tables = ("cases", "case_words", "case_log", *(f"case_{name}" for name in ("victims", "losses", "suspects", "tasks", "notes")))
        stored = "".join(str(work.session.execute(text(f"SELECT json_agg(t)::text FROM {table} t")).scalar_one()) for table in tables)
    assert not any(secret in stored for secret in (PHONE, CARD, SUSPECT, "张小三", "刷单", "made-up"))


def test_doubtful_identifiers_are_kept_and_warned_of(platform: Platform) -> None:
    case = put(platform, victims=(NewVictim("李四", "138****0001", "350302199001011230"),), suspects=(NewSuspect("6222000000000000000", Kind.CARD), NewSuspect("某群")))
    with platform.database.work(staff()) as work:
        parts = viewing.get(work, case.id).parts
        assert parts.victims[0].doubts == ["masked", "bad_check_digit"]
        assert "138****0001" in (parts.victims[0].note or "")
        by_kind = {one.kind: one.doubts for one in parts.suspects}
        assert "luhn" in by_kind["card"]
        assert None in by_kind
        assert editing.number_warning(work, "闽公2026-1", "350302")
        assert not editing.number_warning(work, NUMBER, "350302")


def test_what_cannot_be_filed(platform: Platform) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"narrative": " "}, {"region": "999999"}, {"region": "350102"}, {"reported_at": NOON + timedelta(days=9)}, {"happened_at": NOON + timedelta(minutes=1)},
        {"losses": (NewLoss(-1),)}, {"victims": (NewVictim(),)}, {"number": "A" * 61}, {"suspects": (NewSuspect("1" * 301),)},
    )  # fmt: skip
    for one in wrong:
        with pytest.raises(BadPart):
            put(platform, **one)


def test_a_report_becomes_a_case_once(platform: Platform) -> None:
    row = ReportRow("110", "J1", NOON, STORY, "350302", FraudType.LOAN, 5_000, "张小三", PHONE, suspects=(SUSPECT,))
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(WORKER) as work:
        service.import_many(work, [row], platform.tokens)
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(staff()) as work:
        (report,) = service.search(work).rows
        with pytest.raises(ReasonNeeded):
            filing.file_report(work, report.id, platform.tokens, "")
        case = filing.file_report(work, report.id, platform.tokens, WHY)
        view = viewing.get(work, case.id)
        assert (report.state, view.reports, view.case.loss_fen, len(view.parts.suspects)) == ("accepted", [report.id], 5_000, 1)
        with pytest.raises(AlreadyFiled):
            filing.file_report(work, report.id, platform.tokens, WHY)


def test_every_change_stands_in_the_history(platform: Platform) -> None:
    case = put(platform)
    other = put(platform, number=NUMBER + "9")
    with platform.database.work(staff()) as work:
        changed = editing.edit(work, case.id, facts(), 1, WHY)
        assert changed.version == 2
        with pytest.raises(CaseChanged):
            editing.edit(work, case.id, facts(number=""), 1, WHY)
        with pytest.raises(NumberTaken):
            editing.edit(work, case.id, facts(number=other.number or ""), 2, WHY)
        assert editing.edit(work, case.id, facts(), 2, WHY).version == 2
        loss = editing.add_loss(work, case.id, NewLoss(600), key="l1")
        assert editing.add_loss(work, case.id, NewLoss(600), key="l1") is loss
        task = assigning.add_task(work, case.id, NewTask("调取流水", due_at=NOON), key="t1")
        assert assigning.finish_task(work, case.id, task.id, "已调取").done_at is not None
        editing.add_note(work, case.id, NOON, "走访被害人", key="n1")
        editing.add_suspect(work, case.id, NewSuspect("17000000002"), key="s1")
        victim = editing.add_victim(work, case.id, NewVictim("王五", "13800000009"), platform.tokens, key="v1")
        editing.remove(work, case.id, "victim", victim.id, "登记错误")
        editing.remove(work, case.id, "victim", victim.id, "登记错误")
        with pytest.raises(PartNotFound):
            editing.remove(work, other.id, "loss", loss.id, "登记错误")
        view = viewing.get(work, case.id)
        assert (view.case.loss_fen, view.case.victims) == (123_600, 1)
        lines = {line.action: line for line in view.timeline}
        assert set(lines) == {"removed", "added", "task_done", "edited", "filed", "note"}
        assert ("fraud_type", "rebate_tasks", "loan") in {(one.field, one.before, one.after) for one in lines["edited"].changes}
        assert [(one.field, one.before) for one in lines["removed"].changes] == [("victim.name", "王*"), ("victim.phone", "138****0009")]
        assert (lines["edited"].who, lines["edited"].text) == ("民警3503", WHY)


def test_states_and_who_may(platform: Platform) -> None:
    case = put(platform)
    with platform.database.work(staff()) as work:
        with pytest.raises(StepNotOpen):
            moving.step(work, case.id, CaseStep.CLOSE, WHY)
        moving.step(work, case.id, CaseStep.SOLVE, WHY)
        closed = moving.step(work, case.id, CaseStep.CLOSE, WHY)
        assert closed.ended_at is not None
        with pytest.raises(StepNotOpen):
            editing.edit(work, case.id, facts(), closed.version, WHY)
        reopened = moving.step(work, case.id, CaseStep.REOPEN, WHY)
        assert (reopened.state, reopened.ended_at, reopened.solved_at) == ("filed", None, None)
    with platform.database.work(staff(role=Role.ANALYST)) as work:
        assert Action.SOLVE not in viewing.get(work, case.id).allowed
        with pytest.raises(Forbidden):
            moving.step(work, case.id, CaseStep.SOLVE, WHY)
    for scope, error in ((staff("350303"), CaseNotFound), (staff(role=Role.OFFICE, kind=OrgKind.OFFICE), Forbidden), (staff(kind=OrgKind.BANK), CaseNotFound)):
        with platform.database.work(scope) as work, pytest.raises(error):
            viewing.get(work, case.id)


def test_both_units_see_a_case_that_is_handed_over(platform: Platform) -> None:
    home, away = staff("350302"), staff("350303")
    case = put(platform, home)
    with platform.database.work(home) as work:
        moving.offer(work, case.id, "350303", WHY)
        assert Action.EDIT in viewing.get(work, case.id).allowed
        with pytest.raises(StepNotOpen):
            moving.offer(work, case.id, "350304", WHY)
    with platform.database.work(staff("350304")) as work, pytest.raises(CaseNotFound):
        viewing.get(work, case.id)
    with platform.database.work(away) as work:
        assert viewing.get(work, case.id).allowed == {Action.ANSWER_HAND_OVER}
        moving.answer(work, case.id, accept=True)
    with platform.database.work(away) as work:
        assert viewing.get(work, case.id).case.unit_name == "反诈中心350303"
        editing.add_loss(work, case.id, NewLoss(1), key="x")
    with platform.database.work(home) as work:
        view = viewing.get(work, case.id)
        assert (view.allowed, view.case.region, [one.status for one in view.hand_overs]) == (frozenset(), "350303", ["accepted"])
        with pytest.raises(StepNotOpen):
            editing.add_loss(work, case.id, NewLoss(1), key="y")


def test_an_offer_is_declined_or_taken_back(platform: Platform) -> None:
    home, away = staff("350302"), staff("350303")
    case, second = put(platform, home), put(platform, home)
    with platform.database.work(home) as work:
        for one in (case, second):
            moving.offer(work, one.id, "莆田市涵江区", WHY)
        moving.withdraw_offer(work, second.id, WHY)
    with platform.database.work(away) as work:
        with pytest.raises(CaseNotFound):
            viewing.get(work, second.id)
        with pytest.raises(ReasonNeeded):
            moving.answer(work, case.id, accept=False)
        moving.answer(work, case.id, accept=False, reason="不属本地管辖")
    with platform.database.work(home) as work:
        assert Action.HAND_OVER in viewing.get(work, case.id).allowed


def test_merging_loses_nothing_and_is_undone(platform: Platform) -> None:
    heard: list[CaseMerged] = []
    platform.database.events.on(CaseMerged, lambda _, event: heard.append(event))
    first, second = put(platform), put(platform, region="350303", number=NUMBER)
    with platform.database.work(staff()) as work:
        merged = joining.merge(work, second.id, first.id, "同一团伙")
        view = viewing.get(work, second.id)
        assert (view.case.id, view.case.loss_fen, view.case.victims, [one.id for one in view.merged]) == (first.id, 246_000, 2, [second.id])
        assert repository.listing(work, CaseFilters(), PageRequest()).total == 1
        with pytest.raises(StepNotOpen):
            editing.add_loss(work, second.id, NewLoss(1), key="z")
        editing.add_loss(work, first.id, NewLoss(100), key="later")
    assert [(event.source_id, event.target_id) for event in heard] == [(second.id, first.id)]
    with platform.database.work(staff("350303")) as work:
        assert viewing.get(work, second.id).case.loss_fen == 246_100
        with pytest.raises(StepNotOpen):
            joining.undo(work, merged.id, "误并案件")
    with platform.database.work(staff()) as work:
        joining.undo(work, merged.id, "误并案件")
        assert joining.undo(work, merged.id, "误并案件").undone_at is not None
        assert (viewing.get(work, second.id).case.loss_fen, viewing.get(work, first.id).case.loss_fen) == (123_000, 123_100)
    with platform.database.work(staff("350303")) as work:
        assert viewing.get(work, second.id).case.number == NUMBER
        with pytest.raises(CaseNotFound):
            viewing.get(work, first.id)


def test_only_a_unit_above_both_merges(platform: Platform) -> None:
    first, second = put(platform, staff("350302")), put(platform, region="350303")
    with platform.database.work(staff("350302")) as work, pytest.raises(CaseNotFound):
        joining.merge(work, first.id, second.id, "同一团伙")
    with platform.database.work(staff()) as work:
        moving.offer(work, second.id, "350302", WHY)
    with platform.database.work(staff("350302")) as work, pytest.raises(StepNotOpen):
        joining.merge(work, first.id, second.id, "同一团伙")
    assert issubclass(AboveYou, Forbidden)


def test_splitting_and_taking_it_back(platform: Platform) -> None:
    case = put(platform, victims=(NewVictim("张小三", PHONE), NewVictim("李四", "13800000002")))
    with platform.database.work(staff()) as work:
        parts = viewing.get(work, case.id).parts
        chosen = [parts.victims[0].id, parts.losses[0].id]
        with pytest.raises(CannotSplit):
            joining.split(work, case.id, [], "两起事实", key="s")
        with pytest.raises(CannotSplit):
            joining.split(work, case.id, [*(one.id for one in (*parts.victims, *parts.losses, *parts.suspects))], "两起事实", key="s")
        made = joining.split(work, case.id, chosen, "两起事实", key="s")
        assert joining.split(work, case.id, chosen, "两起事实", key="s").id == made.id
        assert sorted([viewing.get(work, one).case.victims for one in (case.id, made.id)]) == [1, 1]
        total = viewing.get(work, case.id).case.loss_fen + viewing.get(work, made.id).case.loss_fen
        assert total == 123_000
        (done,) = viewing.get(work, case.id).joins
        assert done.can_undo
        again = joining.split(work, made.id, chosen[:1], "再分一次", key="t")
        assert not viewing.get(work, case.id).joins[0].can_undo
        with pytest.raises(CannotUndo):
            joining.undo(work, done.operation.id, "分案有误")
        later = next(one for one in viewing.get(work, made.id).joins if one.can_undo)
        joining.undo(work, later.operation.id, "分案有误")
        joining.undo(work, done.operation.id, "分案有误")
        for one in (case.id, made.id, again.id):
            view = viewing.get(work, one)
            assert (view.case.id, view.case.victims, view.case.loss_fen) == (case.id, 2, 123_000)


def test_imported_cases_are_taken_once(platform: Platform) -> None:
    rows = [new(number=NUMBER, row_number=1), new(number=NUMBER, row_number=2), new(number="", row_number=3), new(number=NUMBER + "1", region="火星", row_number=4)]
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(WORKER) as work:
        first = filing.import_many(work, rows, platform.tokens)
        again = filing.import_many(work, [new(number=NUMBER), new(number=NUMBER, narrative="另一内容", row_number=9)], platform.tokens)
    assert (first.accepted, first.duplicates, [(one.row_number, one.reason) for one in first.refused]) == (1, 1, [(3, "no_case_number"), (4, "unknown_region")])
    assert (again.accepted, again.duplicates, [one.row_number for one in again.refused]) == (0, 1, [9])


def test_other_desks_read_live_cases_with_all_their_parts(platform: Platform) -> None:
    first, second = put(platform), put(platform, suspects=(NewSuspect("17000000002"),))
    with platform.database.work(staff()) as work:
        joining.merge(work, second.id, first.id, "同一团伙")
    with platform.database.work(WORKER) as work:
        (one,) = linkable.cases(work, portion=1)
        assert (one.case_id, {named.value for named in one.suspects} >= {"+8617000000001", "+8617000000002"}) == (first.id, True)
        assert one.victim_phone_tokens == (platform.tokens.seal("phone", f"+86{PHONE}"),) * 2
        assert len(linkable.losses(work, [first.id, second.id])) == 4
        assert list(linkable.cases(work, since=NOON + timedelta(days=3))) == []
    assert cases.policy.SEE.name == "cases.see"
