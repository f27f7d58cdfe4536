"""Staff and cases for the tests of the cases desk. Every person and number here is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fanzha.desks.cases import Case, LossRole, NewCase, NewLoss, NewSuspect, NewVictim, filing
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers.people import check_character
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
PHONE, SUSPECT = "13800000001", "17000000001"
CARD = "35030219900101123" + check_character("35030219900101123")
STORY = "报警人张小三称5月1日在示例平台刷单返利，对方加V信后要求垫付，联系电话17000000001，转账后无法提现。"
NUMBER = "A3503020000002026050001"


def staff(region: str = "3503", role: Role = Role.DUTY_OFFICER, kind: OrgKind | None = None) -> Scope:
    of_kind = kind or (OrgKind.POLICE_COUNTY if len(region) == 6 else OrgKind.POLICE_CITY)
    return Scope.of(Principal(f"user-{region}", f"民警{region}", f"org-{region}", f"反诈中心{region}", of_kind, region, frozenset({role})))


def new(**more: Any) -> NewCase:
    given: dict[str, Any] = {
        "narrative": STORY, "reported_at": NOON, "region": "350302", "number": "", "fraud_type": FraudType.REBATE_TASKS,
        "happened_at": NOON - timedelta(minutes=95), "victims": (NewVictim("张小三", PHONE, CARD),), "losses": (NewLoss(123_400), NewLoss(400, LossRole.RETURNED)),
        "suspects": (NewSuspect(SUSPECT), NewSuspect("https://made-up.example/x")), "source": "110",
    }  # fmt: skip
    return NewCase(**(given | more))


def put(platform: Platform, scope: Scope | None = None, at: datetime = NOON + timedelta(hours=1), key: str = "", **more: Any) -> Case:
    with clock.frozen(at), platform.database.work(scope or staff()) as work:
        return filing.file(work, new(**more), platform.tokens, key=key or new_id())
