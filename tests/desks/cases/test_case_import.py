"""Lists of cases through intake, with their own headers and with a mapping; and how fast a file is taken twice. Everything is made up."""

from __future__ import annotations

from pathlib import Path

from tests.desks.cases.kit import NUMBER, PHONE, SUSPECT, staff

from fanzha.desks import intake
from fanzha.desks.cases import searching, viewing
from fanzha.desks.intake import IntakeKind, RowFilter, parse_mapping, service
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

HEAD = "案件编号,接报时间,简要案情,案发地区划,诈骗类型,损失金额（万元）,返还金额,被害人,联系电话,涉案电话,涉案账号,立案时间,首次止付时间,案发时间"
ROWS = (  # the first is whole, the others lack or mistake something
    (f"{NUMBER},2026-03-01 12:00:00,刷单垫付后无法提现,350302,刷单返利,1.2,2000,张小三,{PHONE},{SUSPECT},6222000000000000000,2026-03-02,"
    "2026-03-01 12:09:00,2026-03-01 11:00:00"),
    f"{NUMBER}2,2026-03-01 13:00:00,冒充客服退款,350303,冒充电商物流客服,,,,,,,,,",
    f"{NUMBER}3,不知道,冒充客服退款,350303,,,,,,,,,,",
    ",2026-03-01 13:00:00,没有编号,350303,,,,,,,,,,",
    f"{NUMBER}4,2026-03-01 13:00:00,区划不存在,999999,,,,,,,,,,",
)


def take(platform: Platform, folder: Path, content: str, mapping: intake.Given | None = None) -> intake.Receipt:
    path = folder / "cases.csv"
    path.write_text(content, encoding="utf-8")
    return service.take(platform, Scope.system("test"), path, IntakeKind.CASES, "办案系统", given=mapping)


def test_a_list_of_cases_is_taken_in_and_what_is_wrong_is_set_aside(platform: Platform, tmp_path: Path) -> None:
    content = "\n".join((HEAD, *ROWS)) + "\n"
    receipt = take(platform, tmp_path, content)
    assert (receipt.received, receipt.accepted, receipt.duplicates, receipt.quarantined) == (5, 2, 0, 3)
    assert take(platform, tmp_path, content).repeated
    again = take(platform, tmp_path, content + " \n")
    assert (again.accepted, again.duplicates) == (0, 2)
    with platform.database.work(Scope.system("test")) as work:
        reasons = sorted(row.reason for row in service.rows(work, RowFilter(batch_id=receipt.batch_id), PageRequest()).rows)
    assert len(reasons) == 3
    with platform.database.work(staff()) as work:
        (hit,) = searching.search(work, SUSPECT).hits
        view = viewing.get(work, hit.case.id)
        assert (view.case.loss_fen, view.case.number, view.minutes_to_report, view.minutes_to_order) == (1_000_000, NUMBER, 60, 9)
        assert sorted(one.kind or "" for one in view.parts.suspects) == ["bank_account", "phone"]
        assert [one.case.number for one in searching.search(work, "冒充客服").hits] == [f"{NUMBER}2"]


def test_a_mapping_names_the_columns(platform: Platform, tmp_path: Path) -> None:
    given = parse_mapping({"fields": {"number": "甲", "at": "乙", "narrative": "丙"}, "units": {}, "constants": {"region": "350302"}})
    receipt = take(platform, tmp_path, f"甲,乙,丙\n{NUMBER},2026-03-01 12:00:00,网恋投资被骗\n", given)
    assert (receipt.accepted, receipt.quarantined) == (1, 0)
    with platform.database.work(staff("350302")) as work:
        assert [hit.case.number for hit in searching.search(work, "网恋投资").hits] == [NUMBER]
