"""Figures of detectors, victims nobody warned, and who may read which."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from tests.desks.learning.learning_kit import HOUR, NOON, SYSTEM, current, find, person_token, phone_token, report, staff, sweep, warn
from tests.desks.learning.test_labels import OFFICER

from fanzha.desks import warnings
from fanzha.desks.detection import Target, outcomes
from fanzha.desks.detection.model import ShadowFinding
from fanzha.desks.learning import service, watching
from fanzha.desks.learning.domain import Interval, Stratum, Window, interval, reweighted
from fanzha.desks.learning.errors import WrongWindow
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.warnings import Feedback, Reached
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import dated
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.outcomes import Outcome
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

DAY = timedelta(days=1)
END = NOON + 10 * DAY
WINDOW = Window(NOON - DAY, END)


def _answered(platform: Platform, person: int, outcome: Outcome | None, level: RiskLevel = RiskLevel.RED) -> None:
    warning = warn(platform, find(platform, f"f{person}", person_token(platform, person), NOON, level=level))
    if outcome is None:
        return
    with clock.frozen(NOON + HOUR), platform.database.work(OFFICER) as work:
        warnings.service.sign(work, warning)
        warnings.service.record_meeting(work, warning, "测试派出所", identity_verified=True)
        warnings.service.give_feedback(work, warning, Feedback(outcome, Reached.SELF))


@pytest.fixture
def city(platform: Platform) -> Platform:
    """Persons 1–3 dissuaded, 4 wrong, 5–6 not answered (5 a victim later), 7 a victim whom nobody warned; a number that a victim names."""
    for person in (1, 2, 3):
        _answered(platform, person, Outcome.DISSUADED)
    _answered(platform, 4, Outcome.MISMATCH)
    _answered(platform, 5, None, RiskLevel.YELLOW)
    _answered(platform, 6, None, RiskLevel.YELLOW)
    find(platform, "n1", phone_token(platform, 77), NOON, rule="busy_number", target=Target.NUMBER)
    report(platform, "J5", 5, NOON + 2 * DAY, suspects=("13800000077",))
    report(platform, "J7", 7, NOON + 3 * DAY)
    sweep(platform, END)
    return platform


def test_every_figure_says_what_it_is_made_of(city: Platform) -> None:
    with clock.frozen(END), city.database.work(SYSTEM) as work:
        found = {each.detector: each.figures for each in service.figures(work, WINDOW)}
        quality = service.quality(work, WINDOW)
    victim = found["victim_call"]
    assert (victim["precision"].numerator, victim["precision"].denominator) == (4, 5)
    assert victim["precision"].interval == interval(4, 5)
    assert victim["precision"].exclusions == {"no_label": 1}
    assert (victim["recall"].numerator, victim["recall"].denominator) == (1, 2), "of the victims who reported, one had been named"
    assert (victim["load"].numerator, victim["load"].denominator) == (6, 11)
    assert (victim["wrongly_hit"].numerator, victim["wrongly_hit"].denominator) == (1, 6)
    assert victim["precision_reweighted"].value == pytest.approx((4 * 3 / 4 + 2 * 1) / 6)
    assert (found["busy_number"]["precision"].numerator, found["busy_number"]["precision"].denominator) == (1, 1)
    assert all(figure.note_zh and figure.note_en and figure.rows.startswith("learning/labels?") for figure in victim.values())
    assert "4 of 6 warnings (67%)" in quality.caveat[1]
    assert "80%" in quality.caveat[1]
    assert (quality.selection.positives_warned, quality.selection.positives_unwarned, quality.selection.negatives) == (4, 1, 1)
    delays = {each.source: each.half for each in quality.delays}
    assert delays["report"] == HOUR
    assert delays["warning"] == HOUR


def test_shadows_have_figures_too_and_backtests_read_the_answers(platform: Platform) -> None:
    _answered(platform, 1, Outcome.DISSUADED)
    with platform.database.work(SYSTEM) as work:
        detector, version = work.session.execute(text("SELECT detector_id, version FROM detector_versions WHERE target = 'victim' LIMIT 1")).one()
        work.session.add(
            ShadowFinding(
                id="s1", detector_id=detector, version=version, target="victim", level="blue", score=0.5, subject_token=person_token(platform, 1),
                side_token="", day=NOON.date(), at=NOON, reason_zh="", reason_en="", recorded_at=NOON,
            )
        )  # fmt: skip
    sweep(platform, END)
    with clock.frozen(END), platform.database.work(SYSTEM) as work:
        found = {(each.detector, each.version): each.figures for each in service.figures(work, WINDOW)}[detector, version]
        (fate,) = outcomes.all_fates(work)[person_token(platform, 1)]
    assert (found["precision"].numerator, found["precision"].denominator, found["load"].numerator) == (1, 1, 0)
    assert (fate.fraud, fate.source) == (True, "warning")


def test_the_rows_behind_a_figure_are_those_it_counts(city: Platform) -> None:
    window = {"since": WINDOW.since, "until": WINDOW.until}
    right = current(city, detector="victim_call", version=1, verdict="positive", **window)
    assert len({label.subject_token for label in right}) == 4
    assert len(current(city, source="report", verdict="positive", **window)) == 2


def test_snapshots_are_for_overseers_and_name_nobody(city: Platform) -> None:
    day = clock.local_day(END)
    with clock.frozen(END), city.database.work(SYSTEM) as work:
        assert watching.keep_figures(work, day) == watching.keep_figures(work, day) == 12
        assert watching.keep_missed(work, day) == 1
    for kind in (OrgKind.CONGRESS, OrgKind.MEMBER_UNIT, OrgKind.OFFICE, OrgKind.POLICE_COUNTY):
        with city.database.work(staff(kind, "350302", Role.DEPUTY)) as work:
            assert len(service.snapshot(work)) == 12
            (row,) = service.missed(work)
            assert (row.week, row.victims, row.never_warned) == (date(2026, 3, 2), 2, 1)
    with city.database.work(staff(OrgKind.BANK, "3503")) as work:
        assert not service.snapshot(work)
        assert not service.missed(work)


def test_victims_nobody_warned_raise_an_alarm_once_a_day(city: Platform) -> None:
    day = clock.local_day(END)
    with clock.frozen(END), city.database.work(SYSTEM) as work:
        dated.decide(work, "learning.never_warned_victims", "2", region="", effective_from=day, source="测试")
        watching.keep_missed(work, day)
        watching.keep_missed(work, day)
        (alarm,) = service.alarms(work)
    assert (alarm.kind, alarm.value, alarm.threshold) == ("never_warned", 0.5, 0.5)
    assert "2 名，其中 1 名从未收到预警" in alarm.sentence_zh


def test_a_window_is_whole_days_or_refused(platform: Platform) -> None:
    with clock.frozen(NOON), platform.database.work(SYSTEM) as work:
        found = service.window(work)
        assert (found.until, round(found.days)) == (NOON, Numbers(work).whole("window_days"))
        assert service.window(work, date(2026, 2, 1), date(2026, 2, 1)).days == 1
        with pytest.raises(WrongWindow):
            service.window(work, date(2026, 2, 2), date(2026, 2, 1))


def test_weighing_by_the_inverse_of_the_chance_to_be_answered() -> None:
    strata = [Stratum("red", 10, 8, 2), Stratum("green", 90, 1, 9), Stratum("blue", 5, 0, 0)]
    assert reweighted(strata) == (10 * 0.8 + 90 * 0.1, 100.0)
    assert reweighted([]) is None
    assert interval(0, 0) is None
    assert isinstance(interval(3, 4), Interval)
