"""Decisions about series outlast every new linking. Every number here is made up."""

from __future__ import annotations

import pytest
from tests.desks.series.series_kit import city, groups, ids, relink, report, take, the_series, together

from fanzha.desks.series import SeriesState, service
from fanzha.desks.series.errors import CasesNeeded, NotYoursAlone, OtherSeriesNeeded, ReasonNeeded, SeriesNotFound, WrongStep
from fanzha.desks.series.model import Series
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest

A, B, C, D = "13900000001", "13900000002", "13900000003", "6222020000000000017"
WHY = "案情比对后的意见"


def test_what_is_shared_is_proposed_once(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A, B), report("3", B), report("4", C))
    assert together(platform) == {frozenset("123")}
    first = groups(platform)
    again = relink(platform, 2)
    assert groups(platform) == first
    assert [(each.made, each.gone, each.moved) for each in again] == [(0, 0, 0)] * 2
    with platform.database.work(city()) as work:
        (found,) = service.search(work, service.Filters(), PageRequest()).rows
        assert (found.state, found.cases, found.unsettled, found.loss_fen, found.by_region) == ("proposed", 3, 3, 30_000, {"350302": 3})


def test_what_everybody_names_links_nothing(platform: Platform) -> None:
    shops = [f"https://pan.baidu.com/s/1made-up{number}" for number in range(2)]
    take(platform, report("1", "96110"), report("2", "96110"), report("3", shops[0]), report("4", shops[1]), report("5", shops[1]))
    assert together(platform) == {frozenset("45")}


def test_a_rejected_series_is_not_proposed_again_whatever_comes(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A))
    with platform.database.work(city()) as work:
        service.reject(work, the_series(platform, "1"), WHY)
    for day, number in enumerate("34567", 1):
        take(platform, report(number, A, day=day))
    assert together(platform) == {frozenset("34567")}
    take(platform, report("8", A, C, day=8), report("9", C, day=9))
    assert together(platform) == {frozenset("3456789")}
    take(platform, report("a", B, C, day=9), report("b", B, A, day=9))
    assert not any({"1", "2"} <= each for each in together(platform))


def test_what_was_muted_never_links_again(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A))
    with platform.database.work(city()) as work:
        service.reject(work, the_series(platform, "1"), WHY, mute=True)
    take(platform, report("3", A), report("4", A, B), report("5", B))
    assert together(platform) == {frozenset("45")}


def test_who_was_split_off_stays_off_while_new_cases_bridge_them(platform: Platform) -> None:
    known = take(platform, report("1", A), report("2", A), report("3", A), report("4", A))
    series = the_series(platform, "1")
    with platform.database.work(city()) as work:
        service.accept(work, series, WHY, cases=4)
    with platform.database.work(city()) as work:
        service.split(work, series, [known["3"], known["4"]], WHY)
    relink(platform, 2)
    assert together(platform) == {frozenset("12"), frozenset("34")}
    for day in range(1, 6):
        take(platform, report(f"n{day}", A, B if day % 2 else C, day=day), report(f"m{day}", B, C, A, day=day))
        parts = together(platform)
        assert not any(len(each & {"1", "2"}) and len(each & {"3", "4"}) for each in parts)
        assert {"1", "2"} <= next(each for each in parts if "1" in each)
    assert groups(platform)[series] >= {"1", "2", "n1", "m5"}


def test_what_was_accepted_stays_though_nothing_holds_it_any_more(platform: Platform) -> None:
    take(platform, report("1", A, B), report("2", A), report("3", B))
    series = the_series(platform, "1")
    with platform.database.work(city()) as work:
        service.accept(work, series, WHY)
    take(platform, *(report(f"x{day}", A, B, day=day * 7, fraud_type=kind) for day, kind in enumerate(_other_types(), 1)))
    assert {"1", "2", "3"} <= groups(platform)[series]
    take(platform, report("4", C), report("5", C, B))
    with platform.database.work(city()) as work:
        detail = service.get(work, series)
        assert SeriesState(detail.series.state) is SeriesState.ACCEPTED


