"""Small made-up data: accounts in two circles whose calls and neighbours differ, and texts of three kinds."""

from __future__ import annotations

import numpy as np
import polars as pl


def accounts(rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Accounts `p0` …: every second one calls many different numbers; the labels of the last tenth are empty."""
    rng = np.random.default_rng(seed)
    bad = np.arange(rows) % 2
    labels = [None if number >= rows * 0.9 else int(kind) for number, kind in enumerate(bad)]
    return pl.DataFrame(
        {
            "id": [f"p{number}" for number in range(rows)],
            "calls": rng.poisson(20 + 10 * bad),
            "days": rng.integers(1, 31, rows),
            "place": rng.choice(["north", "south"], rows),
            "label": labels,
        }
    )


def edges(frame: pl.DataFrame, degree: int = 4, kinship: float = 0.9, seed: int = 1) -> pl.DataFrame:
    """Edges that run, with the chance `kinship`, between accounts of the same parity; amounts and times say nothing."""
    rng = np.random.default_rng(seed)
    count = frame.height
    source = np.repeat(np.arange(count), degree)
    step = 2 * rng.integers(1, count // 2, len(source)) + (rng.random(len(source)) > kinship)
    target = (source + step) % count
    ids = frame["id"].to_numpy()
    return pl.DataFrame(
        {"from": ids[source], "to": ids[target], "amount": rng.lognormal(3, 1, len(source)), "timestamp": 1_700_000_000 + rng.integers(0, 10**6, len(source))}
    )


def texts(rows: int = 90, seed: int = 0) -> pl.DataFrame:
    """Short texts of three kinds, each with its own words among common ones."""
    rng = np.random.default_rng(seed)
    own = {"loan": ["无抵押", "放款", "额度"], "prize": ["中奖", "领取", "大奖"], "plain": ["会议", "通知", "明天"]}
    common = ["您好", "请", "联系", "我们", "客服", "今天", "号码"]
    kinds = [sorted(own)[number % 3] for number in range(rows)]
    said = ["，".join(rng.permutation([*rng.choice(own[kind], 2), *rng.choice(common, 3), f"第{number}号"])) for number, kind in enumerate(kinds)]
    return pl.DataFrame({"text": said, "kind": kinds})
