"""A linking reads hashes alone and writes what differs: the outcome is that of a linking from nothing, and a broken one changes nothing. Every number is made up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from tests.desks.series.series_kit import SCRIPT, WORKER, relink, report, take, together

from fanzha.desks.series import linking_input, linking_output
from fanzha.desks.series.relinking import relink as relinked
from fanzha.faces.common.platform import Platform

A, B = "13900000001", "13900000002"
ACCOUNT, SLIP, OTHER = "6222020000000000017", "6222020000000000027", "6222020000000009917"
_WRITTEN = (
    "SELECT linkable_id, series_id, is_pinned FROM series_members ORDER BY 1",
    "SELECT value, kind, known_by, bits FROM linked_weights ORDER BY 1, 2",
    "SELECT one, other, likeness, bits FROM linked_likeness ORDER BY 1, 2",
    "SELECT id, state, cases, unsettled, loss_fen, by_region, first_at, last_at FROM series ORDER BY 1",
)


def written(platform: Platform) -> list[list[tuple[Any, ...]]]:
    with platform.database.work(WORKER) as work:
        return [[tuple(row) for row in work.session.execute(text(query))] for query in _WRITTEN]


def emptied(platform: Platform, *tables: str) -> None:
    with platform.database.work(WORKER) as work:
        for table in tables:
            work.session.execute(text(f"DELETE FROM {table}"))


def test_what_is_written_step_by_step_is_what_a_linking_from_nothing_writes(platform: Platform) -> None:
    take(platform, report("1", A, narrative=SCRIPT), report("2", A, narrative=SCRIPT), report("3", B))
    take(platform, report("4", B), report("5", A, narrative=SCRIPT), report("6", ACCOUNT))
    known = written(platform)
    assert together(platform) == {frozenset("125"), frozenset("34")}
    assert relink(platform)[0].moved == 0
    assert written(platform) == known
    emptied(platform, "linked_weights", "linked_likeness", "linked_slips")
    relink(platform)
    assert written(platform) == known


def test_a_linking_that_breaks_leaves_the_old_one_whole(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    take(platform, report("1", A), report("2", A))
    known = written(platform)
    with monkeypatch.context() as broken:
        broken.setattr(linking_output, "_likeness", lambda linked: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(platform, report("3", A))
    assert written(platform) == known
    relink(platform)
    assert together(platform) == {frozenset("123")}


def test_a_slip_of_the_pen_is_found_without_opening_an_account(platform: Platform) -> None:
    take(platform, report("1", ACCOUNT), report("2", SLIP), report("3", OTHER))
    assert together(platform) == {frozenset("12")}
    emptied(platform, "linked_slips")
    with platform.database.work(WORKER) as work:
        work.session.execute(text("UPDATE linked_values SET value = 5 WHERE linkable_id = (SELECT id FROM reports WHERE report_no = '3')"))
    relink(platform)
    assert together(platform) == {frozenset("12")}
    with platform.database.work(WORKER) as work:
        found = work.session.execute(text("SELECT value, length(holes) FROM linked_slips")).all()
    assert sorted(length for _, length in found) == [0, 8 * len(ACCOUNT), 8 * len(SLIP)]
    assert (5, 0) in [tuple(row) for row in found]  # named by nobody: not looked for again


def test_hashes_that_meet_are_told_apart_by_another_seed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    take(platform, report("1", A), report("2", A), report("3", B))
    seeds = []

    def meeting(query: str) -> str:
        return query.replace("hashtextextended(id, {seed})", "CASE WHEN {seed} = 0 THEN 7 ELSE hashtextextended(id, {seed}) END")

    monkeypatch.setattr(linking_input, "_LINKABLES", meeting(linking_input._LINKABLES))
    read = linking_input._values
    monkeypatch.setattr(linking_input, "_values", lambda work, rows: (seeds.append(rows.seed), read(work, rows))[1])
    relinked(platform.database)
    assert seeds == [1]
    assert together(platform) == {frozenset("12")}
