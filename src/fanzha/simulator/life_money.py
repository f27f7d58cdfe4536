"""Ordinary money: salaries, rent, purchases, settlements, family, own savings, and now and then a large sum to somebody new."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import DAY, HOUR, Ints, around, dice, moments, pick, whole_yuan
from fanzha.simulator.events import shaped
from fanzha.simulator.people import FINANCE, OFFICIAL, WORKER

_LARGE = 0.0015  # large honest payments a person and day: tuition, building, weddings
_RENTERS = 0.15
_PAYDAYS = (5, 8, 10, 15, 20, 25)


def life_money(city: City) -> pl.DataFrame:
    """Every ordinary transfer of the span (events.TRANSFERS), in no order."""
    parts = [_purchases(city), _salaries(city), _rents(city), _between_people(city), _own_moves(city), _settlements(city), _large(city)]
    return pl.concat(part.filter(pl.col("payer") != pl.col("payee")) for part in parts)


def _transfers(t: Ints, payer: Ints, payee: Ints, amount: Ints, channel: str | pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"t": t, "payer": payer, "payee": payee, "amount_fen": amount})
    return shaped("transfers", frame.with_columns(channel=pl.lit(channel) if isinstance(channel, str) else channel))


def _purchases(city: City) -> pl.DataFrame:
    rng = dice(city.plan.seed, "purchases")
    holders = city.account_of[city.account_of >= 0]
    total = rng.poisson(rates.PURCHASES * len(holders) * city.plan.days)
    shop = city.shops[pick(rng, 1 / (np.arange(len(city.shops)) + 8.0), total)]
    online = city.strangers[rng.integers(0, len(city.strangers), total)]
    payee = np.where(rng.random(total) < 0.06, online, shop)
    when = moments(rng, total, city.plan.weekdays(), rates.HOURS_OF_LIFE, 1.2)
    amount = np.maximum(around(rng, total, 2_800, 1.1, 100, 600_000), 100)
    return _transfers(when, holders[pick(rng, rng.lognormal(0, 0.5, len(holders)), total)], payee, amount, "快捷支付")


def _salaries(city: City) -> pl.DataFrame:
    rng = dice(city.plan.seed, "salaries")
    employed = city.crowd["occupation"].is_in([WORKER, FINANCE, OFFICIAL]).to_numpy() & (city.account_of >= 0)
    payee = city.account_of[employed]
    firm = rng.integers(0, len(city.firms), len(payee))
    payday = np.array(_PAYDAYS)[rng.integers(0, len(_PAYDAYS), len(city.firms))]
    wage = whole_yuan(around(rng, len(payee), 520_000, 0.4, 180_000, 3_000_000), 1_000)
    parts = []
    for day, number in enumerate(_days_of_month(city)):
        due = np.flatnonzero(payday[firm] == number)
        at = day * DAY + 9 * HOUR + rng.integers(0, 2 * HOUR, len(due))
        parts.append(_transfers(at, city.firms[firm[due]], payee[due], wage[due], "代发工资"))
    return pl.concat(parts)


def _rents(city: City) -> pl.DataFrame:
    rng = dice(city.plan.seed, "rents")
    holders = city.account_of[city.account_of >= 0]
    tenant = holders[rng.random(len(holders)) < _RENTERS]
    landlord = holders[rng.integers(0, len(holders), len(tenant))]
    due = rng.integers(1, 29, len(tenant))
    rent = whole_yuan(around(rng, len(tenant), 90_000, 0.4, 30_000, 500_000), 5_000)
    parts = []
    for day, number in enumerate(_days_of_month(city)):
        now = np.flatnonzero(due == number)
        at = day * DAY + 18 * HOUR + rng.integers(0, 4 * HOUR, len(now))
        parts.append(_transfers(at, tenant[now], landlord[now], rent[now], "手机银行"))
    return pl.concat(parts)


def _days_of_month(city: City) -> list[int]:
    start = city.plan.start
    days = pl.date_range(start, pl.lit(start) + pl.duration(days=city.plan.days - 1), eager=True)
    return days.dt.day().to_list()


def _between_people(city: City) -> pl.DataFrame:
    rng = dice(city.plan.seed, "between people")
    holders = city.account_of[city.account_of >= 0]
    total = rng.poisson(rates.FAMILY_GIFTS * len(holders) * city.plan.days)
    giver = rng.integers(0, len(holders), total)
    near = np.clip(giver + rng.integers(-5, 6, total), 0, len(holders) - 1)
    friend = np.clip(giver + rng.integers(-800, 801, total), 0, len(holders) - 1)
    receiver = np.where(rng.random(total) < 0.6, near, friend)
    amount = whole_yuan(around(rng, total, 40_000, 1.1, 500, 8_000_000), 100)
    return _transfers(
        moments(rng, total, city.plan.weekdays(), rates.HOURS_OF_LIFE, 1.2), holders[giver], holders[receiver], amount, "手机银行"
    )


def _own_moves(city: City) -> pl.DataFrame:
    """Between two accounts of one person: neighbours in the register that have the same holder."""
    rng = dice(city.plan.seed, "own moves")
    pairs = np.flatnonzero(city.own_account_person[1:] == city.own_account_person[:-1])
    total = rng.poisson(rates.OWN_MOVES * city.plan.people * city.plan.days) if len(pairs) else 0
    first = pairs[rng.integers(0, max(1, len(pairs)), total)] if total else np.empty(0, dtype=np.int64)
    amount = whole_yuan(around(rng, total, 200_000, 1.0, 10_000, 20_000_000), 10_000)
    when = moments(rng, total, city.plan.weekdays(), rates.HOURS_OF_LIFE)
    return _transfers(when, city.own_accounts[first], city.own_accounts[first + 1], amount, "手机银行")


def _settlements(city: City) -> pl.DataFrame:
    """Every shop pays a supplier late each evening: many in, one out, and honest."""
    rng = dice(city.plan.seed, "settlements")
    shop = np.tile(city.shops, city.plan.days)
    at = np.repeat(np.arange(city.plan.days), len(city.shops)) * DAY + 21 * HOUR + rng.integers(0, 2 * HOUR, len(shop))
    supplier = city.firms[(shop * 31) % len(city.firms)]
    return _transfers(at, shop, supplier, whole_yuan(around(rng, len(shop), 70_000, 0.8, 5_000, 3_000_000)), "网上银行")


def _large(city: City) -> pl.DataFrame:
    rng = dice(city.plan.seed, "large sums")
    holders = city.account_of[city.account_of >= 0]
    total = rng.poisson(_LARGE * len(holders) * city.plan.days)
    payees = np.concatenate([city.strangers, city.firms, holders[:: max(1, len(holders) // 500)]])
    channel = pl.Series(["手机银行", "网上银行", "柜面"])[pick(rng, (0.6, 0.2, 0.2), total)]
    amount = whole_yuan(around(rng, total, 3_000_000, 0.9, 500_000, 200_000_000), 10_000)
    when = moments(rng, total, city.plan.weekdays(), rates.HOURS_OF_WORK, 0.5)
    return _transfers(when, holders[rng.integers(0, len(holders), total)], payees[rng.integers(0, len(payees), total)], amount, channel)
