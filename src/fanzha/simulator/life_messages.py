"""Ordinary short messages: codes, parcels, banks, operators, government, marketing and a few between people."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import dice, moments, pick
from fanzha.simulator.events import shaped

_TEMPLATES: tuple[tuple[float, str, tuple[str, ...]], ...] = (
    (
        0.36,
        "ports",
        (
            "【模拟商城】您的验证码是{n}，5分钟内有效，请勿泄露给他人。",
            "【模拟出行】验证码{n}，用于登录，如非本人操作请忽略。",
            "【模拟银行】您正在修改密码，验证码{n}，任何人索要均为诈骗。",
            "【政务服务】登录验证码：{n}，10分钟内有效。",
        ),
    ),
    (
        0.22,
        "ports",
        (
            "【模拟快递】您的包裹已到丰巢柜，取件码{n}，请24小时内取件。",
            "【驿站】您有快递到小区东门驿站，取件码{n}。",
            "【模拟速运】您的快件正在派送，快递员尾号{n}，请保持电话畅通。",
        ),
    ),
    (
        0.15,
        "banks",
        (
            "您尾号{n}的账户于今日完成一笔支出，余额请登录手机银行查询。【模拟银行】",
            "您尾号{n}账户工资入账成功。【模拟银行】",
            "您的信用卡本期账单已出，最低还款额{n}元，请按时还款。【模拟银行】",
        ),
    ),
    (0.09, "operators", ("尊敬的客户，您本月剩余流量{n}MB，详情请登录营业厅。", "您的话费余额不足{n}元，请及时充值，以免影响使用。")),
    (
        0.10,
        "ports",
        (
            "【模拟超市】会员日满{n}减20，鸡蛋特价，欢迎到店选购，拒收请回复R。",
            "【模拟影城】周末观影优惠，凭会员号{n}到店使用。",
            "【模拟教育】暑期班开始报名，咨询请到门店，编号{n}。",
        ),
    ),
    (
        0.03,
        "ports",
        ("【莆田反诈】凡是刷单返利都是诈骗，遇到可疑情况请拨打96110。编号{n}", "【社区通知】明日上午8点停水检修，请提前储水。通知{n}号"),
    ),
    (
        0.05,
        "people",
        (
            "晚上回来吃饭吗",
            "妈，我到了，车次{n}",
            "明天早上{n}点半开会别忘了",
            "孩子老师说周五开家长会",
            "刚才在忙，什么事？",
            "红糖买了两斤，放你那",
        ),
    ),
)


def life_messages(city: City) -> pl.DataFrame:
    """Every ordinary message of the span (events.MESSAGES), in no order."""
    rng = dice(city.plan.seed, "life messages")
    total = rng.poisson(rates.MESSAGES * len(city.sims) * city.plan.days)
    counts = rng.multinomial(total, [share for share, _, _ in _TEMPLATES])
    senders = {"ports": city.ports, "banks": city.bank_numbers, "operators": city.operator_numbers, "people": city.sims}
    parts = [_messages(rng, city, int(count), senders[who], texts) for count, (_, who, texts) in zip(counts, _TEMPLATES, strict=True)]
    return pl.concat(parts)


def _messages(rng: np.random.Generator, city: City, count: int, senders: np.ndarray, texts: tuple[str, ...]) -> pl.DataFrame:
    which = pick(rng, [1.0] * len(texts), count)
    number = pl.Series(rng.integers(1000, 999_999, count)).cast(pl.String)
    head = pl.Series([text.partition("{n}")[0] for text in texts])[which]
    tail = pl.Series([text.partition("{n}")[2] for text in texts])[which]
    slot = pl.Series(["{n}" in text for text in texts])[which]
    middle = pl.select(pl.when(slot).then(number).otherwise(pl.lit(""))).to_series()
    frame = {
        "t": moments(rng, count, city.plan.weekdays(), rates.HOURS_OF_LIFE, 0.9),
        "sender": senders[rng.integers(0, len(senders), count)],
        "receiver": city.sims[rng.integers(0, len(city.sims), count)],
        "text": head + middle + tail,
    }
    return shaped("messages", pl.DataFrame(frame))
