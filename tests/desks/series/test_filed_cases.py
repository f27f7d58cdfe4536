"""Cases filed by hand are linked like reports; a case and its report are one, and what the cases desk does is followed. Every number is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from tests.desks.cases.kit import staff
from tests.desks.series.series_kit import NOON, SCRIPT, WORKER, city, ids, put, relink, report, take, worked

from fanzha.desks import cases
from fanzha.desks.cases import CaseStep, NewSuspect, ReportState, editing, filing, joining, moving
from fanzha.desks.series import linkables, reading, service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest

A, B, C = "13900000001", "13900000002", "13900000003"
WHY = "案情比对后的意见"


def done(platform: Platform, action: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Something that the cases desk does, and the jobs that follow it."""
    with clock.frozen(NOON), platform.database.work(staff()) as work:
        found = action(work, *args, **more)
    worked(platform)
    return found


def groups(platform: Platform) -> set[frozenset[str]]:
    """Names of the cases and reports of each series."""
    with platform.database.work(WORKER) as work:
        rows = work.session.execute(text("SELECT id FROM series WHERE state IN ('proposed', 'accepted')")).scalars().all()
        return {frozenset(case.name for _, case in service.get(work, series).cases) for series in rows} - {frozenset()}


def test_a_case_filed_by_hand_is_linked_and_found_like_a_report(platform: Platform) -> None:
    take(platform, report("1", A))
    case = put(platform, "案甲", A)
    relink(platform)
    assert groups(platform) == {frozenset({"1", "案甲"})}
    other = put(platform, "案乙", A, B)
    worked(platform)
    assert groups(platform) == {frozenset({"1", "案甲", "案乙"})}
    with platform.database.work(city()) as work:
        (found,) = reading.candidates(work, linkables.of_case(work, other))
        assert (found.number is not None, found.cases, found.is_likely) == (True, 2, True)
        detail = service.get(work, found.series_id)
        assert {(one.name, one.url, one.is_case) for _, one in detail.cases} >= {("案甲", f"/cases/{case}", True), ("1", f"/reports/{ids(platform)['1']}", False)}
        assert detail.series.loss_fen == 10_000 + 2 * 123_000


def test_a_case_and_the_report_it_came_from_are_one(platform: Platform) -> None:
    known = take(platform, report("1", A, narrative=SCRIPT), report("2", A, B))
    case = done(platform, filing.file_report, known["1"], platform.tokens, WHY, number="案甲")
    assert groups(platform) == {frozenset({"案甲", "2"})}
    with platform.database.work(city()) as work:
        assert linkables.of_case(work, case.id) == linkables.of_report(work, known["1"]) == known["1"]
        (part,) = cases.viewing.get(work, case.id).parts.suspects
    done(platform, editing.remove, case.id, "suspect", part.id, WHY)
    assert groups(platform) == set()
    done(platform, editing.add_suspect, case.id, NewSuspect(B), key="b")
    assert groups(platform) == {frozenset({"案甲", "2"})}


def test_merges_and_splits_are_followed_and_taken_back(platform: Platform) -> None:
    take(platform, report("1", A), report("2", B))
    one, two = put(platform, "案甲", A, told=SCRIPT), put(platform, "案乙", B, C)
    worked(platform)
    assert groups(platform) == {frozenset({"1", "案甲"}), frozenset({"2", "案乙"})}
    merged = done(platform, joining.merge, one, two, WHY)
    assert groups(platform) == {frozenset({"1", "2", "案乙"})}
    done(platform, joining.undo, merged.id, WHY)
    assert groups(platform) == {frozenset({"1", "案甲"}), frozenset({"2", "案乙"})}
    with platform.database.work(city()) as work:
        part = cases.viewing.get(work, one).parts.suspects[0].id
    done(platform, editing.add_suspect, one, NewSuspect(C), key="c")
    assert groups(platform) == {frozenset({"1", "2", "案甲", "案乙"})}
    done(platform, joining.split, one, [part], WHY, key="k", number="案丙")  # its narrative is a copy, which links nothing to itself
    assert groups(platform) == {frozenset({"1", "案丙"}), frozenset({"2", "案甲", "案乙"})}


def test_what_is_settled_stays_through_a_merge_and_its_end(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A), report("3", B))
    one, two = put(platform, "案甲", A), put(platform, "案乙", B)
    worked(platform)
    series = next(iter(_series(platform, one)))
    with platform.database.work(city()) as work:
        service.accept(work, series, WHY, cases=3)
    merged = done(platform, joining.merge, one, two, WHY)
    assert frozenset({"1", "2", "3", "案乙"}) in groups(platform)
    assert _series(platform, two) == {series}
    done(platform, joining.undo, merged.id, WHY)
    relink(platform, 2)
    assert groups(platform) == {frozenset({"1", "2", "案甲"}), frozenset({"3", "案乙"})}
    assert _series(platform, one) == {series}


def test_what_is_found_to_be_no_case_leaves_and_may_come_back(platform: Platform) -> None:
    known = take(platform, report("1", A), report("2", A))
    case = put(platform, "案甲", A)
    worked(platform)
    done(platform, moving.step, case, CaseStep.WITHDRAW, WHY)
    assert groups(platform) == {frozenset({"1", "2"})}
    done(platform, cases.service.advance, known["1"], ReportState.NOT_A_CASE, WHY)
    assert groups(platform) == set()
    done(platform, moving.step, case, CaseStep.REOPEN, WHY)
    assert groups(platform) == {frozenset({"2", "案甲"})}


def test_a_handed_over_case_is_counted_where_it_is(platform: Platform) -> None:
    take(platform, report("1", A))
    case = put(platform, "案甲", A)
    worked(platform)
    done(platform, moving.offer, case, "350303", WHY)
    with clock.frozen(NOON), platform.database.work(staff("350303")) as work:
        moving.answer(work, case, accept=True)
    worked(platform)
    with platform.database.work(city(region="350303")) as work:
        (found,) = service.search(work, service.Filters(), PageRequest()).rows
        assert found.by_region == {"350302": 1, "350303": 1}
        assert [one.name for _, one in service.get(work, found.id).cases] == ["案甲"]


def test_who_is_offered_a_case_sees_its_series_until_the_offer_is_taken_back(platform: Platform) -> None:
    take(platform, report("1", A))
    case = put(platform, "案甲", A)
    worked(platform)

    def seen() -> list[tuple[list[str], int]]:
        with platform.database.work(city(region="350303")) as work:
            return [([one.name for _, one in service.get(work, found.id).cases], found.cases) for found in service.search(work, service.Filters(), PageRequest()).rows]

    assert seen() == []
    done(platform, moving.offer, case, "350303", WHY)
    assert seen() == [(["案甲"], 2)]
    done(platform, moving.withdraw_offer, case, WHY)
    assert seen() == []


def _series(platform: Platform, case: str) -> set[str]:
    with platform.database.work(WORKER) as work:
        found = service.of_linkable(work, linkables.of_case(work, case))
        return {found.id} if found else set()
