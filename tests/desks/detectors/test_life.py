"""The life of a detector on a real database: maker and checker, times, going back, two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from fanzha.desks.detection.rulebook import install, shipped_rules
from fanzha.desks.detectors import (
    MoveKind,
    MoveState,
    Origin,
    State,
    fingerprint,
    live_rules,
    live_version,
    next_change,
    register_shipped,
    service,
    shadow_rules,
)
from fanzha.desks.detectors.errors import (
    DetectorNotFound,
    ExamplesFail,
    MoveDecided,
    MoveNotFound,
    MoveNotPossible,
    MoveOpen,
    NotAllowed,
    NothingToRollBack,
    NotYourArea,
    NotYours,
    ReasonNeeded,
    SecondPersonNeeded,
    WrongTime,
    WrongVersion,
)
from fanzha.engine.rules.model import InvalidRule
from fanzha.engine.rules.scorer import ModelNotFound
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker.run import run_waiting
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.store import Scope, audit
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

from .kit import ANALYST, COLLEAGUE, DUTY, SYSTEM, live, person, submitted, text

ID = "trial_rule"
WHY = "新手法出现"


def state_of(platform: Platform, version: int, identity: str = ID) -> State:
    with platform.database.work(SYSTEM) as work:
        return service.version_of(work, identity, version).state_now


def live_number(platform: Platform, identity: str = ID) -> int | None:
    with platform.database.work(DUTY) as work:
        return next((rule.version for rule in live_rules(work) if rule.id == identity), None)


# ---- writing


def test_a_text_is_proven_and_taken_once(platform: Platform) -> None:
    first = submitted(platform, text())
    assert (first.version, first.state, first.kind, first.origin, first.author_name) == (1, "draft", "rule", "local", "analyst")
    again = submitted(platform, text(version=7), COLLEAGUE)
    assert again.version == 1, "the number does not count"
    second = submitted(platform, text(when="seconds >= 90").replace("\n", "\r\n"))
    assert second.version == 2
    assert "\nversion: 2\n" in second.text
    assert second.text == text(when="seconds >= 90", version=2)


def test_a_bad_text_is_refused_with_the_place(platform: Platform) -> None:
    with pytest.raises(InvalidRule, match="line 11, column") as caught:
        submitted(platform, text(when="no_such_feature > 1"))
    assert caught.value.faults
    with pytest.raises(ExamplesFail, match="a flagged caller"):
        submitted(platform, text(when="seconds >= 3600"))
    submitted(platform, text())
    one_line = text(when="seconds >= 61").replace("id: trial_rule\nversion: 1\n", '"id": trial_rule\n"version": 1\n')
    with pytest.raises(WrongVersion):
        submitted(platform, one_line)


def test_an_editor_sees_faults_and_examples_without_storing_anything() -> None:
    assert service.check(text()).good
    assert not service.check(text(when="seconds >= 3600")).good
    assert service.check(text(when="no_such_feature > 1")).faults[0].line == 11


def test_a_text_that_would_keep_everybody_waiting_is_refused() -> None:
    many = text().replace("seconds: 900}]", "seconds: 900, repeat: 1000000000}]", 1)
    assert "more than 10,000 events" in service.check(many).faults[0].reason
    assert "longer than" in service.check(text() + "#" * 70_000).faults[0].reason


def test_a_model_that_is_not_there_is_named(platform: Platform) -> None:
    head, _, _ = text(when="model_score >= 0.5").partition("tests:")
    with_model = head.replace("owner:", "model: no_such_model@1\nowner:")
    assert "no_such_model@1" in service.check(with_model).faults[0].reason
    with pytest.raises(ModelNotFound):
        submitted(platform, with_model)


# ---- maker and checker


def test_going_live_needs_somebody_who_neither_wrote_it_nor_asked(platform: Platform) -> None:
    version = submitted(platform, text())
    with platform.database.work(COLLEAGUE) as work:
        move = service.request(work, ID, version.version, MoveKind.GO_LIVE, WHY)
    for scope in (ANALYST, COLLEAGUE):
        with pytest.raises(SecondPersonNeeded), platform.database.work(scope) as work:
            service.approve(work, move.id)
    assert state_of(platform, 1) is State.DRAFT
    with platform.database.work(DUTY) as work:
        done = service.approve(work, move.id, "看过回测")
    assert (done.state, done.decided_name, done.state_before, done.replaced) == ("done", "duty", "draft", None)
    assert live_number(platform) == 1


def test_a_new_version_takes_the_place_of_the_live_one(platform: Platform) -> None:
    live(platform, submitted(platform, text()))
    live(platform, submitted(platform, text(when="seconds >= 90")))
    assert (state_of(platform, 1), state_of(platform, 2), live_number(platform)) == (State.RETIRED, State.LIVE, 2)
    with platform.database.work(SYSTEM) as work:
        detail = service.get(work, ID)
        assert (detail.fallback, detail.live and detail.live.version) == (1, 2)
        assert detail.versions[1].live_until == detail.versions[0].live_from
        assert detail.possible[1] == (MoveKind.SHADOW, MoveKind.GO_LIVE, MoveKind.ROLLBACK)


def test_retiring_a_live_version_needs_a_second_person_and_a_draft_does_not(platform: Platform) -> None:
    live(platform, submitted(platform, text()))
    submitted(platform, text(when="seconds >= 90"))
    with platform.database.work(ANALYST) as work:
        assert service.request(work, ID, 2, MoveKind.RETIRE, "写错了不要了").state == "done"
        move = service.request(work, ID, 1, MoveKind.RETIRE, "误报太多了")
        assert move.state == "waiting"
    with platform.database.work(COLLEAGUE) as work:
        service.approve(work, move.id)
    assert live_number(platform) is None


def test_a_shadow_runs_at_once_and_beside_the_live_one(platform: Platform) -> None:
    live(platform, submitted(platform, text()))
    submitted(platform, text(when="seconds >= 90"))
    with platform.database.work(ANALYST) as work:
        assert service.request(work, ID, 2, MoveKind.SHADOW, "先影子运行").state == "done"
        assert [rule.version for rule in shadow_rules(work) if rule.id == ID] == [2]
    assert live_number(platform) == 1


def test_refusing_and_withdrawing(platform: Platform) -> None:
    submitted(platform, text())
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, 1, MoveKind.GO_LIVE, WHY)
        with pytest.raises(MoveOpen):
            service.request(work, ID, 1, MoveKind.SHADOW, WHY)
    with pytest.raises(NotYours), platform.database.work(COLLEAGUE) as work:
        service.withdraw(work, move.id)
    with platform.database.work(DUTY) as work:
        service.refuse(work, move.id, "回测太差了")
    with pytest.raises(MoveDecided), platform.database.work(COLLEAGUE) as work:
        service.approve(work, move.id)
    with platform.database.work(ANALYST) as work:
        second = service.request(work, ID, 1, MoveKind.GO_LIVE, WHY)
        assert service.withdraw(work, second.id).state == "withdrawn"
        assert [move.state for move in service.get(work, ID).moves] == ["withdrawn", "refused"]
        assert service.waiting(work) == []


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (person("auditor", Role.AUDITOR), NotAllowed),
        (DUTY, NotAllowed),
        (person("county", kind=OrgKind.POLICE_COUNTY, region="350302"), NotYourArea),
    ],
)
def test_who_may_not_write(platform: Platform, scope: Scope, error: type[FanzhaError]) -> None:
    with pytest.raises(error):
        submitted(platform, text(), scope)


def test_row_security_holds_the_same_line(platform: Platform) -> None:
    version = submitted(platform, text())
    county = person("county", kind=OrgKind.POLICE_COUNTY, region="350302")
    with platform.database.work(county) as work:
        assert live_rules(work) != (), "every police unit sees what runs"
    with pytest.raises(DBAPIError, match="row-level security"), platform.database.work(county) as work:
        work.session.execute(sql("UPDATE detector_versions SET state = 'retired' WHERE detector_id = 'trial_rule'"))
    with platform.database.work(person("bank", kind=OrgKind.BANK)) as work:
        assert live_rules(work) == ()
    for statement in ("UPDATE detector_versions SET text = ''", "DELETE FROM detector_moves", "UPDATE detector_moves SET requested_by = 'x'"):
        with pytest.raises(DBAPIError, match="permission denied"), platform.database.work(SYSTEM) as work:
            work.session.execute(sql(statement))
    assert version.state == "draft"


def test_bad_requests_are_named(platform: Platform) -> None:
    submitted(platform, text())
    with platform.database.work(ANALYST) as work:
        calls: list[tuple[type[FanzhaError], Callable[[], object]]] = [
            (ReasonNeeded, lambda: service.request(work, ID, 1, MoveKind.GO_LIVE, "ok")),
            (WrongTime, lambda: service.request(work, ID, 1, MoveKind.GO_LIVE, WHY, clock.now() - timedelta(hours=1))),
            (DetectorNotFound, lambda: service.request(work, ID, 9, MoveKind.GO_LIVE, WHY)),
            (DetectorNotFound, lambda: service.request(work, "nobody", 1, MoveKind.GO_LIVE, WHY)),
            (MoveNotPossible, lambda: service.request(work, ID, 1, MoveKind.ROLLBACK, WHY)),
            (NothingToRollBack, lambda: service.rollback(work, ID, WHY)),
            (MoveNotFound, lambda: service.approve(work, "nothing")),
        ]
        for error, call in calls:
            with pytest.raises(error):
                call()


# ---- going back


def test_one_person_takes_the_newest_change_back_and_an_older_version_needs_two(platform: Platform) -> None:
    for seconds in (60, 90, 120):
        live(platform, submitted(platform, text(when=f"seconds >= {seconds}")))
    with platform.database.work(ANALYST) as work:
        move = service.rollback(work, ID, "误报太多了")
        assert (move.version, move.state, move.replaced) == (2, "done", 3)
    assert live_number(platform) == 2
    with platform.database.work(DUTY) as work:
        assert service.get(work, ID).fallback == 1, "the version that misfired is not where one goes back to"
        older = service.rollback(work, ID, "改回第三版", version=3)
        assert older.state == "waiting"
    with platform.database.work(COLLEAGUE) as work:
        service.approve(work, older.id)
    assert live_number(platform) == 3


# ---- times


def test_a_change_takes_effect_by_itself_at_its_time(platform: Platform) -> None:
    submitted(platform, text())
    later = clock.now() + timedelta(hours=2)
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, 1, MoveKind.GO_LIVE, WHY, later)
    with platform.database.work(DUTY) as work:
        assert service.approve(work, move.id).state == "approved"
        assert next_change(work) == later
    assert live_number(platform) is None
    with clock.frozen(later + timedelta(seconds=1)):
        assert live_number(platform) == 1, "for every reader, though no worker has run"
        with platform.database.work(SYSTEM) as work:
            found = live_version(work, ID)
            assert found is not None
            assert found.version == 1
            assert service.settle(work) == 1
        with platform.database.work(SYSTEM) as work:
            assert service.settle(work) == 0
            version = service.version_of(work, ID, 1)
            assert (version.state, version.live_from) == ("live", later)


def test_a_change_that_has_become_impossible_lapses(platform: Platform) -> None:
    live(platform, submitted(platform, text()))
    live(platform, submitted(platform, text(when="seconds >= 90")))
    later = clock.now() + timedelta(hours=2)
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, 1, MoveKind.ROLLBACK, WHY, later)
        off = service.request(work, ID, 2, MoveKind.RETIRE, WHY)
    with platform.database.work(DUTY) as work:
        service.approve(work, off.id)
    with clock.frozen(later + timedelta(seconds=1)), platform.database.work(SYSTEM) as work:
        service.settle(work)
        assert service.move_of(work, move.id).state == "lapsed"


# ---- concurrency


def test_two_approvals_at_once_are_one(platform: Platform) -> None:
    submitted(platform, text())
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, 1, MoveKind.GO_LIVE, WHY)
    both, outcomes = threading.Barrier(2), list[str]()

    def approve(scope: Scope) -> None:
        both.wait()
        try:
            with platform.database.work(scope) as work:
                service.approve(work, move.id)
            outcomes.append("done")
        except MoveDecided:
            outcomes.append("decided")

    threads = [threading.Thread(target=approve, args=(scope,)) for scope in (DUTY, COLLEAGUE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "done"]
    assert live_number(platform) == 1


def test_a_failure_in_the_middle_leaves_nothing_behind(platform: Platform) -> None:
    live(platform, submitted(platform, text()))
    submitted(platform, text(when="seconds >= 90"))
    with platform.database.work(ANALYST) as work:
        move = service.request(work, ID, 2, MoveKind.GO_LIVE, WHY)

    def die() -> None:
        with platform.database.work(DUTY) as work:
            service.approve(work, move.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert (live_number(platform), state_of(platform, 2)) == (1, State.DRAFT)
    with platform.database.work(DUTY) as work:
        service.approve(work, move.id)
    assert live_number(platform) == 2


# ---- the package's rules


def test_the_packages_rules_are_live_from_the_start(platform: Platform) -> None:
    with platform.database.work(ANALYST) as work:
        assert fingerprint(live_rules(work)) == fingerprint(shipped_rules())
        assert {line.live.origin for line in service.summaries(work) if line.live} == {"shipped"}
    with platform.database.work(SYSTEM) as work:
        assert install(work, platform.settings.region) == 0


def shipped(platform: Platform, *texts: str) -> int:
    with platform.database.work(SYSTEM) as work:
        return register_shipped(work, texts, platform.settings.region)


def test_a_new_package_replaces_its_own_rules_and_leaves_the_staffs_alone(platform: Platform) -> None:
    assert shipped(platform, text("kept_one"), text("edited_one"), text("retired_one")) == 3
    live(platform, submitted(platform, text("edited_one", "seconds >= 75")))
    with platform.database.work(ANALYST) as work:
        move = service.request(work, "retired_one", 1, MoveKind.RETIRE, "误报太多了")
    with platform.database.work(DUTY) as work:
        service.approve(work, move.id)
    newer = [text(name, "seconds >= 99", 2) for name in ("kept_one", "edited_one", "retired_one")]
    assert shipped(platform, *newer) == 3
    assert shipped(platform, *newer) == 0
    assert live_number(platform, "kept_one") == 2
    assert live_number(platform, "edited_one") == 2, "the analyst's, numbered before the package's"
    assert state_of(platform, 3, "edited_one") is State.DRAFT
    assert live_number(platform, "retired_one") is None
    assert shipped(platform, *(text(name) for name in ("kept_one", "edited_one", "retired_one"))) == 0, "an older package again"
    assert live_number(platform, "kept_one") == 1
    with platform.database.work(SYSTEM) as work:
        assert service.version_of(work, "edited_one", 3).came_from is Origin.SHIPPED


# ---- what others hear


def test_a_change_is_audited_and_calls_for_a_detection_run(platform: Platform) -> None:
    run_waiting(platform)
    live(platform, submitted(platform, text()))
    with platform.database.work(SYSTEM) as work:
        told = work.session.execute(sql("SELECT action, actor, detail FROM audit_log WHERE subject = 'detector:trial_rule' ORDER BY number")).all()
        assert [row.action for row in told] == ["detector.submitted", "detector.move_asked", "detector.move_approved", "detector.went_live"]
        assert '"approved_by":"user-duty"' in told[3].detail
        assert '"version":1' in told[3].detail
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'detection.run' AND status = 'todo'"
        assert work.session.scalar(sql(waiting)) == 1
        assert audit.verify(work.session) > 0
        assert service.get(work, ID).moves[0].state_now is MoveState.DONE
