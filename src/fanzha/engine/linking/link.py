"""Link cases into series, and tell why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.linking import joining
from fanzha.engine.linking.cases import Cases
from fanzha.engine.linking.floats import Flags, Floats
from fanzha.engine.linking.held import Held, Links, hold
from fanzha.engine.linking.kinds import Settings, Shared
from fanzha.engine.linking.meaning import LEAST, SAME, alike, shared_words
from fanzha.engine.linking.near import Holes, close, holes
from fanzha.engine.linking.weights import FREE, UNKNOWN, value_bits

MEANING = "meaning"
"""The kind of a reason: narratives that tell the same in other words."""
_NEAR_MOST = 4  # numbers one digit apart from each other: more are a range


@dataclass(frozen=True)
class Alike:
    """Cases (n, 2) whose narratives tell the same in other words, with the cosine of each pair and the bits that it adds."""

    pairs: Ints
    cosines: Floats
    bits: Floats


@dataclass(frozen=True)
class Linked:
    """`series[i]`: the case (its row, the smallest of its series) that stands for the series of case i; alone where it stands for itself and no other.
    `bits`: of each value. `near`: (n, 2) value codes that differ in one digit and were held to be the same."""

    cases: Cases
    series: Codes
    bits: Floats
    near: Ints
    settings: Settings
    alike: Alike
    refused: tuple[tuple[int, int], ...] = ()
    """Settled series that a link would have joined against a decision."""

    def sizes(self) -> Codes:
        """How many cases the series of each case has."""
        counts = np.bincount(self.series, minlength=len(self.series))
        return np.asarray(counts[self.series], np.int32)

    def _slips_shared(self, table: pl.DataFrame) -> pl.DataFrame:
        """The accounts of cases that were joined because the accounts differ in one digit only."""
        ends = pl.concat([pl.DataFrame(self.near, schema=["value", "other"]), pl.DataFrame(self.near[:, ::-1], schema=["value", "other"])])
        others = table.select(pl.col("value").alias("other"), pl.col("series").alias("other_series"))
        joined = table.join(ends, on="value").join(others, on="other").filter(pl.col("series") == pl.col("other_series"))
        bits = self.settings.strength[Shared.ACCOUNT] - self.settings.typo_bits
        counted = joined.group_by("value", "case", "series").agg(shared_by=pl.len() + 1)
        return counted.select("value", "case", "series", pl.lit(bits).alias("bits"), pl.col("shared_by").cast(pl.UInt32))

    def _told_alike(self) -> pl.DataFrame:
        """`case`, `other`: cases of one series whose narratives tell the same in other words, and the bits of it."""
        ends = self.alike.pairs[self.series[self.alike.pairs[:, 0]] == self.series[self.alike.pairs[:, 1]]]
        bits = self.alike.bits[self.series[self.alike.pairs[:, 0]] == self.series[self.alike.pairs[:, 1]]]
        both = np.concatenate([ends, ends[:, ::-1]])
        return pl.DataFrame({"case": both[:, 0].astype(np.int32), "other": both[:, 1].astype(np.int32), "bits": np.concatenate([bits, bits])})

    def _words(self, case: int, other: int) -> str:
        narratives = self.cases.narratives
        return "、".join(shared_words(narratives[case] or "", narratives[other] or "")) if narratives is not None else ""

    def _alike_reasons(self) -> pl.DataFrame:
        """The narrative most like each case's own, with the words that both have."""
        table = self._told_alike().sort("case", "bits", "other", descending=[False, True, False])
        best = table.group_by("case", maintain_order=True).agg(pl.col("other").first(), pl.col("bits").first(), shared_by=pl.len() + 1)
        words = [self._words(case, other) for case, other in best.select("case", "other").iter_rows()]
        kind, value = pl.lit(MEANING).alias("kind"), pl.Series("value", words, dtype=pl.String)
        return best.select("case", kind, value, pl.col("bits").round(1), pl.col("shared_by").cast(pl.UInt32))

    def reasons(self, most: int = 5) -> pl.DataFrame:
        """`case`, `kind`, `value`, `bits`, `shared_by` (cases of the same series): what each case of a series shares with others of it, the most telling first.
        Of the kind `meaning` the value are words that both narratives have."""
        owner = np.repeat(np.arange(len(self.bits)), np.diff(self.cases.start))
        table = pl.DataFrame({"value": owner, "case": self.cases.known_by, "series": self.series[self.cases.known_by], "bits": self.bits[owner]})
        within = table.filter(pl.col("bits") > 0).with_columns(shared_by=pl.len().over("value", "series"))
        whole = pl.concat([within.filter(pl.col("shared_by") > 1), self._slips_shared(table)])
        told = whole.sort("case", "bits", "value", descending=[False, True, False]).group_by("case", maintain_order=True).head(most)
        named = told.select(
            "case",
            pl.Series("kind", [Shared(kind).name.lower() for kind in self.cases.kinds[told["value"].to_numpy()]], dtype=pl.String),
            self.cases.texts.gather(told["value"]).alias("value"),
            pl.col("bits").round(1),
            "shared_by",
        )
        if not len(self.alike.pairs):
            return named
        both = pl.concat([named, self._alike_reasons()]).sort("case", "bits", descending=[False, True], maintain_order=True)
        return both.group_by("case", maintain_order=True).head(most)


