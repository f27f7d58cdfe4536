"""Cases of gangs that never were, with the truth beside them: what linking is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.linking.cases import Cases
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.meaning import samples
from fanzha.engine.linking.script import script_places

COLUMNS = {"account": Shared.ACCOUNT, "phone": Shared.PHONE, "site": Shared.SITE, "chat": Shared.CHAT, "app": Shared.APP}
POOL = {"account": 2, "phone": 2, "site": 1, "chat": 1, "app": 1}  # how many a gang of twenty cases has of each
HOTLINES = ("95000000", "96000", "400000000", "hotline.example.gov")
DAYS = 365
TYPES = 10


@dataclass(frozen=True)
class City:
    """`table`: case_id, day, fraud_type and a column for each kind; `truth`: the gang of each case (a case of no gang is its own)."""

    table: pl.DataFrame
    truth: Ints

    def cases(self, narratives: Sequence[str] | None = None) -> Cases:
        """The same, ready to be linked; with what the victims tell, where it is given."""
        rows = self.table.with_row_index("case")
        told = (rows.select(pl.col("case").cast(pl.Int32), pl.lit(int(kind), pl.Int8).alias("kind"), pl.col(name).alias("value")) for name, kind in COLUMNS.items())
        mentions = pl.concat(told)
        if narratives is not None:
            mentions = pl.concat([mentions, script_places(narratives).select("case", pl.lit(int(Shared.SCRIPT), pl.Int8).alias("kind"), "value")])
        types, days = (self.table[name].cast(pl.Int32).to_numpy() for name in ("fraud_type", "day"))
        built = Cases.build(self.table["case_id"], types, days, mentions)
        return built if narratives is None else replace(built, told=samples(narratives))


def city(cases: int, *, sharing: float = 0.6, alone: float = 0.3, popular: float = 0.05, slips: float = 0.01, seed: int = 5) -> City:
    """`sharing`: the share of a gang's cases that name one of its values of a kind; the others name one used once, or none. `alone`: cases of no gang. `popular`: how
    often a case names what everybody names in place of it. `slips`: how often one digit of an account or telephone number is wrong."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(2 + rng.pareto(1.6, cases).astype(np.int64) * 3, 400)
    gangs = np.searchsorted(np.cumsum(sizes), int(cases * (1 - alone))) + 1
    members = np.repeat(np.arange(gangs), sizes[:gangs])[: int(cases * (1 - alone))]
    truth = np.concatenate([members, gangs + np.arange(cases - len(members))])
    kind = rng.integers(0, TYPES, truth.max() + 1)
    began, lasts = rng.integers(0, DAYS, truth.max() + 1), rng.integers(10, 90, truth.max() + 1)
    columns: dict[str, pl.Series] = {
        "case_id": pl.Series([f"c{number:07d}" for number in range(cases)]),
        "day": pl.Series((began[truth] + rng.random(cases) * lasts[truth]).astype(np.int32)),
        "fraud_type": pl.Series(np.where(rng.random(cases) < 0.95, kind[truth], rng.integers(0, TYPES, cases)).astype(np.int32)),
    }
    size_of = np.concatenate([sizes[:gangs], np.ones(cases - len(members), np.int64)])
    for place, name in enumerate(COLUMNS):
        columns[name] = _column(rng, name, place, truth, size_of, sharing, popular, slips)
    mixed = rng.permutation(cases)
    return City(pl.DataFrame(columns)[mixed], truth[mixed])


def _column(rng: np.random.Generator, name: str, place: int, truth: Ints, size_of: Ints, sharing: float, popular: float, slips: float) -> pl.Series:
    cases = len(truth)
    pool = np.maximum(1, POOL[name] * size_of // 20)
    gangs = truth * 1000 + (rng.random(cases) * pool[truth]).astype(np.int64)
    shared = rng.random(cases) < sharing
    used = np.unique(np.where(shared, gangs, 10**12 + np.arange(cases)), return_inverse=True)[1].ravel()
    texts = _written(name, used * 10 + place)
    if name in {"account", "phone"}:
        texts = _slipped(rng, texts, slips)
    common = pl.Series(rng.random(cases) < popular)
    hotlines = pl.Series([HOTLINES[each] for each in rng.integers(0, len(HOTLINES), cases)])
    texts = pl.select(pl.when(common).then(hotlines).otherwise(texts)).to_series()
    return texts.set(~pl.Series(shared | (rng.random(cases) < 0.5)), None)


def _written(name: str, numbers: Ints) -> pl.Series:
    """Each number (below 10⁹) as a value of its kind: a permutation, so that different numbers stay different."""
    digits = pl.Series(numbers * 618_033_989 % 10**9).cast(pl.String).str.zfill(9)
    match name:
        case "account":
            return "62220" + digits.str.slice(0, 4) + "00" + digits + digits.str.slice(7)
        case "phone":
            return "17" + digits
        case "site":
            return "s" + digits + ".example"
        case "chat":
            return "wx" + digits
        case _:
            return "app" + digits


def _slipped(rng: np.random.Generator, texts: pl.Series, share: float) -> pl.Series:
    wrong = np.flatnonzero(rng.random(len(texts)) < share)
    written = texts.gather(wrong).to_list()
    for i, text in enumerate(written):
        place = int(rng.integers(4, len(text)))
        written[i] = text[:place] + str((int(text[place]) + int(rng.integers(1, 10))) % 10) + text[place + 1 :]
    return texts.scatter(wrong, written)


def pairwise(found: Codes | Ints, truth: Ints) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of cases: pairs found together that are one gang's."""

    def pairs(labels: Ints) -> int:
        counts = np.unique(labels, return_counts=True)[1].astype(np.int64)
        return int((counts * (counts - 1) // 2).sum())

    both = np.unique(np.column_stack([found.astype(np.int64), truth]), axis=0, return_inverse=True)[1].ravel()
    hits, told, real = pairs(both), pairs(found.astype(np.int64)), pairs(truth)
    precision, recall = hits / told if told else 1.0, hits / real if real else 1.0
    return {"precision": round(precision, 5), "recall": round(recall, 5), "f1": round(2 * precision * recall / (precision + recall), 5) if hits else 0.0}
