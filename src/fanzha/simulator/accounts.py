"""Bank accounts: residents', merchants', employers', and those at banks elsewhere."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.dice import DAY, Ints, dice, pick
from fanzha.simulator.numbers import cards
from fanzha.simulator.plan import Plan
from fanzha.simulator.register import Register, Schema

BANKS = ("工商银行", "农业银行", "中国银行", "建设银行", "交通银行", "邮储银行", "农商银行", "兴业银行")
_BANK_WEIGHTS = (0.16, 0.2, 0.1, 0.17, 0.05, 0.13, 0.13, 0.06)

ACCOUNTS: Schema = {
    "account": pl.String,
    "person": pl.Int64,  # null: an entity, or somebody the city does not know
    "line": pl.Int64,  # the phone given at opening
    "opened": pl.Int64,
    "bank": pl.String,
    "branch": pl.String,
    "holder_kind": pl.String,
    "entity_name": pl.String,
    "region": pl.String,
    "state": pl.String,
    "local": pl.Boolean,  # opened at a branch in the city, so in its banks' lists
}

_SHOP_KINDS = ("超市", "餐饮店", "便利店", "水果店", "药店", "服装店", "电动车行", "茶叶店", "早餐店", "五金店")
_FIRM_KINDS = ("鞋业有限公司", "医院管理中心", "建筑工程有限公司", "木业有限公司", "食品有限公司", "学校", "物流有限公司", "电子有限公司")


def resident_accounts(plan: Plan, crowd: pl.DataFrame, lines: pl.DataFrame, register: Register) -> Ints:
    """Give every resident old enough one to three accounts, the phone being the person's first line; returns them in order of person."""
    rng = dice(plan.seed, "accounts")
    phones = (
        lines.with_row_index("line")
        .filter(pl.col("person").is_not_null())
        .group_by("person", maintain_order=True)
        .agg(pl.col("line").first())
    )
    holders = crowd.filter(pl.col("age") >= rates.ACCOUNT_FROM_AGE).join(phones, on="person", how="left", maintain_order="left")
    owner = np.repeat(np.arange(holders.height), pick(rng, rates.ACCOUNTS_OF_ONE, holders.height) + 1)
    who = holders[owner].select("person", "line", "region")
    block = bank_columns(rng, len(register), len(owner), who["region"])
    opened = pl.Series("opened", -rng.integers(30 * DAY, 5000 * DAY, len(owner)))
    return register.add(
        pl.concat([who.drop("region"), block], how="horizontal").with_columns(
            opened, holder_kind=pl.lit("person"), local=pl.lit(value=True)
        )
    )


def bank_columns(rng: np.random.Generator, first: int, count: int, region: pl.Series) -> pl.DataFrame:
    """Card, bank, branch, region and state of `count` new accounts; `first` is the register's size, which keeps cards unique."""
    bank = pick(rng, _BANK_WEIGHTS, count)
    bank_name = pl.Series("bank", BANKS)[bank]
    branch = bank_name + "莆田" + pl.Series(rng.integers(1, 13, count)).cast(pl.String) + "支行"
    columns = {"account": cards(bank, first), "bank": bank_name, "branch": branch, "region": region.alias("region")}
    return pl.DataFrame(columns).with_columns(state=pl.lit("正常"))


def entities(plan: Plan, crowd: pl.DataFrame, register: Register, people_each: int, part: str) -> Ints:
    """Accounts of shops or firms, one for every `people_each` residents, placed as the residents are. `part`: 'shops' or 'firms'."""
    rng = dice(plan.seed, part)
    count = max(6, crowd.height // people_each)
    kinds = _SHOP_KINDS if part == "shops" else _FIRM_KINDS
    region = crowd["region"][rng.integers(0, crowd.height, count)]
    number = pl.Series(np.arange(1, count + 1)).cast(pl.String)
    name = "莆田模拟" + number + pl.Series(kinds)[rng.integers(0, len(kinds), count)]
    opened = pl.Series("opened", -rng.integers(60 * DAY, 3000 * DAY, count))
    block = bank_columns(rng, len(register), count, region).with_columns(
        opened, entity_name=name, holder_kind=pl.lit("entity"), local=pl.lit(value=True)
    )
    return register.add(block)


def elsewhere(plan: Plan, register: Register, count: int, part: str) -> Ints:
    """Accounts at branches outside the city; its banks see the number and the bank, and no more."""
    rng = dice(plan.seed, part)
    block = bank_columns(rng, len(register), count, pl.Series([None] * count, dtype=pl.String))
    return register.add(block.select("account", "bank").with_columns(local=pl.lit(value=False)))
