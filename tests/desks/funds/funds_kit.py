"""A case to trace: one victim, three banks. Every person and number here is made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fanzha.desks.cases import ReportRow, service
from fanzha.desks.funds import File, FundTrace, VictimTransfer
from fanzha.desks.funds import service as funds_service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)  # 12:00 in China
VICTIM, FIRST, SECOND, THIRD, FOURTH = "6200000000000000011", "6200000000000000022", "6200000000000000033", "6200000000000000044", "6200000000000000055"
HEAD = "本方账号,对手账号,交易时间,借贷标志,交易金额,交易余额,交易渠道,流水号,对方开户行"

FIRST_BANK = f"""{HEAD}
{FIRST},6200000000000000099,2026-05-01 11:00:00,贷,500.00,500.00,转账,S1,示例甲行
{FIRST},{VICTIM},2026-05-01 12:00:20,贷,10000.00,10500.00,转账,S2,示例受害行
{FIRST},{SECOND},2026-05-01 12:05:00,借,4500.00,6000.00,转账,S3,示例乙行
{FIRST},{THIRD},2026-05-01 12:06:00,借,3000.00,3000.00,转账,S4,示例丙行
{FIRST},,2026-05-01 12:10:00,借,2000.00,1000.00,ATM取现,S5,
{FIRST},bad,2026-05-01 12:11:00,借,1.00,999.00,转账,S6,
"""
SECOND_BANK = f"""{HEAD}
{SECOND},{FIRST},2026-05-01 12:05:03,贷,4500.00,4500.00,转账,T1,示例一行
{SECOND},{FOURTH},2026-05-01 12:20:00,借,1500.00,3000.00,转账,T2,示例丁行
"""
VICTIM_BANK = f"""{HEAD}
{VICTIM},{FIRST},2026-05-01 12:00:05,借,10000.00,20.00,转账,V1,示例一行
"""
STATEMENTS = {"示例一行": FIRST_BANK, "示例乙行": SECOND_BANK, "示例受害行": VICTIM_BANK}
TOLD = VictimTransfer(VICTIM, FIRST, NOON, 1_000_000, payer_bank="示例受害行", payee_bank="示例一行")


def staff(role: Role = Role.DUTY_OFFICER, region: str = "3503", user: str = "u1", kind: OrgKind = OrgKind.POLICE_CITY) -> Scope:
    return Scope.of(Principal(user, f"民警{user}", "o1", "反诈中心", kind, region, frozenset({role})))


def report(platform: Platform, number: str = "J1", region: str = "350302") -> str:
    row = ReportRow("110", number, NOON + timedelta(minutes=20), "示例案情", region, FraudType.REBATE_TASKS, 1_000_000, "张小三")
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(Scope.system("test")) as work:
        service.import_many(work, [row], platform.tokens)
    return stable_id("report", "110", number)


def opened(platform: Platform, *, victim: bool = True) -> str:
    """A trace with the victim's transfer; its id."""
    report_id = report(platform)
    with platform.database.work(staff()) as work:
        trace: FundTrace = funds_service.open_trace(work, platform.tokens, report_id=report_id)
        if victim:
            funds_service.add_victim(work, trace.id, TOLD, platform.tokens)
        return trace.id


def give(platform: Platform, trace_id: str, folder: Path, text: str, bank: str) -> tuple[int, int, int, int, bool]:
    """Import a statement: received, accepted, duplicates, quarantined, and whether it was there before."""
    path = folder / f"{stable_id(text)}.csv"
    path.write_text(text, encoding="utf-8")
    with platform.database.work(staff()) as work:
        made, repeated = funds_service.take_statement(work, trace_id, File(path, "statement.csv", bank), platform.tokens)
        return made.received, made.accepted, made.duplicates, made.quarantined, repeated


def tokens_of(platform: Platform, accounts: Sequence[str]) -> dict[str, str]:
    """Account by token."""
    return {platform.tokens.seal("bank_account", account): account for account in accounts}
