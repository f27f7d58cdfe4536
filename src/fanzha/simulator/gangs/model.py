"""What a gang owns: SIM boxes, numbers abroad, message ports, domains, apps, chat accounts and borrowed bank accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.simulator.accounts import bank_columns
from fanzha.simulator.city import City
from fanzha.simulator.dice import DAY, Ints, apportion, dice
from fanzha.simulator.gangs.scripts import SCRIPTS
from fanzha.simulator.gangs.steps import Script
from fanzha.simulator.numbers import MOBILE, RESERVED, VIRTUAL, imeis, imsis, mobiles
from fanzha.simulator.phones import cells, named
from fanzha.vocab.fraud_types import FraudType

FRAUDS_A_GANG = 12
LINES_A_BOX = 16
_COUNTRIES = {"852": 8, "855": 9, "95": 10, "63": 10, "44": 10, "1": 10}  # digits after the calling code
_VIRTUAL_BOXES = 0.6
_WORDS = {
    "rebate_tasks": "renwu",
    "investment": "licai",
    "shopping": "shangcheng",
    "logistics_agent": "lipei",
    "loan": "jiedai",
    "credit_record": "zhengxin",
    "acquaintance": "lianxi",
    "authority": "banan",
    "romance": "jiaoyou",
    "game_trade": "jiaoyi",
}
_SHARING = (
    None,
    ("com.tencent.wemeet.app", "meeting.tencent.com"),
    ("youqu.android.todesk", "www.todesk.com"),
    ("com.oray.sunlogin", "sunlogin.oray.com"),
    ("com.anydesk.anydeskandroid", "anydesk.com"),
)
_ENDINGS = ("top", "xyz", "vip", "cc", "shop")


@dataclass(frozen=True)
class Gang:
    """Arrays hold indices of lines (`lines`, `foreign`, `ports`) and of accounts (`layers`: collectors, movers, outlets; `cash`: where money leaves).

    `share`: application and host by which victims' screens are seen; an honest tool more often than one of the gang's own.
    """

    number: int
    script: Script
    frauds: int
    lines: Ints
    foreign: Ints
    ports: Ints
    sites: tuple[str, ...]
    apps: tuple[str, ...]
    app_hosts: tuple[str, ...]
    share: tuple[str, str]
    contacts: tuple[str, ...]
    layers: tuple[Ints, Ints, Ints]
    cash: Ints

    @property
    def shares_by_own_app(self) -> bool:
        return self.share not in _SHARING

    @property
    def name(self) -> str:
        return f"G{self.number:03d}"


def gangs(city: City, frauds: int) -> list[Gang]:
    """The gangs that work `frauds` frauds between them, one type each."""
    rng = dice(city.plan.seed, "gangs")
    before = len(city.lines)
    made: list[Gang] = []
    for script, share in zip(SCRIPTS, apportion(frauds, [script.weight for script in SCRIPTS]), strict=True):
        teams = max(1, int(np.ceil(share / FRAUDS_A_GANG))) if share else 0
        for part in apportion(int(share), [1.0] * teams) if teams else ():
            made.append(_gang(rng, city, before, len(made), script, int(part)))
    return made


def _gang(rng: np.random.Generator, city: City, before: int, number: int, script: Script, frauds: int) -> Gang:
    word = _WORDS[script.type.value]
    mark = [f"{number}{letter}" for letter in "abcd"]
    size = 1 + frauds // 6
    return Gang(
        number=number,
        script=script,
        frauds=frauds,
        lines=_sim_boxes(rng, city, 1 + frauds // 8, len(city.lines) - before),
        foreign=named(city.lines, [_foreign(rng, script, number, order) for order in range(4 + size)]),
        ports=named(city.lines, [f"1068{70_000_000 + number * 100 + order}" for order in range(2)]),
        sites=tuple(f"moni-{word}{end}.{_ENDINGS[int(rng.integers(0, len(_ENDINGS)))]}" for end in mark[: 2 + size // 3]),
        apps=(f"com.moni.{word}{mark[0]}",),
        app_hosts=(f"api.moni-{word}{mark[0]}app.top",),
        share=_SHARING[int(rng.integers(0, len(_SHARING)))] or (f"com.moni.share{mark[0]}", f"rtc.moni-share{mark[0]}.cc"),
        contacts=tuple(str(9_990_000_000 + number * 1000 + order) for order in range(3)),
        layers=(mules(rng, city, 3 + size), mules(rng, city, 5 + 2 * size), mules(rng, city, 3 + size)),
        cash=mules(rng, city, 2, residents=0.0),
    )


def _foreign(rng: np.random.Generator, script: Script, gang: int, order: int) -> str:
    """A number abroad; one in three of those who pose as police shows what no exchange can have sent (+00…)."""
    if script.type is FraudType.AUTHORITY and order % 3 == 0:
        return f"+00{gang:03d}{order:02d}110"
    code = list(_COUNTRIES)[int(rng.integers(0, len(_COUNTRIES)))]
    return f"00{code}" + f"9{gang:03d}{order:02d}".ljust(_COUNTRIES[code], "0")


def _sim_boxes(rng: np.random.Generator, city: City, boxes: int, sold: int) -> Ints:
    """Lines of SIM boxes: one IMEI a box, one cell, cards lent by residents and sold lately. `sold`: lines the gangs have already."""
    count = boxes * LINES_A_BOX
    first = len(city.lines)
    box = np.repeat(np.arange(boxes), LINES_A_BOX)
    virtual = pl.Series(rng.random(boxes) < _VIRTUAL_BOXES)[box]
    pick_of = pl.when(virtual)
    towns = city.crowd["region"][rng.integers(0, city.crowd.height, boxes)]
    lenders = _lenders(rng, city, count)
    block = {
        "number": pl.select(
            pick_of.then(mobiles(VIRTUAL, sold, count, city.plan.seed)).otherwise(mobiles(MOBILE, RESERVED + sold, count, city.plan.seed))
        ).to_series(),
        "person": lenders,
        "opened": -rng.integers(20 * DAY, 60 * DAY, count),
        "imsi": imsis(pl.Series(["移动"] * count), 5_000_000 + first),
        "imei": imeis(900_000 + first, boxes)[box],
        "carrier": pl.select(pick_of.then(pl.lit("虚拟运营商")).otherwise(pl.lit("移动"))).to_series(),
        "outlet": pl.Series(["移动营业厅代理点"] * count),
        "cell": cells(rng, towns)[box],
        "state": pl.Series(["正常"] * count),
    }
    return city.lines.add(pl.DataFrame(block))


def _lenders(rng: np.random.Generator, city: City, count: int) -> Ints:
    """Grown residents who lend a card or an account; one may lend several."""
    able = np.flatnonzero((city.crowd["age"].to_numpy() >= 18) & (city.line_of >= 0))
    return able[rng.integers(0, len(able), max(1, count // 3))][rng.integers(0, max(1, count // 3), count)]


def nothing() -> Ints:
    """What a gang does without."""
    return np.zeros(0, dtype=np.int64)


def mules(rng: np.random.Generator, city: City, count: int, residents: float = 0.5) -> Ints:
    """Borrowed accounts opened lately; about half belong to residents, the others are elsewhere."""
    local = rng.random(count) < residents
    person = pl.Series(_lenders(rng, city, count))
    block = bank_columns(rng, len(city.accounts), count, city.crowd["region"][person.to_numpy()])
    line = pl.Series(city.line_of[person.to_numpy()])
    known = block.with_columns(
        person=person, line=line, opened=pl.Series(-rng.integers(20 * DAY, 90 * DAY, count)), holder_kind=pl.lit("person")
    )
    kept = ("account", "bank")
    columns = [pl.col(name) if name in kept else pl.when(pl.Series(local)).then(pl.col(name)).alias(name) for name in known.columns]
    return city.accounts.add(known.select(columns).with_columns(local=pl.Series(local)))
