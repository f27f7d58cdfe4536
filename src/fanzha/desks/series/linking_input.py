"""What a linking starts from, read by COPY and never opened: keyed hashes alone.

A linkable is told by a 64-bit hash of its id on the way, since the ids themselves would be most of what is sent; two that met by chance are seen (every id is read
once) and another seed is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from sqlalchemy import text

from fanzha.desks.series import series_queries
from fanzha.desks.series.slips import holes_of
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.linking.cases import Cases, type_codes
from fanzha.engine.linking.held import ALONE, Held
from fanzha.engine.linking.meaning import EMPTY, PIECES, Samples
from fanzha.store import Database, Scope, Work, copying

SCOPE = Scope.system("series")
Step: TypeAlias = Callable[[str], AbstractContextManager[object]]

_SEEDS = range(8)
_LINKABLES = """
SELECT id, hashtextextended(id, {seed}), fraud_type, (happened_at AT TIME ZONE 'Asia/Shanghai')::date - DATE '1900-01-01' AS day
FROM linkable_facts WHERE seen_under IS NULL AND is_case ORDER BY id
"""
_UNDER = "SELECT id, hashtextextended(id, {seed}), seen_under FROM linkables WHERE seen_under IS NOT NULL"
# In the order of the index that holds all of it, so that nothing is sorted; a value that one linkable alone knows links nothing, unless its account was misspelt.
_VALUES = """
SELECT value, kind, string_agg(int8send(hashtextextended(linkable_id, {seed})), ''::bytea) FROM linked_values
WHERE NOT is_quiet GROUP BY value, kind HAVING count(*) > 1 OR kind = 0
"""
_SKETCHES = "SELECT hashtextextended(linkable_id, {seed}), sketch FROM linked_sketches WHERE NOT is_quiet"
_MUTED = "SELECT value, kind FROM series_muted"
_PINNED = "SELECT linkable_id, series_id FROM series_members WHERE is_pinned ORDER BY linkable_id"
_APART = "SELECT decision_id, linkable_id, side FROM series_apart ORDER BY decision_id, linkable_id"
ROOM = "SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true)"
_BEFORE_OWNERS = 2 + 4 + 8 + 4 + 2 + 4
_TEXT, _INT = pl.String(), pl.Int64()


@dataclass(frozen=True)
class Given:
    """What a linking starts from. `under`: linkable_id, seen_under; `settled`: the series of each code of `held.pinned`; `decision`: the latest one."""

    cases: Cases
    held: Held
    under: pl.DataFrame
    settled: list[str]
    decision: str


@dataclass(frozen=True)
class _Rows:
    """`told`: the cases in their order, id by id; `case_of`: hash → case, also of those seen under another; `seed`: of the hashes."""

    told: pl.DataFrame
    under: pl.DataFrame
    case_of: pl.DataFrame
    seed: int

    def of(self, hashes: Ints) -> Codes:
        """The case of each hash, -1 where it is none."""
        asked = pl.DataFrame({"hash": hashes}).join(self.case_of, on="hash", how="left", maintain_order="left")
        return asked["case"].fill_null(-1).to_numpy()


class HashesMeet(ArithmeticError):
    """No seed tells all ids apart."""


def read(database: Database, step: Step) -> Given:
    """Values and narratives on one connection, all else on another, since PostgreSQL has a process for each."""
    with database.work(SCOPE) as work:
        work.session.execute(text(ROOM))
        decision = series_queries.latest_decision(work)
        with step("read cases"):
            rows = _rows(work)
        with ThreadPoolExecutor(1) as beside:
            told = beside.submit(_narratives, database, rows)
            with step("read values and narratives"):
                cases = _values(work, rows)
                samples = told.result()
        with step("read decisions"):
            held, settled = _held(work, rows)
    return Given(Cases(**cases, told=samples), held, rows.under, settled, decision)


def _rows(work: Work) -> _Rows:
    for seed in _SEEDS:
        told = copying.table(work, _LINKABLES.format(seed=seed), {"linkable_id": _TEXT, "hash": _INT, "fraud_type": _TEXT, "day": pl.Int32()})
        told = told.with_row_index("case").with_columns(pl.col("case").cast(pl.Int32))
        under = copying.table(work, _UNDER.format(seed=seed), {"linkable_id": _TEXT, "hash": _INT, "seen_under": _TEXT})
        seen = under.join(told.select(pl.col("linkable_id").alias("seen_under"), "case"), on="seen_under")
        case_of = pl.concat([told.select("hash", "case"), seen.select("hash", "case")])
        if case_of["hash"].n_unique() == case_of.height:
            return _Rows(told, under.drop("hash"), case_of, seed)
    raise HashesMeet


def _values(work: Work, rows: _Rows) -> dict[str, Any]:
    """The fields of `Cases` but its samples: values in the order of (value, kind), their `texts` being the keys themselves."""
    sent = copying.binary_rows(work, _VALUES.format(seed=rows.seed))
    sizes = np.fromiter(map(len, sent), np.int64, len(sent))
    told = np.frombuffer(b"".join(sent), np.uint8)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    keys = told[starts[:, None] + np.arange(6, 14)].view(">i8").ravel().astype(np.int64)
    kinds = told[starts[:, None] + np.arange(18, 20)].view(">i2").ravel().astype(np.int32)
    is_owner = np.ones(len(told), np.bool_)
    is_owner[(starts[:, None] + np.arange(_BEFORE_OWNERS)).ravel()] = False
    owners = rows.of(told[is_owner].view(">i8").astype(np.int64))
    value = np.repeat(np.arange(len(sent), dtype=np.int32), (sizes - _BEFORE_OWNERS) // 8)
    value, owners = _each_once(value, owners, _muted(work, keys, kinds))
    counts = np.bincount(value, minlength=len(sent))
    kept = np.flatnonzero(counts > 0)
    start = np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int64)
    keys, kinds = keys[kept], kinds[kept]
    table = rows.told
    return {
        "ids": table["linkable_id"], "types": type_codes(table["fraud_type"].to_list()), "days": table["day"].to_numpy(), "kinds": kinds, "texts": pl.Series(keys),
        "start": start, "known_by": owners, "holes": holes_of(work, keys, kinds),
    }  # fmt: skip


def _muted(work: Work, keys: Ints, kinds: Codes) -> Ints:
    """The places of what links nothing."""
    muted = copying.table(work, _MUTED, {"key": _INT, "kind": pl.Int32()})
    if not muted.height:
        return np.empty(0, np.int64)
    told = pl.DataFrame({"key": keys, "kind": kinds}).with_row_index("place")
    return told.join(muted, on=["key", "kind"])["place"].cast(pl.Int64).to_numpy()


def _each_once(value: Codes, owners: Codes, muted: Ints) -> tuple[Codes, Codes]:
    """By value, then by case; a case that says a value by itself and by those seen under it says it once."""
    kept = owners >= 0
    if len(muted):
        kept &= ~np.isin(value, muted)
    both = np.sort(value[kept].astype(np.int64) << 32 | owners[kept])
    fresh = np.concatenate([[True], both[1:] != both[:-1]])[: len(both)]
    both = both[fresh]
    return (both >> 32).astype(np.int32), (both & 0xFFFF_FFFF).astype(np.int32)


def _narratives(database: Database, rows: _Rows) -> Samples:
    """Samples by case; where one is seen under another, the other's own count."""
    found = np.full((rows.told.height, PIECES), EMPTY, np.uint32)
    with database.work(SCOPE) as work:
        told = copying.records(work, _SKETCHES.format(seed=rows.seed), {"hash": ">i8", "sketch": f"V{PIECES * 4}"})
    hashes = told["hash"].astype(np.int64)
    cases = rows.of(hashes)
    own = pl.Series(hashes).is_in(rows.told["hash"].implode()).to_numpy() if rows.under.height else np.ones(len(cases), np.bool_)
    for chosen in ((cases >= 0) & ~own, (cases >= 0) & own):
        found[cases[chosen]] = np.ascontiguousarray(told["sketch"][chosen]).view(np.uint32).reshape(-1, PIECES)
    return found


