"""A trick that the shipped rules do not know, to measure how fast a new rule for it comes (fanzha simulate --new-trick).

“Your medical insurance card has been misused” (医保卡异常): an ordinary number from another province talks the victim into moving savings to “safe accounts”,
in several payments minutes apart, each to another account elsewhere. No text, site, application, foreign number or SIM box takes part, the centre knows
none of the gang's numbers and accounts, and no bank in the city sees where the money goes.
"""

from __future__ import annotations

import polars as pl

from fanzha.simulator.city import City
from fanzha.simulator.dice import dice
from fanzha.simulator.gangs.model import Gang, mules, nothing
from fanzha.simulator.gangs.play import payments_of, steps_of
from fanzha.simulator.gangs.steps import By, Call, Script, Victims
from fanzha.simulator.numbers import ELSEWHERE, mobiles
from fanzha.simulator.people import RETIRED
from fanzha.simulator.phones import named
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.stages import Stage

SCRIPT = Script(
    FraudType.AUTHORITY,
    weight=0.0,
    victims=Victims((40, 80), {RETIRED: 2.0}),
    hours=(0.5, 3),
    payments=(3, 5),
    apart=(0.03, 0.15),
    loss=60_000,
    spread=0.3,
    steps=(Call(Stage.LEAD_IN, By.LINE, (240, 1200)), Call(Stage.GROOMING, By.LINE, (600, 1800), (0.6, 0.9))),
)
_ACCOUNTS_A_FRAUD = 8
_FIRST_NUMBER = 120_000
"""From this index on, numbers of ELSEWHERE are nobody's yet."""


def new_gang(city: City, number: int, frauds: int) -> Gang:
    """The gang that works the trick. `number`: how many gangs there are before it."""
    rng = dice(city.plan.seed, "new trick")
    lines = named(city.lines, mobiles(ELSEWHERE, _FIRST_NUMBER, 2 + frauds, city.plan.seed).to_list())
    return Gang(
        number=number, script=SCRIPT, frauds=frauds, lines=lines, foreign=nothing(), ports=nothing(), sites=(), apps=(), app_hosts=(),
        share=("com.tencent.wemeet.app", "meeting.tencent.com"), contacts=tuple(str(9_980_000_000 + order) for order in range(3)),
        layers=(mules(rng, city, _ACCOUNTS_A_FRAUD * frauds, residents=0.0), nothing(), nothing()), cash=nothing(),
    )  # fmt: skip


def play(city: City, gang: Gang, frauds: pl.DataFrame, parts: dict[str, list[pl.DataFrame]]) -> None:
    """Add its calls and payments to the events by kind: no lures, no laundering that anybody sees."""
    paid = payments_of(gang, frauds, city.plan.seed)
    for kind, frame in steps_of(gang, frauds, paid, city).items():
        parts[kind].append(frame)
    parts["transfers"].append(paid.filter(pl.col("t").is_between(0, city.plan.seconds, closed="left")))
