"""The ten types, each as its script. Tell-tale sequences after DOMAIN §4; medians and spans are assumptions, listed in docs/simulator.md."""

from __future__ import annotations

from fanzha.simulator.gangs import texts
from fanzha.simulator.gangs.steps import Bait, By, Call, Script, Text, Victims, Visit
from fanzha.simulator.people import AT_HOME, FINANCE, OFFICIAL, RETIRED, STUDENT, TRADER, WORKER
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.stages import Stage

LEAD, GROOM, PAY = Stage.LEAD_IN, Stage.GROOMING, Stage.TRANSFER

SCRIPTS: tuple[Script, ...] = (
    Script(
        FraudType.REBATE_TASKS,
        weight=0.29,
        victims=Victims((18, 48), {STUDENT: 2.0, AT_HOME: 3.0}, men=0.5),
        hours=(16, 60),
        payments=(2, 5),
        apart=(0.3, 6),
        loss=32_000,
        bait=Bait((30, 400), (0.1, 0.4), (0.3, 0.9), (1, 3)),
        steps=(
            Text(LEAD, By.PORT, texts.REBATE_LURES),
            Call(LEAD, By.LINE, (20, 120), (0.0, 0.05)),
            Visit(LEAD, By.SITE, (40, 400), (0.02, 0.2)),
            Visit(GROOM, By.APP, (120, 3000), (0.15, 1.0), (4, 12)),
            Visit(PAY, By.APP, (300, 3000), before_pay=(5, 40)),
        ),
    ),
    Script(
        FraudType.INVESTMENT,
        weight=0.14,
        victims=Victims((28, 65), {TRADER: 2.0, RETIRED: 1.5}),
        hours=(48, 150),
        payments=(2, 4),
        apart=(4, 30),
        loss=88_000,
        bait=Bait((1000, 5000), (0.05, 0.25), (0.5, 0.9)),
        steps=(
            Call(LEAD, By.LINE, (20, 240), (0.0, 0.02)),
            Text(LEAD, By.LINE, texts.INVESTMENT_LURES, (0.0, 0.05)),
            Visit(GROOM, By.APP, (300, 3600), (0.05, 1.0), (6, 18)),
            Visit(GROOM, By.SITE, (200, 2400), (0.25, 1.0), (4, 12)),
            Visit(PAY, By.SITE, (300, 2400), before_pay=(5, 60)),
        ),
    ),
    Script(
        FraudType.SHOPPING,
        weight=0.12,
        victims=Victims((16, 45), {STUDENT: 1.5}),
        hours=(1, 24),
        payments=(1, 3),
        apart=(0.5, 8),
        loss=4_200,
        steps=(
            Text(LEAD, By.PORT, texts.SHOPPING_LURES),
            Visit(LEAD, By.SITE, (60, 900), (0.01, 0.3), (1, 3)),
            Visit(GROOM, By.APP, (100, 900), (0.3, 1.0), (1, 4)),
            Text(PAY, By.LINE, texts.SHOPPING_PRESSURE, before_pay=(2, 30)),
        ),
    ),
    Script(
        FraudType.LOGISTICS_AGENT,
        weight=0.11,
        victims=Victims((20, 55), {AT_HOME: 1.5, RETIRED: 1.2}),
        hours=(0.4, 2.5),
        payments=(2, 4),
        apart=(0.05, 0.5),
        loss=36_000,
        steps=(
            Call(LEAD, By.FOREIGN, (60, 600)),
            Call(GROOM, By.LINE, (300, 1500), (0.2, 0.6)),
            Text(GROOM, By.LINE, texts.LOGISTICS_LINKS, (0.3, 0.8)),
            Visit(GROOM, By.SHARE, (900, 5400), (0.6, 0.9)),
            Call(PAY, By.FOREIGN, (1200, 3600), before_pay=(4, 18)),
        ),
    ),
    Script(
        FraudType.LOAN,
        weight=0.09,
        victims=Victims((20, 50), {TRADER: 2.0, WORKER: 1.5}),
        hours=(5, 48),
        payments=(2, 4),
        apart=(0.5, 10),
        loss=21_000,
        steps=(
            Text(LEAD, By.PORT, texts.LOAN_LURES),
            Call(LEAD, By.LINE, (60, 400), (0.02, 0.1)),
            Visit(LEAD, By.SITE, (60, 500), (0.1, 0.2)),
            Visit(GROOM, By.APP, (200, 2000), (0.2, 1.0), (3, 9)),
            Text(PAY, By.LINE, texts.LOAN_PRESSURE, before_pay=(3, 40)),
        ),
    ),
    Script(
        FraudType.CREDIT_RECORD,
        weight=0.08,
        victims=Victims((19, 40), {STUDENT: 2.0, WORKER: 1.5}),
        hours=(0.5, 3),
        payments=(2, 5),
        apart=(0.1, 0.7),
        loss=33_000,
        steps=(
            Call(LEAD, By.FOREIGN, (120, 900)),
            Visit(GROOM, By.SHARE, (1800, 7200), (0.3, 0.7)),
            Text(GROOM, By.LINE, texts.CREDIT_TEXTS, (0.2, 0.6)),
            Call(PAY, By.FOREIGN, (1500, 4000), before_pay=(5, 22)),
        ),
    ),
    Script(
        FraudType.ACQUAINTANCE,
        weight=0.05,
        victims=Victims((25, 58), {FINANCE: 25.0, OFFICIAL: 2.0}),
        hours=(0.5, 8),
        payments=(1, 2),
        apart=(0.2, 2),
        loss=58_000,
        spread=1.1,
        steps=(
            Text(LEAD, By.LINE, texts.ACQUAINTANCE_LURES),
            Call(GROOM, By.LINE, (40, 300), (0.1, 0.7), (1, 2)),
            Visit(GROOM, By.APP, (60, 900), (0.3, 1.0), (1, 4)),
            Text(PAY, By.LINE, texts.ACQUAINTANCE_PRESSURE, before_pay=(3, 25)),
        ),
    ),
    Script(
        FraudType.AUTHORITY,
        weight=0.04,
        victims=Victims((20, 80), {RETIRED: 2.5, STUDENT: 1.5}),
        hours=(2, 40),
        payments=(2, 4),
        apart=(0.3, 8),
        loss=110_000,
        spread=1.0,
        steps=(
            Call(LEAD, By.FOREIGN, (600, 3000)),
            Call(GROOM, By.FOREIGN, (1200, 5400), (0.1, 1.0), (1, 4)),
            Visit(GROOM, By.SITE, (60, 600), (0.2, 0.6), (1, 2)),
            Visit(GROOM, By.SHARE, (1800, 7200), (0.5, 0.95)),
            Call(PAY, By.FOREIGN, (1500, 5400), before_pay=(5, 24)),
        ),
    ),
    Script(
        FraudType.ROMANCE,
        weight=0.04,
        victims=Victims((24, 62), {WORKER: 1.5}, men=3.0),
        hours=(60, 160),
        payments=(3, 5),
        apart=(5, 30),
        loss=26_000,
        steps=(
            Text(LEAD, By.LINE, texts.ROMANCE_LURES),
            Visit(GROOM, By.APP, (300, 5400), (0.05, 1.0), (8, 24)),
            Call(GROOM, By.LINE, (200, 2400), (0.2, 1.0), (2, 6)),
            Text(PAY, By.LINE, texts.ROMANCE_PRESSURE, before_pay=(10, 90)),
        ),
    ),
    Script(
        FraudType.GAME_TRADE,
        weight=0.04,
        victims=Victims((14, 28), {STUDENT: 3.0}, men=4.0),
        hours=(0.4, 3),
        payments=(2, 4),
        apart=(0.1, 0.6),
        loss=3_200,
        channel="快捷支付",
        steps=(
            Text(LEAD, By.LINE, texts.GAME_LURES),
            Visit(LEAD, By.SITE, (60, 500), (0.1, 0.5), (1, 2)),
            Visit(GROOM, By.SITE, (100, 900), (0.5, 1.0), (2, 4)),
            Text(PAY, By.PORT, texts.GAME_PRESSURE, before_pay=(1, 12)),
        ),
    ),
)