def _held(work: Work, rows: _Rows) -> tuple[Held, list[str]]:
    members = seen(copying.table(work, _PINNED, {"linkable_id": _TEXT, "series_id": _TEXT}), rows.under)
    case_of = rows.told.select("linkable_id", "case")
    kept = members.unique("linkable_id", keep="first", maintain_order=True).join(case_of, on="linkable_id")
    settled = sorted(kept["series_id"].unique().to_list())
    pinned = np.full(rows.told.height, ALONE, np.int32)
    codes = {series: code for code, series in enumerate(settled)}
    for case, series in kept.select("case", "series_id").iter_rows():
        pinned[case] = codes[series]
    apart = copying.table(work, _APART, {"decision_id": _TEXT, "linkable_id": _TEXT, "side": _INT})
    sides = seen(apart, rows.under).unique(["decision_id", "linkable_id"], keep="first", maintain_order=True)
    sides = sides.join(case_of, on="linkable_id").select("decision_id", pl.col("case").cast(pl.Int64), "side")
    return Held(pinned, tuple(part.select("case", "side").to_numpy() for part in sides.partition_by("decision_id", maintain_order=True))), settled


def seen(frame: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """What is told of a case that was merged into another counts for that one; what the other says itself comes first."""
    if not under.height:
        return frame
    joined = frame.join(under, on="linkable_id", how="left", maintain_order="left")
    ordered = pl.concat([joined.filter(pl.col("seen_under").is_null()), joined.filter(pl.col("seen_under").is_not_null())])
    return ordered.with_columns(linkable_id=pl.coalesce("seen_under", "linkable_id")).drop("seen_under")
