"""Names put together from common characters."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.dice import pick

_SURNAMES = "林陈黄郑吴李张蔡杨方刘朱许王谢曾徐唐余潘苏何翁郭柯游傅邱宋肖俞阮祁卓欧"
_WEIGHTS = [26 / (rank + 1.6) for rank in range(len(_SURNAMES))]
_MALE = "建志国文明伟强军平辉金海春荣生华庆东峰斌杰勇涛鹏宇浩俊豪天一子轩凯毅晨旭阳成元清福德仁义"
_FEMALE = "丽秀美玉英金凤珠梅兰芳芬琴燕萍霞雪婷娜倩雯静怡欣慧敏洁颖佳思雨梦瑶琳晓清碧莲惠淑月"


def names(rng: np.random.Generator, male: np.ndarray, surname: pl.Series | None = None) -> pl.Series:
    """One name a row; `male` is a flag a row. Four in five have two given characters."""
    count = len(male)
    family = surnames(rng, count) if surname is None else surname
    return pl.Series("name", family + _given(rng, male, count) + _second(rng, male, count))


def surnames(rng: np.random.Generator, count: int) -> pl.Series:
    return pl.Series(list(_SURNAMES))[pick(rng, _WEIGHTS, count)]


def _given(rng: np.random.Generator, male: np.ndarray, count: int) -> pl.Series:
    him = np.array(list(_MALE))[rng.integers(0, len(_MALE), count)]
    her = np.array(list(_FEMALE))[rng.integers(0, len(_FEMALE), count)]
    return pl.Series(np.where(male, him, her))


def _second(rng: np.random.Generator, male: np.ndarray, count: int) -> pl.Series:
    return pl.select(pl.when(pl.Series(rng.random(count) < 0.8)).then(_given(rng, male, count)).otherwise(pl.lit(""))).to_series()
