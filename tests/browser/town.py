"""A small installation for the browser: the demonstration's staff, a few files taken in, the rules run over them, and warnings in several states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.browser.town_answers import decide_policy, doubt_numbers, hear_appeals, withdraw
from tests.browser.town_cases import file_cases
from tests.browser.town_funds import follow_money
from tests.browser.town_orders import place_orders
from tests.desks.detectors.kit import text as rule_text
from tests.desks.warnings_kit import Register, finding, merge

from fanzha.desks import detectors, intake, warnings
from fanzha.desks.detection import backtests
from fanzha.desks.detection.tasks import detect
from fanzha.desks.detectors import MoveKind
from fanzha.desks.intake import IntakeKind
from fanzha.desks.learning.tasks import gathered as learn
from fanzha.desks.learning.tasks import watch
from fanzha.desks.series.tasks import relinked
from fanzha.desks.sharing.tasks import due
from fanzha.desks.warnings import Feedback, Reached
from fanzha.faces.cli.demonstration.staff import Staff, hire
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.clock import to_local
from fanzha.store import Principal, Scope, Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

TOWN, TRIAL = "350302001", "trial_rule"
SCAMMER, RESIDENT, SHOP = "17000000001", "13900000077", "licai-example.test"
PAYER, PAYEE = "6200000000000000005", "6200000000000000013"
_LEVELS = (RiskLevel.RED, RiskLevel.YELLOW, RiskLevel.RED, RiskLevel.BLUE, RiskLevel.YELLOW, RiskLevel.GREEN, RiskLevel.RED, RiskLevel.BLUE)


@dataclass(frozen=True)
class Town:
    """`further`: role → addresses that it reaches and that no first page of their kind leads to."""

    staff: Staff
    further: Mapping[str, Sequence[str]]


def build(platform: Platform, home: Path) -> Town:
    """Hire, take files in, run the rules, have one more rule tried, warn eight more people over the last two days, answer some of the warnings, and learn from them."""
    staff = hire(platform, TOWN, home / "sign-ins.json")
    now = clock.now()
    for kind, content in _files(now).items():
        path = home / f"{kind}.csv"
        path.write_text(content, encoding="utf-8")
        intake.service.take(platform, Scope.system("test"), path, IntakeKind(kind), "示例来源")
    detect(platform)
    _tried_rule(platform, staff)
    for place, level in enumerate(_LEVELS):
        at = now - timedelta(hours=place * 6, minutes=3)
        warned = finding(f"f{place}", str(place + 1), level, at=at, region=TOWN, fraud_type=list(FraudType)[place % 4])
        merge(platform, warned, at=at, register=Register(TOWN))
    officer = staff.officers[TOWN]
    with platform.database.work(Scope.of(officer)) as work:
        waiting = [card.id for card in warnings.queue.my_tasks(work)]
    _live_through(platform, officer, waiting[0], now, 2)
    _live_through(platform, officer, waiting[1], now, 4)
    file_cases(platform, staff.duty)
    follow_money(platform, staff.duty, home)
    with clock.frozen(now - timedelta(minutes=30)):
        sent, query = place_orders(platform, staff)
    hear_appeals(platform, staff, home, sent, now)
    doubt_numbers(platform, staff, now)
    decide_policy(platform, staff)
    learn(platform)
    watch(platform)
    relinked(platform)
    due(platform)
    withdraw(platform, staff, SHOP)
    return Town(staff, {role.value: [f"/orders/{query}/holder"] for role in (Role.ANALYST, Role.DUTY_OFFICER)})


def _tried_rule(platform: Platform, staff: Staff) -> None:
    """A rule of the analyst's: its first version backtested and run as a shadow, a second one waiting for approval."""
    analyst, today = Scope.of(staff.analyst), clock.local_day(clock.now())
    with platform.database.work(analyst) as work:
        first = detectors.service.submit(work, rule_text(), "新手法").version
        backtest = backtests.request(work, platform.lake, TRIAL, first, today - timedelta(days=6), today).id
    backtests.run(platform, backtest_id=backtest)
    with platform.database.work(analyst) as work:
        detectors.service.request(work, TRIAL, first, MoveKind.SHADOW, "先看看效果")
        second = detectors.service.submit(work, rule_text(when="seconds >= 120")).version
        detectors.service.request(work, TRIAL, second, MoveKind.GO_LIVE, "误报少，申请上线")
    detect(platform, full=True)


def _files(now: datetime) -> dict[str, str]:
    """One file of each kind that a page shows; one transfer is wrong and waits in quarantine. All identifiers are made up."""
    at = to_local(now - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "indicators": f"号码,类型,诈骗类型,状态\n{SCAMMER},phone,authority,confirmed\n{SHOP},domain,investment,confirmed\n",
        "sims": f"手机号码,身份证号,姓名,地区代码,开户时间\n{RESIDENT},350302199001010013,测试居民,{TOWN},2020-01-01 00:00:00\n",
        "calls": f"主叫号码,被叫号码,通话时长,开始时间\n{SCAMMER},{RESIDENT},900,{at}\n",
        "reports": f"警情编号,报警时间,简要案情,案发地区划,诈骗类型,损失金额,报警人,联系电话,涉案电话\n"
        f"A1,{at},接到自称公安的电话，被要求转账到安全账户。,350302,authority,52000,测试甲,13900000091,{SCAMMER}\n"
        f"A2,{at},在群里刷单垫付后无法提现。,350304,rebate_tasks,8000.5,测试乙,13900000092,\n"
        f"A3,{at},自称公安的人说名下银行卡涉案，要求配合转账。,350303,authority,9000,测试丙,13900000093,{SCAMMER}\n" + _days_before(now),
        "transfers": f"交易流水号,交易时间,付款账号,收款账号,交易金额\n1,{at},{PAYER},{PAYEE},5000\n2,{at},{PAYER},{PAYEE},-3\n",
    }


def _days_before(now: datetime) -> str:
    """Reports of the last two days, whichever of them the newest briefing is about: two a day that name the same number."""
    noons = [f"{clock.local_day(now) - timedelta(days=back)} 12:00:00" for back in (1, 2)]
    return "".join(
        f"B{back}{place},{noon},在群里刷单垫付后无法提现。,350302,rebate_tasks,3000,测试丁,1390000008{place},{SCAMMER}\n"
        for back, noon in enumerate(noons) for place in range(2)
    )  # fmt: skip


def _live_through(platform: Platform, officer: Principal, warning_id: str, now: datetime, steps: int) -> None:
    service, dissuaded = warnings.service, Feedback(Outcome.DISSUADED, Reached.SELF, scam_type="authority", stage="transfer", amount_protected_fen=5_000_000)
    life: list[Callable[[Work], object]] = [
        lambda work: service.sign(work, warning_id),
        lambda work: service.record_attempt(work, warning_id, ContactResult.REACHED),
        lambda work: service.record_meeting(work, warning_id, "测试小区", identity_verified=True),
        lambda work: service.give_feedback(work, warning_id, dissuaded),
    ]
    for place, step in enumerate(life[:steps]):
        with clock.frozen(now - timedelta(minutes=40 - 5 * place)), platform.database.work(Scope.of(officer)) as work:
            step(work)