def _other_types() -> list[object]:
    from fanzha.vocab.fraud_types import FraudType

    return [kind for kind in FraudType if kind.value not in ("other", "rebate_tasks")][:6]


def test_two_accepted_series_are_never_joined_but_by_a_person(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A), report("3", B), report("4", B))
    one, two = the_series(platform, "1"), the_series(platform, "3")
    for series in (one, two):
        with platform.database.work(city()) as work:
            service.accept(work, series, WHY)
    take(platform, report("5", A, B))
    assert sorted(map(len, groups(platform).values())) == [2, 3]
    with platform.database.work(city()) as work:
        (hint,) = service.get(work, one).hints
        assert hint.id == two
        number = hint.number
    with platform.database.work(city()) as work:
        merged = service.merge(work, one, number, WHY)
        assert (merged.cases, work.session.get(Series, two).state) == (5, "merged")  # type: ignore[union-attr]
    relink(platform)
    assert together(platform) == {frozenset("12345")}
    with platform.database.work(city()) as work:
        assert service.get(work, one).hints == []


def test_a_merge_overrules_an_earlier_split(platform: Platform) -> None:
    known = take(platform, report("1", A), report("2", A), report("3", A, B), report("4", B))
    with platform.database.work(city()) as work:
        service.split(work, the_series(platform, "1"), [known["3"], known["4"]], WHY)
    relink(platform)
    assert together(platform) == {frozenset("12"), frozenset("34")}
    with platform.database.work(city()) as work:
        number = work.session.get(Series, the_series(platform, "3")).number  # type: ignore[union-attr]
        service.merge(work, the_series(platform, "1"), number, WHY)
    relink(platform, 2)
    assert together(platform) == {frozenset("1234")}


def test_wrong_steps_are_refused(platform: Platform) -> None:
    known = take(platform, report("1", A), report("2", A))
    series = the_series(platform, "1")
    with platform.database.work(city()) as work:
        with pytest.raises(ReasonNeeded):
            service.accept(work, series, " ")
        with pytest.raises(WrongStep):
            service.accept(work, series, WHY, cases=3)
        with pytest.raises(CasesNeeded):
            service.split(work, series, [known["1"], known["2"]], WHY)
        with pytest.raises(OtherSeriesNeeded):
            service.merge(work, series, 999, WHY)
        with pytest.raises(SeriesNotFound):
            service.get(work, "nothing")
        service.accept(work, series, WHY)
        with pytest.raises(WrongStep):
            service.accept(work, series, WHY)


def test_a_county_sees_its_own_cases_and_counts_of_the_others(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A), report("3", A, region="350303"), report("4", B, region="350303"), report("5", B, region="350303"))
    series = the_series(platform, "1")
    with platform.database.work(city(region="350303")) as work:
        detail = service.get(work, series)
        assert ([one.name for _, one in detail.cases], detail.hidden, detail.series.by_region) == (["3"], 2, {"350302": 2, "350303": 1})
        assert detail.steps == frozenset()
        with pytest.raises(NotYoursAlone):
            service.reject(work, series, WHY)
    with platform.database.work(city(region="350302")) as work:
        with pytest.raises(SeriesNotFound):
            service.get(work, the_series(platform, "4"))
        assert service.search(work, service.Filters(), PageRequest()).total == 1


def test_a_new_report_finds_its_series_and_says_why(platform: Platform) -> None:
    take(platform, report("1", A), report("2", A, D), report("s", C, region="350303"))
    take(platform, report("9", A, D, C))
    with platform.database.work(city(region="350302")) as work:
        found = service.candidates(work, ids(platform)["9"])
    assert [(each.series_id != "", each.is_likely, each.cases, each.by_region) for each in found] == [(True, True, 2, {"350302": 2}), (False, True, 1, {"350303": 1})]
    assert [(each["kind"], each["cases"], each["known_by"]) for each in found[0].reasons] == [(1, 2, 2), (0, 1, 1)]