def link(cases: Cases, settings: Settings | None = None, held: Held | None = None) -> Linked:
    """Series of cases. A value that alone carries `threshold` bits joins all who know it; others add up over each pair of cases that share several.
    What is `held` is kept whatever the values say.

    Deterministic, whatever the order of mentions; O(mentions), and O(pairs) of the values that are known to at most `widest` cases.
    """
    chosen = settings or Settings()
    strength = np.array([chosen.strength[kind] for kind in Shared])
    bits = value_bits(cases.start, cases.known_by, cases.kinds, strength, cases.types, cases.days)
    parent = np.arange(len(cases), dtype=np.int32)
    joining.join_by_values(parent, cases.start, cases.known_by, bits, chosen.threshold)
    near, alike_ = _slips(cases, chosen), _alike(cases, chosen)
    pairs, weights = _pairs(cases, bits, near, strength, chosen)
    pairs, weights = np.concatenate([pairs, alike_.pairs[:, 0] * len(cases) + alike_.pairs[:, 1]]), np.concatenate([weights, alike_.bits])
    order = np.argsort(pairs, kind="stable")
    joining.join_by_pairs(parent, pairs[order], weights[order], len(cases), chosen.threshold)
    found, refused = joining.roots(parent), list[tuple[int, int]]()
    if held is not None:
        found, refused = hold(found, Links(cases.start, cases.known_by, bits, pairs[order], weights[order], chosen.threshold), held)
    return Linked(cases, found, bits, near, chosen, alike_, tuple(refused))


def _alike(cases: Cases, settings: Settings) -> Alike:
    """Narratives that tell the same in other words; those that share places of the script tell it in the same words, which counts already. A script that more than
    eight others resemble says less, as a value does that many know."""
    if cases.told is None or settings.meaning_bits <= 0:
        return Alike(np.empty((0, 2), np.int64), np.empty(0), np.empty(0))
    pairs, cosines = alike(cases.told)
    others = np.bincount(pairs.ravel(), minlength=len(cases))[pairs].max(axis=1, initial=0)
    apart = ~_same_script(cases, pairs)
    bits = settings.meaning_bits * np.minimum(1.0, (cosines - LEAST) / (SAME - LEAST)) - 0.5 * np.maximum(0.0, np.log2(np.maximum(others, 1) / FREE))
    bits += _type_and_time_bits(cases, pairs)
    kept = apart & (bits > 0)
    return Alike(pairs[kept], cosines[kept], bits[kept])


def _same_script(cases: Cases, pairs: Ints) -> Flags:
    """Whether the two of each pair share a place of the script."""
    places = np.flatnonzero(cases.kinds == Shared.SCRIPT)
    owners = np.repeat(places, np.diff(cases.start)[places])
    mine = np.concatenate([cases.known_by[cases.start[place] : cases.start[place + 1]] for place in places]) if len(places) else np.empty(0, np.int32)
    order = np.argsort(mine, kind="stable")
    start = np.zeros(len(cases) + 1, np.int64)
    np.cumsum(np.bincount(mine, minlength=len(cases)), out=start[1:])
    return joining.share_any(start, owners[order], pairs)


def _slips(cases: Cases, settings: Settings) -> Ints:
    """Accounts one digit apart of which one is known to a single case: a slip of the pen rather than two accounts."""
    counts = np.diff(cases.start)
    wanted = (cases.kinds == Shared.ACCOUNT) & (counts <= settings.widest)
    if cases.holes is None:
        places = np.flatnonzero(wanted)
        told = holes(cases.texts.gather(places))
        given = Holes(told.hashes, places[told.owner])
    else:
        kept = wanted[cases.holes.owner]
        given = Holes(cases.holes.hashes[kept], cases.holes.owner[kept])
    pairs = close(given, _NEAR_MOST)
    return np.asarray(pairs[(counts[pairs] == 1).any(axis=1)], np.int64)


def _pairs(cases: Cases, bits: Floats, near: Ints, strength: Floats, settings: Settings) -> tuple[Ints, Floats]:
    """Pairs of cases with the bits that single values and slips add to them."""
    count = joining.count_pairs(cases.start, bits, settings.threshold, settings.widest)
    pairs, weights = np.empty(count, np.int64), np.empty(count)
    joining.write_pairs(cases.start, cases.known_by, bits, settings.threshold, settings.widest, len(cases), pairs, weights)
    slips, slip_bits = _slip_pairs(cases, near, float(strength[Shared.ACCOUNT]) - settings.typo_bits)
    return np.concatenate([pairs, slips]), np.concatenate([weights, slip_bits])


def _slip_pairs(cases: Cases, near: Ints, bits: float) -> tuple[Ints, Floats]:
    """A slip is likelier between cases of one type within a quarter; between cases of different types, or half a year apart, it is chance."""
    found = [
        (min(one, other), max(one, other))
        for left, right in near.tolist()
        for one in cases.known_by[cases.start[left] : cases.start[left + 1]].tolist()
        for other in cases.known_by[cases.start[right] : cases.start[right + 1]].tolist()
        if one != other
    ]
    ends = np.array(found, np.int64).reshape(-1, 2)
    return ends[:, 0] * len(cases) + ends[:, 1], bits + _type_and_time_bits(cases, ends)


def _type_and_time_bits(cases: Cases, ends: Ints) -> Floats:
    """What type and time add to a pair that is not certain: +1 or −4 for one type or two, +1, 0 or −4 for a quarter, half a year or more between them."""
    types, days = cases.types[ends], cases.days[ends]
    told = (types != UNKNOWN).all(axis=1)
    same = np.where(told, np.where(types[:, 0] == types[:, 1], 1.0, -4.0), 0.0)
    apart = np.where((days == UNKNOWN).any(axis=1), 93, np.abs(days[:, 0] - days[:, 1]))
    soon: Floats = np.select([apart <= 92, apart <= 183], [1.0, 0.0], -4.0)
    return np.asarray(same + soon, np.float64)
