"""Cases of the browser's town: one with everything on it, one merged into it, one alone. All people and numbers are made up."""

from __future__ import annotations

import io
from datetime import timedelta

from fanzha.desks.cases import NewCase, NewLoss, NewSuspect, NewTask, NewVictim, Vault, assigning, editing, evidence, filing, joining
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType

STORY = "被害人在群里做刷单返利任务，垫付后无法提现，对方电话17000000001，收款账号6200000000000000013。"


def file_cases(platform: Platform, officer: Principal) -> str:
    """Returns the id of the case that has a part of every kind."""
    now = clock.now()
    with platform.database.work(Scope.of(officer)) as work:
        first, second, _ = (
            filing.file(work, NewCase(
                STORY, now - timedelta(hours=3), "350302", number, FraudType.REBATE_TASKS, now - timedelta(hours=5),
                victims=(NewVictim(f"测试{name}", f"1390000009{place}"),), losses=(NewLoss(5_200_000), NewLoss(30_000)),
                suspects=(NewSuspect("17000000001"), NewSuspect("6222000000000000000"), NewSuspect("licai-example.test")), source="110",
            ), platform.tokens, key=f"town case {place}")
            for place, (name, number) in enumerate((("甲", "A3503020000002026050001"), ("乙", ""), ("丙", "闽涵2026-7")))
        )  # fmt: skip
        mine = officer.user_id if any(one.id == officer.user_id for one in assigning.assignable(work, first)) else ""
        assigning.add_task(work, first.id, NewTask("调取银行流水", mine, due_at=now + timedelta(hours=4)), key="town task")
        editing.add_note(work, first.id, now - timedelta(hours=1), "已走访被害人，取得聊天记录。", key="town note")
        evidence.add(work, Vault(platform.settings.home / "evidence"), first.id, io.BytesIO(b"%PDF-1.7 made up"), "转账凭证.pdf", "被害人提供")
        joining.merge(work, second.id, first.id, "同一收款账号")
    return first.id
