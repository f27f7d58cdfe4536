"""A money trail of the browser's town with two banks' statements, and a refund of it that banks are asked to pay. All accounts and people are made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from fanzha.desks import cases, identity
from fanzha.desks.funds import File, VictimTransfer, refunds, service
from fanzha.desks.funds.frozen import FrozenAccount
from fanzha.desks.funds.refunds import Claimant, Draft
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

VICTIM, FIRST, SECOND = "6200000000000000111", "6200000000000000122", "6200000000000000133"


def follow_money(platform: Platform, officer: Principal, folder: Path) -> str:
    """Returns the id of the trail."""
    head = replace(officer, user_id="town-head", name="测试局长", roles=frozenset({Role.LEADER}))
    now = clock.now() - timedelta(minutes=50)
    at = [clock.to_local(now + timedelta(minutes=5 * place)).strftime("%Y-%m-%d %H:%M:%S") for place in range(3)]
    lines = (
        "本方账号,对手账号,交易时间,借贷标志,交易金额,交易余额,交易渠道",
        f"{FIRST},{VICTIM},{at[0]},贷,52000.00,52000.00,手机银行",
        f"{FIRST},{SECOND},{at[1]},借,30000.00,22000.00,手机银行",
        f"{FIRST},,{at[2]},借,2000.00,20000.00,ATM取现",
    )
    path = folder / "statement.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with platform.database.work(Scope.of(officer)) as work:
        report = cases.service.search(work, words="A1").rows[0]
        trail = service.open_trace(work, platform.tokens, report_id=report.id).id
        service.add_victim(work, trail, VictimTransfer(VICTIM, FIRST, now, 5_200_000, "示例受害行", "示例一行", "测试甲"), platform.tokens)
        service.take_statement(work, trail, File(path, "statement.csv", "示例一行"), platform.tokens)
        victim = service.view(work, trail).victims[0].victim
        banks = [org.id for org in identity.service.organisations(work) if org.org_kind is OrgKind.BANK]
        frozen = FrozenAccount(service.account_token(FIRST, platform.tokens), 2_000_000, "示例一行", banks[0] if banks else None, "银行函告")
        of = refunds.draft(work, trail, Draft([frozen], [Claimant(victim, "测试甲", 5_200_000, VICTIM)]), platform.tokens)
    with platform.database.work(Scope.of(head)) as work:
        refunds.decide(work, of.id, "示例返决字1号")
    with platform.database.work(Scope.of(officer)) as work:
        refunds.send(work, of.id)
    return trail
